"""Every list is sorted by each of its keys both ways, keeps to its organisation, and takes any
address."""

import re
from urllib.parse import urlencode

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
