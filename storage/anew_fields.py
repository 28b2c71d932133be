"""Fields of an envelope whose corrections placed them anew, as a draft of the same content has
them: there they belong to slots, here to people."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.anew import Taker, place_keys
from domain.drafts import TypedPerson
from domain.kinds import StageRule
from domain.typed_fields import TypedField
from storage.coming_fields import coming
from storage.people import normal_mail
from storage.tables import Document, Envelope, Participant, Party, Slot, SlotCandidate, Stage


def placed_anew(
    session: Session, envelope: Envelope, people: Sequence[TypedPerson]
) -> tuple[TypedField, ...] | None:
    """The fields of the newest version, each under the key of its person in `people`. None where no
    correction placed any anew: then the draft's own still hold."""
    if not _corrected(session, envelope):
        return None
    # an upload that nobody confirmed changes nothing
    known = replace(coming(session, envelope), replacements={})
    typed = {normal_mail(row.mail) for row in people}
    keys = place_keys(_places(session, envelope, typed), people)
    return tuple(
        replace(row, person=keys.get(row.person, ""))
        for document in known.documents
        for row in known.rows(document)
    )


def _corrected(session: Session, envelope: Envelope) -> bool:
    found = select(Document.id).where(
        Document.envelope_id == envelope.id,
        Document.removed_at.is_(None),
        Document.replaces_id.is_not(None),
        Document.from_version <= envelope.version,
        Document.placed.is_not(None),
    )
    return session.scalar(found.limit(1)) is not None


def _places(
    session: Session, envelope: Envelope, typed: Collection[str]
) -> dict[str, Taker | None]:
    """Who was to take each place before anybody handed it over, by the slots' ids. `typed` are the
    addresses of the draft's own people."""
    people = _people(session, envelope)
    rows = session.execute(
        select(Slot, Stage.rule, SlotCandidate.participant_id)
        .join(Stage, Stage.id == Slot.stage_id)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .where(Slot.envelope_id == envelope.id)
    )
    asked: dict[UUID, dict[UUID, Participant]] = {}
    slots: dict[UUID, tuple[Slot, str]] = {}
    for slot, rule, participant in rows:
        slots[slot.id] = slot, rule
        first = _first(people, participant)
        if first.deputy_of is None:
            asked.setdefault(slot.id, {})[first.id] = first
    return {
        str(key): _taker(session, list(asked.get(key, {}).values()), slot.position, rule, typed)
        for key, (slot, rule) in slots.items()
    }


def _people(session: Session, envelope: Envelope) -> dict[UUID, Participant]:
    rows = session.scalars(select(Participant).where(Participant.envelope_id == envelope.id))
    return {row.id: row for row in rows}


def _first(people: dict[UUID, Participant], participant: UUID) -> Participant:
    found, seen = people[participant], {participant}
    while found.predecessor_id in people and found.predecessor_id not in seen:
        seen.add(found.predecessor_id)
        found = people[found.predecessor_id]
    return found


def _taker(
    session: Session, people: list[Participant], number: int, rule: str, typed: Collection[str]
) -> Taker | None:
    """As `PlannedStage.persons` says whose key a place has: where some share places, each has that
    of the next of them."""
    people.sort(key=lambda person: person.position)
    shared = len(people) > 1 and rule != StageRule.ALL and number < len(people)
    person = people[number if shared else 0] if people else None
    if person is None:
        return None
    party = session.get_one(Party, person.party_id)
    chain = person.member_id is not None and normal_mail(person.mail) not in typed
    member = str(person.member_id) if chain else ""
    return Taker((person.name, party.kind, person.kind), member)
