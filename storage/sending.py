"""Sending: the checked draft becomes parties, participants, stages, slots and fields.

Rows, state, outbox item and ledger event are one transaction: the workflow is started by the
relay from the outbox item, so that an envelope is sent exactly if it says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.calendar import end_of_day
from domain.drafts import CheckedDraft, FormProblems, Order, Person
from domain.events import Event
from domain.kinds import (
    SLOT_KIND_OF,
    DocumentState,
    EnvelopeState,
    FieldKind,
    Language,
    ParticipantKind,
    PartyKind,
    SlotKind,
    StageRule,
)
from domain.limits import REMINDER_DAYS
from domain.refusals import Refusal, RefusalCode, Words
from storage import ledger
from storage.drafts import documents_of
from storage.tables import (
    Chain,
    Document,
    Envelope,
    Field,
    Link,
    Member,
    Organisation,
    OutboxItem,
    Participant,
    Party,
    Slot,
    SlotCandidate,
    Stage,
)

ENVELOPE = "envelope"
"""Kind of the outbox item that starts the workflow."""

_PARTICIPANT_KIND = {slot: participant for participant, slot in SLOT_KIND_OF.items()}

_NO_CHAIN = Words(
    "この承認ルートは使えなくなりました。選び直してください。",
    "This approval route is no longer available. Choose another one.",
)
_IN_CHAIN = Words(
    "この人は承認ルートに含まれています。どちらか一方にしてください。",
    "This person is already part of the approval route. Keep only one of the two.",
)


@dataclass(frozen=True)
class PlannedSlot:
    """A place for one person; `kind` None for a recipient, who fills none."""

    person: Person
    kind: SlotKind | None
    member_id: UUID | None = None


@dataclass(frozen=True)
class PlannedStage:
    """Slots that are open together, and how many must be filled."""

    rule: StageRule
    need: int
    slots: tuple[PlannedSlot, ...]


@dataclass(frozen=True)
class PlannedRoute:
    """The route before it becomes rows."""

    stages: tuple[PlannedStage, ...]
    recipients: tuple[PlannedSlot, ...]


def plan_route(
    session: Session, organisation_id: UUID, checked: CheckedDraft
) -> PlannedRoute:
    """The chain's stages, then the draft's people.

    Raises Refusal NO_SIGNER; FormProblems for a chain or a person that does not fit.
    """
    chain = _chain_stages(session, organisation_id, checked.chain_id)
    _refuse_doubles(chain, checked.people)
    acting = [
        PlannedSlot(person, SLOT_KIND_OF[person.kind])
        for person in checked.people
        if person.kind in SLOT_KIND_OF
    ]
    if checked.order is Order.PARALLEL and acting:
        own = (PlannedStage(StageRule.ALL, len(acting), tuple(acting)),)
    else:
        own = tuple(PlannedStage(StageRule.ALL, 1, (slot,)) for slot in acting)
    stages = (*chain, *own)
    if not any(slot.kind is SlotKind.SIGN for stage in stages for slot in stage.slots):
        raise Refusal(RefusalCode.NO_SIGNER)
    recipients = tuple(
        PlannedSlot(person, None)
        for person in checked.people
        if person.kind is ParticipantKind.RECIPIENT
    )
    return PlannedRoute(stages, recipients)


def check_documents(documents: Sequence[Document]) -> None:
    """Raise Refusal unless there are documents and every one may be sent."""
    if not documents:
        raise Refusal(RefusalCode.NO_DOCUMENTS)
    if any(document.state != DocumentState.READY for document in documents):
        raise Refusal(RefusalCode.DOCUMENTS_NOT_READY)


def send(
    session: Session, envelope: Envelope, checked: CheckedDraft, member: Member, now: datetime
) -> None:
    """Send a draft that the caller locked (see `drafts.open_draft`).

    Raises Refusal NO_DOCUMENTS, DOCUMENTS_NOT_READY, NO_SIGNER, ALREADY_SENT; FormProblems.
    """
    if envelope.state != EnvelopeState.DRAFT:
        raise Refusal(RefusalCode.ALREADY_SENT)
    documents = documents_of(session, envelope.id)
    check_documents(documents)
    route = plan_route(session, envelope.organisation_id, checked)
    organisation = session.get_one(Organisation, envelope.organisation_id)
    if session.scalar(select(Stage.id).where(Stage.envelope_id == envelope.id).limit(1)):
        _forget_last_sending(session, envelope)
    _write_route(session, envelope, organisation, route, documents)
    _mark_sent(envelope, checked, organisation, now)
    generation = _next_generation(session, envelope.id)
    session.add(
        OutboxItem(kind=ENVELOPE, subject_id=envelope.id, generation=generation, created_at=now)
    )
    ledger.append(
        session,
        Event.ENVELOPE_SENT,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        data={
            "version": envelope.version,
            "documents": [document.sha256 for document in documents],
            "deadline": envelope.deadline_at,
        },
    )


def _mark_sent(
    envelope: Envelope, checked: CheckedDraft, organisation: Organisation, now: datetime
) -> None:
    envelope.title, envelope.message = checked.title, checked.message
    envelope.chain_id = checked.chain_id
    envelope.reminder_days = list(REMINDER_DAYS)
    envelope.deadline_at = end_of_day(now, checked.deadline_days, organisation.zone)
    envelope.state, envelope.refusal = EnvelopeState.SENDING.value, None
    envelope.sent_at = envelope.changed_at = now


def _next_generation(session: Session, envelope_id: UUID) -> int:
    last = session.scalar(
        select(func.max(OutboxItem.generation)).where(
            OutboxItem.kind == ENVELOPE, OutboxItem.subject_id == envelope_id
        )
    )
    return (last or 0) + 1


# -- the chain ---------------------------------------------------------------------------------


def active_chains(session: Session, organisation_id: UUID) -> list[Chain]:
    """The newest active version of each chain, by name."""
    rows = session.scalars(
        select(Chain)
        .where(Chain.organisation_id == organisation_id, Chain.active.is_(True))
        .order_by(Chain.name, Chain.version.desc())
    )
    newest: dict[str, Chain] = {}
    for chain in rows:
        newest.setdefault(chain.name, chain)
    return list(newest.values())


def _chain_stages(
    session: Session, organisation_id: UUID, chain_id: UUID | None
) -> tuple[PlannedStage, ...]:
    if chain_id is None:
        return ()
    chain = next(
        (row for row in active_chains(session, organisation_id) if row.id == chain_id), None
    )
    if chain is None:
        raise FormProblems({"chain_id": _NO_CHAIN})
    return tuple(_chain_stage(session, organisation_id, stage) for stage in chain.definition["stages"])


def _chain_stage(
    session: Session, organisation_id: UUID, stage: dict[str, object]
) -> PlannedStage:
    rule = StageRule(str(stage.get("rule", StageRule.ALL.value)))
    rows = stage["slots"]
    slots = tuple(_chain_slot(session, organisation_id, row) for row in _dicts(rows))
    needed = {StageRule.ALL: len(slots), StageRule.ANY: 1}.get(rule)
    return PlannedStage(rule, needed or int(str(stage.get("need", 1))), slots)


def _dicts(rows: object) -> Iterable[dict[str, object]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _chain_slot(
    session: Session, organisation_id: UUID, row: dict[str, object]
) -> PlannedSlot:
    member = session.get(Member, UUID(str(row["member_id"])))
    if member is None or member.organisation_id != organisation_id or not member.active:
        raise FormProblems({"chain_id": _NO_CHAIN})
    kind = SlotKind(str(row["kind"]))
    person = Person(
        name=member.name,
        mail=member.mail,
        company=member.department,
        party=PartyKind.OWN,
        kind=_PARTICIPANT_KIND[kind],
        language=Language(member.language),
    )
    return PlannedSlot(person, kind, member.id)


def _refuse_doubles(chain: Iterable[PlannedStage], people: Sequence[Person]) -> None:
    taken = {slot.person.mail.lower() for stage in chain for slot in stage.slots}
    doubles = {
        f"people-{index}-mail": _IN_CHAIN
        for index, person in enumerate(people)
        if person.mail.lower() in taken
    }
    if doubles:
        raise FormProblems(doubles)


# -- rows --------------------------------------------------------------------------------------


def _write_route(
    session: Session,
    envelope: Envelope,
    organisation: Organisation,
    route: PlannedRoute,
    documents: Sequence[Document],
) -> None:
    writer = _Rows(session, envelope, organisation)
    for position, stage in enumerate(route.stages):
        writer.stage(position, stage)
    for recipient in route.recipients:
        writer.participant(recipient)
    session.flush()
    writer.fields(documents)
    session.flush()


class _Rows:
    """Writes one route; numbers people and fields as it goes."""

    def __init__(self, session: Session, envelope: Envelope, organisation: Organisation) -> None:
        self.session = session
        self.envelope = envelope
        self.organisation = organisation
        self.parties: dict[tuple[PartyKind, str], Party] = {}
        self.people = 0
        self.signing: list[Slot] = []

    def party(self, person: Person) -> Party:
        """Own party once; each company of the other side once."""
        own = person.party is PartyKind.OWN
        name = self.organisation.name if own else person.company
        key = (person.party, name)
        if key not in self.parties:
            self.parties[key] = Party(
                envelope_id=self.envelope.id, kind=person.party.value, name=name
            )
            self.session.add(self.parties[key])
            self.session.flush()
        return self.parties[key]

    def participant(self, planned: PlannedSlot) -> Participant:
        """A person of the envelope."""
        person = planned.person
        row = Participant(
            envelope_id=self.envelope.id,
            party_id=self.party(person).id,
            member_id=planned.member_id,
            kind=person.kind.value,
            position=self.people,
            name=person.name,
            mail=person.mail,
            company=person.company,
            language=person.language.value,
        )
        self.people += 1
        self.session.add(row)
        self.session.flush()
        return row

    def stage(self, position: int, planned: PlannedStage) -> None:
        """A stage with its slots, each meant for one person."""
        stage = Stage(
            envelope_id=self.envelope.id,
            version=self.envelope.version,
            position=position,
            rule=planned.rule.value,
            need=planned.need,
        )
        self.session.add(stage)
        self.session.flush()
        for index, item in enumerate(planned.slots):
            self.slot(stage, index, item)

    def slot(self, stage: Stage, position: int, planned: PlannedSlot) -> None:
        """A slot and its one candidate."""
        if planned.kind is None:
            return
        participant = self.participant(planned)
        row = Slot(
            envelope_id=self.envelope.id,
            stage_id=stage.id,
            position=position,
            kind=planned.kind.value,
            participant_id=participant.id,
        )
        self.session.add(row)
        self.session.flush()
        self.session.add(SlotCandidate(slot_id=row.id, participant_id=participant.id))
        if planned.kind is SlotKind.SIGN:
            self.signing.append(row)

    def fields(self, documents: Sequence[Document]) -> None:
        """An invisible signature field per document and signing slot."""
        for document in documents:
            for number, slot in enumerate(self.signing, start=1):
                self.session.add(
                    Field(
                        document_id=document.id,
                        version=self.envelope.version,
                        slot_id=slot.id,
                        name=f"FIELD_{number:04d}",
                        kind=FieldKind.SIGNATURE.value,
                    )
                )


def _forget_last_sending(session: Session, envelope: Envelope) -> None:
    """A sending that returned to draft asked nobody: its rows go, its version number is used up."""
    slots = select(Slot.id).where(Slot.envelope_id == envelope.id).scalar_subquery()
    people = select(Participant.id).where(Participant.envelope_id == envelope.id).scalar_subquery()
    session.execute(delete(Field).where(Field.slot_id.in_(slots)))
    session.execute(delete(SlotCandidate).where(SlotCandidate.slot_id.in_(slots)))
    session.execute(delete(Slot).where(Slot.envelope_id == envelope.id))
    session.execute(delete(Stage).where(Stage.envelope_id == envelope.id))
    session.execute(delete(Link).where(Link.participant_id.in_(people)))
    session.execute(delete(Participant).where(Participant.envelope_id == envelope.id))
    session.execute(delete(Party).where(Party.envelope_id == envelope.id))
    envelope.version += 1
