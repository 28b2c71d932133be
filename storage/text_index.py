"""The index of what documents say: rows wait for it, a worker fills it, deletion takes out of it.

Waiting rows are the queue: whatever keeps a document's words puts one there in its own
transaction (storage.texts), and each step leaves rows from which any worker goes on. Only what
stands in the register is indexed, because only that is searched.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from domain.text_search import grams_of
from runtime.telemetry import logger
from storage.database import Database
from storage.locks import take_turn
from storage.tables import Deal, Document, TextBucket, TextEntry
from storage.text_marks import (
    BUCKETS,
    FOLD,
    TextKeys,
    bucket_place,
    entry_place,
    folded,
    packed,
    unpacked,
)
from storage.texts import texts_of
from storage.vault import Vault
from storage.vault_errors import VaultError

AT_ONCE = 20
"""Documents of one round, read before the transaction that keeps their marks."""
STEP = 128
"""Documents that are folded at once, at the least: a search reads whatever is not folded yet whole,
8 kB of each, and to fold some writes all buckets of a fold anew."""
UNREADABLE_SECONDS = 3600
"""How long a document rests whose words the vault could not give: its disk may come back."""
_ORGANISATION = "organisation"
_TURN = "text index"

log = logger(__name__)


def keys_of(
    vault: Vault, session: Session, organisation_id: UUID, *, make: bool = False
) -> TextKeys | None:
    """An organisation's keys; None where nothing of it was ever sealed."""
    found = [
        vault.derived(session, _ORGANISATION, organisation_id, purpose, make=make)
        for purpose in (b"text marks", b"text index")
    ]
    marking, sealing = found
    return None if marking is None or sealing is None else TextKeys(marking, sealing)


