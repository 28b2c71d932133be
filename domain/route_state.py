"""What a route remembers of one envelope, and what can be read from it.

Carried through continue-as-new as JSON: fields grow only with defaults.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from domain.kinds import ENDED, ActKind, EnvelopeState, SlotState
from domain.messages import ActAnswer, EnvelopePlan, SlotPlan, StagePlan

UNFILLED = frozenset({SlotState.WAITING, SlotState.ASKED})


class SlotRecord(BaseModel):
    """What the route remembers of one slot."""

    plan: SlotPlan
    state: SlotState = SlotState.WAITING
    asked_at: AwareDatetime | None = None
    act_id: UUID | None = None
    filled_by: UUID | None = None
    """Who filled it, where several people could."""
    said_no: tuple[UUID, ...] = ()
    """Candidates who declined while others may still fill it."""
    came_at: dict[UUID, AwareDatetime] = {}
    """Candidates who were named by somebody else while others were asked already, with the moment:
    their days count from it."""


class Verdict(BaseModel):
    """The route's word on one act. `order` numbers the answered acts of the envelope from 1."""

    act_id: UUID
    kind: ActKind
    answer: ActAnswer
    order: int
    slot_id: UUID | None = None


class RouteState(BaseModel):
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
    sent_back_by: UUID | None = None
    """The act that sent the envelope back last."""
    resumed_by: UUID | None = None
    """The act that let it go on last."""
    returning: UUID | None = None
    """The accepted sending back to a stage that is being carried out: nobody acts until it is."""
    rounds: int = 0
    """How often it was sent back to a stage: places of before take no act any more."""
    correcting: UUID | None = None
    """The accepted correction that is being carried out: nobody acts until its version is open."""
    came_by: dict[UUID, UUID] = {}
    """Participants who were named by somebody else, with the hand-over that did it."""
    gates: dict[UUID, UUID] = {}
    """Gates that are open, with the acts that opened them."""
    gate_reached_at: AwareDatetime | None = None
    """When the route came to the gate that it waits at; reminders count from it."""
    stage_deadline_at: AwareDatetime | None = None
    """The open stage's own deadline, if it has one."""
    sequence: int = 0

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
    def deadline_at(self) -> datetime:
        """Until when the open stage takes acts: its own deadline, or the envelope's."""
        whole = self.plan.deadline_at
        return min(whole, self.stage_deadline_at or whole)

    @property
    def waiting_gate(self) -> StagePlan | None:
        """The gate that the route has come to and that nobody has opened."""
        stage = self.stage
        waits = stage is not None and stage.gate and stage.stage_id not in self.gates
        return stage if waits and not self.ended else None

    @property
    def asked(self) -> tuple[SlotRecord, ...]:
        """Slots that wait for a person's act now."""
        return tuple(slot for slot in self.slots.values() if slot.state is SlotState.ASKED)

    def record_of(self, slot_id: UUID | None) -> SlotRecord | None:
        """What is remembered of a slot; None for one that is not of this route."""
        return self.slots.get(slot_id) if slot_id is not None else None

    def filled(self, stage: StagePlan, *states: SlotState) -> int:
        """How many slots of a stage are in one of `states`."""
        return sum(self.slots[slot.slot_id].state in states for slot in stage.slots)

    def stage_is_met(self) -> bool:
        """Every act that the open stage's rule asks for is stored with all its effects."""
        stage = self.stage
        if stage is None:
            return False
        if stage.gate:
            return stage.stage_id in self.gates
        return self.filled(stage, SlotState.DONE) >= stage.need

    def all_stages_met(self) -> bool:
        """The last stage is met."""
        return self.stage_is_met() and self.stage_index == len(self.plan.stages) - 1

    def everybody_acted(self) -> bool:
        """Nobody is waited for any more, though effects may still be to come."""
        stage = self.stage
        last = self.stage_index == len(self.plan.stages) - 1
        acted = (SlotState.ACTED, SlotState.DONE)
        return stage is not None and last and self.filled(stage, *acted) >= stage.need

    def last_order(self) -> int:
        """The number of the last answer; numbers go on from version to version."""
        orders = (verdict.order for verdict in self.verdicts.values())
        return max((self.plan.answered_before, *orders))

    def next_order(self) -> int:
        """The number of the next answer."""
        return self.last_order() + 1

    def unsigned(self) -> list[Verdict]:
        """Accepted signatures that are still to be made, in the order of their acts."""
        open_ones = (
            self.verdicts[record.act_id]
            for record in self.slots.values()
            if record.state is SlotState.ACTED and record.act_id is not None
        )
        return sorted(open_ones, key=lambda verdict: verdict.order)

    # -- changes that several rules share ------------------------------------------------------

    def finish(self, state: EnvelopeState) -> None:
        """End the envelope; slots that nobody filled are released."""
        self.state = state
        self.release(self.slots)
        self.next_reminder_at = None

    def release(self, slot_ids: Iterable[UUID]) -> None:
        """Those of these slots that nobody filled are no longer needed."""
        for slot_id in slot_ids:
            record = self.slots[slot_id]
            if record.state in UNFILLED:
                record.state = SlotState.RELEASED
