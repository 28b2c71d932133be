"""What an envelope's page reads: its route, its documents, who is expected to act."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
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
from domain.refusals import Words
from domain.stages import Opener, Resolution, opener_of
from domain.states import SlotView, StateWord, state_words
from storage.corrections import correction_before
from storage.drafts import documents_of
from storage.gates import may_open, resolution_of
from storage.handovers import predecessors
from storage.route_plan import openers
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
from webapp.sender.asked import open_questions
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
    state: SlotState = SlotState.WAITING
    """Where this person stands: of several candidates each stands elsewhere than their slot."""
    asked_at: datetime | None = None
    """When he was asked himself: after the others of his slot if somebody named him later."""

    @property
    def asked(self) -> bool:
        """Whether this person is expected to act now."""
        return self.state is SlotState.ASKED

    @property
    def counts(self) -> bool:
        """Whether he has done what the rule asks for."""
        return self.state in {SlotState.ACTED, SlotState.DONE}

    @property
    def acted(self) -> bool:
        """Whether the times of the slot are his."""
        return self.slot.participant_id == self.participant.id


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
    opening: Act | None = None
    """The act that opened the gate."""
    opened_by: str = ""

    @property
    def is_gate(self) -> bool:
        """Whether it waits for a resolution, not for people."""
        return self.stage.gate_opener is not None

    @property
    def opener(self) -> Opener | None:
        """Who may open the gate."""
        return opener_of(self.stage.gate_opener or "")

    @property
    def resolution(self) -> Resolution | None:
        """What opened the gate."""
        return resolution_of(self.opening.evidence) if self.opening else None

    @property
    def open(self) -> bool:
        """Whether somebody of the stage is expected to act."""
        if self.is_gate:
            return self.stage.opened_at is not None and self.opening is None
        return any(person.asked for person in self.people)

    @property
    def declined(self) -> bool:
        """Whether somebody of the stage said no."""
        return any(person.slot.state == SlotState.DECLINED for person in self.people)

    @property
    def waiting(self) -> bool:
        """Whether the route has not come to it."""
        if self.is_gate:
            return self.stage.opened_at is None
        return all(person.slot.state == SlotState.WAITING for person in self.people)

    @property
    def finished(self) -> bool:
        """Whether nobody of the stage is waited for any more."""
        if self.is_gate:
            return self.opening is not None
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
    members: Mapping[UUID, str]
    """Names of members who may open a gate."""
    corrected: bool = False
    """Whether this version followed another."""
    may_open_gate: bool = False
    """Whether the reader may open the gate that is waited at."""
    open_questions: int = 0
    """Questions that nobody has answered."""

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
    def gate(self) -> StageOnRoute | None:
        """The gate that the route has come to."""
        found = (stage for stage in self.stages if stage.is_gate and stage.open)
        return next(found, None) if self.state is EnvelopeState.RUNNING else None

    @property
    def awaited_rule(self) -> Words | None:
        """How many of those who are awaited are enough; None where all of them are needed."""
        stage = next((stage for stage in self.stages if stage.open and not stage.is_gate), None)
        if stage is None or stage.rule is StageRule.ALL:
            return None
        left = stage.stage.need - sum(person.counts for person in stage.people)
        return Words(
            f"このうち{left}人の手続きで次へ進みます。",
            f"It goes on when {left} of them {'has' if left == 1 else 'have'} acted. ",
        )

    @property
    def deadline_at(self) -> datetime | None:
        """Until when the open stage takes acts."""
        whole = self.envelope.deadline_at
        own = next((stage.stage.deadline_at for stage in self.stages if stage.open), None)
        return min(whole, own or whole) if whole is not None else None

    @property
    def next_stage(self) -> StageOnRoute | None:
        """The stage that opens after the present one."""
        waiting = (stage for stage in self.stages if stage.waiting)
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
            f"{person.slot.id}{person.state}{person.slot.done_at}{person.participant.id}"
            for stage in self.stages
            for person in stage.people
        ]
        parts = [
            self.state.value,
            *self.words,
            *slots,
            *(str(item.revision.id) for item in self.documents if item.revision),
            str(self.events),
            str(self.open_questions),
            str(self.envelope.next_reminder_at),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def envelope_page(
    session: Session, envelope: Envelope, now: datetime, reader: Member | None = None
) -> EnvelopePage:
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
        open_questions=open_questions(session, envelope.id),
        members={row.id: row.name for row in openers(session, envelope.organisation_id)},
        may_open_gate=any(
            stage.is_gate and stage.open and reader is not None and may_open(stage.stage, reader)
            for stage in stages
        ),
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
    at_gate = any(stage.is_gate and stage.open for stage in stages)
    return state_words(EnvelopeState(envelope.state), views, kinds, at_gate=at_gate)


def _stages(
    session: Session, envelope: Envelope, organisation: Organisation, now: datetime
) -> tuple[StageOnRoute, ...]:
    stages = session.scalars(
        select(Stage)
        .where(Stage.envelope_id == envelope.id, Stage.version == envelope.version)
        .order_by(Stage.position)
    )
    return tuple(
        _stage(session, stage, _people(session, envelope, organisation, stage, now))
        for stage in stages
    )


def _stage(session: Session, stage: Stage, people: tuple[PersonOnRoute, ...]) -> StageOnRoute:
    opening = session.get(Act, stage.gate_act_id) if stage.gate_act_id else None
    member = session.get(Member, opening.member_id) if opening and opening.member_id else None
    return StageOnRoute(
        stage, StageRule(stage.rule), people, opening, member.name if member else ""
    )


def _people(
    session: Session, envelope: Envelope, organisation: Organisation, stage: Stage, now: datetime
) -> tuple[PersonOnRoute, ...]:
    """Everybody of a stage once, with the slot that he filled, or the first that he may fill."""
    rows = session.execute(
        select(Slot, Participant, Party)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .join(Participant, Participant.id == SlotCandidate.participant_id)
        .join(Party, Party.id == Participant.party_id)
        .where(Slot.stage_id == stage.id)
        .order_by(Participant.position, Slot.position)
    ).all()
    no = _declined(session, stage)
    found: dict[UUID, PersonOnRoute] = {}
    for slot, participant, party in sorted(rows, key=lambda row: row[0].state != SlotState.ASKED):
        known = found.get(participant.id)
        if known is not None and slot.participant_id != participant.id:
            continue
        state = person_state(slot, participant.id, declined=participant.id in no)
        handovers = _handovers(session, participant)
        asked_at = _asked_at(slot, handovers)
        reminders = _reminders(envelope, organisation, asked_at, stage, now)
        found[participant.id] = PersonOnRoute(
            slot,
            participant,
            party,
            reminders if state is SlotState.ASKED else (),
            handovers,
            state,
            asked_at,
        )
    return tuple(sorted(found.values(), key=lambda person: person.participant.position))


def person_state(slot: Slot, participant_id: UUID, *, declined: bool) -> SlotState:
    """Where one candidate stands: the slot's state, unless another filled it or he declined."""
    state = SlotState(slot.state)
    if declined:
        return SlotState.DECLINED
    if slot.participant_id in {None, participant_id} or state in {
        SlotState.WAITING,
        SlotState.ASKED,
    }:
        return state
    return SlotState.RELEASED


def _declined(session: Session, stage: Stage) -> set[UUID | None]:
    return set(
        session.scalars(
            select(Act.participant_id)
            .join(Slot, Slot.id == Act.slot_id)
            .where(
                Slot.stage_id == stage.id,
                Act.kind == ActKind.DECLINE.value,
                Act.accepted.is_(True),
            )
        )
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


def _asked_at(slot: Slot, handovers: Sequence[Handover]) -> datetime | None:
    """A person who was named is asked when he was named, unless the stage opened after that."""
    if slot.asked_at is None or not handovers:
        return slot.asked_at
    return max(slot.asked_at, handovers[0].at)


def _reminders(
    envelope: Envelope,
    organisation: Organisation,
    asked_at: datetime | None,
    stage: Stage,
    now: datetime,
) -> tuple[datetime, ...]:
    if asked_at is None or envelope.deadline_at is None:
        return ()
    moments = reminder_times(
        asked_at,
        envelope.reminder_days,
        min(envelope.deadline_at, stage.deadline_at or envelope.deadline_at),
        organisation.zone,
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
