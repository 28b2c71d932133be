"""The operation log (操作ログ): appended, chained for each organisation, found, verified.

`storage.ledger` writes into it whatever it notes of members and of an organisation itself, in the
same transaction; the web adds looks, searches and refusals. Writers are ordered by the row lock on
the organisation's head, which whoever also writes the ledger takes after the ledger's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from domain.events import GENESIS, Json, event_hash
from domain.lists import Usual
from storage.chain_heads import locked_head
from storage.paging import Page, existing
from storage.tables import OperationEntry, OperationHead

PAGE_SIZE = 50
COUNTED = 10_000
"""What comes after is neither counted nor paged to: in a log that long people filter."""
_AT_ONCE = 1000
SORTS: Usual = {"at": True}
"""By the chain only, which its key serves either way: whoever wants one person's entries, or one
kind, narrows the log to them."""


@dataclass(frozen=True)
class Search:
    """Conditions, together. `since` and `before` are aware; `before` is not part of it."""

    actor: str = ""
    tags: frozenset[str] = frozenset()
    since: datetime | None = None
    before: datetime | None = None
    envelope_id: UUID | None = None
    """What was done with this envelope, and who looked at it."""


@dataclass(frozen=True)
class ChainReport:
    """What a verification found. `position` is that of the first entry that does not fit."""

    entries: int
    head: str
    position: int | None = None

    @property
    def intact(self) -> bool:
        """Every entry follows from the one before it, up to the head."""
        return self.position is None


def append(  # noqa: PLR0913 - the parts of one entry, by name
    session: Session,
    organisation_id: UUID,
    tag: str,
    *,
    at: datetime,
    actor: str,
    envelope_id: UUID | None = None,
    data: dict[str, Json] | None = None,
) -> None:
    """Write one entry in the caller's transaction."""
    head = locked_head(session, OperationHead, OperationHead.organisation_id, organisation_id)
    entry = OperationEntry(
        organisation_id=organisation_id,
        sequence=head.sequence + 1,
        tag=tag,
        at=at,
        actor=actor,
        envelope_id=envelope_id,
        # The hash covers `data` but no column for the organisation.
        data={**(data or {}), "organisation": str(organisation_id)},
    )
    entry.hash = _hash_of(entry, head.hash)
    session.add(entry)
    head.sequence, head.hash = entry.sequence, entry.hash
    session.flush()


def _hash_of(entry: OperationEntry, previous: str) -> str:
    return event_hash(
        previous=previous,
        sequence=entry.sequence,
        tag=entry.tag,
        at=entry.at,
        envelope_id=entry.envelope_id,
        actor=entry.actor,
        data=entry.data,
    )


def search(
    session: Session, organisation_id: UUID, wanted: Search, number: int, *, down: bool = True
) -> Page[OperationEntry]:
    """A page of the organisation's log; `down`: the newest entry first."""
    where = _conditions(organisation_id, wanted)
    counted = select(OperationEntry.sequence).where(*where).limit(COUNTED).subquery()
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    number = existing(number, total, PAGE_SIZE)
    rows = session.scalars(
        select(OperationEntry)
        .where(*where)
        .order_by(OperationEntry.sequence.desc() if down else OperationEntry.sequence)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    return Page(rows, total, number, PAGE_SIZE, more=total >= COUNTED)


def every(session: Session, organisation_id: UUID, wanted: Search) -> Iterator[OperationEntry]:
    """All that match, the oldest first."""
    query = (
        select(OperationEntry)
        .where(*_conditions(organisation_id, wanted))
        .order_by(OperationEntry.sequence)
        .execution_options(yield_per=_AT_ONCE)
    )
    with session.scalars(query) as found:
        yield from found


def _conditions(organisation_id: UUID, wanted: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [OperationEntry.organisation_id == organisation_id]
    if wanted.actor:
        found.append(OperationEntry.actor == wanted.actor)
    if wanted.tags:
        found.append(OperationEntry.tag.in_(sorted(wanted.tags)))
    if wanted.since is not None:
        found.append(OperationEntry.at >= wanted.since)
    if wanted.before is not None:
        found.append(OperationEntry.at < wanted.before)
    if wanted.envelope_id is not None:
        found.append(_about(wanted.envelope_id))
    return found


def _about(envelope_id: UUID) -> ColumnElement[bool]:
    """Looks name their envelope in what they say only."""
    looked = OperationEntry.data["envelope"].as_string() == str(envelope_id)
    return or_(OperationEntry.envelope_id == envelope_id, looked)


def verify(session: Session, organisation_id: UUID) -> ChainReport:
    """Recompute the organisation's chain from its first entry to its head."""
    previous, position = GENESIS, 0
    query = (
        select(OperationEntry)
        .where(OperationEntry.organisation_id == organisation_id)
        .order_by(OperationEntry.sequence)
        .execution_options(populate_existing=True, yield_per=_AT_ONCE)
    )
    with session.scalars(query) as chain:
        for entry in chain:
            position += 1
            named = entry.data.get("organisation") == str(organisation_id)
            fits = named and entry.sequence == position
            if not fits or _hash_of(entry, previous) != entry.hash:
                return ChainReport(position - 1, previous, position)
            previous = entry.hash
    head = session.get(OperationHead, organisation_id)
    expected = (head.sequence, head.hash) if head is not None else (0, GENESIS)
    if expected != (position, previous):
        return ChainReport(position, previous, position + 1)
    return ChainReport(position, previous)


def gaps(session: Session, since: datetime) -> int:
    """How many operations of all organisations could not be noted, as far as was told later."""
    rows = session.scalars(
        select(OperationEntry.data).where(
            OperationEntry.tag == "log:gap", OperationEntry.at >= since
        )
    )
    return sum(int(data.get("missed", 0)) for data in rows)
