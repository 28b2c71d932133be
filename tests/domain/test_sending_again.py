"""A draft that came back: what its register takes from it when it is sent again."""

from dataclasses import replace

from domain.deals import Deal
from domain.sending_again import Written, merged, merged_own, said_last

FIRST = Deal(amount=100, partner="青山建設", kind="工事", notice_days=30, contract_number="1")


def test_what_the_draft_changed_is_taken_over_also_where_it_became_empty_or_nothing() -> None:
    said = replace(FIRST, amount=0, contract_number="", notice_days=None, partner="赤坂設計")
    assert merged(FIRST, said, FIRST.as_json()) == said


def test_what_was_corrected_in_the_register_stays_unless_the_draft_says_something_new() -> None:
    mended = replace(FIRST, partner="青山建設株式会社", amount=120)
    steps = [Written(by_hand=True, before=FIRST.as_json(), after=mended.as_json())]
    base = said_last(mended.as_json(), steps)
    assert base == FIRST.as_json()
    assert merged(mended, FIRST, base) == mended
    assert merged(mended, replace(FIRST, amount=90), base) == replace(mended, amount=90)


def test_only_corrections_after_the_last_sending_count() -> None:
    one, two, three = (replace(FIRST, amount=amount).as_json() for amount in (1, 2, 3))
    newest_first = [
        Written(by_hand=True, before=two, after=three),
        Written(by_hand=False, before=one, after=two),
        Written(by_hand=True, before=FIRST.as_json(), after=one),
    ]
    assert said_last(three, newest_first)["amount"] == 2


def test_own_fields_are_taken_over_alike() -> None:
    known = {"a": "1", "b": "corrected", "c": "5"}
    base = {"own:a": "1", "own:b": "typed", "own:c": "5"}
    said = {"a": "0", "b": "typed", "c": "", "d": "new"}
    assert merged_own(known, said, base) == {"a": "0", "b": "corrected", "d": "new"}
