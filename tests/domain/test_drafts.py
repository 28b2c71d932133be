"""Checking a typed draft: what may be sent, and what is said where."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deals import TypedDeal, check_deal
from domain.draft_check import check_draft
from domain.drafts import CheckedDraft, Order, TypedDraft, TypedPerson, typed_draft
from domain.forms import FormProblems
from domain.kinds import Language, ParticipantKind, PartyKind

PERSON = TypedPerson(name="山田 太郎", mail="taro@yamada.example", company="株式会社山田組")
GOOD = TypedDraft(title="契約書", people=(PERSON,))


def _problems(draft: TypedDraft) -> dict[str, str]:
    try:
        check_draft(draft)
    except FormProblems as problems:
        found = problems.problems
    else:
        found = {}
    assert all(words.ja and words.en for words in found.values())
    return {name: words.ja for name, words in found.items()}


def _person(**changes: str) -> TypedDraft:
    return replace(GOOD, people=(replace(PERSON, **changes),))


def test_a_good_draft_gets_its_types() -> None:
    draft = check_draft(replace(GOOD, title="  契約書 ", deadline_days=" ３０ ", order="parallel"))
    assert isinstance(draft, CheckedDraft)
    assert (draft.title, draft.deadline_days, draft.order) == ("契約書", 30, Order.PARALLEL)
    person = draft.people[0]
    assert (person.party, person.kind, person.language) == (
        PartyKind.COUNTERPARTY,
        ParticipantKind.SIGNER,
        Language.JA,
    )


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(GOOD, title=""), "title"),
        (replace(GOOD, title=" \u3000 "), "title"),
        (replace(GOOD, title="a" * 201), "title"),
        (replace(GOOD, title="a\r\nBcc: evil@example.jp"), "title"),
        (replace(GOOD, title="safe\u202egpj.exe"), "title"),
        (replace(GOOD, title="nul\x00"), "title"),
        (replace(GOOD, message="a" * 10_000), "message"),
        (replace(GOOD, message="bell\x07"), "message"),
        (replace(GOOD, deadline_days=""), "deadline_days"),
        (replace(GOOD, deadline_days="0"), "deadline_days"),
        (replace(GOOD, deadline_days="366"), "deadline_days"),
        (replace(GOOD, deadline_days="-1"), "deadline_days"),
        (replace(GOOD, deadline_days="1e3"), "deadline_days"),
        (replace(GOOD, deadline_days="三十"), "deadline_days"),
        (replace(GOOD, deadline_days="9" * 5000), "deadline_days"),
        (replace(GOOD, order="random"), "order"),
        (replace(GOOD, chain_id="no uuid"), "chain_id"),
        (_person(name=""), "people-0-name"),
        (_person(name="a" * 101), "people-0-name"),
        (_person(name="太郎\nX: y"), "people-0-name"),
        (_person(mail=""), "people-0-mail"),
        (_person(company=""), "people-0-company"),
        (_person(company="a" * 101), "people-0-company"),
        (_person(party="nobody"), "people-0-party"),
        (_person(kind="king"), "people-0-kind"),
        (_person(language="xx"), "people-0-language"),
        (
            replace(GOOD, people=(PERSON, replace(PERSON, mail="TARO@yamada.example"))),
            "people-1-mail",
        ),
        (
            replace(
                GOOD,
                people=tuple(replace(PERSON, mail=f"p{n}@example.jp") for n in range(51)),
            ),
            "people",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nowhere_else(draft: TypedDraft, field: str) -> None:
    assert set(_problems(draft)) == {field}


@pytest.mark.parametrize(
    "mail",
    [
        "taro",
        "taro@",
        "@example.jp",
        "taro@example",
        "taro@@example.jp",
        "taro@example.jp, jiro@example.jp",
        "taro@example.jp\r\nBcc: evil@example.jp",
        "taro yamada@example.jp",
        "<taro@example.jp>",
        "taro@example..jp",
        "ta..ro@example.jp",
        ".taro@example.jp",
        "taro.@example.jp",
        "taro@-example.jp",
        "taro@[127.0.0.1]",
        "太郎@example.jp",
        "a" * 65 + "@example.jp",
        "a@" + "b" * 250 + ".jp",
    ],
)
def test_what_is_no_address_is_refused(mail: str) -> None:
    assert set(_problems(_person(mail=mail))) == {"people-0-mail"}


@pytest.mark.parametrize(
    "mail",
    [
        "taro@example.jp",
        "taro.yamada+keiyaku@sub.example.co.jp",
        "ｔａｒｏ＠example.jp",
        " t@a.jp ",
    ],
)
def test_what_mail_programs_use_is_accepted(mail: str) -> None:
    assert _problems(_person(mail=mail)) == {}


def test_names_of_japan_and_elsewhere_are_accepted() -> None:
    for name in ("髙橋 﨑子", "邉󠄀 太郎", "O'Brien-Müller, José", "山田（契約課）", "Ng"):
        assert _problems(_person(name=name)) == {}, name


def test_only_recipients_get_some_of_the_documents() -> None:
    for kind, found in (("signer", ()), ("recipient", ("a", "b"))):
        assert check_draft(_person(kind=kind, documents="a b a")).people[-1].documents == found


def test_our_own_side_needs_no_company() -> None:
    assert _problems(_person(party="own", company="")) == {}


def test_an_untouched_row_is_left_out() -> None:
    draft = check_draft(replace(GOOD, people=(TypedPerson(), PERSON, TypedPerson(company="x"))))
    assert [person.name for person in draft.people] == ["山田 太郎"]


def test_every_problem_is_told_at_once() -> None:
    bad = TypedDraft(title="", deadline_days="x", people=(TypedPerson(name="x", mail="y"),))
    assert set(_problems(bad)) == {"title", "deadline_days", "people-0-mail", "people-0-company"}


KEYS = st.sampled_from(["title", "people", "order", "name", "mail", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(JSON)
def test_whatever_is_stored_can_be_shown_and_judged(stored: object) -> None:
    value = stored if isinstance(stored, dict) else {"people": stored}
    typed = typed_draft(value)
    assert typed_draft(typed.as_json()) == typed
    _problems(typed)


def test_the_hash_follows_every_change() -> None:
    assert GOOD.sha256 == replace(GOOD).sha256
    assert GOOD.sha256 != _person(name="別人").sha256


def test_contract_data_follow_the_registers_rules() -> None:
    """One place: what the register refuses, the draft refuses in the same words."""
    typed = TypedDeal(
        begins_on="2026/4/1", ends_on="２０２７年３月３１日", renews="yes", notice_days="90"
    )
    draft = check_draft(replace(GOOD, amount="1,200,000円", contract_kind="委託", deal=typed))
    assert draft.deal == check_deal(replace(typed, amount="1200000", kind="委託"))
    bad = TypedDeal(begins_on="2026-04-01", ends_on="2026-03-31", earlier="1234567890")
    found = _problems(replace(GOOD, contract_kind="い" * 200, deal=bad))
    assert found.keys() == {"ends_on", "relation", "contract_kind"}
    kept = replace(GOOD, deal=typed)
    assert typed_draft(kept.as_json()).deal == typed
    assert "deal" not in GOOD.as_json()
