"""The fields of a draft: kept as typed beside its people, gone with their person or document.

They live in the draft's JSON under `fields`; domain.fields says what may stand in a row.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from domain.drafts import Order, Person, TypedDraft, typed_draft
from domain.fields import Beside, DraftField, PlacedOn, check_fields
from domain.forms import FormProblems
from domain.kinds import ParticipantKind, PartyKind, SlotKind
from domain.refusals import Refusal
from domain.stages import StageKind
from domain.typed_fields import TypedField, typed_field
from storage.chain_plan import judge_typed
from storage.editions import Author, grown
from storage.letters import FontLettering
from storage.route_plan import Around, PlannedRoute, PlannedStage, chain_stages
from storage.senders import senders_of
from storage.tables import Document, Envelope, Member

FIELDS = "fields"


@dataclass(frozen=True)
class Seat:
    """Somebody who signs, and so may have fields. `name` is what was typed of him so far; `role` is
    what a template calls his place, `party` the side that he signs for."""

    key: str
    name: str
    company: str = ""
    role: str = ""
    party: str = ""


def fields_of(envelope: Envelope) -> tuple[TypedField, ...]:
    """Every row of the draft, in order."""
    rows = envelope.draft.get(FIELDS)
    found = rows if isinstance(rows, list) else []
    return tuple(typed_field(row) for row in found if isinstance(row, Mapping))


def save_fields(
    envelope: Envelope,
    document_id: UUID,
    rows: Iterable[TypedField],
    now: datetime,
    by: Author | None = None,
) -> None:
    """Replace the fields of one document; those of the others stay as they are. `by` is who
    placed them, for those who place beside him."""
    part, kept = str(document_id), tuple(rows)
    stored = fields_of(envelope)
    if kept != tuple(row for row in stored if row.document == part):
        envelope.draft = {**envelope.draft, **grown(envelope, by, now, part)}
    _keep(envelope, [*(row for row in stored if row.document != part), *kept])
    envelope.changed_at = now


def forget_document(envelope: Envelope, document_id: UUID) -> None:
    """With a document go its fields."""
    _keep(envelope, [row for row in fields_of(envelope) if row.document != str(document_id)])


def kept_with(envelope: Envelope, typed: TypedDraft) -> dict[str, Any]:
    """What of the fields stays when the form is saved: with a person go his fields.

    A chain's members are no rows of the form; their fields wait while another chain is looked at.
    """
    before = {person.key for person in typed_draft(envelope.draft).people}
    gone = before - {person.key for person in typed.people}
    rows = [row for row in fields_of(envelope) if row.person not in gone]
    return {FIELDS: [row.as_json() for row in rows]} if rows else {}


def seats_of(
    session: Session, envelope: Envelope, member: Member | None = None
) -> tuple[Seat, ...]:
    """Who signs, in the order of the route, as far as the draft says it already; as `member` would
    send it, here and below (None: whoever has the draft)."""
    typed = typed_draft(envelope.draft)
    before, behind = (
        [
            Seat(key, name, company, party=PartyKind.OWN.value)
            for stage in part
            for key, name, company in _signing_seats(stage)
        ]
        for part in _around(session, envelope, typed, member)
    )
    told = _told_apart([*before, *behind])
    return (*told[: len(before)], *_own_seats(typed), *told[len(before) :])


def _told_apart(seats: Sequence[Seat]) -> list[Seat]:
    """Who signs before and behind the other side has two seats."""
    times, seen = Counter(seat.name for seat in seats), Counter[str]()
    found = []
    for seat in seats:
        seen[seat.name] += 1
        number = f" ({seen[seat.name]}/{times[seat.name]})" if times[seat.name] > 1 else ""
        found.append(replace(seat, name=seat.name + number))
    return found


def _signing_seats(stage: PlannedStage) -> Iterable[tuple[str, str, str]]:
    for people, (key, name) in zip(stage.places, stage.seats, strict=True):
        if people[0].kind is SlotKind.SIGN:
            yield key, name, people[0].person.company


def _own_seats(typed: TypedDraft) -> Iterable[Seat]:
    """Of the form's own people; where some share a place, the place has one seat."""
    laid_out = typed.laid_out if typed.order == Order.STAGES else None
    people = (laid_out or typed).people
    seen: Counter[str] = Counter()
    for person in people:
        if person.kind != ParticipantKind.SIGNER or not person.key or person.untouched:
            continue
        company = person.company.strip()
        seat = Seat(person.key, person.said, company, person.role, person.party)
        shared = shared_places(laid_out, person.stage) if laid_out else None
        if shared is not None:
            seen[person.stage] += 1
            if seen[person.stage] > shared:
                continue
            names = " / ".join(
                other.said
                for other in people
                if other.stage == person.stage and not other.untouched
            )
            number = f" ({seen[person.stage]}/{shared})" if shared > 1 else ""
            seat = replace(seat, name=names + number)
        yield seat


