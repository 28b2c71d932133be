"""署名権限: what an entry reaches, what is wrong with a form, and what a chain's check says."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from domain.chain_conditions import Condition, Facts
from domain.chain_slots import ChainSlot
from domain.chains import ChainStage
from domain.forms import FormProblems
from domain.kinds import SlotKind, StageRule
from domain.mandates import (
    CheckedMandate,
    TypedEnding,
    TypedMandate,
    chain_gaps,
    check_ending,
    check_mandate,
    lacking,
    limits_words,
)

TODAY = date(2026, 11, 29)
WHO = uuid4()


def mandate(most: int | None = None, *kinds: str) -> CheckedMandate:
    return CheckedMandate(WHO, "契約担当課長", TODAY, None, most, kinds, "契約規則第5条")


@pytest.mark.parametrize(
    ("held", "facts", "why"),
    [
        ([mandate()], Facts(), ""),
        ([mandate(1000)], Facts(1000), ""),
        ([mandate(1000)], Facts(1001), "1,000円までで、取引金額は1,001円"),
        ([mandate(1000)], Facts(), "取引金額が入力されていません"),
        ([mandate(1000), mandate(5000)], Facts(4000), ""),
        ([mandate(None, "工事")], Facts(1, " 工 事"), ""),
        ([mandate(None, "工事")], Facts(1, "委託"), "種類は工事で、この契約の種類は「委託」"),
        ([mandate(None, "工事")], Facts(1), "種類は入力されていません"),
        ([mandate(9, "工事"), mandate(99, "委託")], Facts(50, "工事"), "9円まで"),
        ([], Facts(1), "今日有効な署名権限がありません"),
    ],
)
def test_an_entry_reaches_its_amounts_and_kinds(
    held: list[CheckedMandate], facts: Facts, why: str
) -> None:
    found = lacking(held, facts)
    assert (found is None) == (why == "")
    assert found is None or (why in found.ja and found.en)


def typed(**changes: str) -> TypedMandate:
    values = {
        "member": str(WHO), "title": "市長職務代理者", "begins_on": "2026-04-01", "ends_on": "",
        "most": "", "kinds": "", "basis": "決裁第12号",
    }  # fmt: skip
    return TypedMandate(**(values | changes))


def test_a_form_becomes_an_entry_whose_hash_tells_it_from_others() -> None:
    one = check_mandate(typed(most="１,000円", kinds="工事、委託"), {WHO}, TODAY)
    assert (one.most, one.kinds, one.ends_on) == (1000, ("工事", "委託"), None)
    assert limits_words(one).ja == "1,000円まで、種類：工事・委託"
    other = check_mandate(typed(most="1001", kinds="工事、委託"), {WHO}, TODAY)
    assert one.sha256 != other.sha256


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"member": ""}, "member"),
        ({"member": str(uuid4())}, "member"),
        ({"title": " "}, "title"),
        ({"begins_on": ""}, "begins_on"),
        ({"ends_on": "2026-03-31"}, "ends_on"),
        ({"ends_on": "2026-11-28"}, "ends_on"),
        ({"most": "-1"}, "most"),
        ({"basis": ""}, "basis"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(changes: dict[str, str], field: str) -> None:
    with pytest.raises(FormProblems) as found:
        check_mandate(typed(**changes), {WHO}, TODAY)
    assert set(found.value.problems) == {field}


@pytest.mark.parametrize(
    ("ending", "field"),
    [
        (TypedEnding("", "", "異動"), "when"),
        (TypedEnding("now", "", ""), "reason"),
        (TypedEnding("day", "", "異動"), "last_day"),
        (TypedEnding("day", "2026-11-28", "異動"), "last_day"),
        (TypedEnding("day", "2027-03-31", "異動"), "last_day"),
    ],
)
def test_an_end_is_today_or_later_and_before_the_present_one(
    ending: TypedEnding, field: str
) -> None:
    with pytest.raises(FormProblems) as found:
        check_ending(ending, date(2027, 3, 31), TODAY)
    assert set(found.value.problems) == {field}
    assert check_ending(TypedEnding("day", "2026-11-29", "異動"), None, TODAY).last_day == TODAY


def stage(
    *, below: int | None = None, kinds: tuple[str, ...] = (), sign: bool = True
) -> ChainStage:
    kind = SlotKind.SIGN if sign else SlotKind.APPROVE
    slots = (ChainSlot(kind, WHO),)
    condition = Condition(None, below, kinds)
    return ChainStage("", StageRule.ALL, 1, None, slots, condition)


@pytest.mark.parametrize(
    ("asked", "held", "said"),
    [
        (stage(), [mandate()], ""),
        (stage(), [mandate(1000)], "1,000円まで"),
        (stage(below=1001), [mandate(1000)], ""),
        (stage(below=1002), [mandate(1000)], "1,000円まで"),
        (stage(kinds=("工事",)), [mandate(None, "工事")], ""),
        (stage(kinds=("工事", "委託")), [mandate(None, "工事")], "工事に限られています"),
        (stage(), [], "今日有効な署名権限がありません"),
        (stage(sign=False), [], ""),
    ],
)
def test_a_chain_says_which_signer_could_not_sign_everything(
    asked: ChainStage, held: list[CheckedMandate], said: str
) -> None:
    known: dict[UUID, list[CheckedMandate]] = {WHO: held} if held else {}
    gaps = chain_gaps(asked, known)
    assert [member for member, _ in gaps] == ([WHO] if said else [])
    assert all(said in why.ja for _, why in gaps)
