"""Every list is sorted by each of its keys both ways, keeps to its organisation, and takes any
address."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from tests.webapp.listed import LISTS, Listed, fill
from tests.webapp.stack import Office

HOSTILE = [
    "name; drop table members",
    "' OR 1=1 --",
    "{{7*7}}",
    "\x00",
    "-1",
    "9" * 400,
    "desc,",
    "é",
]


def _filled(office: Office) -> FlaskClient:
    with office.database.transaction() as session:
        fill(session, session.merge(office.members["admin"]))
        fill(session, session.merge(office.members["neighbour"]), "foreign ")
    return office.browser("admin")


def _shown(browser: FlaskClient, listed: Listed, **asked: str) -> list[str]:
    """The marks of the list's rows, in their order on the page."""
    query = urlencode({f"{listed.prefix}{name}": value for name, value in asked.items()})
    answer = browser.get(f"{listed.path}?{listed.query}&{query}")
    assert answer.status_code == 200, (listed, asked)
    page = BeautifulSoup(answer.text, "html5lib")
    assert "foreign" not in page.main.text  # type: ignore[union-attr]
    found = (
        re.findall(rf"\b{listed.rows}-([abc])\b", row.get_text(" "))
        for row in page.select("tbody tr, li.absence, section[id^=chain-]")
    )
    return list(dict.fromkeys(mark for marks in found for mark in marks))


def test_every_list_is_sorted_by_each_key_both_ways(office: Office) -> None:
    browser, wrong = _filled(office), []
    for listed in LISTS:
        for key, order in listed.keys.items():
            for said, expected in (("asc", order), ("desc", order[::-1])):
                found = "".join(_shown(browser, listed, sort=key, order=said))
                if found != expected:
                    wrong.append(f"{listed.path} {listed.rows} {key} {said}: {found}, {expected}")
    assert not wrong, "\n".join(wrong)


def test_whatever_an_address_says_the_list_is_there_in_its_usual_order(office: Office) -> None:
    browser = _filled(office)
    for listed in LISTS:
        order = next(iter(listed.keys.values()))
        usual = list(order[::-1] if listed.down else order)
        assert _shown(browser, listed) == usual, listed
        for value in HOSTILE:
            assert _shown(browser, listed, sort=value, order=value, page=value) == usual, listed
    for listed in LISTS[::3]:
        for value in HOSTILE:
            assert browser.get(f"{listed.path}?{urlencode({'q': value})}").status_code == 200


def test_every_key_has_a_heading_and_every_search_a_name(office: Office) -> None:
    browser = _filled(office)
    wrong = [words for listed in LISTS for words in _mistakes(browser, listed)]
    assert not wrong, "\n".join(wrong)


def _mistakes(browser: FlaskClient, listed: Listed) -> Iterator[str]:
    shared, name = [one.path for one in LISTS].count(listed.path) > 1, f"{listed.prefix}q"
    page, places = _page(browser, f"{listed.path}?{listed.query}"), {}
    for link in page.select("main a[href]"):
        address = urlsplit(str(link["href"]))
        for key in parse_qs(address.query).get(f"{listed.prefix}sort", []):
            places[key] = address.fragment
    for key in list(listed.keys)[1:]:
        if key not in places:
            yield f"{listed.path} {listed.rows} {key}: no heading"
        elif shared and not (places[key] and page.select_one(f"h2#{places[key]}")):
            yield f"{listed.path} {listed.rows} {key}: its heading leads to another place"
    if listed.prefix == "open_":
        return  # a short list that is not searched
    # A search that finds nothing shows the form that searches, and the way back.
    empty = _page(browser, f"{listed.path}?{name}=nothing-has-this")
    names = [str(form.get("aria-label")) for form in empty.select("form[role=search]")]
    if len(names) > 1 and ("None" in names or len({*names}) < len(names)):
        yield f"{listed.path}: searches are called {names}"
    back = [urlsplit(str(link["href"])).query for link in empty.select("p.empty a[href]")]
    if not empty.select(f"input[name={name}][value=nothing-has-this]"):
        yield f"{listed.path} {listed.rows}: no search"
    if not any(name not in parse_qs(query) for query in back):
        yield f"{listed.path} {listed.rows}: no way back from nothing"


def test_a_search_carries_the_other_list_of_its_page_on(office: Office) -> None:
    browser = office.browser("admin")
    for path, mine, kept in (
        ("/deals/imports", "open_sort=who", "open_sort"),
        ("/deals/imports", "sort=title", "sort"),
        ("/admin/members", "invited_sort=mail", "invited_sort"),
        ("/deals/terms", "sort=partner", "sort"),
    ):
        forms = _page(browser, f"{path}?{mine}").select("form[role=search]")
        assert forms, path
        assert all(form.select(f"input[name={kept}]") for form in forms), (path, kept)


def _page(browser: FlaskClient, path: str) -> BeautifulSoup:
    return BeautifulSoup(browser.get(path).text, "html5lib")
