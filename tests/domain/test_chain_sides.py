"""The place of the other side in a chain, and gates: read, kept, moved, and judged."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from domain.chain_checks import asked, findings
from domain.chain_conditions import Condition, Facts
from domain.chain_finding import Finding
from domain.chain_rearranging import open_stages, rearranged
from domain.chain_seating import seats_of
from domain.chain_seats import Colleague, Sender, Staff
from domain.chain_slots import ChainSlot, TypedSlot
from domain.chains import (
    MAX_CHAIN_STAGES,
    OTHERS,
    ChainStage,
    TypedChain,
    TypedChainStage,
    check_chain,
    kept_stages,
    typed_chain,
)
from domain.forms import FormProblems
from domain.kinds import Role, SlotKind, StageRule
from domain.stages import ANY_CLERK, Gate, Opener

CHIEF, MAYOR, CLERK = (uuid4() for _ in range(3))
PEOPLE = {
    CHIEF: Colleague("課長", active=True, roles=frozenset({"approver"})),
    MAYOR: Colleague("市長", active=True, roles=frozenset({"viewer"})),
    CLERK: Colleague("担当", active=True, roles=frozenset({"clerk"})),
}
MARK = TypedChainStage(kind="others", people=())
GATE = TypedChainStage(kind="gate", opener=f"member:{CLERK}", least="150,000,000", people=())


def typed(who: UUID, kind: str = "approve", **words: str) -> TypedChainStage:
    return TypedChainStage(people=(TypedSlot(kind, str(who)),), **words)


def chain(*stages: TypedChainStage) -> TypedChain:
    return TypedChain("標準", stages)


WHOLE = chain(typed(CHIEF, name="課長承認"), MARK, GATE, typed(MAYOR, "sign", least="1,000,000"))


def problems(*stages: TypedChainStage) -> dict[str, str]:
    with pytest.raises(FormProblems) as found:
        check_chain(chain(*stages), PEOPLE)
    return {name: words.ja for name, words in found.value.problems.items()}


def stage(who: UUID, kind: str = "approve", **when: object) -> ChainStage:
    people = (ChainSlot(SlotKind(kind), who),)
    return ChainStage("", StageRule.ALL, 1, None, people, Condition(**when))  # type: ignore[arg-type]


def gate(opener: Opener = ANY_CLERK, **when: object) -> ChainStage:
    condition = Condition(**when)  # type: ignore[arg-type]
    return ChainStage("", StageRule.ALL, 0, None, (), condition, gate=Gate("議決", opener))


def said(*stages: ChainStage, people: dict[UUID, Colleague] = PEOPLE) -> list[Finding]:
    return list(findings(stages, Staff(people)))


def test_the_other_side_and_a_gate_are_kept_as_they_are_typed() -> None:
    checked = check_chain(WHOLE, PEOPLE)
    assert checked.stages[1] == OTHERS
    assert checked.stages[2].gate == Gate("議決", Opener(member_id=CLERK))
    assert [one.asks for one in checked.stages] == [True, False, False, True]
    assert [one.need for one in checked.stages] == [1, 0, 0, 1]
    assert kept_stages(checked.definition) == checked.stages
    assert typed_chain("標準", checked.definition) == WHOLE


def test_the_other_side_has_neither_people_nor_a_condition() -> None:
    odd = replace(MARK, least="5", name="x", people=(TypedSlot("sign", "nobody"),))
    assert check_chain(chain(typed(CHIEF), odd), PEOPLE).stages[1] == OTHERS


def test_rows_of_before_are_stages_with_people_and_theirs_stay_as_they_were() -> None:
    plain = check_chain(chain(typed(CHIEF)), PEOPLE)
    assert plain.definition["stages"] == [
        {"name": "", "rule": "all", "need": 1, "days": None,
         "slots": [{"kind": "approve", "member_id": str(CHIEF)}]}
    ]  # fmt: skip
    assert kept_stages(plain.definition)[0].asks


def test_what_is_wrong_is_said_beside_its_field() -> None:
    assert "1つだけです" in problems(typed(CHIEF), MARK, MARK)["stages-2-kind"]
    assert set(problems(MARK, GATE)) == {"stages"}
    assert set(problems(typed(CHIEF), replace(MARK, kind="both"))) == {
        "stages-1-kind", "stages-1-rule",
    }  # fmt: skip
    assert set(problems(typed(CHIEF), replace(GATE, opener="role:operator"))) == {"stages-1-opener"}
    assert (
        "もう利用者ではありません"
        in problems(typed(CHIEF), replace(GATE, opener=f"member:{uuid4()}"))["stages-1-opener"]
    )
    assert set(problems(typed(CHIEF), replace(GATE, title="あ" * 61))) == {"stages-1-title"}
    assert set(problems(typed(CHIEF), replace(GATE, least="1", below="1"))) == {"stages-1-below"}


def test_buttons_add_and_move_them_and_the_other_side_only_once() -> None:
    both = rearranged(rearranged(chain(typed(CHIEF)), "add-gate"), "add-others")
    assert [one.kind for one in both.stages] == ["people", "gate", "others"]
    assert both.stages[1].opener == "role:clerk"
    assert rearranged(both, "add-others") == both
    moved = rearranged(both, "up-stage-2")
    assert [one.kind for one in moved.stages] == ["people", "others", "gate"]
    assert check_chain(moved, PEOPLE).stages[2].gate == Gate("議決", ANY_CLERK)
    full = chain(*[typed(CHIEF)] * MAX_CHAIN_STAGES)
    assert rearranged(full, "add-gate") == full
    assert open_stages(20, "add-others", ()) == {19}


def test_a_gate_that_nobody_can_open_keeps_a_chain_from_being_offered() -> None:
    assert said(stage(CHIEF, "sign"), gate()) == []
    [nobody] = said(stage(CHIEF, "sign"), gate(Opener(role=Role.ADMIN)))
    assert (nobody.stage, nobody.error, nobody.field) == (1, True, "stages-1-opener")
    [other_role] = said(stage(CHIEF, "sign"), gate(Opener(member_id=MAYOR)))
    assert "市長さんは、番号と日付を登録できなくなりました" in other_role.words.ja
    left = PEOPLE | {CLERK: replace(PEOPLE[CLERK], active=False)}
    assert [one.error for one in said(stage(CHIEF, "sign"), gate(), people=left)] == [True]


def test_stages_behind_the_other_side_count_like_those_before_it() -> None:
    assert said(stage(CHIEF), OTHERS, gate(least=5), stage(MAYOR, "sign")) == []
    [unsigned] = said(stage(CHIEF), OTHERS, stage(MAYOR, "sign", least=100))
    assert "100円未満のとき、このルートには署名する人がいません" in unsigned.words.ja


def test_a_gate_and_the_other_side_approve_nothing() -> None:
    texts = [one.words.ja for one in said(stage(CHIEF, "sign", least=100), OTHERS, gate())]
    assert any("承認・署名する人が誰もいません" in text for text in texts)


def test_the_other_side_asked_before_anybody_decided_is_pointed_at() -> None:
    [early] = said(OTHERS, stage(CHIEF), stage(MAYOR, "sign"))
    assert (early.stage, early.error) == (0, False)
    assert early.words.ja.startswith("相手方より前に")
    [partly] = said(stage(CHIEF, least=100), OTHERS, stage(MAYOR, "sign"))
    assert partly.stage == 1
    assert partly.words.ja.startswith("100円未満のとき、相手方より前に")
    assert "less than 100 yen" in partly.words.en
    confirmed = said(gate(), OTHERS, stage(CHIEF, "confirm"))
    assert [one.stage for one in confirmed] == [None, 1]


def test_conditions_skip_a_gate_and_never_the_other_side() -> None:
    stages = check_chain(WHOLE, PEOPLE).stages
    assert asked(stages, Facts(999_999)) == (True, True, False, False)
    assert asked(stages, Facts(150_000_000)) == (True, True, True, True)
    seats = seats_of(stages, [True] * 4, Staff(PEOPLE), Sender(), {})
    assert [[seat.people for seat in row] for row in seats] == [[(CHIEF,)], [], [], [(MAYOR,)]]


def seated(*stages: ChainStage) -> list[tuple[tuple[UUID, ...], str]]:
    """Of each stage's first place its people, and why nothing can be sent."""
    found = seats_of(stages, [True] * len(stages), Staff(PEOPLE), Sender(), {})
    return [(row[0].people, row[0].lacks.ja if row[0].lacks else "") if row else ((), "")
            for row in found]  # fmt: skip


