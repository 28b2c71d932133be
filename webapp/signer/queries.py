"""What the signer's pages read besides the visit itself."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import (
    ActKind,
    EnvelopeState,
    HandoverPolicy,
    HindranceKind,
    ParticipantKind,
    PartyKind,
    SlotKind,
    SlotState,
)
from domain.limits import MAX_HANDOVERS
from domain.refusals import RefusalCode
from storage.handovers import predecessors
from storage.standing import Holder, Standing
from storage.tables import Act, Hindrance, Participant, Party, Slot, SlotCandidate, Stage


class Step(StrEnum):
    """How far the holder's act has come."""

    RECEIVED = "received"
    REFUSED = "refused"
    SIGNING = "signing"
    TIMESTAMP = "timestamp"
    OTHERS = "others"
    COMPLETING = "completing"
    DONE = "done"
    HANDED_OVER = "handed_over"
    SENT_BACK = "sent_back"
    """By whoever: the envelope stands still."""
    DECLINED = "declined"
    """By the holder himself."""
    ENDED = "ended"
    """By somebody else's decline, by withdrawal, or by the deadline."""


POLL_SECONDS = {
    Step.RECEIVED: 1,
    Step.SIGNING: 1,
    Step.TIMESTAMP: 10,
    Step.OTHERS: 10,
    Step.COMPLETING: 2,
    Step.SENT_BACK: 10,
}
"""How often a page asks again; steps that are not here are the end."""


@dataclass(frozen=True)
class Person:
    """Somebody of the route, as the holder may see him: `name` is empty for a colleague of the
    other side who does not sign."""

    name: str
    party: str
    kind: SlotKind
    state: SlotState
    before: str = ""
    """Who was asked before him and named him, where the holder may see both names."""
    beside: "tuple[Person, ...]" = ()
    """Others of whom any may act instead, where they are not of the same company."""

    @property
    def called(self) -> str:
        """Everybody by name; empty where no name may be seen."""
        return " / ".join(name for name in (self.name, *(one.name for one in self.beside)) if name)

    def joined(self, other: "Person") -> "Person":
        """With somebody else who may act instead: several of one company share its name."""
        if self.beside or other.party != self.party or other.before != self.before:
            return replace(self, beside=(*self.beside, other))
        return replace(self, name=f"{self.name} / {other.name}")


@dataclass(frozen=True)
class Progress:
    """What follows from an act: the step, and who is still to act."""

    step: Step
    refusal: RefusalCode | None
    pending: tuple[Person, ...]

    @property
    def mark(self) -> str:
        """What a page has shown: the same mark means that nothing has changed since."""
        return f"{self.step.value}-{len(self.pending)}"

    @property
    def poll_seconds(self) -> int | None:
        """Seconds until a page asks again; None when nothing more will come."""
        return POLL_SECONDS.get(self.step)


def progress_of(session: Session, holder: Holder) -> Progress | None:
    """None while the holder has posted nothing on this version."""
    act = holder.act
    if holder.standing is Standing.HANDED_OVER:
        return Progress(Step.HANDED_OVER, None, ())
    if holder.standing is Standing.SENT_BACK:
        return Progress(Step.SENT_BACK, None, ())
    if act is not None and act.accepted and act.kind == ActKind.SEND_BACK:
        act = None  # it goes on: he is asked as before
    if act is None or (act.accepted is False and holder.standing is not Standing.OPEN):
        step = _without_act(holder, act)
        return Progress(step, _refusal(holder), ()) if step else None
    pending = tuple(
        person
        for person in people_of(session, holder)
        if person.state in {SlotState.ASKED, SlotState.WAITING, SlotState.ACTED}
    )
    return Progress(_step(session, holder), _refusal(holder), pending)


def _without_act(holder: Holder, act: Act | None) -> Step | None:
    if act is not None:
        return Step.REFUSED
    return None if holder.standing in {Standing.OPEN, Standing.WAITING} else Step.ENDED


def _refusal(holder: Holder) -> RefusalCode | None:
    return RefusalCode(holder.act.refusal) if holder.act and holder.act.refusal else None


_BY_ENVELOPE = {
    EnvelopeState.COMPLETING: Step.COMPLETING,
    EnvelopeState.DONE: Step.DONE,
    EnvelopeState.DECLINED: Step.ENDED,
    EnvelopeState.WITHDRAWN: Step.ENDED,
    EnvelopeState.EXPIRED: Step.ENDED,
    EnvelopeState.DELETED: Step.ENDED,
    EnvelopeState.DISCARDED: Step.ENDED,
}