def chain_people(
    session: Session, envelope: Envelope, member: Member | None = None
) -> Iterable[tuple[str, Person]]:
    """Who may take each signing seat of the chosen chain, by the seat's key."""
    for stage in _chain(session, envelope, typed_draft(envelope.draft), member):
        for people, (key, _name) in zip(stage.places, stage.seats, strict=True):
            yield from ((key, planned.person) for planned in people)


def shared_places(typed: TypedDraft, stage: str) -> int | None:
    """How many places the people of a stage share; None where each has his own."""
    index = int(stage) - 1 if stage.isascii() and stage.isdigit() else -1
    if not 0 <= index < len(typed.stages) or typed.stages[index].kind == StageKind.ALL:
        return None
    row = typed.stages[index]
    number = row.need.strip() if row.kind == StageKind.N_OF else "1"
    return int(number) if number.isascii() and number.isdigit() else 1


def live_fields(
    session: Session,
    envelope: Envelope,
    documents: Iterable[Document],
    member: Member | None = None,
) -> tuple[TypedField, ...]:
    """The rows whose document is still there; those of a chain that is not chosen are left out."""
    here = {str(document.id) for document in documents}
    typed = typed_draft(envelope.draft)
    known = {person.key: person.key for person in typed.people} | {"": ""}
    known |= _chain_keys(_chain(session, envelope, typed, member))
    return tuple(
        replace(row, person=known[row.person])
        for row in fields_of(envelope)
        if row.document in here and row.person in known
    )


def _chain_keys(stages: Iterable[PlannedStage]) -> dict[str, str]:
    """The keys of a chain's places, also by those of persons, as older drafts keep fields."""
    seats = [
        (key, person)
        for stage in stages
        for (key, _name), person in zip(stage.seats, stage.persons, strict=True)
    ]
    return {person: key for key, person in reversed(seats)} | {key: key for key, _person in seats}


def checked_fields(
    session: Session,
    envelope: Envelope,
    documents: Sequence[Document],
    signers: Mapping[str, str],
    member: Member | None = None,
) -> tuple[DraftField, ...]:
    """The draft's fields with their types. Raises FormProblems with every one that is wrong."""
    here = {str(document.id) for document in documents}
    waiting = frozenset(row.key for row in fields_of(envelope) if row.document not in here)
    return check_fields(
        live_fields(session, envelope, documents, member),
        places(documents),
        signers,
        FontLettering(),
        Beside(waiting=waiting),
    )


def dependent_on(envelope: Envelope, document_id: UUID) -> tuple[TypedField, ...]:
    """Rows of other documents whose rules name a field of this one."""
    rows = fields_of(envelope)
    here = {row.key for row in rows if row.document == str(document_id)}
    others = (row for row in rows if row.document != str(document_id))
    return tuple(row for row in others if here.intersection(row.named))


def signers_of(route: PlannedRoute) -> dict[str, str]:
    """Names of those who sign, by key."""
    return {key: name for stage in route.stages for key, name, _company in _signing_seats(stage)}


def places(documents: Iterable[Document]) -> dict[UUID, PlacedOn]:
    """What the documents are to somebody who places fields."""
    return {document.id: placed_on(document) for document in documents}


def placed_on(document: Document) -> PlacedOn:
    """One of them."""
    return PlacedOn(
        tuple((float(size[0]), float(size[1])) for size in document.page_sizes),
        document.signed,
        tuple((int(page), (x, y, width, height)) for page, x, y, width, height in document.taken),
    )


def _chain(
    session: Session, envelope: Envelope, typed: TypedDraft, member: Member | None
) -> tuple[PlannedStage, ...]:
    """All of the chosen chain's stages."""
    before, behind = _around(session, envelope, typed, member)
    return (*before, *behind)


def _around(
    session: Session, envelope: Envelope, typed: TypedDraft, member: Member | None
) -> Around:
    """The chosen chain's stages before the draft's people and behind them; none while the choice is
    not a good one."""
    try:
        chosen = UUID(typed.chain_id) if typed.chain_id else None
        if chosen is None:
            return (), ()
        by = senders_of(session, envelope, member)
        return chain_stages(judge_typed(session, by, chosen, typed))
    except (ValueError, FormProblems, Refusal):
        return (), ()


def _keep(envelope: Envelope, rows: Sequence[TypedField]) -> None:
    """All of them, also where they are too many: whoever sends is told, and nothing is lost."""
    envelope.draft = {**envelope.draft, FIELDS: [row.as_json() for row in rows]}
