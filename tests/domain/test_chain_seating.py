"""A chain's places put together: nobody acts twice, and no approval is lost where people meet."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from domain.chain_seating import needed, seats_of
from domain.chain_seats import Colleague, Seat, Sender, Staff, Unit
from domain.chain_slots import SENDERS, ChainSlot, Who, filled_key, place_keys
from domain.chains import ChainStage
from domain.kinds import Role, SlotKind, StageRule

CITY = uuid4()
CLERK, HEAD, BOTH, OTHER = (uuid4() for _ in range(4))
SENDER = Sender(CLERK, CITY)
ANY, ALL, SOME = StageRule.ANY, StageRule.ALL, StageRule.N_OF
APPROVE, CONFIRM, SIGN = SlotKind.APPROVE, SlotKind.CONFIRM, SlotKind.SIGN


def person(name: str, *roles: Role) -> Colleague:
    return Colleague(name, active=True, department_id=CITY, roles=frozenset(roles))


STAFF = Staff(
    {
        CLERK: person("担当", Role.CLERK),
        HEAD: person("部長"),
        BOTH: person("兼務", Role.APPROVER, Role.ADMIN),
        OTHER: person("管理", Role.ADMIN),
    },
    {CITY: Unit("市", HEAD)},
)
BOSS = ChainSlot(APPROVE, who=Who.HEAD, unit=SENDERS)


def role(of: Role, unit: str = "") -> ChainSlot:
    return ChainSlot(APPROVE, who=Who.ROLE, role=of, unit=unit)


def named(one: UUID, kind: SlotKind = APPROVE) -> ChainSlot:
    return ChainSlot(kind, one)


def stage(*people: ChainSlot, rule: StageRule = ALL, need: int = 1) -> ChainStage:
    return ChainStage("", rule, need, None, people)


def seats(*stages: ChainStage, staff: Staff = STAFF) -> list[list[Seat]]:
    chosen = {filled_key("決裁者"): HEAD}
    rows = seats_of(stages, [True] * len(stages), staff, SENDER, chosen)
    return [list(row) for row in rows]


def people(row: list[Seat]) -> list[tuple[UUID, ...]]:
    return [seat.people for seat in row]


def test_nobody_holds_two_places_of_a_stage() -> None:
    two = stage(role(Role.APPROVER), role(Role.ADMIN), rule=SOME, need=2)
    [row] = seats(two)
    assert people(row) == [(BOTH,), (OTHER,)]
    assert [seat.lacks for seat in row] == [None, None]
    alone = replace(STAFF, people={one: who for one, who in STAFF.people.items() if one != OTHER})
    [row] = seats(two, staff=alone)
    assert people(row) == [(BOTH,), ()]
    assert row[0].lacks is not None
    assert "1人しかいません" in row[0].lacks.ja


def test_where_all_act_each_role_has_a_person_of_its_own_or_it_is_said() -> None:
    every = stage(role(Role.ADMIN), role(Role.APPROVER))
    [row] = seats(every)
    assert people(row) == [(OTHER,), (BOTH,)]
    assert needed(every, row) == 2
    [row] = seats(stage(role(Role.APPROVER, SENDERS), role(Role.APPROVER, str(CITY))))
    assert people(row) == [(BOTH,), ()]
    assert row[1].lacks is not None


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (stage(BOSS), stage(BOSS), 2),
        (stage(replace(BOSS, kind=SIGN)), stage(BOSS), 1),
        # he would not have to act where another may
        (stage(BOSS), stage(named(HEAD), named(OTHER), rule=ANY), 1),
        (stage(BOSS), stage(named(HEAD, SIGN), named(OTHER, SIGN), rule=ANY), 1),
        (stage(BOSS), stage(named(HEAD), role(Role.ADMIN), rule=SOME, need=2), 1),
        # a lesser act, also where the clerk named him
        (stage(BOSS), stage(named(HEAD, CONFIRM)), 1),
        (stage(BOSS), stage(ChainSlot(CONFIRM, who=Who.FILLED, label="決裁者")), 1),
        (stage(named(HEAD), named(OTHER), rule=ANY), stage(named(HEAD), named(BOTH), rule=ANY), 2),
        (stage(named(OTHER), named(HEAD), rule=SOME, need=2), stage(BOSS), 2),
    ],
)
def test_a_place_gives_way_only_to_one_that_binds_as_strongly(
    first: ChainStage, second: ChainStage, kept: int
) -> None:
    rows = seats(first, second)
    where = [
        number for number, row in enumerate(rows, 1) if HEAD in {p for s in row for p in s.people}
    ]
    assert where == [kept]
    assert [seat.lacks for row in rows for seat in row if seat.lacks] == []


def test_a_stage_that_would_be_met_by_nobodys_act_is_refused() -> None:
    crowd = [named(HEAD), named(OTHER)]
    narrow, wide = stage(*crowd, rule=ANY), stage(*crowd, named(BOTH), rule=ANY)
    [[first, _], _] = seats(narrow, wide)
    assert first.lacks is not None
    assert "段階2で依頼するため" in first.lacks.ja
    [[first, _], _] = seats(
        stage(*(replace(one, kind=SIGN) for one in crowd), rule=ANY), stage(*crowd)
    )
    assert first.lacks is not None
    rows = seats(narrow, stage(*crowd))
    assert all(seat.elsewhere and not seat.lacks for seat in rows[0])


def test_people_of_skipped_stages_are_asked_by_their_role() -> None:
    stages = stage(role(Role.APPROVER)), stage(named(BOTH))
    [[first], _] = seats_of(stages, [True, False], STAFF, SENDER, {})
    assert first.people == (BOTH,)
    [[first], _] = seats_of(stages, [True, True], STAFF, SENDER, {})
    assert first.lacks is not None


def test_whoever_acts_anyway_is_not_asked_by_his_role() -> None:
    [[seat]] = seats_of([stage(role(Role.ADMIN))], [True], STAFF, SENDER, {}, {BOTH})
    assert seat.people == (OTHER,)


def test_every_place_has_a_key_of_its_own_whoever_sits_there() -> None:
    rows = [[BOSS, role(Role.ADMIN)], [named(HEAD), role(Role.ADMIN), BOSS]]
    assert place_keys(rows) == (
        ("head-sender", "role-admin-"), (str(HEAD), "role-admin-~2", "head-sender~2"),
    )  # fmt: skip