def _step(session: Session, holder: Holder) -> Step:
    act, slot = holder.act, holder.slot
    if act is None or slot is None or act.accepted is None:
        return Step.RECEIVED
    if not act.accepted:
        return Step.REFUSED
    if act.kind == ActKind.DECLINE:
        return Step.DECLINED
    if slot.state == SlotState.ACTED:
        return Step.TIMESTAMP if _waits_for_timestamp(session, holder) else Step.SIGNING
    return _BY_ENVELOPE.get(holder.envelope_state, Step.OTHERS)


def _waits_for_timestamp(session: Session, holder: Holder) -> bool:
    found = session.scalar(
        select(Hindrance.id).where(
            Hindrance.envelope_id == holder.envelope.id,
            Hindrance.kind == HindranceKind.TIMESTAMP.value,
            Hindrance.ended_at.is_(None),
        )
    )
    return found is not None


@dataclass(frozen=True)
class Handover:
    """What the pages say of handing over: whether the holder may or must, and for whom he came."""

    policy: HandoverPolicy
    before: str = ""
    reason: str = ""
    after: str = ""
    """Whom he named himself."""
    absent: str = ""
    """In whose absence he is asked, as a deputy."""


def handover_of(session: Session, holder: Holder) -> Handover:
    """As far as rows tell."""
    participant = holder.participant
    chain = predecessors(session, participant)
    policy = HandoverPolicy(participant.handover)
    if len(chain) >= MAX_HANDOVERS:
        policy = HandoverPolicy.REFUSED
    act = _handover_by(session, chain[0].id) if chain else None
    successor = session.scalar(
        select(Participant.name).where(Participant.predecessor_id == participant.id)
    )
    return Handover(
        policy=policy,
        before=chain[0].name if chain else "",
        reason=act.reason if act is not None else "",
        after=successor or "",
        absent=session.get_one(Participant, participant.deputy_of).name
        if participant.deputy_of
        else "",
    )


def _handover_by(session: Session, participant_id: UUID) -> Act | None:
    return session.scalar(
        select(Act).where(
            Act.participant_id == participant_id,
            Act.kind == ActKind.HAND_OVER.value,
            Act.accepted.is_(True),
        )
    )


def people_of(session: Session, holder: Holder) -> tuple[Person, ...]:
    """Everybody else on the route of the current version, in its order."""
    return tuple(people_by_slot(session, holder).values())


def people_by_slot(session: Session, holder: Holder) -> dict[UUID, Person]:
    """The same, by the slot that each fills. Whoever has filled one of several alike places is not
    named at the others, and neither is whom he stood in for."""
    rows = session.execute(
        select(Slot, Participant, Party)
        .join(Stage, Stage.id == Slot.stage_id)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .join(Participant, Participant.id == SlotCandidate.participant_id)
        .join(Party, Party.id == Participant.party_id)
        .where(Slot.envelope_id == holder.envelope.id, Stage.version == holder.envelope.version)
        .order_by(Stage.position, Slot.position, Participant.position)
    ).all()
    found: dict[UUID, Person] = {}
    filled = {
        (slot.stage_id, _seat(participant))
        for slot, participant, _ in rows
        if slot.participant_id == participant.id and slot.state in _FILLED
    }
    for slot, participant, party in rows:
        if holder.slot is not None and slot.id == holder.slot.id:
            continue
        if slot.participant_id not in {None, participant.id}:
            continue
        if slot.participant_id is None and (slot.stage_id, _seat(participant)) in filled:
            continue
        person = _person(holder, slot, participant, party)
        if person.name and participant.predecessor_id is not None:
            person = replace(person, before=_handed_over_from(session, participant))
        known = found.get(slot.id)
        # Whoever of several people acts: all of them are named until one has.
        if known is not None and known.name and person.name:
            person = known.joined(person)
        found[slot.id] = person
    return found


_FILLED = frozenset({SlotState.ACTED.value, SlotState.DONE.value})


def _seat(participant: Participant) -> UUID:
    """Somebody absent and his deputy count as one person."""
    return participant.deputy_of or participant.id


def _handed_over_from(session: Session, participant: Participant) -> str:
    """All who handed over, one to the next, the latest first; a corrected address hands nothing
    over."""
    names = [
        row.name
        for row in predecessors(session, participant)
        if _handover_by(session, row.id) is not None
    ]
    return " ← ".join(names)


def _person(holder: Holder, slot: Slot, participant: Participant, party: Party) -> Person:
    own = party.kind == PartyKind.OWN
    same_side = participant.party_id == holder.participant.party_id
    named = same_side or participant.kind == ParticipantKind.SIGNER
    return Person(
        name=participant.name if named else "",
        party=holder.organisation.name if own else participant.company or party.name,
        kind=SlotKind(slot.kind),
        state=SlotState(slot.state),
    )
