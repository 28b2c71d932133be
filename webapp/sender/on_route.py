"""The route on an envelope's page: stages, who is in them, and where each person stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.absences import deputy_words
from domain.calendar import reminder_times
from domain.factors import FACTOR_WORDS
from domain.kinds import (
    ActKind,
    SlotState,
    StageRule,
)
from domain.refusals import Words
from domain.stages import Opener, Resolution, opener_of
from storage import deputies, deputy_limits
from storage.away import Away, away, opener_away
from storage.factors import demanded
from storage.gates import absence_of, resolution_of
from storage.handovers import predecessors
from storage.own_side import has_left
from storage.places import acted_in_stage
from storage.readdressing import is_outsider
from storage.tables import (
    Act,
    Envelope,
    Member,
    Organisation,
    Participant,
    Party,
    Slot,
    SlotCandidate,
    Stage,
)

_BEFORE = frozenset({SlotState.ASKED, SlotState.WAITING})


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
    stands_in: Words | None = None
    """Of a deputy: in whose absence he acts."""
    away: Away | None = None
    """Of somebody who is asked while he is absent."""
    addressable: bool = False
    """Whether his address is no account's, and can be corrected before he acts."""

    @property
    def methods(self) -> tuple[Words, ...]:
        """What he is asked for besides the mailed link."""
        return tuple(FACTOR_WORDS[factor] for factor in demanded(self.participant))

    @property
    def asked(self) -> bool:
        """Whether this person is expected to act now."""
        return self.state is SlotState.ASKED

    @property
    def counts(self) -> bool:
        """Whether he has done what the rule asks for."""
        return self.state in {SlotState.ACTED, SlotState.DONE}

    @property
    def told_apart(self) -> UUID | None:
        """Whom to name besides the slot, where others may fill it too."""
        return None if self.acted else self.participant.id

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
    opened_instead: Words | None = None
    """Of a deputy who opened it: in whose absence."""
    away: Away | None = None
    """Of the one who is to open it, while he is absent."""
    returned: Act | None = None
    """The sending back for which it is asked anew."""
    returned_from: str = ""
    """Who sent it back."""

    @property
    def places(self) -> int:
        """How many people it names; somebody absent and his deputy are one."""
        return sum(person.stands_in is None for person in self.people)

    @property
    def seats(self) -> int:
        """How many places they fill together."""
        return len({person.slot.id for person in self.people})

    def shares(self, person: PersonOnRoute) -> bool:
        """Whether, though all places of the stage are filled, one of several people fills his."""
        if self.rule is not StageRule.ALL:
            return False
        same = [one for one in self.people if one.slot.id == person.slot.id]
        return sum(one.stands_in is None for one in same) > 1

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


def stages_on_route(
    session: Session, envelope: Envelope, organisation: Organisation, now: datetime
) -> tuple[StageOnRoute, ...]:
    """The stages of the present version with their people, in order; reminders later than `now`."""
    stages = session.scalars(
        select(Stage)
        .where(Stage.envelope_id == envelope.id, Stage.version == envelope.version)
        .order_by(Stage.position)
    )
    return tuple(
        _stage(session, stage, _people(session, envelope, organisation, stage, now), now)
        for stage in stages
    )


def _stage(
    session: Session, stage: Stage, people: tuple[PersonOnRoute, ...], now: datetime
) -> StageOnRoute:
    opening = session.get(Act, stage.gate_act_id) if stage.gate_act_id else None
    member = session.get(Member, opening.member_id) if opening and opening.member_id else None
    returned = session.get(Act, stage.returned_by) if stage.returned_by else None
    by = session.get(Participant, returned.participant_id) if returned else None
    waits = stage.gate_opener is not None and stage.opened_at is not None and opening is None
    return StageOnRoute(
        stage,
        StageRule(stage.rule),
        people,
        opening,
        member.name if member else "",
        _opened_instead(session, opening),
        opener_away(session, stage, now) if waits else None,
        returned,
        by.name if by else "",
    )


def _opened_instead(session: Session, opening: Act | None) -> Words | None:
    absence = absence_of(session, opening) if opening else None
    return deputy_words(session.get_one(Member, absence.member_id).name) if absence else None


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
    people = {participant.id for _slot, participant, _party in rows}
    done = acted_in_stage(session, envelope.id, people)
    found: dict[UUID, PersonOnRoute] = {}
    for slot, participant, party in sorted(rows, key=lambda row: row[0].state != SlotState.ASKED):
        known = found.get(participant.id)
        if known is not None and slot.participant_id != participant.id:
            continue
        state = person_state(slot, participant.id, declined=participant.id in no)
        if state in _UNFILLED and (
            (participant.id, stage.id) in done or _is_closed(session, participant, now)
        ):
            state = SlotState.RELEASED
        handovers = _handovers(session, participant)
        asked_at = deputies.asked_at(session, participant) or _asked_at(slot, handovers)
        reminders = _reminders(envelope, organisation, asked_at, stage, now)
        found[participant.id] = PersonOnRoute(
            slot,
            participant,
            party,
            reminders if state is SlotState.ASKED else (),
            handovers,
            state,
            asked_at,
            deputies.stands_in(session, participant),
            away(session, envelope, participant, now) if state is SlotState.ASKED else None,
            addressable=state in _BEFORE and is_outsider(session, participant),
        )
    return tuple(sorted(found.values(), key=lambda person: person.participant.position))


_UNFILLED = frozenset({SlotState.WAITING, SlotState.ASKED})


def _is_closed(session: Session, participant: Participant, now: datetime) -> bool:
    """Whether nothing is awaited of a deputy any more: who was absent is back, or he left."""
    return participant.deputy_of is not None and (
        deputy_limits.is_closed_to(session, participant, now) or has_left(session, participant)
    )


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
        envelope.reminder_days if stage.reminder_days is None else stage.reminder_days,
        min(envelope.deadline_at, stage.deadline_at or envelope.deadline_at),
        organisation.zone,
    )
    return tuple(moment for moment in moments if moment > now)
