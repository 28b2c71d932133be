"""Contacts as typed, checked and compared."""

import pytest

from domain.contact_search import ContactSearch, ContactSort, Standing
from domain.contacts import (
    CONTACT_WORDS,
    Contact,
    TypedContact,
    check_contact,
    contact_changes,
    is_corporate_number,
)
from domain.forms import FormProblems

TYPED = TypedContact(
    name="山田 太郎", kana="やまだ たろう", mail="Taro@Aoyama.example.jp", company="㈱青山建設",
    corporate_number="７０００−０１２０５０００２", partner_code="T-0012", department="総務部",
    title="部長", postal_code="〒1000001", address="東京都千代田区千代田1-1",
    phone="０３（１２３４）５６７８", language="en", note="毎年3月に更新",
)  # fmt: skip


def test_what_is_typed_is_kept_in_one_form() -> None:
    contact = check_contact(TYPED)
    assert contact.kana == "ヤマダ タロウ"
    assert contact.phone == "+81312345678"
    assert contact.postal_code == "100-0001"
    assert contact.corporate_number == "7000012050002"
    assert contact.as_typed().phone == "03-1234-5678"
    assert check_contact(contact.as_typed()) == contact
    assert set(contact.as_json()) == set(CONTACT_WORDS)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("name", " "), ("name", "山田\n太郎"), ("mail", ""), ("mail", "taro"),
        ("kana", "YAMADA"), ("phone", "12"), ("phone", "090-1234-567"), ("postal_code", "100-001"),
        ("corporate_number", "7000012050003"), ("corporate_number", "7.00001E+12"),
        ("language", "fr"), ("company", "株" * 101), ("note", "備" * 2001),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(name: str, typed: str) -> None:
    with pytest.raises(FormProblems) as found:
        check_contact(TypedContact(**(vars(TYPED) | {name: typed})))
    assert set(found.value.problems) == {name}


def test_only_name_and_address_are_demanded() -> None:
    assert check_contact(TypedContact(name="a", mail="a@example.jp")) == Contact(
        "a", "", "a@example.jp"
    )


@pytest.mark.parametrize("digits", ["7000012050002", "8000012010038", "1180301018771"])
def test_published_corporate_numbers_are_taken(digits: str) -> None:
    """国税庁, デジタル庁 ... トヨタ自動車, as the National Tax Agency publishes them."""
    assert is_corporate_number(digits)
    assert not is_corporate_number(f"{int(digits[0]) % 9 + 1}{digits[1:]}")


def test_companies_and_addresses_are_compared_evened() -> None:
    contact = check_contact(TYPED)
    other = Contact(name="山田　太郎", mail="taro@aoyama.example.jp", company="青山建設 株式会社")
    assert other.company_even == contact.company_even
    assert other.person_even == contact.person_even
    assert other.mail_even == contact.mail_even


@pytest.mark.parametrize(
    "text", ["やまだ", "ﾔﾏﾀﾞ", "青山", "（株）青山", "taro@", "T-0012", "03-1234", "青山　太郎"]
)
def test_a_search_looks_at_names_company_address_codes_and_telephone(text: str) -> None:
    terms = ContactSearch.read({"q": text}).terms
    assert terms
    assert all(term in check_contact(TYPED).searched for term in terms)


def test_a_search_is_what_its_url_says_and_nothing_worse() -> None:
    assert ContactSearch.read({"sort": "x", "standing": "y"}) == ContactSearch()
    wanted = {"q": "青山", "standing": "all", "sort": "company"}
    search = ContactSearch.read(wanted)
    assert (search.standing, search.sort) == (Standing.ALL, ContactSort.COMPANY)
    assert search.as_query() == wanted
    assert ContactSearch().as_query() == {}


def test_changes_name_what_differs() -> None:
    before = Contact(name="a", mail="a@example.jp")
    after = Contact(name="b", mail="a@example.jp", title="部長")
    names = [one.name for one in contact_changes(before.as_json(), after.as_json())]
    assert names == ["name", "title"]
    assert contact_changes({}, before.as_json())[0].after == "a"
