"""The register searched by what documents say: the index names candidates, the text decides.

The work of one request is bounded: so many candidates are decrypted, in the order of the list, and
the answer says how far that went. What is taken out whole (tables, ZIPs) needs a search with few
enough candidates.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from domain.deal_search import Search
from domain.text_search import PLACES_SHOWN, Place, few_places, grams_asked, pattern_of, words_of
from runtime.telemetry import logger
from storage.deal_search import Found, ids_in_order, narrowed
from storage.listing import LEAN
from storage.tables import Blob, DataKey, Deal, Document, Envelope, TextBucket, TextEntry
from storage.text_index import keys_of, waiting_documents
from storage.text_marks import (
    FOLD,
    TextKeys,
    bucket_of,
    bucket_place,
    documents_with,
    entry_place,
    has_marks,
    places_of,
)
from storage.texts import texts_of
from storage.unindexed import unindexed
from storage.vault import Vault
from storage.vault_errors import VaultError
from storage.versions import of_version

log = logger(__name__)

FOUND_AT_ONCE = 20
LOOKED_AT = 100
"""Documents that one request decrypts, at the most; some two milliseconds each."""
SECONDS = 1.0
"""After which a request stops looking, where documents are long or the machine is busy."""
FEW = 1000
"""Up to so many candidates are asked for by their rows; of more, the register's own order is gone
through, which finds some soon."""
FURTHEST = 10_000
"""Candidates that may be passed over: farther down, a search is to be narrowed."""
TAKEN_OUT = 500
"""Candidates of a search whose result can be taken out whole."""
_CHUNK = 500


class TooManyCandidates(Exception):
    """The search is to be narrowed before its whole result is decided."""


@dataclass(frozen=True)
class FoundText:
    """A document that says it, and where."""

    document: Document
    places: tuple[Place, ...]
    """The first few."""


@dataclass(frozen=True)
class FoundDeal(Found):
    """A line of the register with what was found in its documents."""

    texts: tuple[FoundText, ...] = ()


@dataclass(frozen=True)
class Looked:
    """What one request found, and how far it looked. All numbers are of envelopes."""

    rows: tuple[FoundDeal, ...]
    start: int
    """Candidates that were passed over."""
    looked: int
    more: bool = False
    """Whether candidates are left behind these."""
    candidates: int | None = None
    """None: more than FEW documents."""
    takeable: bool = False
    """Few enough candidates to take the whole result out."""

    @property
    def next(self) -> int:
        """Where the next request begins."""
        return self.start + self.looked

    @property
    def whole(self) -> bool:
        """Every candidate was looked at."""
        return not self.start and not self.more


@dataclass(frozen=True)
class Candidates:
    """Documents whose marks hold every pair of letters that was asked for."""

    folds: Mapping[int, int] = field(default_factory=dict)
    """Bits by fold."""
    fresh: frozenset[UUID] = frozenset()

    def __len__(self) -> int:
        return sum(bits.bit_count() for bits in self.folds.values()) + len(self.fresh)

    def has(self, document_id: UUID, ordinal: int | None) -> bool:
        """Whether the document is one of them."""
        if ordinal is None:
            return document_id in self.fresh
        fold, place = divmod(ordinal, FOLD)
        return bool(self.folds.get(fold, 0) >> place & 1)

    def ordinals(self) -> list[int]:
        """Of those that were folded."""
        return [
            fold * FOLD + place for fold, bits in self.folds.items() for place in places_of(bits)
        ]


Group = tuple[UUID, list[UUID]]
"""An envelope, and its documents among the candidates."""


def look(
    session: Session, vault: Vault, organisation_id: UUID, search: Search, start: int = 0
) -> Looked:
    """The next envelopes of the search's result, beginning at a candidate."""
    words, start = words_of(search.text), min(start, FURTHEST)
    candidates = candidates_of(session, vault, organisation_id, words)
    groups = _groups(session, organisation_id, search, candidates)
    if len(candidates) > FEW:
        return _look(session, vault, words, groups, start)
    listed = list(groups)
    looked = _look(session, vault, words, listed, start)
    documents = sum(len(documents) for _, documents in listed)
    return replace(looked, candidates=len(listed), takeable=documents <= TAKEN_OUT)


