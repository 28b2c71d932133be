"""Approval chains: rearranged as buttons say, checked, and the same after they were kept."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain_rearranging import open_stages, rearranged
from domain.chain_slots import TypedSlot
from domain.chains import (
    MAX_CHAIN_STAGES,
    MAX_STAGE_PEOPLE,
    TypedChain,
    TypedChainStage,
    check_chain,
    typed_chain,
)
from domain.forms import FormProblems
from domain.kinds import SlotKind, StageRule

MEMBERS = [uuid4() for _ in range(6)]


def slots(*numbers: int, kind: str = "approve") -> tuple[TypedSlot, ...]:
    return tuple(TypedSlot(kind, str(MEMBERS[number])) for number in numbers)


def stage(*numbers: int, kind: str = "approve", **words: str) -> TypedChainStage:
    return TypedChainStage(people=slots(*numbers, kind=kind), **words)


def chain(*stages: TypedChainStage, name: str = "標準") -> TypedChain:
    return TypedChain(name, stages)


def problems(typed: TypedChain, members: list[UUID] | None = None) -> set[str]:
    with pytest.raises(FormProblems) as found:
        check_chain(typed, MEMBERS if members is None else members)
    return set(found.value.problems)


def test_stages_in_order_with_people_in_parallel() -> None:
    some = stage(1, 2, rule="n_of", need="２", days="7")
    checked = check_chain(chain(stage(0, name="係"), some, stage(3, kind="sign")), MEMBERS)
    assert [one.need for one in checked.stages] == [1, 2, 1]
    assert checked.stages[1].days == 7
    assert checked.stages[2].people[0].kind is SlotKind.SIGN


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        (TypedChain(), {"name", "stages-0-people-0-member"}),
        (chain(), {"stages"}),
        (chain(TypedChainStage(people=())), {"stages-0-rule"}),
        (chain(stage(0), stage(0)), {"stages-1-people-0-member"}),
        (chain(stage(0, 0)), {"stages-0-people-1-member"}),
        (chain(stage(0, rule="most")), {"stages-0-rule"}),
        (chain(stage(0, 1, rule="n_of")), {"stages-0-need"}),
        (chain(stage(0, 1, rule="n_of", need="3")), {"stages-0-need"}),
        (chain(stage(0, 1, rule="n_of", need="0")), {"stages-0-need"}),
        (chain(stage(0, days="366")), {"stages-0-days"}),
        (chain(stage(0, days="soon")), {"stages-0-days"}),
        (chain(stage(0, kind="rule")), {"stages-0-people-0-kind"}),
        (chain(stage(0, name="a\nb")), {"stages-0-name"}),
        (chain(stage(0), name="あ" * 101), {"name"}),
        (chain(stage(0), name="\u202e"), {"name"}),
        (
            chain(TypedChainStage(rule="any", people=(*slots(0), *slots(1, kind="sign")))),
            {"stages-0-rule"},
        ),
        (chain(TypedChainStage(people=(TypedSlot("approve", "nobody"),))),
         {"stages-0-people-0-member"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(typed: TypedChain, names: set[str]) -> None:
    assert problems(typed) == names


def test_somebody_who_left_is_said() -> None:
    assert problems(chain(stage(0)), members=[]) == {"stages-0-people-0-member"}


def test_a_chain_has_bounds() -> None:
    assert "stages" in problems(chain(*[stage(0)] * (MAX_CHAIN_STAGES + 1)))
    many = TypedChainStage(people=slots(*range(6)) * MAX_STAGE_PEOPLE)
    assert "stages-0-rule" in problems(chain(many))


KINDS = st.sampled_from(["approve", "sign", "confirm"])


@given(st.lists(st.tuples(KINDS, st.sampled_from(list(StageRule))), min_size=1, max_size=6))
def test_a_kept_chain_is_the_chain_of_its_form(rows: list[tuple[str, StageRule]]) -> None:
    typed = chain(
        *(
            stage(number, kind=kind, rule=rule.value, need="1" if rule is StageRule.N_OF else "")
            for number, (kind, rule) in enumerate(rows)
        )
    )
    assert typed_chain("標準", check_chain(typed, MEMBERS).definition) == typed


def test_rows_from_before_have_neither_number_nor_deadline() -> None:
    old = {"stages": [{"name": "課長", "rule": "all", "slots": [
        {"kind": "approve", "member_id": str(MEMBERS[0])}]}]}  # fmt: skip
    assert typed_chain("標準", old) == chain(stage(0, name="課長"))
    assert typed_chain("標準", {}) == chain()


def test_buttons() -> None:
    typed = chain(stage(0), stage(1), stage(2))
    assert rearranged(typed, "up-stage-1").stages == (stage(1), stage(0), stage(2))
    assert rearranged(typed, "down-stage-1").stages == (stage(0), stage(2), stage(1))
    assert rearranged(typed, "drop-stage-0").stages == (stage(1), stage(2))
    assert rearranged(typed, "add-stage").stages[3:] == (TypedChainStage(),)
    more = rearranged(typed, "add-person-1").stages[1]
    assert more.people == (*slots(1), TypedSlot())
    assert rearranged(chain(more), "drop-person-0-0").stages[0].people == (TypedSlot(),)
    assert (
        rearranged(chain(stage(0, kind="sign")), "add-person-0").stages[0].people[1].kind == "sign"
    )


@given(
    st.sampled_from(["up", "down", "drop", "add", "x"]),
    st.sampled_from(["stage", "person", ""]),
    st.lists(st.sampled_from(["0", "1", "9", "-", "a", "٣", "99999"]), max_size=3),
)
def test_no_button_breaks_the_form(word: str, what: str, numbers: list[str]) -> None:
    typed = chain(stage(0), stage(1))
    after = rearranged(typed, "-".join([word, what, *numbers]))
    assert 1 <= len(after.stages) <= 3


def test_a_full_chain_takes_no_more() -> None:
    full = chain(*[stage(0)] * MAX_CHAIN_STAGES)
    assert rearranged(full, "add-stage") == full
    crowd = chain(TypedChainStage(people=(TypedSlot(),) * MAX_STAGE_PEOPLE))
    assert rearranged(crowd, "add-person-0") == crowd


def test_a_long_chain_shows_the_stages_that_somebody_works_on() -> None:
    assert open_stages(3, "save", ()) == {0, 1, 2}
    assert open_stages(200, "", ()) == set()
    for action, shown in (
        ("open-stage-7", {7}),
        ("add-stage", {199}),
        ("add-person-3", {3}),
        ("up-stage-5", {4}),
        ("down-stage-5", {6}),
        ("drop-stage-5", set()),
        ("show", set()),
        ("open-stage-x", {0}),
    ):
        assert open_stages(200, action, ()) == shown
    before = ("7", "250", "x", "")
    for action, shown in (
        ("show", {7}),
        ("save", {7}),
        ("add-recipient", {7}),
        ("open-stage-3", {3}),
        ("drop-stage-7", set()),
    ):
        assert open_stages(200, action, (), before) == shown
    wrong = ("stages-12-days", "stages-13-people-0-member", "name", "recipients-0-member")
    assert open_stages(200, "save", wrong) == {12, 13}
