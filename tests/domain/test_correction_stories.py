"""Whatever people do, and however often the sender corrects: what was done stays done, and nobody's
act on one version counts on another."""

from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.kinds import ACT_OF_SLOT, FILLING_ACTS, ActKind, EnvelopeState, SlotKind, SlotState
from domain.messages import ActAnswer, ActFacts, EnvelopePlan, StagePlan
from domain.refusals import RefusalCode
from domain.route import Route
from domain.route_versions import concerned_ahead, halt_version, start_version, version_is_ready
from tests.domain.test_route import NOW, route_of
from tests.domain.test_route_algebra import stages

CHOICE = st.integers(0, 40)
FILLED = {SlotState.ACTED, SlotState.DONE}
YES = FILLING_ACTS - {ActKind.DECLINE}


class Corrections(RuleBasedStateMachine):
    """A route as its workflow leads it. Beside it the test remembers, in sets of its own, what was
    said to whom."""

    @initialize(plans=st.lists(stages(), min_size=1, max_size=3))
    def begin(self, plans: list[StagePlan]) -> None:
        self.route = route_of(*plans)
        self.clock = NOW
        self.posted: list[ActFacts] = []
        self.answers: dict[UUID, ActAnswer] = {}
        self.signed: dict[int, set[UUID]] = {}
        """Signatures that were made, by the version of their documents."""
        self.heirs: dict[UUID, UUID] = {}
        self.told: set[UUID] = set()
        self.finished_on: int | None = None
        self.go_on()

    # -- what people do --------------------------------------------------------------------------

    @rule(choice=CHOICE)
    def act(self, choice: int) -> None:
        self.post(None, choice)

    @rule(choice=CHOICE, kind=st.sampled_from([ActKind.DECLINE, ActKind.HAND_OVER]))
    def refuse_or_name_somebody(self, choice: int, kind: ActKind) -> None:
        self.post(kind, choice)

    @rule(choice=CHOICE)
    def send_back(self, choice: int) -> None:
        self.post(ActKind.SEND_BACK, choice)

    @rule(kind=st.sampled_from([ActKind.RESUME, ActKind.OPEN_GATE, ActKind.EXTEND]))
    def steer(self, kind: ActKind) -> None:
        self.post(kind, 0)

    @precondition(lambda self: bool(self.posted))
    @rule(choice=CHOICE)
    def press_the_button_again(self, choice: int) -> None:
        """The same act comes twice, whatever happened since."""
        facts = self.posted[choice % len(self.posted)]
        assert self.route.decide(facts).answer == self.answers[facts.act_id]

    @precondition(lambda self: self.route.plan.version > 1)
    @rule(choice=CHOICE)
    def act_on_what_was_read_before(self, choice: int) -> None:
        facts = self.facts(None, choice).model_copy(update={"version": self.route.plan.version - 1})
        answer = self.decide(facts)
        assert not answer.accepted
        if not self.route.ended:
            assert answer.refusal is RefusalCode.VERSION_REPLACED

    @rule(works=st.booleans(), meanwhile=CHOICE)
    def correct(self, works: bool, meanwhile: int) -> None:
        """While it is carried out, somebody presses his button."""
        before = self.route.plan.version
        facts = self.facts(ActKind.CORRECT, 0)
        if not self.decide(facts).accepted:
            return
        assert not self.decide(self.facts(None, meanwhile)).accepted
        self.make_signatures()
        acted = {fact.participant_id for fact in self.accepted(before)}
        start_version(self.route, self.next_plan(facts.act_id))
        assert self.route.plan.version == before + 1
        assert self.route.correcting == facts.act_id
        assert not self.decide(self.facts(None, meanwhile)).accepted
        if not works:
            halt_version(self.route)
            assert not self.decide(self.facts(None, meanwhile)).accepted
            return
        version_is_ready(self.route)
        self.route.open_next_stage(self.clock)
        self.tell(acted)
        self.go_on()

    # -- what the workflow does --------------------------------------------------------------------

    def go_on(self) -> None:
        self.make_signatures()
        while not self.route.ended and self.route.stage_is_met():
            if self.route.all_stages_met():
                self.finished_on = self.route.plan.version
                self.route.start_completing()
                self.route.finish(EnvelopeState.DONE)
            else:
                self.route.open_next_stage(self.clock)

    def make_signatures(self) -> None:
        for verdict in self.route.unsigned():
            assert verdict.slot_id is not None
            self.signed.setdefault(self.route.plan.version, set()).add(verdict.act_id)
            self.route.mark_done(verdict.slot_id)

    def next_plan(self, act_id: UUID) -> EnvelopePlan:
        """What the rows of the next version say: the same places, waiting again, for those who take
        part now."""
        plan = self.route.plan
        later = tuple(
            stage.model_copy(
                update={
                    "stage_id": uuid4(),
                    "slots": tuple(
                        slot.model_copy(
                            update={
                                "slot_id": uuid4(),
                                "participant_ids": self.now_taking_part(slot.participant_ids),
                            }
                        )
                        for slot in stage.slots
                    ),
                }
            )
            for stage in plan.stages
        )
        concerned = dict.fromkeys(
            fact.participant_id for fact in self.posted if self.answers[fact.act_id].accepted
        )
        update = {
            "version": plan.version + 1,
            "stages": later,
            "corrected_by": act_id,
            "unprepared": False,
            "concerned": tuple(
                person for person in concerned if person and person not in self.heirs
            ),
        }
        return plan.model_copy(update=update)

    def now_taking_part(self, people: tuple[UUID, ...]) -> tuple[UUID, ...]:
        found = []
        for person in people:
            heir = person
            while heir in self.heirs:
                heir = self.heirs[heir]
            found.append(heir)
        return tuple(dict.fromkeys(found))

    def tell(self, acted: set[UUID | None]) -> None:
        """Everybody who acted and still takes part hears that it counts no more."""
        asked = {person for slot in self.route.asked for person in slot.plan.participant_ids}
        told = {*concerned_ahead(self.route), *asked}
        takes_part = {
            person for slot in self.route.slots.values() for person in slot.plan.participant_ids
        }
        assert {person for person in acted if person in takes_part} <= told

    # -- helpers -----------------------------------------------------------------------------------

    def facts(self, kind: ActKind | None, choice: int) -> ActFacts:
        self.clock += timedelta(minutes=1)
        pairs = [
            (record.plan, person)
            for record in self.route.slots.values()
            for person in record.plan.participant_ids
        ]
        slot, person = pairs[choice % len(pairs)] if pairs else (None, None)
        usual = ACT_OF_SLOT[slot.kind] if slot else ActKind.SIGN
        return ActFacts(
            act_id=uuid4(),
            kind=kind or usual,
            posted_at=self.clock,
            version=self.route.plan.version,
            slot_id=slot.slot_id if slot else None,
            participant_id=person,
            successor_id=uuid4() if kind is ActKind.HAND_OVER else None,
            stage_id=self.route.stage.stage_id if self.route.stage else None,
            deadline_at=self.route.deadline_at + timedelta(days=1),
        )

    def post(self, kind: ActKind | None, choice: int) -> None:
        self.decide(self.facts(kind, choice))
        self.go_on()

    def decide(self, facts: ActFacts) -> ActAnswer:
        answer = self.route.decide(facts).answer
        self.posted.append(facts)
        self.answers[facts.act_id] = answer
        if answer.accepted and facts.kind is ActKind.HAND_OVER:
            assert facts.participant_id is not None
            assert facts.successor_id is not None
            self.heirs[facts.participant_id] = facts.successor_id
        return answer

    def accepted(self, version: int, *kinds: ActKind) -> list[ActFacts]:
        """Acts that were accepted on a version; of these kinds, or those that fill a place."""
        return [
            facts
            for facts in self.posted
            if self.answers[facts.act_id].accepted
            and facts.version == version
            and facts.kind in (kinds or YES)
        ]

    # -- what always holds -------------------------------------------------------------------------

    @invariant()
    def every_answer_stands_and_they_have_one_order(self) -> None:
        verdicts = self.route.verdicts
        assert {key: verdict.answer for key, verdict in verdicts.items()} == self.answers
        orders = [verdicts[facts.act_id].order for facts in self.posted]
        assert orders == list(range(1, len(self.posted) + 1))

    @invariant()
    def every_accepted_signature_was_made_on_the_version_that_was_read(self) -> None:
        for version in range(1, self.route.plan.version + 1):
            acts = {facts.act_id for facts in self.accepted(version, ActKind.SIGN)}
            assert self.signed.get(version, set()) == acts

    @invariant()
    def no_place_is_filled_by_an_act_on_another_version(self) -> None:
        acts = {facts.act_id for facts in self.accepted(self.route.plan.version)}
        filled = {record.act_id for record in self.route.slots.values() if record.state in FILLED}
        assert filled == acts

    @invariant()
    def it_ends_well_only_by_acts_on_the_last_version(self) -> None:
        if self.route.state is not EnvelopeState.DONE:
            return
        assert self.finished_on == self.route.plan.version
        acts = {facts.slot_id for facts in self.accepted(self.route.plan.version)}
        for stage in self.route.plan.stages:
            here = {slot.slot_id for slot in stage.slots}
            assert len(acts & here) >= stage.need
            signs = any(slot.kind is SlotKind.SIGN for slot in stage.slots)
            if signs:
                assert here & acts

    @invariant()
    def it_can_be_carried_over_at_any_moment(self) -> None:
        assert Route.model_validate_json(self.route.model_dump_json()) == self.route


Corrections.TestCase.settings = settings(
    deadline=None,
    max_examples=60,
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow],
)
TestCorrections = Corrections.TestCase