@pytest.mark.parametrize(
    ("early", "late"), [("approve", "sign"), ("approve", "approve"), ("sign", "confirm")]
)
def test_what_is_done_before_the_other_side_is_not_done_by_what_follows(
    early: str, late: str
) -> None:
    """The head decides, the vendor signs, the head signs: he is asked twice."""
    stages = stage(MAYOR, early), OTHERS, stage(MAYOR, late)
    assert seated(*stages) == [((MAYOR,), ""), ((), ""), ((MAYOR,), "")]
    assert not [one for one in said(*stages) if "市長さんは" in one.words.ja]


def test_a_member_may_be_named_once_before_and_once_behind_the_other_side() -> None:
    both = chain(typed(MAYOR), MARK, typed(MAYOR, "sign"))
    assert [stage.people[0].member_id for stage in check_chain(both, PEOPLE).stages[::2]] == [
        MAYOR, MAYOR,
    ]  # fmt: skip
    for rows in (
        (typed(MAYOR), typed(MAYOR), MARK, typed(CHIEF)),
        (typed(CHIEF), MARK, typed(MAYOR), typed(MAYOR)),
        (typed(MAYOR), typed(MAYOR)),
    ):
        [said] = problems(*rows).values()
        assert said.startswith("この人は、このルートにもう入っています")
    receiving = TypedChain("標準", both.stages, (TypedSlot(member=str(MAYOR)),))
    with pytest.raises(FormProblems):
        check_chain(receiving, PEOPLE)


