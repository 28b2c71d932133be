"""What a draft's fields will be filled in with, and what its sender is told of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.drafts import Order, TypedPerson, typed_draft
from domain.facts import known_of
from domain.fields import DraftField
from domain.forms import FormProblems
from domain.prefill import Facts, sender_note
from domain.refusals import Words
from storage import correction_fields, placing
from storage.letters import FontLettering
from storage.tables import Document, Envelope, Member, Participant, SlotCandidate


def prefill_notes(
    session: Session,
    envelope: Envelope,
    documents: Sequence[Document],
    member: Member | None = None,
) -> dict[str, Words]:
    """By the field's key, as `member` would send it. Nothing while a field is wrong: that is
    said first."""
    signers = {seat.key: seat.name for seat in placing.seats_of(session, envelope, member)}
    try:
        fields = placing.checked_fields(session, envelope, documents, signers, member)
    except FormProblems:
        return {}
    return _notes(fields, _facts(session, envelope, member))


def correction_notes(
    session: Session, envelope: Envelope, replacement: Document
) -> dict[str, Words]:
    """The same of a corrected document's fields, which the same people are asked for again."""
    try:
        fields = correction_fields.checked_on(session, envelope, replacement)
    except FormProblems:
        return {}
    facts: dict[str, list[Facts]] = defaultdict(list)
    for slot_id, person in session.execute(
        select(SlotCandidate.slot_id, Participant)
        .join(Participant, Participant.id == SlotCandidate.participant_id)
        .where(Participant.envelope_id == envelope.id, Participant.left_at.is_(None))
    ):
        row = Facts(person.name, person.mail, person.company, person.known or {})
        facts[str(slot_id)].append(row)
    return _notes(fields, facts)


def _notes(fields: Sequence[DraftField], facts: Mapping[str, Sequence[Facts]]) -> dict[str, Words]:
    found = {made.key: _note(made, facts.get(made.person, ())) for made in fields}
    return {key: note for key, note in found.items() if note is not None}


def _note(made: DraftField, people: Sequence[Facts]) -> Words | None:
    """Of whoever may come to fill it in, the first with whom something is wrong."""
    letters = FontLettering()
    notes = (sender_note(made, facts, letters) for facts in people)
    return next((note for note in notes if note is not None), None)


def _facts(
    session: Session, envelope: Envelope, member: Member | None
) -> Mapping[str, list[Facts]]:
    """Of everybody who may fill in the fields of a seat, by the seat's key."""
    typed = typed_draft(envelope.draft)
    found: dict[str, list[Facts]] = defaultdict(list)
    for key, planned in placing.chain_people(session, envelope, member):
        found[key].append(Facts(planned.name, planned.mail, planned.company))
    laid_out = typed.laid_out if typed.order == Order.STAGES else None
    people = (laid_out or typed).people
    for person in people:
        shared = laid_out is not None and placing.shared_places(laid_out, person.stage) is not None
        beside = [other for other in people if other.stage == person.stage] if shared else [person]
        found[person.key] += [_of(one) for one in beside if not one.untouched]
    return found


def _of(person: TypedPerson) -> Facts:
    return Facts(
        person.name.strip(), person.mail.strip(), person.company.strip(), known_of(person.known)
    )
