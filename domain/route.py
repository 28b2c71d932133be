"""Route algebra: who may act now, what an act changes, and when a route has ended.

One mutable object per envelope, held by the workflow and carried through continue-as-new.
No clock, no effect: times come in as arguments. Whoever decides first decides for all:
`decide` runs without interruption, so acts have one linear order.
"""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from domain.calendar import next_reminder
from domain.kinds import (
    ACT_OF_SLOT,
    ENDED,
    MEMBER_ACTS,
    ActKind,
    EnvelopeState,
    SlotKind,
    SlotState,
)
from domain.messages import (
    ActAnswer,
    ActFacts,
    AnsweredAct,
    EnvelopePlan,
    Message,
    SlotPlan,
    SlotSnapshot,
    Snapshot,
    StagePlan,
)
from domain.refusals import RefusalCode

UNFILLED = frozenset({SlotState.WAITING, SlotState.ASKED})
SETTLED = frozenset({SlotState.DONE, SlotState.RELEASED, SlotState.DECLINED})


class SlotRecord(BaseModel):
    """What the route remembers of one slot."""

    plan: SlotPlan
    state: SlotState = SlotState.WAITING
    asked_at: AwareDatetime | None = None
    act_id: UUID | None = None


class Verdict(BaseModel):
    """The route's word on one act. `order` numbers the answered acts of the envelope from 1."""

    act_id: UUID
    kind: ActKind
    answer: ActAnswer
    order: int
    slot_id: UUID | None = None


