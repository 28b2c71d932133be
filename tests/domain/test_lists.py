"""What an address asks of a list: read, said again, and turned by a heading."""

import pytest

from domain.lists import Asked, Sorting, Usual, page_number

USUAL: Usual = {"name": False, "newest": True}


@pytest.mark.parametrize(
    ("values", "key", "down"),
    [
        ({}, "name", False),
        ({"sort": "newest"}, "newest", True),
        ({"sort": "newest", "order": "asc"}, "newest", False),
        ({"order": "desc"}, "name", True),
        ({"sort": "password", "order": "desc"}, "name", True),
        ({"sort": "name; drop table", "order": "DESC"}, "name", False),
        ({"sort": "", "order": ""}, "name", False),
    ],
)
def test_only_the_keys_of_the_list_sort_it(values: dict[str, str], key: str, down: bool) -> None:
    sorting = Sorting.read(values, USUAL)
    assert (sorting.key, sorting.down) == (key, down)


@pytest.mark.parametrize("key", USUAL)
@pytest.mark.parametrize("down", [True, False])
def test_what_an_address_says_is_read_again(key: str, down: bool) -> None:
    sorting = Sorting(key, down, USUAL, "x_")
    assert Sorting.read(sorting.as_query(), USUAL, "x_") == sorting
    assert Sorting.read(sorting.as_query(), USUAL) == Sorting.read({}, USUAL)


def test_an_address_says_nothing_of_what_is_usual() -> None:
    assert Asked.read({"sort": "name", "order": "asc", "page": "3"}, USUAL).as_query() == {}
    assert Asked.read({"q": " 山田 "}, USUAL).as_query() == {"q": "山田"}


def test_a_heading_sorts_as_usual_first_and_then_the_other_way_from_the_first_page() -> None:
    sorting = Sorting.read({}, USUAL)
    assert sorting.turned("newest") == {"sort": "newest", "order": None, "page": None}
    assert sorting.turned("name") == {"sort": None, "order": "desc", "page": None}
    back = Sorting.read({"order": "desc"}, USUAL)
    assert back.turned("name") == {"sort": None, "order": None, "page": None}


def test_a_column_says_how_the_list_is_sorted_by_it() -> None:
    sorting = Sorting.read({"sort": "newest"}, USUAL)
    assert (sorting.aria("newest"), sorting.aria("name")) == ("descending", "")


@pytest.mark.parametrize(
    ("text", "number"),
    [("2", 2), ("0", 1), ("-3", 1), ("", 1), ("２", 1), ("1e9", 1), ("9" * 5000, 1), ("x", 1)],
)
def test_a_page_is_a_number_or_the_first(text: str, number: int) -> None:
    assert page_number(text) == number


def test_a_search_is_cut() -> None:
    assert len(Asked.read({"q": "x" * 10_000}, USUAL).text) == 100
