"""Where the draft's own people stand among a chain's stages, and a chain's gates, as rows."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.chain_slots import TypedSlot
from domain.chains import TypedChain, TypedChainStage, check_chain
from domain.conclusion import Purpose
from domain.demands import OwnDemand
from domain.draft_defaults import DraftDefaults
from domain.drafts import CheckedDraft, Order, TypedDraft, TypedPerson
from domain.forms import FormProblems
from domain.kinds import ActKind, NoticeKind, PartyKind, Role
from domain.messages import NoticeOrder
from domain.refusals import Refusal
from domain.route import Route
from domain.stages import CheckedStage, Gate, Opener
from storage import chains, deputy_limits, drafts, people, placing, route_plan, sending
from storage.chain_plan import use_data, use_of
from storage.retiring import belongings
from storage.route_plan import PlannedRoute, plan_route
from storage.senders import Senders
from storage.tables import Act, Envelope, Member, Notice, Participant, Slot, Stage
from tests.storage.test_deputies import absent, round_
from tests.storage.world import APPROVER, Journey, World, now, person

OTHERS = TypedChainStage(kind="others", people=())


@pytest.fixture
def staff(world: World) -> dict[str, UUID]:
    """A boss, a mayor, and a clerk who opens gates."""
    roles = {"boss": Role.APPROVER, "mayor": Role.VIEWER, "opener": Role.CLERK}
    return {name: world.join(name, role) for name, role in roles.items()}


def stages(staff: dict[str, UUID]) -> tuple[TypedChainStage, ...]:
    """The boss approves; the other side; from 100 yen on the resolution, from 10 on the mayor."""
    gate = TypedChainStage(
        kind="gate", title="議会の議決", opener=f"member:{staff['opener']}", least="100", people=()
    )
    return (
        TypedChainStage("課長承認", people=(TypedSlot("approve", str(staff["boss"])),)),
        OTHERS,
        gate,
        TypedChainStage("市長", least="10", people=(TypedSlot("sign", str(staff["mayor"])),)),
    )


def save(world: World, *rows: TypedChainStage) -> UUID:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        known = {row.id for row in people.active_members(session, world.organisation_id)}
        checked = check_chain(TypedChain("標準", rows), known)
        return chains.save(session, member, checked, None, now()).id


def draft(chain_id: UUID, amount: int = 100) -> CheckedDraft:
    who = (replace(person("山田"), row=0), replace(person("木村", APPROVER), row=1, stage=1))
    return CheckedDraft("契約", "", 30, Order.SEQUENCE, chain_id, who, amount=amount)


def plan(world: World, checked: CheckedDraft) -> PlannedRoute:
    with world.reading() as session:
        member = session.get_one(Member, world.member_id)
        return plan_route(session, Senders(member, member), checked)


def shape(route: PlannedRoute) -> list[list[str] | str]:
    """Names of those who are asked, by stage; of a gate what is waited for."""
    return [
        stage.gate.title if stage.gate else [slot.person.name for slot in stage.slots]
        for stage in route.stages
    ]


@pytest.mark.parametrize(
    ("amount", "behind"),
    [(100, ["議会の議決", ["mayorさん"]]), (99, [["mayorさん"]]), (9, [])],
)
def test_the_drafts_people_stand_where_the_chain_has_a_place_for_them(
    world: World, staff: dict[str, UUID], amount: int, behind: list[object]
) -> None:
    checked = draft(save(world, *stages(staff)), amount)
    assert shape(plan(world, checked)) == [["bossさん"], ["山田"], ["木村"], *behind]
    together = replace(checked, order=Order.PARALLEL)
    assert shape(plan(world, together)) == [["bossさん"], ["山田", "木村"], *behind]
    gate = Gate("現場の確認", Opener(role=Role.ADMIN))
    own = (CheckedStage(need=1), CheckedStage(need=1), CheckedStage(gate=gate))
    laid_out = replace(checked, order=Order.STAGES, stages=own)
    found = plan(world, laid_out)
    assert shape(found) == [["bossさん"], ["山田"], ["木村"], "現場の確認", *behind]
    assert [stage.own for stage in found.stages] == [False, *[True] * 3, *[False] * len(behind)]


def test_without_a_place_they_come_after_the_chain_as_ever(
    world: World, staff: dict[str, UUID]
) -> None:
    first, _others, gate, last = stages(staff)
    checked = draft(save(world, first, gate, last))
    assert shape(plan(world, checked)) == [
        ["bossさん"], "議会の議決", ["mayorさん"], ["山田"], ["木村"],
    ]  # fmt: skip
    assert not plan(world, checked).lacks_others


def test_whoever_is_missing_on_the_other_side_is_said(world: World, staff: dict[str, UUID]) -> None:
    own = person("鈴木", party=PartyKind.OWN, company="契約課")
    checked = replace(draft(save(world, *stages(staff))), people=(own,))
    assert plan(world, checked).lacks_others
    assert shape(plan(world, replace(checked, people=()))) == [
        ["bossさん"], "議会の議決", ["mayorさん"],
    ]  # fmt: skip
    assert not plan(world, draft(checked.chain_id or UUID(int=0))).lacks_others
    with pytest.raises(FormProblems) as found:
        plan(world, replace(checked, purpose=Purpose.CONTRACT))
    [words] = found.value.problems.values()
    assert "相手方の署名者がいません" in words.ja


def test_the_mayor_behind_the_vendor_is_our_sides_signature(
    world: World, staff: dict[str, UUID]
) -> None:
    checked = replace(draft(save(world, *stages(staff))), purpose=Purpose.CONTRACT)
    assert len(plan(world, checked).stages) == 5
    with pytest.raises(FormProblems) as found:
        plan(world, replace(checked, amount=9))
    [words] = found.value.problems.values()
    assert "自組織の署名者がいません" in words.ja


def test_a_route_whose_own_stages_are_all_skipped_asks_nobody(
    world: World, staff: dict[str, UUID]
) -> None:
    _first, others, gate, last = stages(staff)
    checked = draft(save(world, others, replace(gate, least=""), last), amount=9)
    with pytest.raises(FormProblems) as found:
        plan(world, checked)
    assert "段階がすべて省かれ" in found.value.problems["chain_id"].ja


def test_a_gate_whose_opener_left_keeps_the_draft_from_being_sent(
    world: World, staff: dict[str, UUID]
) -> None:
    checked = draft(save(world, *stages(staff)))
    with world.database.transaction() as session:
        opener = session.get_one(Member, staff["opener"])
        assert [chain.name for chain in belongings(session, opener).chains] == ["標準"]
        opener.active = False
    with pytest.raises(FormProblems) as found:
        plan(world, checked)
    assert found.value.problems["chain_id"].ja.startswith("段階3 議会の議決：openerさんさんは")
    assert shape(plan(world, replace(checked, amount=99)))[-1] == ["mayorさん"]


def test_rows_and_what_is_kept_of_the_chain(world: World, staff: dict[str, UUID]) -> None:
    chain_id, envelope_id = save(world, *stages(staff)), world.draft()
    world.check(envelope_id)
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        member = session.get_one(Member, world.member_id)
        sending.send(session, envelope, draft(chain_id), member, now())
    with world.reading() as session:
        rows = session.scalars(select(Stage).order_by(Stage.position)).all()
        use = use_of(session, world.envelope(envelope_id))
        assert use is not None
        data = use_data(use)
        names = session.scalars(
            select(Participant.name)
            .join(Slot, Slot.participant_id == Participant.id)
            .join(Stage, Stage.id == Slot.stage_id)
            .order_by(Stage.position)
        ).all()
    assert [(row.gate_title, row.gate_opener) for row in rows if row.gate_opener] == [
        ("議会の議決", f"member:{staff['opener']}")
    ]
    assert [row.gate_opener is not None for row in rows] == [False, False, False, True, False]
    assert names == ["bossさん", "山田", "木村", "mayorさん"]
    assert [stage["asked"] for stage in use.stages] == [True] * 4
    assert [stage.get("others") for stage in use.stages] == [None, True, None, None]
    assert use.stages[2]["gate"] == "議会の議決"
    assert not any("merged" in stage for stage in use.stages)
    assert data["skipped"] == []


def test_seats_for_fields_stand_in_the_order_of_the_route(
    world: World, staff: dict[str, UUID]
) -> None:
    chain_id = save(world, *stages(staff))
    envelope_id = world.draft()
    with world.database.transaction() as session:
        vendor = TypedPerson("山田", "a@b.example", "青山建設", key="v")
        typed = TypedDraft(chain_id=str(chain_id), people=(vendor,), amount="100")
        drafts.save_draft(session.get_one(Envelope, envelope_id), typed, now())
    with world.reading() as session:
        seats = placing.seats_of(session, session.get_one(Envelope, envelope_id))
    assert [seat.name for seat in seats] == ["山田", "mayorさん"]


def test_who_signs_on_both_sides_has_two_seats_that_are_told_apart(
    world: World, staff: dict[str, UUID]
) -> None:
    first, _others, last = twice(staff)
    signing = replace(first, people=(TypedSlot("sign", str(staff["mayor"])),))
    envelope_id, chain_id = world.draft(), save(world, signing, OTHERS, last)
    with world.database.transaction() as session:
        vendor = TypedPerson("山田", "a@b.example", "青山建設", key="v")
        typed = TypedDraft(chain_id=str(chain_id), people=(vendor,))
        drafts.save_draft(session.get_one(Envelope, envelope_id), typed, now())
    with world.reading() as session:
        seats = placing.seats_of(session, session.get_one(Envelope, envelope_id))
    assert [seat.name for seat in seats] == ["mayorさん (1/2)", "山田", "mayorさん (2/2)"]
    assert len({seat.key for seat in seats}) == 3


def test_who_stands_behind_the_other_side_is_asked_for_what_is_demanded(
    world: World, staff: dict[str, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = draft(save(world, *stages(staff)))
    demanding = DraftDefaults(own_demand=OwnDemand.PASSKEY)
    monkeypatch.setattr(route_plan, "defaults_for", lambda *_: demanding)
    asked = [slot.person for stage in plan(world, checked).stages for slot in stage.slots]
    passkeys = {one.name: one.passkey for one in asked}
    assert passkeys == {"bossさん": True, "山田": False, "木村": False, "mayorさん": True}


def twice(staff: dict[str, UUID]) -> tuple[TypedChainStage, ...]:
    """The mayor approves before the other side, and signs behind it."""
    return (
        TypedChainStage("事前の承認", people=(TypedSlot("approve", str(staff["mayor"])),)),
        OTHERS,
        TypedChainStage("市長", people=(TypedSlot("sign", str(staff["mayor"])),)),
    )


@pytest.fixture
def around(world: World, staff: dict[str, UUID]) -> Journey:
    """Sent by such a chain, prepared, and the mayor asked for the first time."""
    chain_id, envelope_id = save(world, *twice(staff)), world.draft()
    world.check(envelope_id)
    checked = replace(draft(chain_id), people=(replace(person("山田"), row=0),))
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        sending.send(session, envelope, checked, session.get_one(Member, world.member_id), now())
    route = world.envelopes.plan(envelope_id)
    world.prepare(envelope_id)
    journey = Journey(world, envelope_id, route, Route.of(route))
    first, second = (row.id for row in parts(journey, "mayorさん"))
    world.set(Participant, first, name="前")  # tests know people by their names
    world.set(Participant, second, name="後")
    journey.open()
    return journey


def parts(journey: Journey, name: str) -> list[Participant]:
    """As whom somebody takes part, in the order of the route."""
    with journey.world.reading() as session:
        found = session.scalars(
            select(Participant)
            .where(Participant.envelope_id == journey.envelope_id, Participant.name == name)
            .order_by(Participant.position)
        )
        return list(found)


def told(journey: Journey, kind: NoticeKind, occasion: str, *names: str) -> list[str]:
    """The people to whom an order has mails."""
    who = tuple(journey.world.participant(journey.envelope_id, name).id for name in names)
    order = NoticeOrder(
        envelope_id=journey.envelope_id, kind=kind, occasion=occasion, participant_ids=who or None
    )
    journey.world.notices.enqueue(order)
    with journey.world.reading() as session:
        return list(
            session.scalars(
                select(Participant.name)
                .join(Notice, Notice.participant_id == Participant.id)
                .where(Notice.occasion == occasion)
                .order_by(Participant.position)
            )
        )


def test_somebody_before_and_behind_the_other_side_is_asked_twice_and_told_once_of_the_end(
    around: Journey,
) -> None:
    world = around.world
    first, second = (world.participant(around.envelope_id, name) for name in "前後")
    assert (first.kind, second.kind) == ("approver", "signer")
    assert first.member_id == second.member_id is not None
    assert told(around, NoticeKind.REQUEST, "stage:0", "前") == ["前"]
    assert told(around, NoticeKind.REQUEST, "early", "後") == [], "it is not his turn yet"
    around.act("前", ActKind.APPROVE)
    around.open()
    around.sign("山田")
    around.open()
    assert told(around, NoticeKind.REQUEST, "stage:2", "前", "後") == ["後"]
    with pytest.raises(Refusal):
        around.act("前", ActKind.APPROVE)
    around.sign("後")
    with world.reading() as session:
        acts = session.scalars(
            select(Participant.name)
            .join(Act, Act.participant_id == Participant.id)
            .where(Act.accepted.is_(True))
            .order_by(Act.posted_at)
        ).all()
    assert acts == ["前", "山田", "後"]
    assert told(around, NoticeKind.COMPLETED, "end") == ["前", "山田"]


def test_who_stood_in_before_the_other_side_stands_in_behind_it_too(
    around: Journey, staff: dict[str, UUID]
) -> None:
    world = around.world
    absent(world, staff["mayor"], staff["boss"])
    assert len(round_(around)) == 1
    world.set(Participant, parts(around, "bossさん")[0].id, name="代決・前")
    around.act("代決・前", ActKind.APPROVE)
    around.open()
    around.sign("山田")
    around.open()
    assert len(round_(around)) == 1
    [behind] = parts(around, "bossさん")
    assert behind.deputy_of == world.participant(around.envelope_id, "後").id
    with world.reading() as session:
        assert not deputy_limits.acted_otherwise(session, session.get_one(Participant, behind.id))
    assert told(around, NoticeKind.REQUEST, "stage:2", "bossさん") == ["bossさん"]
    around.sign("bossさん")


@pytest.mark.parametrize("order", [Order.SEQUENCE, Order.STAGES])
def test_the_days_of_the_other_sides_place_hold_for_each_stage_without_its_own(
    world: World, staff: dict[str, UUID], order: Order
) -> None:
    first, others, gate, last = stages(staff)
    timed = replace(others, days="5", reminders="2")
    checked = draft(save(world, first, timed, replace(gate, reminders="7"), last))
    own = (CheckedStage(need=1), CheckedStage(need=1, days=3, reminders=()))
    checked = replace(checked, order=order, stages=own if order is Order.STAGES else ())
    found = [(one.days, one.reminders) for one in plan(world, checked).stages]
    second = (3, ()) if order is Order.STAGES else (5, (2,))
    assert found == [(None, None), (5, (2,)), second, (None, (7,)), (None, None)]
