"""Conditions of stages: when one is asked, why it is not, and what a whole chain lacks."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain_checks import asked, asks_himself, findings
from domain.chain_conditions import Condition, Facts, condition_of, condition_words, missing
from domain.chain_finding import Finding
from domain.chain_seating import seats_of
from domain.chain_seats import Colleague, Sender, Staff
from domain.chain_slots import ChainSlot, TypedSlot
from domain.chains import (
    ChainStage,
    TypedChain,
    TypedChainStage,
    check_chain,
    kept_stages,
    typed_chain,
)
from domain.forms import FormProblems
from domain.kinds import SlotKind, StageRule

CHIEF, HEAD, MAYOR = (uuid4() for _ in range(3))
PEOPLE = {
    CHIEF: Colleague("係長", active=True, department="契約課"),
    HEAD: Colleague("部長", active=True, department="総務部"),
    MAYOR: Colleague("市長", active=True),
}


def stage(member: UUID, kind: str = "approve", **when: object) -> ChainStage:
    return ChainStage(
        "", StageRule.ALL, 1, None, (ChainSlot(SlotKind(kind), member),),
        Condition(**when),  # type: ignore[arg-type]
    )  # fmt: skip


def said(*stages: ChainStage, people: dict[UUID, Colleague] | None = None) -> list[Finding]:
    return list(findings(stages, Staff(PEOPLE if people is None else people)))


@pytest.mark.parametrize(
    ("when", "facts", "unmet"),
    [
        (Condition(least=1_000_000), Facts(999_999), 1),
        (Condition(least=1_000_000), Facts(1_000_000), 0),
        (Condition(below=1_000_000), Facts(999_999), 0),
        (Condition(below=1_000_000), Facts(1_000_000), 1),
        (Condition(least=1), Facts(None), 1),
        (Condition(kinds=("工事 請負",)), Facts(kind="工事請負"), 0),
        (Condition(kinds=("ＩＴ",)), Facts(kind="it"), 0),
        (Condition(kinds=("工事",)), Facts(kind="委託"), 1),
        (Condition(kinds=("工事",)), Facts(), 1),
        (Condition(departments=("総務部",)), Facts(department=""), 1),
        (Condition(least=5, kinds=("工事",), departments=("総務部",)), Facts(4, "委託", "X"), 3),
        (Condition(), Facts(), 0),
    ],
)
def test_a_condition_holds_or_says_why_not(when: Condition, facts: Facts, unmet: int) -> None:
    assert len(when.unmet(facts)) == unmet


def test_what_a_reader_is_told_has_exact_yen() -> None:
    when = Condition(least=1_000_000, below=5_000_000, kinds=("工事",))
    words = condition_words(when)
    assert words.ja == "1,000,000円以上5,000,000円未満、種類：工事"
    assert words.en == "from 1,000,000 to less than 5,000,000 yen; kind: 工事"
    [why] = Condition(least=10**15 - 1).unmet(Facts(10**15 - 2))
    assert "999,999,999,999,998円" in why.ja
    assert "999,999,999,999,999円以上" in why.ja


def test_a_draft_says_what_the_conditions_need() -> None:
    conditions = [Condition(least=1), Condition(kinds=("工事",))]
    assert set(missing(conditions, Facts())) == {"amount", "contract_kind"}
    assert set(missing(conditions, Facts(-1, "工事"))) == {"amount"}
    assert missing(conditions, Facts(0, "委託")) == {}
    assert missing([Condition(departments=("総務部",)), Condition()], Facts()) == {}


def typed(**words: str) -> TypedChain:
    row = TypedChainStage(people=(TypedSlot("approve", str(HEAD)),), **words)
    return TypedChain("標準", (row,))


def test_what_was_typed_is_kept_and_shown_again() -> None:
    form = typed(
        least="￥１，０００，０００",
        below="5000000円",
        kinds="工事, 委託、工 事",
        departments="総務部",
    )
    definition = check_chain(form, [HEAD]).definition
    [kept] = kept_stages(definition)
    assert kept.condition == Condition(1_000_000, 5_000_000, ("工事", "委託"), ("総務部",))
    [shown] = typed_chain("標準", definition).stages
    assert shown.condition == ("1,000,000", "5,000,000", "工事、委託", "総務部")
    assert "when" not in check_chain(typed(), [HEAD]).definition["stages"][0]  # type: ignore[index, operator]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({"least": "百万円"}, "least"),
        ({"least": "-5"}, "least"),
        ({"least": "5", "below": "5"}, "below"),
        ({"below": "0"}, "below"),
        ({"kinds": "あ" * 101}, "kinds"),
        ({"kinds": "、".join(str(number) for number in range(21))}, "kinds"),
        ({"departments": "\u202e"}, "departments"),
    ],
)
def test_a_condition_that_can_never_hold_is_not_kept(words: dict[str, str], name: str) -> None:
    with pytest.raises(FormProblems) as found:
        check_chain(typed(**words), [HEAD])
    assert set(found.value.problems) == {f"stages-0-{name}"}


@given(
    st.builds(
        Condition,
        st.none() | st.integers(0, 10**15), st.none() | st.integers(0, 10**15),
        st.lists(st.text(), max_size=3).map(tuple), st.lists(st.text(), max_size=3).map(tuple),
    )
)  # fmt: skip
def test_a_condition_survives_its_row(when: Condition) -> None:
    assert condition_of(when.as_json()) == when


def test_a_whole_chain_has_nothing_to_complain_about() -> None:
    assert said(stage(CHIEF), stage(HEAD, least=1_000_000), stage(MAYOR, "sign")) == []


def test_a_gap_between_amounts_is_an_error_beside_its_stage() -> None:
    [found, _unsigned] = said(stage(CHIEF, below=1_000_000), stage(HEAD, least=1_000_001))
    assert (found.stage, found.error) == (0, True)
    assert "1,000,000円以上1,000,001円未満では、承認・署名する人が誰もいません" in found.words.ja
    assert said(stage(CHIEF, "sign", below=5), stage(HEAD, "sign", least=5)) == []


def test_a_gap_at_the_end_and_at_the_beginning() -> None:
    errors = [one for one in said(stage(HEAD, "sign", least=10, below=20)) if one.error]
    [found] = errors
    assert "10円未満、20円以上" in found.words.ja
    assert "less than 10 yen, 20 yen and more" in found.words.en


def test_reviewers_do_not_fill_a_gap() -> None:
    found = said(stage(CHIEF, "confirm"), stage(HEAD, "sign", least=5))
    assert [one.error for one in found] == [True, False]


def test_a_gap_of_one_kind_names_it() -> None:
    found = said(stage(CHIEF, "sign", below=9), stage(HEAD, "sign", least=9, kinds=("工事",)))
    [error] = [one for one in found if one.error]
    assert "9円以上（種類が「工事」以外）" in error.words.ja


def test_a_chain_for_one_kind_or_department_only_is_a_warning() -> None:
    for when in ({"kinds": ("工事",)}, {"departments": ("総務部",)}):
        [found] = said(stage(HEAD, "sign", **when))
        assert not found.error
        assert "この承認ルートは使えません" in found.words.ja


def test_gaps_by_kind_and_department_are_put_together() -> None:
    both = said(stage(HEAD, "sign", kinds=("工事",)), stage(MAYOR, "sign", departments=("総務部",)))
    [found] = both
    assert "種類が「工事」以外、送信者の部署が「総務部」以外" in found.words.ja


def test_somebody_who_left_and_a_department_without_people() -> None:
    people = PEOPLE | {CHIEF: Colleague("係長", active=False, department="契約課")}
    found = said(stage(CHIEF), stage(MAYOR, "sign", departments=("契約課",)), people=people)
    errors = [(one.stage, one.error) for one in found if one.error]
    assert errors == [(0, True), (1, True)]
    assert said(stage(uuid4(), "sign"))[0].error


def test_a_higher_amount_with_fewer_stages_is_said() -> None:
    found = said(stage(CHIEF, "sign"), stage(HEAD, below=100), stage(MAYOR, least=200))
    [warning] = [one for one in found if not one.error]
    assert warning.stage == 1
    assert "100円以上" in warning.words.ja


def test_whether_the_own_side_signs_depends_on_the_amount() -> None:
    [never] = said(stage(CHIEF))
    assert not never.error
    assert never.words.ja.startswith("このルートには署名する人がいません")
    [sometimes] = said(stage(CHIEF), stage(MAYOR, "sign", least=50))
    assert sometimes.words.ja.startswith("50円未満のとき")


def test_which_stages_are_asked_and_who_approves_himself() -> None:
    stages = [stage(CHIEF), stage(HEAD, least=100), stage(MAYOR, "sign")]
    assert asked(stages, Facts(99)) == (True, False, True)
    for amount, found in ((99, []), (100, [1])):
        holding = asked(stages, Facts(amount))
        seats = seats_of(stages, holding, Staff(PEOPLE), Sender(), {})
        assert asks_himself(seats, holding, HEAD) == found


def test_many_names_are_looked_at_in_bounded_time() -> None:
    stages = [
        stage(HEAD, "sign", kinds=tuple(f"k{row}-{number}" for number in range(20)),
              departments=tuple(f"d{row}-{number}" for number in range(20)))
        for row in range(20)
    ]  # fmt: skip
    assert said(*stages)