class TextIndexer:
    """Fills the index until nothing waits. Every step may be repeated, or done by several."""

    def __init__(
        self, database: Database, vault: Vault, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._vault = vault
        self._now = now
        self._resting: dict[UUID, float] = {}
        """Unreadable documents, and when they are tried again."""

    def adopt(self) -> int:
        """Documents whose words are kept and that no row waits for get one. Returns how many.

        During an update a worker of an older release may still keep words beside this one.
        """
        with self._database.transaction() as session:
            missing = session.execute(_left_out()).all()
            if missing:
                rows = [{"document_id": one, "organisation_id": owner} for one, owner in missing]
                session.execute(insert(TextEntry), rows)
        return len(missing)

    def fill(self) -> int:
        """Everything that waits and can be read. Returns how many documents were looked at."""
        total = 0
        while indexed := self.mark_some():
            total += indexed
            self.fold_some()
        return total

    def mark_some(self) -> int:
        """The next documents that wait get marks of their own. Returns how many were looked at."""
        with self._database.reading() as session:
            readable = _waiting().where(Document.id.not_in(self._still_resting()))
            waiting = session.scalars(readable.limit(AT_ONCE)).all()
            read = {document.id: self._grams(session, document) for document in waiting}
        grams = {one: found for one, found in read.items() if found is not None}
        if not grams:
            return len(read)
        with self._database.transaction() as session:
            take_turn(session, _TURN)
            entries = session.scalars(
                select(TextEntry).where(TextEntry.document_id.in_(grams), *_NO_MARKS)
            )
            for entry in entries:
                keys = keys_of(self._vault, session, entry.organisation_id, make=True)
                assert keys is not None
                marks = keys.marks(grams[entry.document_id])
                entry.marks = keys.seal(marks, entry_place(entry.document_id))
        return len(read)

    def _still_resting(self) -> list[UUID]:
        now = self._now()
        self._resting = {one: until for one, until in self._resting.items() if until > now}
        return list(self._resting)

    def fold_some(self) -> int:
        """Fresh entries go into folds where an organisation has enough. Returns how often."""
        with self._database.reading() as session:
            crowded = session.scalars(
                select(TextEntry.organisation_id)
                .where(TextEntry.marks.is_not(None))
                .group_by(TextEntry.organisation_id)
                .having(func.count() >= min(STEP, FOLD))
            ).all()
        return sum(self._fold(organisation_id) for organisation_id in crowded)

    def _fold(self, organisation_id: UUID) -> bool:
        """Fill the last fold further, or begin another. Made ready before the transaction: other
        writers wait for that one."""
        with self._database.reading() as session:
            keys = keys_of(self._vault, session, organisation_id)
            first = _next_ordinal(session, organisation_id)
            fold, place = divmod(first, FOLD)
            fresh = session.execute(
                select(TextEntry.document_id, TextEntry.marks)
                .where(TextEntry.organisation_id == organisation_id, TextEntry.marks.is_not(None))
                .order_by(TextEntry.document_id)
                .limit(FOLD - place)
            ).all()
            before = _sealed(session, organisation_id, fold) if place else {}
        if keys is None or len(fresh) < min(STEP, FOLD - place):
            return False
        ids = [row.document_id for row in fresh]
        added = folded(
            [keys.unseal(row.marks or b"", entry_place(row.document_id)) for row in fresh]
        )
        rows = [
            {
                "organisation_id": organisation_id,
                "bucket": bucket,
                "fold": fold,
                "sealed": keys.seal(packed(bits), bucket_place(bucket, fold)),
            }
            for bucket, bits in _together(keys, fold, before, added, place)
        ]
        with self._database.transaction() as session:
            take_turn(session, _TURN)
            as_read = _next_ordinal(session, organisation_id) == first and (
                not place or _sealed(session, organisation_id, fold) == before
            )
            if not as_read or not _all_fresh(session, ids):
                return False  # another worker was first, or something was deleted meanwhile
            session.execute(delete(TextBucket).where(*_of_fold(organisation_id, fold)))
            session.execute(insert(TextBucket), rows)
            session.execute(
                update(TextEntry),
                [
                    {"document_id": one, "marks": None, "ordinal": first + number}
                    for number, one in enumerate(ids)
                ],
            )
        return True

    def _grams(self, session: Session, document: Document) -> set[str] | None:
        """None if they cannot be read now: the document goes on waiting, and holds up no other."""
        try:
            texts = texts_of(self._vault, session, document)
        except VaultError as error:  # verification says what is wrong with it
            log.warning("text_unreadable", document=str(document.id), error=type(error).__name__)
            self._resting[document.id] = self._now() + UNREADABLE_SECONDS
            return None
        return set().union(*(grams_of(text) for text in texts if text))


_NO_MARKS = (TextEntry.marks.is_(None), TextEntry.ordinal.is_(None))


def _waiting() -> Select[Document]:
    return (
        select(Document)
        .join(TextEntry, TextEntry.document_id == Document.id)
        .join(Deal, Deal.envelope_id == Document.envelope_id)
        .where(*_NO_MARKS, Document.removed_at.is_(None))
    )


def _left_out() -> Select[UUID, UUID]:
    return (
        select(Document.id, Deal.organisation_id)
        .join(Deal, Deal.envelope_id == Document.envelope_id)
        .outerjoin(TextEntry, TextEntry.document_id == Document.id)
        .where(
            Document.text_blob_id.is_not(None),
            Document.removed_at.is_(None),
            TextEntry.document_id.is_(None),
        )
    )


def is_waiting(session: Session, organisation_id: UUID) -> bool:
    """Whether documents of the organisation are still to be indexed: a search may miss them."""
    waiting = _waiting().where(TextEntry.organisation_id == organisation_id)
    return bool(session.scalar(select(exists(waiting.with_only_columns(Document.id)))))


def waiting_documents(session: Session, organisation_id: UUID) -> frozenset[UUID]:
    """Those documents."""
    waiting = _waiting().where(TextEntry.organisation_id == organisation_id)
    return frozenset(session.scalars(waiting.with_only_columns(Document.id)))


def forget(vault: Vault, session: Session, document_ids: Iterable[UUID]) -> None:
    """Take documents out of the index, before their rows or their blobs go."""
    ids = list(document_ids)
    take_turn(session, _TURN)
    places: dict[tuple[UUID, int], int] = defaultdict(int)
    for entry in session.scalars(select(TextEntry).where(TextEntry.document_id.in_(ids))):
        if entry.ordinal is not None:
            fold, place = divmod(entry.ordinal, FOLD)
            places[entry.organisation_id, fold] |= 1 << place
    session.execute(delete(TextEntry).where(TextEntry.document_id.in_(ids)))
    for (organisation_id, fold), gone in places.items():
        _take_out(vault, session, organisation_id, fold, gone)


def _take_out(vault: Vault, session: Session, organisation_id: UUID, fold: int, gone: int) -> None:
    ordinals = TextEntry.ordinal.between(fold * FOLD, fold * FOLD + FOLD - 1)
    left = select(exists().where(TextEntry.organisation_id == organisation_id, ordinals))
    if not session.scalar(left):
        session.execute(delete(TextBucket).where(*_of_fold(organisation_id, fold)))
        return
    keys = keys_of(vault, session, organisation_id)
    assert keys is not None
    for row in session.scalars(select(TextBucket).where(*_of_fold(organisation_id, fold))):
        place = bucket_place(row.bucket, fold)
        before = unpacked(keys.unseal(row.sealed, place))
        after = {rest: bits & ~gone for rest, bits in before.items()}
        if after != before:
            row.sealed = keys.seal(packed(after), place)


def _next_ordinal(session: Session, organisation_id: UUID) -> int:
    """Where the next document stands: behind the last that is there."""
    last = session.scalar(
        select(func.max(TextEntry.ordinal)).where(TextEntry.organisation_id == organisation_id)
    )
    return 0 if last is None else last + 1


def _of_fold(organisation_id: UUID, fold: int) -> tuple[ColumnElement[bool], ...]:
    return (
        TextBucket.organisation_id == organisation_id,
        TextBucket.bucket.in_(range(BUCKETS)),
        TextBucket.fold == fold,
    )


def _sealed(session: Session, organisation_id: UUID, fold: int) -> dict[int, bytes]:
    """A fold's buckets."""
    query = select(TextBucket.bucket, TextBucket.sealed)
    rows = session.execute(query.where(*_of_fold(organisation_id, fold)))
    return {row.bucket: row.sealed for row in rows}


def _together(
    keys: TextKeys,
    fold: int,
    before: Mapping[int, bytes],
    added: Mapping[int, Mapping[int, int]],
    place: int,
) -> Iterator[tuple[int, Mapping[int, int]]]:
    """What a fold's buckets hold, with documents that begin at this place."""
    for bucket in sorted({*before, *added}):
        bits: dict[int, int] = {}
        if bucket in before:
            bits |= unpacked(keys.unseal(before[bucket], bucket_place(bucket, fold)))
        for mark, documents in added.get(bucket, {}).items():
            bits[mark] = bits.get(mark, 0) | documents << place
        yield bucket, bits


def _all_fresh(session: Session, ids: Sequence[UUID]) -> bool:
    fresh = select(func.count()).where(TextEntry.document_id.in_(ids), TextEntry.marks.is_not(None))
    return session.scalar(fresh) == len(ids)
