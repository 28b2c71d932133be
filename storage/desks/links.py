"""Mailed links as rows: issued with a generation, revoked with a reason."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import LinkPurpose, SlotState
from storage import ledger
from storage.desks.rows import SYSTEM
from storage.locks import locked_rows
from storage.places import acted_in_stage
from storage.tables import Envelope, Link, PastLink, Slot, SlotCandidate

ACTED = "acted"
RELEASED = "released"
CLOSED = "closed"
_OPEN = (SlotState.WAITING.value, SlotState.ASKED.value)


def issue(
    session: Session,
    envelope: Envelope,
    participants: Iterable[UUID],
    purpose: LinkPurpose,
    at: datetime,
) -> None:
    """Everyone has a working link afterwards; one that works already stays as it is."""
    for participant_id in participants:
        link = _link(session, participant_id, purpose)
        if link is None:
            link = Link(
                participant_id=participant_id, purpose=purpose.value, generation=1, issued_at=at
            )
            session.add(link)
        elif link.revoked_at is not None:
            remember(session, link, at)
            link.generation += 1
            link.issued_at, link.token_sha256 = at, None
            link.revoked_at = link.revoked_why = None
        else:
            continue
        session.flush()
        _note(session, Event.LINK_ISSUED, envelope, link, at, {"purpose": purpose})


def revoke(  # noqa: PLR0913 - the parts of one event
    session: Session,
    envelope: Envelope,
    participants: Iterable[UUID],
    purpose: LinkPurpose,
    why: str,
    at: datetime,
) -> None:
    """The links open nothing any more; who holds one is told why."""
    for participant_id in participants:
        link = _link(session, participant_id, purpose)
        if link is not None and link.revoked_at is None:
            link.revoked_at, link.revoked_why = at, why
            session.flush()
            _note(session, Event.LINK_REVOKED, envelope, link, at, {"why": why})


def renew(
    session: Session, envelope: Envelope, participants: Iterable[UUID], act_id: UUID, at: datetime
) -> None:
    """A working act link gets a new generation; the token that was mailed before dies.

    Once per act: a repeated step finds its own event and changes nothing.
    """
    for participant_id in participants:
        link = _link(session, participant_id, LinkPurpose.ACT)
        if link is None or link.revoked_at is not None or link.renewed_by == act_id:
            continue
        remember(session, link, at)
        link.generation += 1
        link.issued_at, link.token_sha256, link.renewed_by = at, None, act_id
        session.flush()
        data = {"purpose": LinkPurpose.ACT, "act": str(act_id)}
        _note(session, Event.LINK_ISSUED, envelope, link, at, data)


def remember(session: Session, link: Link, at: datetime) -> None:
    """The link is about to get another token: the holder of this one may ask for it."""
    if link.token_sha256 is not None:
        session.add(
            PastLink(
                token_sha256=link.token_sha256,
                link_id=link.id,
                generation=link.generation,
                replaced_at=at,
            )
        )


def forget_past(session: Session, participant_id: UUID) -> None:
    """The older tokens went to an address that was wrong: they ask for nothing any more."""
    links = select(Link.id).where(Link.participant_id == participant_id).scalar_subquery()
    session.execute(delete(PastLink).where(PastLink.link_id.in_(links)))


def idle_participants(session: Session, envelope: Envelope, slots: Iterable[UUID]) -> list[UUID]:
    """Candidates of these slots of an envelope for whom no slot is open or to come.

    Who has acted in a stage is done with it, though other slots of it may still be open; so is who
    stands in for him, and for whom he did.
    """
    people = session.scalars(
        select(SlotCandidate.participant_id)
        .where(SlotCandidate.slot_id.in_(list(slots)))
        .order_by(SlotCandidate.participant_id)
        .distinct()
    ).all()
    waited_for = {
        (person, stage)
        for person, stage in session.execute(
            select(SlotCandidate.participant_id, Slot.stage_id)
            .join(Slot, Slot.id == SlotCandidate.slot_id)
            .where(SlotCandidate.participant_id.in_(people), Slot.state.in_(_OPEN))
        )
    }
    busy = {person for person, _stage in waited_for - acted_in_stage(session, envelope.id, people)}
    return [person for person in people if person not in busy]


def _link(session: Session, participant_id: UUID, purpose: LinkPurpose) -> Link | None:
    query = select(Link).where(Link.participant_id == participant_id, Link.purpose == purpose.value)
    return next(iter(locked_rows(session, query)), None)


def _note(  # noqa: PLR0913 - the parts of one event
    session: Session,
    tag: Event,
    envelope: Envelope,
    link: Link,
    at: datetime,
    data: dict[str, str],
) -> None:
    ledger.append(
        session,
        tag,
        at=at,
        actor=SYSTEM,
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "link": link.id,
            "participant": link.participant_id,
            "generation": link.generation,
            **data,
        },
    )
