"""The ledger (証跡): events are appended, chained twice, verified and exported; nothing else.

Writers are ordered by the row lock on the head of the chain over all events. Take other row
locks first and append last, so that this lock is held shortly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.events import GENESIS, Event, Json, event_hash, utc_text
from storage import operations
from storage.asked_members import asked_member
from storage.chain_heads import locked_head
from storage.tables import Envelope, LedgerEvent, LedgerHead

ALL = "all"
_PAGE = 500


def append(  # noqa: PLR0913 - the parts of one event, by name
    session: Session,
    tag: Event,
    *,
    at: datetime,
    actor: str,
    envelope_id: UUID | None = None,
    organisation_id: UUID | None = None,
    data: dict[str, Any] | None = None,
    once: str | None = None,
    address: str = "",
    log_data: Mapping[str, Any] | None = None,
) -> None:
    """Write one event in the caller's transaction; nothing happens if `once` exists already.

    `actor` is `member:<id>`, `participant:<id>`, `visitor` or `system`. `data` holds ids, codes
    and hashes only; UUIDs, times and enumerations become text. A float raises TypeError: its
    text is not the same everywhere.

    What members do, also where they are asked as participants, and what concerns an organisation
    and no envelope, stands in that organisation's operation log as well; `address` is the network
    address, and `log_data` what else only the log keeps: words that the ledger does not hold.
    """
    head = locked_head(session, LedgerHead, LedgerHead.scope, ALL)
    if once is not None and noted(session, once):
        return
    if envelope_id is not None and organisation_id is None:
        organisation_id = session.scalar(
            select(Envelope.organisation_id).where(Envelope.id == envelope_id)
        )
    event = LedgerEvent(
        tag=tag.value,
        at=at,
        organisation_id=organisation_id,
        envelope_id=envelope_id,
        actor=actor,
        data=_event_data(data or {}, organisation_id if envelope_id is None else None),
        once=once,
    )
    event.sequence, event.hash = _next(head, event)
    if envelope_id is not None:
        own = locked_head(session, LedgerHead, LedgerHead.scope, str(envelope_id))
        event.envelope_sequence, event.envelope_hash = _next(own, event)
    session.add(event)
    session.flush()
    if organisation_id is not None:
        _copy(session, event, organisation_id, address, _event_data(dict(log_data or {}), None))


def _copy(
    session: Session,
    event: LedgerEvent,
    organisation_id: UUID,
    address: str,
    more: dict[str, Json],
) -> None:
    """Into the operation log, under the member's name."""
    actor, said = event.actor, event.data
    asked = asked_member(session, organisation_id, actor, said)
    if asked is not None:
        actor, address = f"member:{asked.member_id}", address or asked.address
        said = {"participant": str(asked.participant_id)} | said
    if event.envelope_id is not None and not actor.startswith("member:"):
        return
    operations.append(
        session,
        organisation_id,
        event.tag,
        at=event.at,
        actor=actor,
        envelope_id=event.envelope_id,
        data=said | more | ({"address": address} if address else {}),
    )


def noted(session: Session, once: str) -> bool:
    """Whether the event of this name was written."""
    found = session.scalar(select(LedgerEvent.sequence).where(LedgerEvent.once == once))
    return found is not None


def _next(head: LedgerHead, event: LedgerEvent) -> tuple[int, str]:
    sequence = head.sequence + 1
    head.hash = _hash_of(event, head.hash, sequence)
    head.sequence = sequence
    return sequence, head.hash


def _hash_of(event: LedgerEvent, previous: str, sequence: int) -> str:
    return event_hash(
        previous=previous,
        sequence=sequence,
        tag=event.tag,
        at=event.at,
        envelope_id=event.envelope_id,
        actor=event.actor,
        data=event.data,
    )


def _event_data(data: dict[str, Any], organisation_id: UUID | None) -> dict[str, Any]:
    plain = {str(key): _plain(value) for key, value in data.items()}
    if organisation_id is not None:
        # The hash covers `data` but no column for the organisation.
        plain["organisation"] = str(organisation_id)
    return plain


def _plain(value: object) -> Json:
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    message = f"not for the ledger: {type(value).__name__}"
    raise TypeError(message)


