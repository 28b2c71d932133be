"""Mobile numbers as people type them, and what never becomes one."""

import pytest

from domain.draft_check import check_person
from domain.drafts import TypedPerson
from domain.forms import FormProblems
from domain.kinds import ParticipantKind
from domain.phones import (
    BAD_PHONE,
    NO_PHONE,
    NOT_MOBILE,
    is_e164,
    masked_phone,
    read_mobile,
    shown_phone,
)


@pytest.mark.parametrize(
    "typed",
    [
        "090-1234-5678",
        "09012345678",
        "090 1234 5678",
        "０９０−１２３４−５６７８",
        "０９０ー１２３４ー５６７８",
        "　090－1234－5678　",
        "(090)1234-5678",
        "+81 90 1234 5678",
        "＋８１９０１２３４５６７８",
        "+81 (0)90-1234-5678",
    ],
)
def test_a_japanese_number_is_read_however_it_is_typed(typed: str) -> None:
    assert read_mobile(typed) == "+819012345678"


def test_numbers_of_other_countries_begin_with_a_plus() -> None:
    assert read_mobile("+44 7911 123456") == "+447911123456"
    assert read_mobile("+1 202 555 0143") == "+12025550143"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", NO_PHONE),
        ("　", NO_PHONE),
        ("090-1234-567", BAD_PHONE),
        ("06-6123-4567", NOT_MOBILE),
        ("050-1234-5678", NOT_MOBILE),
        ("020-1234-5678", NOT_MOBILE),
        ("0120-123-456", NOT_MOBILE),
        ("090ABCDEFGH", BAD_PHONE),  # a keypad's letters
        ("tel:090-1234-5678", BAD_PHONE),
        ("090-1234-5678;ext=9", BAD_PHONE),
        ("090-1234-5678\r\nTo: +819000000000", BAD_PHONE),
        ("\u202e090-1234-5678", BAD_PHONE),
        ("090\u200b-1234-5678", BAD_PHONE),
        ("〇九〇一二三四五六七八", BAD_PHONE),
        ("٠٩٠١٢٣٤٥٦٧٨", BAD_PHONE),
        ("090-1234-5678,090-8765-4321", BAD_PHONE),
        ("0" * 10_000, BAD_PHONE),
        ("110", BAD_PHONE),
    ],
)
def test_what_can_get_no_sms_is_said_in_words(typed: str, problem: object) -> None:
    assert read_mobile(typed) is problem


def test_only_a_checked_number_is_handed_to_a_provider() -> None:
    assert is_e164("+819012345678")
    for text in (
        "09012345678",
        "+819012345678\n",
        "+81\r\n90",
        "",
        "+0",
        "+81９０１２３４５６７８",
    ):
        assert not is_e164(text)


def test_evidence_keeps_the_last_digits_and_the_sender_sees_the_number() -> None:
    assert masked_phone("+819012345678") == "****5678"
    assert shown_phone("+819012345678") == "090-1234-5678"
    assert shown_phone("+447911123456") == "+44 7911 123456"


PERSON = TypedPerson("山田", "y@example.jp", "山田組", smscode="1", phone="090-1234-5678")


def test_the_drafts_person_has_the_number_only_where_sms_is_chosen() -> None:
    assert check_person(PERSON, "p").phone == "+819012345678"
    unchosen = TypedPerson("山田", "y@example.jp", "山田組", phone="nonsense")
    assert check_person(unchosen, "p").phone == ""
    reader = TypedPerson(
        "山田",
        "y@example.jp",
        "山田組",
        kind=ParticipantKind.RECIPIENT.value,
        smscode="1",
        phone="090-1234-5678",
        appcode="1",
    )
    checked = check_person(reader, "p")
    assert (checked.phone, checked.app_code) == ("", False)


def test_a_wrong_number_is_told_at_its_own_field() -> None:
    wrong = TypedPerson("山田", "y@example.jp", "山田組", smscode="1", phone="03-1234-5678")
    with pytest.raises(FormProblems) as found:
        check_person(wrong, "people-0")
    assert found.value.problems == {"people-0-phone": NOT_MOBILE}