def test_on_each_side_of_the_other_side_somebody_is_asked_once() -> None:
    stages = (
        stage(MAYOR, "confirm"), stage(MAYOR), stage(CHIEF),
        OTHERS,
        stage(MAYOR, "confirm"), stage(MAYOR, "sign"), stage(CLERK),
    )  # fmt: skip
    found = seats_of(stages, [True] * 7, Staff(PEOPLE), Sender(), {})
    assert [[seat.people for seat in row] for row in found] == [
        [()], [(MAYOR,)], [(CHIEF,)], [], [()], [(MAYOR,)], [(CLERK,)],
    ]  # fmt: skip
    elsewhere = [row[0].elsewhere.ja if row and row[0].elsewhere else "" for row in found]
    assert "段階2で依頼する" in elsewhere[0]
    assert "段階6で依頼する" in elsewhere[4]
    assert not any(seat.lacks for row in found for seat in row)


def test_a_stage_that_is_skipped_asks_nobody_on_its_side() -> None:
    stages = stage(MAYOR), OTHERS, stage(MAYOR, "sign")
    found = seats_of(stages, [False, True, True], Staff(PEOPLE), Sender(), {})
    assert found[2][0].people == (MAYOR,)


def test_a_stage_of_some_keeps_its_number_though_one_of_them_acts_behind_the_other_side() -> None:
    both = tuple(ChainSlot(SlotKind.APPROVE, who) for who in (MAYOR, CHIEF, CLERK))
    some = replace(stage(MAYOR), people=both, rule=StageRule.N_OF, need=2)
    found = seats_of((some, OTHERS, stage(MAYOR, "sign")), [True] * 3, Staff(PEOPLE), Sender(), {})
    assert [seat.people for seat in found[0]] == [(), (CHIEF,), (CLERK,)]
    assert not any(seat.lacks for seat in found[0])
    fewer = replace(some, people=both[:2], rule=StageRule.N_OF, need=1)
    found = seats_of(
        (fewer, OTHERS, stage(MAYOR, "sign"), stage(CHIEF, "sign")),
        [True] * 4, Staff(PEOPLE), Sender(), {},
    )  # fmt: skip
    assert any(seat.lacks for seat in found[0])


def test_somebody_may_stand_on_both_sides_for_other_amounts() -> None:
    stages = stage(MAYOR, below=1_000_000), OTHERS, stage(MAYOR, "sign", least=1_000_000)
    assert not [one for one in said(*stages) if "市長さんは" in one.words.ja]


def test_a_gate_that_nothing_follows_is_said() -> None:
    assert [
        one.stage for one in said(stage(CHIEF), OTHERS, gate()) if "条件待ちの後" in one.words.ja
    ] == [2]
    assert not [one for one in said(stage(CHIEF), gate()) if "条件待ちの後" in one.words.ja]
    assert not [one for one in said(stage(CHIEF), gate(), OTHERS) if "条件待ちの後" in one.words.ja]


def test_the_other_side_and_gates_have_days_of_their_own() -> None:
    timed = replace(MARK, days="5", reminders="2、4")
    patient = replace(GATE, reminders="0", days="3")
    checked = check_chain(chain(typed(CHIEF), timed, patient, typed(MAYOR, "sign")), PEOPLE)
    assert (checked.stages[1].days, checked.stages[1].reminders) == (5, (2, 4))
    assert (checked.stages[2].days, checked.stages[2].reminders) == (None, ())
    assert kept_stages(checked.definition) == checked.stages
    again = typed_chain("標準", checked.definition)
    assert (again.stages[1].days, again.stages[1].reminders) == ("5", "2、4")
    wrong = replace(MARK, days="soon", reminders="never")
    assert set(problems(typed(CHIEF), wrong)) == {"stages-1-days", "stages-1-reminders"}


def test_whom_the_other_side_is_asked_before_is_said_by_kinds_and_departments() -> None:
    """The only stage before it, or the only one that signs, is not for everything."""

    def told(*stages: ChainStage) -> list[str]:
        parts = ("相手方より前", "署名する人がいません")
        found = [one.words.ja for one in said(*stages)]
        return [one for one in found if any(part in one for part in parts)]

    early = told(stage(CHIEF, departments=("契約課",)), OTHERS, stage(MAYOR, "sign"))
    assert [one.partition("、相手方")[0] for one in early] == ["送信者の部署が「契約課」以外のとき"]
    unsigned = told(stage(CHIEF), OTHERS, stage(MAYOR, "sign", kinds=("工事",)))
    assert [one.partition("、この")[0] for one in unsigned] == ["種類が「工事」以外のとき"]
    both = told(stage(CHIEF), OTHERS, stage(MAYOR, "sign", kinds=("工事",), least=100))
    assert [one.partition("、この")[0] for one in both] == [
        "種類が「工事」以外のとき", "種類が「工事」、100円未満のとき"
    ]  # fmt: skip
    assert told(stage(CHIEF), OTHERS, stage(MAYOR, "sign")) == []
