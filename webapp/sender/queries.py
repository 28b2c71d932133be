"""What an envelope's page reads: its documents, who is expected to act, what may be done."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

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
from domain.states import SlotView, StateWord, state_words
from storage import consents, questions
from storage.completion_again import Unreached, unreached
from storage.consents import PartyConsent
from storage.corrections import correction_before
from storage.drafts import documents_of
from storage.followers import follower
from storage.gates import may_open, named_for
from storage.readdressing import is_outsider
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
    Revision,
)
from webapp.marks import mark
from webapp.sender.anew_links import AnewLinks, anew_links
from webapp.sender.chain_used import ChainUsed, chain_used
from webapp.sender.mailing import MailFact, mail_facts
from webapp.sender.on_route import PersonOnRoute, StageOnRoute, stages_on_route
from webapp.sender.template_used import TemplateUsed, template_used

_UNDER_WAY = frozenset({EnvelopeState.RUNNING, EnvelopeState.SENT_BACK})


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
    follower: Member
    """Who gets its mails: the sender, or who took over from him."""
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
    consents: tuple[PartyConsent, ...] = ()
    """Of each party that is asked to agree to electronic means."""
    chain: ChainUsed | None = None
    """Which chain it was sent along."""
    template: TemplateUsed | None = None
    """Which template it was made from."""
    unreached: Sequence[Unreached] = ()
    """To whom the finished documents were not handed over, since their mail was lost."""
    maker: Member | None = None
    """Who made the draft, where somebody else sent it."""
    anew: AnewLinks | None = None
    """What it was made anew of, and what was made anew of it."""
    outsiders: tuple[Participant, ...] = ()
    """Those of the recipients whose address is no account's."""

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
    def steerable(self) -> bool:
        """Whether its deadline can be moved: somebody's step is awaited, be it the sender's own."""
        return bool(self.awaited or self.gate or self.sent_back)

    @property
    def addressed_paused(self) -> tuple[PersonOnRoute, ...]:
        """Whose address can be corrected while the envelope is sent back: who goes on with it."""
        if not self.sent_back:
            return ()
        people = (person for stage in self.stages for person in stage.people)
        return tuple(one for one in people if one.asked and one.addressable)

    @property
    def addressed_later(self) -> tuple[PersonOnRoute, ...]:
        """Whose address can be corrected before his turn, so that nothing goes to a wrong one."""
        if self.state not in _UNDER_WAY:
            return ()
        people = (person for stage in self.stages for person in stage.people)
        return tuple(one for one in people if one.state is SlotState.WAITING and one.addressable)

    @property
    def addressed_last(self) -> tuple[Participant, ...]:
        """Recipients whose address can be corrected."""
        return self.outsiders if self.state in _UNDER_WAY else ()

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
        """Until when the open stage takes acts, also while the envelope is sent back."""
        whole, own = self.envelope.deadline_at, self.stage_deadline_at
        return min(whole, own or whole) if whole is not None else None

    @property
    def stage_deadline_at(self) -> datetime | None:
        """The own deadline of the stage that the route has come to, if it has one."""
        opened = (one.stage for one in reversed(self.stages) if one.stage.opened_at is not None)
        stage = next(opened, None)
        return stage.deadline_at if stage is not None and not self.ended else None

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
        return self.state in _UNDER_WAY

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
            f"{person.slot.id}{person.state}{person.slot.done_at}{person.participant.id}{person.away}"
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
            *(f"{found.party.id}{found.holds}" for found in self.consents),
            str(self.envelope.next_reminder_at),
        ]
        return mark(parts)


def envelope_page(
    session: Session, envelope: Envelope, now: datetime, reader: Member | None = None
) -> EnvelopePage:
    """Read it all at one moment."""
    organisation = session.get_one(Organisation, envelope.organisation_id)
    stages = stages_on_route(session, envelope, organisation, now)
    hindrances = session.scalars(
        select(Hindrance)
        .where(Hindrance.envelope_id == envelope.id, Hindrance.ended_at.is_(None))
        .order_by(Hindrance.since)
    ).all()
    act, name = _deciding(session, envelope)
    recipients = _recipients(session, envelope)
    return EnvelopePage(
        envelope=envelope,
        sender=session.get_one(Member, envelope.created_by),
        maker=session.get(Member, envelope.drafted_by) if envelope.drafted_by else None,
        follower=follower(session, envelope),
        organisation=organisation,
        words=_words(envelope, stages, hindrances),
        stages=stages,
        recipients=recipients,
        outsiders=tuple(row for row in recipients if is_outsider(session, row)),
        documents=_documents(session, envelope),
        hindrances=hindrances,
        ending_act=act,
        ending_name=name,
        events=_last_event(session, envelope.id),
        mails=mail_facts(session, envelope),
        corrected=correction_before(session, envelope) is not None,
        open_questions=questions.unanswered(session, envelope.id),
        consents=consents.of_envelope(session, envelope),
        chain=chain_used(session, envelope),
        template=template_used(session, envelope),
        unreached=unreached(session, envelope) if envelope.state == EnvelopeState.DONE else (),
        anew=anew_links(session, envelope),
        members=_opening(session, envelope, stages),
        may_open_gate=any(
            stage.is_gate
            and stage.open
            and reader is not None
            and may_open(session, stage.stage, reader, now)
            for stage in stages
        ),
    )


def _opening(
    session: Session, envelope: Envelope, stages: Sequence[StageOnRoute]
) -> dict[UUID, str]:
    """Names of those who open gates, by the member who was named; nobody's without a gate, because
    an organisation has thousands of members."""
    if not any(stage.is_gate for stage in stages):
        return {}
    return {row.id: row.name for row in openers(session, envelope.organisation_id)} | {
        stage.opener.member_id: "、".join(
            one.name for one in named_for(session, stage.stage, envelope.organisation_id)
        )
        for stage in stages
        if stage.opener is not None and stage.opener.member_id is not None
    }


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