def _look(
    session: Session, vault: Vault, words: Sequence[str], groups: Iterable[Group], start: int
) -> Looked:
    patterns = [pattern_of(word) for word in words]
    hits: dict[UUID, tuple[FoundText, ...]] = {}
    looked, opened, until, more = 0, 0, time.monotonic() + SECONDS, False
    for envelope_id, documents in _read_ahead(session, islice(groups, start, None)):
        if len(hits) == FOUND_AT_ONCE or opened >= LOOKED_AT or time.monotonic() > until:
            more = True
            break
        looked, opened = looked + 1, opened + len(documents)
        if found := _confirmed(session, vault, documents, patterns, PLACES_SHOWN):
            hits[envelope_id] = found
    return Looked(_found_deals(session, hits), start, looked, more)


def _read_ahead(session: Session, groups: Iterator[Group]) -> Iterator[Group]:
    """The same, with the rows that confirming them asks for one by one already in the session: a
    page's worth at once. They stay there while they are held."""
    while batch := list(islice(groups, FOUND_AT_ONCE)):
        named = {document for _, documents in batch for document in documents}
        held = session.execute(
            select(Document, Blob, DataKey)
            .outerjoin(Blob, Blob.id == Document.text_blob_id)
            .outerjoin(DataKey, DataKey.id == Blob.data_key_id)
            .where(Document.id.in_(named))
        ).all()
        yield from batch
        del held


def confirmed(
    session: Session, vault: Vault, organisation_id: UUID, search: Search, *, patient: bool = False
) -> frozenset[UUID] | None:
    """Every envelope whose documents say it; None where no text is searched for. Who is `patient`
    has all candidates looked at, some two milliseconds each, those that still wait for the index
    too; what cannot be read may say it, and counts.

    Raises TooManyCandidates.
    """
    words = words_of(search.text)
    if not words:
        return None
    candidates = candidates_of(session, vault, organisation_id, words)
    if patient:
        waiting = waiting_documents(session, organisation_id)
        candidates = replace(candidates, fresh=candidates.fresh | waiting)
    groups, documents = [], 0
    for group in _groups(session, organisation_id, search, candidates):
        groups.append(group)
        documents += len(group[1])
        if documents > TAKEN_OUT and not patient:
            raise TooManyCandidates
    patterns = [pattern_of(word) for word in words]
    return frozenset(
        envelope_id
        for envelope_id, of_envelope in _read_ahead(session, iter(groups))
        if _confirmed(session, vault, of_envelope, patterns, 1, doubted=patient)
    )


def candidates_of(
    session: Session, vault: Vault, organisation_id: UUID, words: Sequence[str]
) -> Candidates:
    """By the index alone."""
    keys = keys_of(vault, session, organisation_id)
    if keys is None:
        return Candidates()
    marks = [[keys.mark(gram) for gram in ways] for ways in grams_asked(words)]
    return Candidates(
        _folded(session, keys, organisation_id, marks),
        _fresh(session, keys, organisation_id, marks),
    )


def _folded(
    session: Session, keys: TextKeys, organisation_id: UUID, marks: Sequence[Sequence[int]]
) -> dict[int, int]:
    """A mark after the other, so that only folds that have all before are read on. Of each the ways
    to write it, one of which is enough."""
    found: dict[int, int] | None = None
    for ways in marks:
        have: dict[int, int] = {}
        for mark in ways:
            bucket = bucket_of(mark)
            query = select(TextBucket.fold, TextBucket.sealed).where(
                TextBucket.organisation_id == organisation_id, TextBucket.bucket == bucket
            )
            if found is not None and len(found) <= _CHUNK:
                query = query.where(TextBucket.fold.in_(found))
            for fold, sealed in session.execute(query):
                before = -1 if found is None else found.get(fold, 0)
                place = bucket_place(bucket, fold)
                if bits := documents_with(keys.unseal(sealed, place), mark) & before:
                    have[fold] = have.get(fold, 0) | bits
        found = have
        if not found:
            break
    return found or {}


