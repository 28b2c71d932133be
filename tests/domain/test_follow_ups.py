"""Contracts that follow another: what is taken over, and what is left open."""

from dataclasses import replace
from datetime import date

import pytest

from domain.deals import Deal, Relation
from domain.drafts import WANTED, TypedDraft, TypedPerson
from domain.follow_ups import Reached, follow_up, title_after, with_last
from domain.kinds import Language

TARO = TypedPerson("山田 太郎", "taro@example.jp", "山田組", key="a" * 8, code="$argon2id$x")
BEFORE = TypedDraft(
    title="清掃業務委託契約書", message="ご確認ください", amount="5", people=(TARO, TypedPerson())
)
DEAL = Deal(
    made_on=date(2026, 4, 1),
    amount=1_200_000,
    partner="株式会社山田組",
    partner_code="A-1",
    kind="委託",
    contract_number="8-12",
    begins_on=date(2026, 4, 1),
    ends_on=date(2027, 3, 31),
    renews=True,
    notice_days=90,
    retention_years=20,
    relation="belongs",
    earlier="9999999999",
)


def after(relation: Relation) -> TypedDraft:
    return follow_up(BEFORE, DEAL, "1234567890", relation, language=Language.JA)


@pytest.mark.parametrize("relation", [Relation.AMENDS, Relation.MAIN, Relation.RENEWS])
def test_people_kind_and_link_are_taken_over_and_codes_are_not(relation: Relation) -> None:
    typed = after(relation)
    assert [(one.name, one.mail, one.code) for one in typed.people] == [
        ("山田 太郎", "taro@example.jp", WANTED)
    ]
    assert (typed.contract_kind, typed.message) == ("委託", "")
    deal = typed.deal
    assert (deal.relation, deal.earlier, deal.made_on) == (relation.value, "1234567890", "")
    assert (deal.partner, deal.partner_code, deal.contract_number) == ("株式会社山田組", "A-1", "")
    assert deal.retention_years == "20"


def test_amount_and_term_are_taken_over_where_they_stay_the_same() -> None:
    terms = {
        one: (typed.amount, typed.deal.begins_on, typed.deal.ends_on, typed.deal.notice_days)
        for one in (Relation.AMENDS, Relation.MAIN, Relation.RENEWS)
        if (typed := after(one))
    }
    assert terms == {
        Relation.AMENDS: ("", "", "", ""),
        Relation.MAIN: ("1200000", "2026-04-01", "2027-03-31", "90"),
        Relation.RENEWS: ("", "2027-04-01", "", "90"),
    }


@pytest.mark.parametrize(
    ("title", "relation", "found"),
    [
        ("清掃業務委託契約書", Relation.AMENDS, "清掃業務委託変更契約書"),
        ("覚書", Relation.AMENDS, "覚書（変更契約）"),
        ("校舎建設工事請負仮契約書", Relation.MAIN, "校舎建設工事請負本契約書"),
        ("工事請負契約書", Relation.MAIN, "工事請負契約書（本契約）"),
        ("清掃業務委託契約書", Relation.RENEWS, "清掃業務委託契約書"),
        ("あ" * 200, Relation.AMENDS, "あ" * 200),
    ],
)
def test_the_title_says_what_it_is(title: str, relation: Relation, found: str) -> None:
    assert title_after(title, relation, Language.JA) == found


def test_who_got_chosen_documents_does_not_get_everything_next_time() -> None:
    chosen = "0198f2f0-0000-7000-8000-000000000001"
    before = replace(BEFORE, people=(TARO, replace(TARO, kind="recipient", documents=chosen)))
    made = follow_up(before, DEAL, "1", Relation.AMENDS, language=Language.JA)
    assert [one.documents for one in made.people] == ["", chosen]


def test_addresses_and_numbers_are_the_last_ones_where_it_is_certain_whose_they_are() -> None:
    asked = replace(TARO, smscode="1", phone="090-1234-5678")
    seat = ("山田 太郎", "counterparty", "signer")
    last = Reached(seat, "new@example.jp", "+819012345679")
    found = with_last((asked,), [last])[0]
    assert (found.mail, found.phone) == ("new@example.jp", "+819012345679")
    same = with_last((asked,), [replace(last, phone="+819012345678")])[0]
    assert same.phone == "090-1234-5678"
    for people, reached in (
        ((asked,), [last, replace(last, mail="other@example.jp")]),
        ((asked, replace(asked, mail="other@example.jp")), [last]),
        ((asked,), [replace(last, seat=(seat[0], "own", seat[2]))]),
        ((asked,), [replace(last, seat=(*seat[:2], "recipient"))]),
    ):
        assert with_last(people, reached) == people


def test_a_contract_from_elsewhere_has_a_row_for_its_partner() -> None:
    empty = follow_up(TypedDraft(people=()), DEAL, "1", Relation.RENEWS, language=Language.JA)
    assert empty.people == (TypedPerson(company="株式会社山田組"),)
