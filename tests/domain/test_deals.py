"""取引情報 as typed, compared and searched."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deal_search import Blank, Search, Sort, TypedSearch, check_search
from domain.deals import (
    MAX_AMOUNT,
    Deal,
    TypedDeal,
    changes,
    check_deal,
    check_reason,
    evened,
)
from domain.forms import FormProblems


def problems(**typed: str) -> set[str]:
    with pytest.raises(FormProblems) as found:
        check_deal(TypedDeal(**typed))
    return set(found.value.problems)


def test_everything_may_be_left_empty() -> None:
    assert check_deal(TypedDeal()) == Deal()


def test_values_are_read_however_wide_they_were_typed() -> None:
    deal = check_deal(
        TypedDeal(
            made_on="２０２６年４月１日", amount="１，２３４，５６７円", partner=" 青山建設 ",
            begins_on="2026/04/01", ends_on="2027-3-31", renews="yes", notice_days="９０",
        )
    )  # fmt: skip
    assert deal.made_on == date(2026, 4, 1)
    assert deal.amount == 1_234_567
    assert deal.partner == "青山建設"
    assert (deal.begins_on, deal.ends_on) == (date(2026, 4, 1), date(2027, 3, 31))
    assert deal.renews
    assert deal.notice_days == 90


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("¥1,000", 1000), ("￥１０００", 1000), ("-500", -500), ("▲500", None), ("0", 0), ("−３", -3)],
)
def test_amounts(typed: str, amount: int | None) -> None:
    if amount is None:
        assert problems(amount=typed) == {"amount"}
    else:
        assert check_deal(TypedDeal(amount=typed)).amount == amount


@pytest.mark.parametrize("typed", ["1,23", "12.5", "1e6", "百万", "1" * 17, "1" * 5000, "=1+1"])
def test_what_is_no_amount_is_said(typed: str) -> None:
    assert problems(amount=typed) == {"amount"}


@pytest.mark.parametrize("typed", ["2026-02-30", "2026", "昨日", "0000-01-01", "2026-13-01"])
def test_what_is_no_day_is_said(typed: str) -> None:
    assert problems(made_on=typed) == {"made_on"}


def test_a_term_does_not_end_before_it_begins() -> None:
    assert problems(begins_on="2026-04-01", ends_on="2026-03-31") == {"ends_on"}


@pytest.mark.parametrize("days", ["-1", "3651", "九十", "1.5", "99999999999"])
def test_days_of_notice(days: str) -> None:
    assert problems(notice_days=days) == {"notice_days"}


def test_names_are_one_line_of_bounded_length() -> None:
    long = {"partner": "あ" * 201, "partner_code": "9" * 51, "kind": "a" * 101}
    assert problems(**long, contract_number="1\n2") == {*long, "contract_number"}


def test_a_reason_is_needed() -> None:
    assert check_reason(" 金額の誤り ") == "金額の誤り"
    with pytest.raises(FormProblems):
        check_reason(" \n ")


@given(
    st.builds(
        Deal,
        made_on=st.none() | st.dates(date(1000, 1, 1)),
        amount=st.none() | st.integers(-MAX_AMOUNT, MAX_AMOUNT),
        partner=st.sampled_from(["", "青山建設", "A & B"]),
        renews=st.booleans(),
        notice_days=st.none() | st.integers(0, 3650),
    )
)
def test_the_form_of_a_deal_is_that_deal(deal: Deal) -> None:
    assert check_deal(deal.as_typed()) == deal
    assert changes(deal.as_json(), deal.as_json()) == ()


def test_changes_are_named_in_the_order_of_the_form() -> None:
    before = Deal(amount=1, partner="甲")
    after = Deal(made_on=date(2026, 4, 1), amount=0, partner="甲")
    found = changes(before.as_json(), after.as_json())
    assert [(one.name, one.before, one.after) for one in found] == [
        ("made_on", None, "2026-04-01"),
        ("amount", 1, 0),
    ]


@pytest.mark.parametrize(
    "name",
    ["株式会社青山建設", "(株)青山建設", "㈱青山建設", "青山建設 株式会社", "青山建設（株）"],
)
def test_a_companys_form_and_its_blanks_do_not_count(name: str) -> None:
    assert evened(name) == evened("青山建設")


@pytest.mark.parametrize(
    "name",
    [
        "{0}", "（公財）{0}", "公益財団法人 {0}", "(一財){0}", "(財){0}", "(公社){0}",
        "（一社）{0}", "一般社団法人{0}", "(同){0}", "合同会社{0}", "(社福){0}",
        "社会福祉法人{0}", "(医社){0}",
        "医療法人社団{0}", "医療法人財団{0}", "（NPO）{0}", "NPO法人{0}",
        "認定ＮＰＯ法人{0}", "(特非){0}",
        "特定非営利活動法人{0}", "(独){0}", "（地独）{0}", "地方独立行政法人{0}", "宗教法人{0}",
        "{0} Limited", "{0} Company Limited", "{0}, Inc.", "{0} Incorporated", "{0} Co., Ltd.",
    ],
)  # fmt: skip
def test_every_form_leaves_the_name(name: str) -> None:
    for known in ("日本協会", "Acme"):
        assert evened(name.format(f" {known}")) == evened(known)


def test_old_shapes_of_letters_do_not_count() -> None:
    assert evened("髙﨑 邉") == evened("高崎 辺")
    assert evened("葛󠄀城") == evened("葛城")
    assert evened("ヴァレオ・ｳﾞｨ") == evened("バレオ ビ")
    assert evened("斉藤") != evened("斎藤")


def test_width_case_and_kana_do_not_count() -> None:
    assert evened("ｶﾌﾞｷ ﾔﾏﾀﾞ") == evened("かぶき・やまだ") == evened("カブキヤマダ")
    assert evened("ACME Co., Ltd.") == evened("Ａｃｍｅ") == "acme"
    assert evened("Incubate K.K.") == "incubate"


def test_a_name_that_is_only_a_form_is_still_found() -> None:
    assert evened("株式会社") == "株式会社"
    assert evened("") == ""


@given(st.text(max_size=50))
def test_evening_twice_changes_nothing_that_a_search_would_miss(name: str) -> None:
    assert evened(name) in evened(name)
    assert not any(character.isspace() for character in evened(name))


# -- searching ---------------------------------------------------------------------------------


def wrong(blank: tuple[str, ...] = (), **typed: Any) -> set[str]:
    with pytest.raises(FormProblems) as found:
        check_search(TypedSearch(**typed, blank=blank))
    return set(found.value.problems)


def test_no_condition_finds_everything() -> None:
    assert check_search(TypedSearch()) == Search()


def test_conditions_of_a_url() -> None:
    values = {
        "since": "2026-04-01", "least": "1,000", "partner": "青山", "sort": "largest", "evil": "1",
    }  # fmt: skip
    typed = TypedSearch.read(values, ["made_on"][:0])
    search = check_search(typed)
    assert (search.since, search.least, search.partner) == (date(2026, 4, 1), 1000, "青山")
    assert search.sort is Sort.LARGEST
    assert set(typed.as_query()) == {"since", "least", "partner", "sort"}


def test_a_range_that_is_turned_round_is_said() -> None:
    assert wrong(since="2026-04-02", until="2026-04-01") == {"until"}
    assert wrong(least="2", most="1") == {"most"}
    assert check_search(TypedSearch(least="0", most="0")).most == 0


def test_what_was_not_entered_lies_in_no_range() -> None:
    assert wrong(("made_on",), since="2026-04-01") == {"since"}
    assert wrong(("amount",), most="0") == {"least"}
    assert wrong(("partner",), partner="青山") == {"partner"}
    assert wrong(("kind",), kind="覚書") == {"kind"}
    search = check_search(TypedSearch(since="2026-04-01", blank=("amount", "nonsense")))
    assert search.blank == {Blank.AMOUNT}


def test_an_unknown_order_is_the_usual_one() -> None:
    assert check_search(TypedSearch(sort="; drop table")).sort is Sort.NEWEST


def test_an_earlier_contract_is_named_with_what_this_one_is_to_it() -> None:
    deal = check_deal(TypedDeal(relation="amends", earlier="１２３４５-６７８９０"))
    assert (deal.relation, deal.earlier) == ("amends", "1234567890")
    assert problems(earlier="1234567890") == {"relation"}
    assert problems(earlier="1234567890", relation="father") == {"relation"}
    assert problems(relation="renews") == {"earlier"}
    assert problems(relation="renews", earlier="12345678901") == {"earlier"}