def _fresh(
    session: Session, keys: TextKeys, organisation_id: UUID, marks: Sequence[Sequence[int]]
) -> frozenset[UUID]:
    fresh = session.execute(
        select(TextEntry.document_id, TextEntry.marks).where(
            TextEntry.organisation_id == organisation_id, TextEntry.marks.is_not(None)
        )
    )
    return frozenset(
        document_id
        for document_id, sealed in fresh
        if has_marks(keys.unseal(sealed or b"", entry_place(document_id)), marks)
    )


def _groups(
    session: Session, organisation_id: UUID, search: Search, candidates: Candidates
) -> Iterator[Group]:
    """Candidates that the other conditions leave, in the order of the list."""
    if not len(candidates):
        return
    search, among = narrowed(session, organisation_id, replace(search, text=""))
    known: dict[UUID, list[UUID]] | None = None
    if len(candidates) <= FEW:
        known = _documents(session, candidates, _of_candidates(organisation_id, candidates))
        among = known.keys() if among is None else known.keys() & among
    size, offset = FEW if known is not None else FOUND_AT_ONCE * 2, 0
    while ids := ids_in_order(session, organisation_id, search, among, size, offset):
        found = known
        if found is None:
            these = and_(Document.envelope_id.in_(ids), _is_own(organisation_id))
            found = _documents(session, candidates, these)
        yield from ((one, found[one]) for one in ids if one in found)
        if len(ids) < size:
            return
        size, offset = min(2 * size, FEW), offset + size


def _of_candidates(organisation_id: UUID, candidates: Candidates) -> ColumnElement[bool]:
    own = TextEntry.organisation_id == organisation_id
    return or_(
        and_(own, TextEntry.ordinal.in_(candidates.ordinals())),
        and_(_is_own(organisation_id), TextEntry.document_id.in_(candidates.fresh)),
    )


def _is_own(organisation_id: UUID) -> ColumnElement[bool]:
    """Of the organisation, where rows are found by something narrower than the index of all that
    it has."""
    return unindexed(TextEntry.organisation_id) == organisation_id


def _documents(
    session: Session, candidates: Candidates, which: ColumnElement[bool]
) -> dict[UUID, list[UUID]]:
    """By envelope, candidates among the documents of its current version."""
    rows = session.execute(
        select(Document.envelope_id, Document.id, TextEntry.ordinal)
        .join(TextEntry, TextEntry.document_id == Document.id)
        .join(Envelope, Envelope.id == Document.envelope_id)
        .where(of_version(Envelope.version), which)
        .order_by(Document.position, Document.created_at)
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for envelope_id, document_id, ordinal in rows:
        if candidates.has(document_id, ordinal):
            found[envelope_id].append(document_id)
    return found


def _confirmed(  # noqa: PLR0913 - where, of what, for what
    session: Session,
    vault: Vault,
    document_ids: Sequence[UUID],
    patterns: Sequence[re.Pattern[str]],
    most: int,
    *,
    doubted: bool = False,
) -> tuple[FoundText, ...]:
    """Those that say it; with `doubted` also those that cannot be read."""
    found = []
    for document_id in document_ids:
        document = session.get_one(Document, document_id)
        try:
            hits = few_places(texts_of(vault, session, document), patterns, most)
        except VaultError as error:  # one that cannot be read hides no other
            log.warning("text not read", document=str(document_id), error=repr(error))
            if doubted:
                found.append(FoundText(document, ()))
            continue
        if hits:
            found.append(FoundText(document, hits))
    return tuple(found)


def _found_deals(
    session: Session, hits: Mapping[UUID, tuple[FoundText, ...]]
) -> tuple[FoundDeal, ...]:
    rows = session.execute(
        select(Envelope, Deal)
        .join(Deal, Deal.envelope_id == Envelope.id)
        .where(Envelope.id.in_(hits))
        .options(*LEAN)
    )
    found = {envelope.id: (envelope, deal) for envelope, deal in rows}
    return tuple(FoundDeal(*found[one], texts=texts) for one, texts in hits.items())
