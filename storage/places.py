"""Whose place it is: somebody absent and his deputies are one person where places count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kinds import FILLING_ACTS
from storage.tables import Act, Participant, Slot


def deputies_of(session: Session, envelope_id: UUID) -> dict[UUID, UUID]:
    """Each deputy of an envelope, with whom he stands in for. Who came for somebody by a hand-over
    took his place among them (domain.route_effects.follow_deputies)."""
    rows = session.execute(
        select(Participant.id, Participant.deputy_of, Participant.predecessor_id).where(
            Participant.envelope_id == envelope_id
        )
    ).all()
    came_for = {row.predecessor_id: row.id for row in rows if row.predecessor_id is not None}
    return {
        person: list(_in_turn(row.deputy_of, came_for))[-1]
        for row in rows
        if row.deputy_of is not None
        for person in _in_turn(row.id, came_for)
    }


def _in_turn(person: UUID, came_for: Mapping[UUID, UUID]) -> Iterator[UUID]:
    """Somebody, and who came for him one after the other."""
    yield person
    while person in came_for:
        person = came_for[person]
        yield person


def principals(session: Session, envelope_id: UUID) -> dict[UUID, UUID]:
    """Each deputy of an envelope with whose place he has in the end, also as a deputy's deputy."""
    known = deputies_of(session, envelope_id)
    return {deputy: _last(deputy, known) for deputy in known}


def _last(person: UUID, known: Mapping[UUID, UUID]) -> UUID:
    for _ in known:  # no longer than there are deputies, whatever the rows say
        person = known.get(person, person)
    return person


def place_of(session: Session, participant: Participant) -> set[UUID]:
    """Everybody who has the same place as he, himself among them."""
    known = principals(session, participant.envelope_id)
    own = known.get(participant.id, participant.id)
    return {participant.id, own, *(one for one, place in known.items() if place == own)}


def acted_in_stage(
    session: Session, envelope_id: UUID, people: Iterable[UUID]
) -> set[tuple[UUID, UUID]]:
    """Pairs of person and stage for which an act that filled a slot, or declined, is accepted: his
    own, or that of somebody who has the same place."""
    known = principals(session, envelope_id)
    rows = session.execute(
        select(Act.participant_id, Slot.stage_id)
        .join(Slot, Slot.id == Act.slot_id)
        .where(
            Act.envelope_id == envelope_id,
            Act.kind.in_([kind.value for kind in FILLING_ACTS]),
            Act.accepted.is_(True),
        )
    )
    acted = ((person, stage) for person, stage in rows if person is not None)
    done = {(known.get(person, person), stage) for person, stage in acted}
    return {
        (person, stage)
        for person in people
        for place, stage in done
        if place == known.get(person, person)
    }


def one_place(session: Session, people: Sequence[UUID]) -> bool:
    """Whether these candidates are one person and his deputies."""
    alone = select(func.count()).where(
        Participant.id.in_(people),
        (Participant.deputy_of.is_(None)) | (Participant.deputy_of.not_in(people)),
    )
    return session.scalar(alone) == 1
