"""What an envelope's page reads: its route, its documents, who is expected to act."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.calendar import reminder_times
from domain.kinds import (
    ENDED,
    ActKind,
    EnvelopeState,
    HindranceKind,
    ParticipantKind,
    PartyKind,
    SlotKind,
    SlotState,
    StageRule,
)
from domain.states import SlotView, StateWord, state_words
from storage.corrections import correction_before
from storage.drafts import documents_of
from storage.handovers import predecessors
from storage.tables import (
    Act,
    Document,
    Envelope,
    Hindrance,
    LedgerEvent,
    Member,
    Organisation,
    Participant,
    Party,
    Revision,
    Slot,
    SlotCandidate,
    Stage,
)
from webapp.sender.mailing import MailFact, mail_facts


@dataclass(frozen=True)
class PersonOnRoute:
    """A slot with its person."""

    slot: Slot
    participant: Participant
    party: Party
    reminders: tuple[datetime, ...]
    """Dates on which this person will be reminded, later than now."""
    handovers: tuple["Handover", ...] = ()
    """Who was asked before him, the latest first."""

    @property
    def asked(self) -> bool:
        """Whether this person is expected to act now."""
        return self.slot.state == SlotState.ASKED


@dataclass(frozen=True)
class Handover:
    """Somebody who named another person: who, when, why."""

    name: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class StageOnRoute:
    """A stage of the picture."""

    stage: Stage
    rule: StageRule
    people: tuple[PersonOnRoute, ...]

    @property
    def open(self) -> bool:
        """Whether somebody of the stage is expected to act."""
        return any(person.asked for person in self.people)

    @property
    def declined(self) -> bool:
        """Whether somebody of the stage said no."""
        return any(person.slot.state == SlotState.DECLINED for person in self.people)

    @property
    def finished(self) -> bool:
        """Whether nobody of the stage is waited for any more."""
        settled = {SlotState.DONE, SlotState.RELEASED, SlotState.DECLINED}
        return all(person.slot.state in settled for person in self.people)


@dataclass(frozen=True)
class DocumentOnPage:
    """A document and its newest revision."""

    document: Document
    revision: Revision | None
    signatures: int


@dataclass(frozen=True)
class EnvelopePage:
    """Everything that the envelope's page shows, except the ledger."""

    envelope: Envelope
    sender: Member
    organisation: Organisation
    words: tuple[StateWord, ...]
    stages: tuple[StageOnRoute, ...]
    recipients: Sequence[Participant]
    documents: tuple[DocumentOnPage, ...]
    hindrances: Sequence[Hindrance]
    ending_act: Act | None
    ending_name: str
    events: int
    mails: Mapping[UUID, tuple[MailFact, ...]]
    """By participant: sent, undelivered, opened."""
    corrected: bool = False
    """Whether this version followed another."""

    @property
    def state(self) -> EnvelopeState:
        """The machine state, typed."""
        return EnvelopeState(self.envelope.state)

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self.state in ENDED

    @property
    def awaited(self) -> tuple[PersonOnRoute, ...]:
        """Who is expected to act now: nobody while the envelope is sent back."""
        if self.sent_back:
            return ()
        return tuple(person for stage in self.stages for person in stage.people if person.asked)

    @property
    def next_stage(self) -> StageOnRoute | None:
        """The stage that opens after the present one."""
        waiting = (
            stage
            for stage in self.stages
            if all(person.slot.state == SlotState.WAITING for person in stage.people)
        )
        return None if self.ended else next(waiting, None)

    @property
    def withdrawable(self) -> bool:
        """Whether the sender may take it back."""
        return self.state in {
            EnvelopeState.SENDING,
            EnvelopeState.RUNNING,
            EnvelopeState.SENT_BACK,
        }

    @property
    def correctable(self) -> bool:
        """Whether the sender may replace documents."""
        return self.state in {EnvelopeState.RUNNING, EnvelopeState.SENT_BACK}

    @property
    def halted(self) -> bool:
        """Whether corrected documents could not be prepared."""
        return self.sent_back and self.envelope.refusal is not None

    @property
    def sent_back(self) -> bool:
        """Whether everything stands still until the sender decides."""
        return self.state is EnvelopeState.SENT_BACK

    @property
    def mark(self) -> str:
        """Changes whenever the page looks different."""
        slots = [
            f"{person.slot.id}{person.slot.state}{person.slot.done_at}{person.participant.id}"
            for stage in self.stages
            for person in stage.people
        ]
        parts = [
            self.state.value,
            *self.words,
            *slots,
            *(str(item.revision.id) for item in self.documents if item.revision),
            str(self.events),
            str(self.envelope.next_reminder_at),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def envelope_page(session: Session, envelope: Envelope, now: datetime) -> EnvelopePage:
    """Read it all at one moment."""
    organisation = session.get_one(Organisation, envelope.organisation_id)
    stages = _stages(session, envelope, organisation, now)
    hindrances = session.scalars(
        select(Hindrance)
        .where(Hindrance.envelope_id == envelope.id, Hindrance.ended_at.is_(None))
        .order_by(Hindrance.since)
    ).all()
    act, name = _deciding(session, envelope)
    return EnvelopePage(
        envelope=envelope,
        sender=session.get_one(Member, envelope.created_by),
        organisation=organisation,
        words=_words(envelope, stages, hindrances),
        stages=stages,
        recipients=_recipients(session, envelope),
        documents=_documents(session, envelope),
        hindrances=hindrances,
        ending_act=act,
        ending_name=name,
        events=_last_event(session, envelope.id),
        mails=mail_facts(session, envelope),
        corrected=correction_before(session, envelope) is not None,
    )


def _words(
    envelope: Envelope, stages: Sequence[StageOnRoute], hindrances: Sequence[Hindrance]
) -> tuple[StateWord, ...]:
    views = [
        SlotView(
            SlotKind(person.slot.kind), SlotState(person.slot.state), PartyKind(person.party.kind)
        )
        for stage in stages
        for person in stage.people
    ]
    kinds = [HindranceKind(hindrance.kind) for hindrance in hindrances]
    return state_words(EnvelopeState(envelope.state), views, kinds)


def _stages(
    session: Session, envelope: Envelope, organisation: Organisation, now: datetime
) -> tuple[StageOnRoute, ...]:
    people: dict[UUID, list[PersonOnRoute]] = defaultdict(list)
    stages: dict[UUID, Stage] = {}
    rows = session.execute(
        select(Stage, Slot, Participant, Party)
        .join(Slot, Slot.stage_id == Stage.id)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .join(Participant, Participant.id == SlotCandidate.participant_id)
        .join(Party, Party.id == Participant.party_id)
        .where(
            Stage.envelope_id == envelope.id,
            Stage.version == envelope.version,
            # A slot is bound at the latest by its act; before that its candidates stand for it.
            or_(Slot.participant_id.is_(None), Slot.participant_id == Participant.id),
        )
        .order_by(Stage.position, Slot.position)
    )
    for stage, slot, participant, party in rows:
        stages[stage.id] = stage
        reminders = _reminders(envelope, organisation, slot, now)
        handovers = _handovers(session, participant)
        people[stage.id].append(PersonOnRoute(slot, participant, party, reminders, handovers))
    return tuple(
        StageOnRoute(stage, StageRule(stage.rule), tuple(people[stage_id]))
        for stage_id, stage in stages.items()
    )


def _handovers(session: Session, participant: Participant) -> tuple[Handover, ...]:
    if participant.predecessor_id is None:
        return ()
    found = []
    for person in predecessors(session, participant):
        act = session.scalar(
            select(Act).where(
                Act.participant_id == person.id,
                Act.kind == ActKind.HAND_OVER.value,
                Act.accepted.is_(True),
            )
        )
        if act is not None:
            found.append(Handover(person.name, act.posted_at, act.reason))
    return tuple(found)


def _reminders(
    envelope: Envelope, organisation: Organisation, slot: Slot, now: datetime
) -> tuple[datetime, ...]:
    if slot.state != SlotState.ASKED or slot.asked_at is None or envelope.deadline_at is None:
        return ()
    moments = reminder_times(
        slot.asked_at, envelope.reminder_days, envelope.deadline_at, organisation.zone
    )
    return tuple(moment for moment in moments if moment > now)


def _recipients(session: Session, envelope: Envelope) -> Sequence[Participant]:
    return session.scalars(
        select(Participant)
        .where(
            Participant.envelope_id == envelope.id,
            Participant.kind == ParticipantKind.RECIPIENT.value,
            Participant.left_at.is_(None),
        )
        .order_by(Participant.position)
    ).all()


def _documents(session: Session, envelope: Envelope) -> tuple[DocumentOnPage, ...]:
    documents = documents_of(session, envelope.id)
    newest: dict[UUID, Revision] = {}
    signatures: dict[UUID, int] = defaultdict(int)
    rows = session.scalars(
        select(Revision)
        .where(
            Revision.document_id.in_([document.id for document in documents]),
            Revision.version.in_({0, envelope.version}),
        )
        .order_by(Revision.version, Revision.number)
    )
    for revision in rows:
        newest[revision.document_id] = revision
        signatures[revision.document_id] += revision.kind == "signature"
    return tuple(
        DocumentOnPage(document, newest.get(document.id), signatures[document.id])
        for document in documents
    )


_DECIDING_ACTS = {
    EnvelopeState.DECLINED: ActKind.DECLINE,
    EnvelopeState.WITHDRAWN: ActKind.WITHDRAW,
    EnvelopeState.SENT_BACK: ActKind.SEND_BACK,
}


def _deciding(session: Session, envelope: Envelope) -> tuple[Act | None, str]:
    """The act that ended or halted the envelope, and who did it."""
    kind = _DECIDING_ACTS.get(EnvelopeState(envelope.state))
    if kind is None:
        return None, ""
    act = session.scalar(
        select(Act)
        .where(Act.envelope_id == envelope.id, Act.kind == kind.value, Act.accepted.is_(True))
        .order_by(Act.answer_order.desc())
        .limit(1)
    )
    if act is None:
        return None, ""
    if act.participant_id is not None:
        return act, session.get_one(Participant, act.participant_id).name
    member = session.get(Member, act.member_id) if act.member_id else None
    return act, member.name if member else ""


def _last_event(session: Session, envelope_id: UUID) -> int:
    found = session.scalar(
        select(LedgerEvent.envelope_sequence)
        .where(LedgerEvent.envelope_id == envelope_id)
        .order_by(LedgerEvent.envelope_sequence.desc())
        .limit(1)
    )
    return found or 0