# -- verifying ---------------------------------------------------------------------------------


class Break(StrEnum):
    """How a chain is broken at a position."""

    ALTERED = "altered"
    """The event's hash does not follow from its content and the hash before it."""
    MISSING = "missing"
    """An event was removed, or positions were exchanged."""
    TRUNCATED = "truncated"
    """The chain ends before its head, or has events behind it."""
    FOREIGN = "foreign"
    """The event names an organisation that its content does not."""


@dataclass(frozen=True)
class LedgerReport:
    """What a verification found. `position` counts within the chain, from 1; `sequence` is the
    event's position over all events, where one is there."""

    scope: str
    events: int
    head: str
    fault: Break | None = None
    position: int | None = None
    sequence: int | None = None

    @property
    def intact(self) -> bool:
        """Every event follows from the one before it, up to the head."""
        return self.fault is None


def verify(session: Session, envelope_id: UUID | None = None) -> LedgerReport:
    """Recompute a chain from its first event: that of an envelope, or the one over all."""
    scope = ALL if envelope_id is None else str(envelope_id)
    previous, position = GENESIS, 0
    owners: dict[UUID, UUID | None] = {}
    with session.scalars(_events(envelope_id)) as chain:
        for event in chain:
            position += 1
            fault = _fault(event, previous, position, own=envelope_id is not None)
            fault = fault or _foreign(session, event, owners)
            if fault is not None:
                return LedgerReport(scope, position - 1, previous, fault, position, event.sequence)
            previous = (event.envelope_hash if envelope_id is not None else event.hash) or ""
    head = session.get(LedgerHead, scope)
    expected = (head.sequence, head.hash) if head is not None else (0, GENESIS)
    if expected != (position, previous):
        return LedgerReport(scope, position, previous, Break.TRUNCATED, position + 1)
    return LedgerReport(scope, position, previous)


def _events(envelope_id: UUID | None) -> Select[LedgerEvent]:
    query = select(LedgerEvent).execution_options(populate_existing=True, yield_per=_PAGE)
    if envelope_id is None:
        return query.order_by(LedgerEvent.sequence)
    return query.where(LedgerEvent.envelope_id == envelope_id).order_by(
        LedgerEvent.envelope_sequence, LedgerEvent.sequence
    )


def _fault(event: LedgerEvent, previous: str, position: int, *, own: bool) -> Break | None:
    stored = event.envelope_sequence if own else event.sequence
    if stored != position:
        return Break.MISSING
    if _hash_of(event, previous, position) != (event.envelope_hash if own else event.hash):
        return Break.ALTERED
    return None


def _foreign(session: Session, event: LedgerEvent, owners: dict[UUID, UUID | None]) -> Break | None:
    """`owners` remembers whose each envelope is: a chain of years has dozens of events of each."""
    if event.envelope_id is None:
        named = event.data.get("organisation")
        fits = named == (str(event.organisation_id) if event.organisation_id else None)
        return None if fits else Break.FOREIGN
    if event.envelope_id not in owners:
        owners[event.envelope_id] = session.scalar(
            select(Envelope.organisation_id).where(Envelope.id == event.envelope_id)
        )
    owner = owners[event.envelope_id]
    return None if owner is not None and owner == event.organisation_id else Break.FOREIGN


# -- exporting ---------------------------------------------------------------------------------


def export(session: Session, envelope_id: UUID) -> list[dict[str, Any]]:
    """An envelope's events for evidence.json, in order, each with the hash before it: a reader
    recomputes `hash` with domain.events.event_hash."""
    rows: list[dict[str, Any]] = []
    previous = GENESIS
    for event in session.scalars(_events(envelope_id)):
        rows.append(
            {
                "sequence": event.envelope_sequence,
                "tag": event.tag,
                "at": utc_text(event.at),
                "actor": event.actor,
                "envelope": str(envelope_id),
                "data": event.data,
                "previous": previous,
                "hash": event.envelope_hash,
                "overall_sequence": event.sequence,
                "overall_hash": event.hash,
            }
        )
        previous = event.envelope_hash or ""
    return rows