class Route(BaseModel):
    """The state of one envelope from sending to its end."""

    plan: EnvelopePlan
    state: EnvelopeState = EnvelopeState.SENDING
    slots: dict[UUID, SlotRecord] = {}
    stage_index: int = -1
    verdicts: dict[UUID, Verdict] = {}
    ending_act_id: UUID | None = None
    download_until: AwareDatetime | None = None
    next_reminder_at: AwareDatetime | None = None
    reminded_until: AwareDatetime | None = None
    extended: bool = False
    sequence: int = 0

    @classmethod
    def of(cls, plan: EnvelopePlan) -> "Route":
        """The route as far as rows say it came: at first, nobody has been asked yet."""
        slots = {
            slot.slot_id: SlotRecord(plan=slot) for stage in plan.stages for slot in stage.slots
        }
        route = cls(plan=plan, slots=slots, sequence=plan.sequence)
        route._restore()
        return route

    def _restore(self) -> None:
        """Repeat what was answered before, as it was answered; nothing is decided again."""
        left = sorted(self.plan.answered, key=lambda act: (act.decided_at, act.order))
        for position, opened_at in enumerate(self.plan.opened_at, start=1):
            self.open_next_stage(opened_at)
            next_at = next(iter(self.plan.opened_at[position:]), None)
            while left and (next_at is None or left[0].decided_at < next_at):
                self._repeat(left.pop(0))

    def _repeat(self, act: AnsweredAct) -> None:
        self.verdicts[act.facts.act_id] = Verdict(
            act_id=act.facts.act_id,
            kind=act.facts.kind,
            answer=ActAnswer(accepted=act.accepted, refusal=act.refusal),
            order=act.order,
            slot_id=act.facts.slot_id,
        )
        if not act.accepted:
            return
        self._apply(act.facts)
        if act.carried_out and act.facts.slot_id is not None:
            self.mark_done(act.facts.slot_id)

    def unsigned(self) -> list["Verdict"]:
        """Accepted signatures that are still to be made, in the order of their acts."""
        open_ones = (
            self.verdicts[record.act_id]
            for record in self.slots.values()
            if record.state is SlotState.ACTED and record.act_id is not None
        )
        return sorted(open_ones, key=lambda verdict: verdict.order)

    # -- reading -----------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """No act is accepted any more."""
        return self.state in ENDED

    @property
    def stage(self) -> StagePlan | None:
        """The stage whose slots are open, if any."""
        if 0 <= self.stage_index < len(self.plan.stages):
            return self.plan.stages[self.stage_index]
        return None

    @property
    def asked(self) -> tuple[SlotRecord, ...]:
        """Slots that wait for a person's act now."""
        return tuple(slot for slot in self.slots.values() if slot.state is SlotState.ASKED)

    def filled(self, stage: StagePlan, *states: SlotState) -> int:
        """How many slots of a stage are in one of `states`."""
        return sum(self.slots[slot.slot_id].state in states for slot in stage.slots)

    def stage_is_met(self) -> bool:
        """Every act that the open stage's rule asks for is stored with all its effects."""
        stage = self.stage
        return stage is not None and self.filled(stage, SlotState.DONE) >= stage.need

    def all_stages_met(self) -> bool:
        """The last stage is met."""
        return self.stage_is_met() and self.stage_index == len(self.plan.stages) - 1

    # -- changing ----------------------------------------------------------------------------

    def open_next_stage(self, now: datetime) -> StagePlan | None:
        """Ask the slots of the next stage; None when there is no further stage."""
        self._release_unfilled()
        self.stage_index += 1
        stage = self.stage
        if stage is None:
            return None
        self.state = EnvelopeState.RUNNING
        for slot in stage.slots:
            record = self.slots[slot.slot_id]
            record.state, record.asked_at = SlotState.ASKED, now
        self._plan_reminder()
        return stage

    def decide(self, facts: ActFacts) -> Verdict:
        """Accept or refuse one act. The same act always gets the same verdict."""
        earlier = self.verdicts.get(facts.act_id)
        if earlier is not None:
            return earlier
        refusal = facts.refusal or self._objection(facts)
        slot_id = facts.slot_id
        verdict = Verdict(
            act_id=facts.act_id,
            kind=facts.kind,
            answer=ActAnswer(accepted=refusal is None, refusal=refusal),
            order=len(self.verdicts) + 1,
            slot_id=slot_id,
        )
        self.verdicts[facts.act_id] = verdict
        if refusal is None:
            self._apply(facts)
            self._plan_reminder()
        return verdict

    def remind(self, now: datetime) -> tuple[SlotRecord, ...]:
        """Whose reminder is due; the next one is planned from here on."""
        due = tuple(
            slot for slot in self.asked if (moment := self._reminder_of(slot)) and moment <= now
        )
        self.reminded_until = now
        self._plan_reminder()
        return due

    def mark_done(self, slot_id: UUID) -> None:
        """Every effect of the slot's act is stored and verified."""
        record = self.slots[slot_id]
        if record.state is SlotState.ACTED:
            record.state = SlotState.DONE

    def start_completing(self) -> None:
        """All stages are met: the archive timestamp and the hand-over come next."""
        self.state = EnvelopeState.COMPLETING

    def finish(self, state: EnvelopeState) -> None:
        """End the envelope; slots that nobody filled are released."""
        self.state = state
        self._release_unfilled()
        self.next_reminder_at = None

    def expire(self) -> None:
        """The deadline passed with slots unfilled."""
        self.finish(EnvelopeState.EXPIRED)

    def snapshot(self) -> Snapshot:
        """The visible state, numbered so that an older one never overwrites a newer one."""
        self.sequence += 1
        return Snapshot(
            envelope_id=self.plan.envelope_id,
            sequence=self.sequence,
            state=self.state,
            slots=tuple(
                SlotSnapshot(slot_id=slot_id, state=slot.state, asked_at=slot.asked_at)
                for slot_id, slot in self.slots.items()
            ),
            next_reminder_at=self.next_reminder_at,
            download_until=self.download_until,
            deadline_at=self.plan.deadline_at if self.extended else None,
        )

    # -- reminders ---------------------------------------------------------------------------

    def _plan_reminder(self) -> None:
        """The next reminder of anyone who is still asked; pages show the date."""
        moments = [self._reminder_of(slot) for slot in self.asked]
        self.next_reminder_at = min(
            (moment for moment in moments if moment is not None), default=None
        )

    def _reminder_of(self, slot: SlotRecord) -> datetime | None:
        if slot.asked_at is None:
            return None
        return next_reminder(
            slot.asked_at,
            self.plan.reminder_days,
            self.plan.deadline_at,
            self.plan.zone,
            max(self.reminded_until or slot.asked_at, slot.asked_at),
        )

    # -- rules -------------------------------------------------------------------------------

    def _objection(self, facts: ActFacts) -> RefusalCode | None:
        if self.ended or self.state is EnvelopeState.COMPLETING:
            return self._too_late(facts)
        if facts.version != self.plan.version:
            return RefusalCode.VERSION_REPLACED
        if facts.posted_at > self.plan.deadline_at:
            return RefusalCode.AFTER_DEADLINE
        if facts.kind in MEMBER_ACTS:
            return self._member_objection(facts)
        return self._slot_objection(facts)

    def _too_late(self, facts: ActFacts) -> RefusalCode:
        record = self.slots.get(facts.slot_id) if facts.slot_id else None
        if record is not None and record.state in {SlotState.ACTED, SlotState.DONE}:
            return RefusalCode.ALREADY_ACTED
        return RefusalCode.ENVELOPE_ENDED

    def _member_objection(self, facts: ActFacts) -> RefusalCode | None:
        if facts.kind is ActKind.WITHDRAW:
            return None
        if facts.kind is ActKind.EXTEND:
            later = facts.deadline_at is not None and facts.deadline_at > self.plan.deadline_at
            return None if later else RefusalCode.DEADLINE_NOT_LATER
        record = self.slots.get(facts.slot_id) if facts.slot_id else None
        if record is None:
            return RefusalCode.NOT_ALLOWED
        if record.state is SlotState.ASKED:
            return None
        waiting = record.state is SlotState.WAITING
        return RefusalCode.NOT_ASKED_YET if waiting else RefusalCode.ALREADY_ACTED

    def _slot_objection(self, facts: ActFacts) -> RefusalCode | None:
        record = self.slots.get(facts.slot_id) if facts.slot_id else None
        if record is None or facts.participant_id not in record.plan.participant_ids:
            return RefusalCode.NOT_YOUR_SLOT
        if record.state is SlotState.WAITING:
            return RefusalCode.NOT_YOUR_TURN
        if record.state is not SlotState.ASKED:
            return RefusalCode.ALREADY_ACTED
        if facts.kind not in {ACT_OF_SLOT[record.plan.kind], ActKind.DECLINE}:
            return RefusalCode.NOT_ALLOWED
        return None

    def _apply(self, facts: ActFacts) -> None:
        if facts.kind is ActKind.WITHDRAW:
            self.ending_act_id = facts.act_id
            self.finish(EnvelopeState.WITHDRAWN)
            return
        if facts.kind is ActKind.EXTEND:
            self.plan = self.plan.model_copy(update={"deadline_at": facts.deadline_at})
            self.extended = True
            return
        if facts.kind in MEMBER_ACTS:
            return
        if facts.slot_id is None:  # _objection lets no other act through without a slot
            raise AssertionError
        record = self.slots[facts.slot_id]
        record.act_id = facts.act_id
        if facts.kind is ActKind.DECLINE:
            record.state = SlotState.DECLINED
            self._end_if_rule_cannot_be_met(facts.act_id)
        elif record.plan.kind is SlotKind.SIGN:
            record.state = SlotState.ACTED
        else:
            record.state = SlotState.DONE
        self._release_if_rule_is_met()

    def _end_if_rule_cannot_be_met(self, act_id: UUID) -> None:
        stage = self.stage
        if stage is None:
            return
        possible = len(stage.slots) - self.filled(stage, SlotState.DECLINED, SlotState.RELEASED)
        if possible < stage.need:
            self.ending_act_id = act_id
            self.finish(EnvelopeState.DECLINED)

    def _release_if_rule_is_met(self) -> None:
        stage = self.stage
        if stage is not None and self.filled(stage, SlotState.ACTED, SlotState.DONE) >= stage.need:
            self._release_unfilled(stage)

    def _release_unfilled(self, stage: StagePlan | None = None) -> None:
        ids = (
            {slot.slot_id for slot in stage.slots}
            if stage
            else {
                slot_id
                for slot_id in self.slots
                if self.ended or self._stage_position(slot_id) <= self.stage_index
            }
        )
        for slot_id, record in self.slots.items():
            if slot_id in ids and record.state in UNFILLED:
                record.state = SlotState.RELEASED

    def _stage_position(self, slot_id: UUID) -> int:
        return next(
            position
            for position, stage in enumerate(self.plan.stages)
            if any(slot.slot_id == slot_id for slot in stage.slots)
        )


class EnvelopeStart(Message):
    """Input of an envelope's workflow; `carried` is set when it continues as a new run."""

    envelope_id: UUID
    carried: Route | None = None
