"""The list of an office that works for years: counted to a thousand, and found by number."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from bs4 import Tag
from flask.testing import FlaskClient

from domain.envelope_lists import BY_STATE, Order
from domain.kinds import GONE, MAIL_BOUNCED, EnvelopeState, HindranceKind
from storage.tables import Envelope, Hindrance, Member
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office
from webapp.sender import listing

AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def add(office: Office) -> Callable[..., Envelope]:
    """Rows of envelopes, each changed a minute after the one before."""

    def add(number: int, state: EnvelopeState = EnvelopeState.RUNNING, **words: object) -> Envelope:
        values = {
            "id": uuid4(),
            "organisation_id": office.organisation,
            "number": f"{number:010d}",
            "title": f"契約 {number}",
            "state": state.value,
            "created_by": office.members["clerk"].id,
            "created_at": AT,
            "changed_at": AT + timedelta(minutes=number),
        }
        row = Envelope(**(values | words))
        with office.database.transaction() as session:
            session.add(row)
        return row

    return add


def test_the_newest_change_comes_first_whatever_its_state(
    add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    for number, state in enumerate((EnvelopeState.SENDING, EnvelopeState.RUNNING) * 2, start=1):
        add(number, state)
    text = clerk.get("/envelopes?state=running").text
    places = [text.index(f"契約 {number}") for number in (4, 3, 2, 1)]
    assert places == sorted(places)


def test_a_long_list_is_counted_to_its_limit_and_says_so(
    add: Callable[..., Envelope], clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNTED", 30)
    for number in range(1, 45):
        add(number)
    first = clerk.get("/envelopes?state=running").text
    assert "先頭の30件まで 1 / 2ページ" in first
    second = clerk.get("/envelopes?state=running&page=9").text
    assert "2 / 2ページ" in second
    assert "契約 24<" in second
    assert "契約 44<" not in second


def test_the_last_page_holds_what_is_left(add: Callable[..., Envelope], clerk: FlaskClient) -> None:
    for number in range(1, 23):
        add(number)
    text = clerk.get("/envelopes?page=2").text
    assert "全22件中 2 / 2ページ" in text
    assert "契約 2<" in text
    assert "契約 3<" not in text


def test_a_whole_number_finds_its_envelope_and_else_titles_that_have_it(
    add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    add(1)
    add(2, title="台帳 0000000009 の件")
    found = clerk.get("/envelopes?q=0000000001").text
    assert "契約 1<" in found
    assert "の件" not in found
    assert "台帳 0000000009 の件" in clerk.get("/envelopes?q=0000000009").text


def test_a_search_finds_titles_and_numbers_that_begin_so_page_by_page(
    add: Callable[..., Envelope], clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 24):
        add(number, title=f"第{number}号 清掃業務")
    add(1_700_000_000, title="別件")
    add(24, title="１７番街")
    add(25, EnvelopeState.DISCARDED, title="清掃の下書き")
    first, last = (clerk.get(f"/envelopes?q=清掃　業務&page={page}").text for page in (1, 99))
    assert "全23件中 1 / 2ページ" in first
    assert "第4号" in first
    assert "第3号" not in first
    assert "全23件中 2 / 2ページ" in last
    places = [last.index(f"第{number}号") for number in (3, 2, 1)]
    assert places == sorted(places)
    found = clerk.get("/envelopes?q=17").text
    assert all(title in found for title in ("別件", "１７番街", "第17号"))
    assert "全3件中" in found
    assert "第17号" not in clerk.get("/envelopes?q=17&state=done").text
    monkeypatch.setattr(listing, "COUNTED", 10)
    assert "先頭の10件まで 1 / 1ページ" in clerk.get("/envelopes?q=清掃").text


def test_what_needs_a_look_is_hindered_returned_or_sent_back_and_the_offices_own(
    office: Office, add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    add(1)
    hindered = add(2)
    add(3, EnvelopeState.DRAFT, refusal="not_preparable")
    add(4, EnvelopeState.SENT_BACK)
    with office.database.transaction() as session:
        kind = HindranceKind.TIMESTAMP.value
        session.add(Hindrance(envelope_id=hindered.id, kind=kind, since=AT))
    text = clerk.get("/envelopes?state=attention").text
    assert all(f"契約 {number}<" in text for number in (2, 3, 4))
    assert "契約 1<" not in text
    assert "契約 2<" not in office.browser("neighbour").get("/envelopes?state=attention").text


def test_only_mine_are_those_that_i_sent_or_took_over(
    office: Office, add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    left = Member(
        id=uuid4(),
        organisation_id=office.organisation,
        mail="left@city.example",
        name="前任 者",
        password_hash="-",
        roles=["clerk"],
        active=False,
        successor_id=office.members["clerk"].id,
        created_at=AT,
    )
    with office.database.transaction() as session:
        session.add(left)
    add(1)
    add(2, created_by=left.id)
    add(3, created_by=office.members["admin"].id)
    text = clerk.get("/envelopes?mine=1").text
    assert ("契約 1<" in text, "契約 2<" in text, "契約 3<" in text) == (True, True, False)


def test_what_is_due_soon_comes_by_its_deadline_and_what_has_ended_does_not(
    add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    now = datetime.now(UTC)
    add(1, deadline_at=now + timedelta(days=2))
    add(2, deadline_at=now + timedelta(days=1))
    add(3, deadline_at=now + timedelta(days=4))
    add(4, EnvelopeState.DONE, deadline_at=now + timedelta(days=1))
    add(5, EnvelopeState.EXPIRED, deadline_at=now - timedelta(days=1))
    text = clerk.get("/envelopes?state=due").text
    assert text.index("契約 2<") < text.index("契約 1<")
    assert not any(f"契約 {number}<" in text for number in (3, 4, 5))
    assert "契約 5<" in clerk.get("/envelopes?state=expired").text
    assert "契約 4<" not in clerk.get("/envelopes?state=expired").text


def test_whose_mail_did_not_arrive_is_a_list_of_its_own(
    office: Office, add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    lost, other = add(1), add(2)
    with office.database.transaction() as session:
        for row, reason in ((lost, MAIL_BOUNCED), (other, "tsa")):
            session.add(
                Hindrance(
                    envelope_id=row.id, kind=HindranceKind.OPERATOR.value, reason=reason, since=AT
                )
            )
    text = clerk.get("/envelopes?state=lost").text
    assert "契約 1<" in text
    assert "契約 2<" not in text


def test_the_last_sent_come_first_on_demand_and_drafts_are_not_among_them(
    add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    add(1, sent_at=AT + timedelta(days=2))
    add(2, sent_at=AT)
    add(3, EnvelopeState.DRAFT)
    text = clerk.get("/envelopes?sort=sent").text
    assert text.index("契約 1<") < text.index("契約 2<")
    assert "契約 3<" not in text


def shown(client: FlaskClient, query: str) -> list[str]:
    page = checked(client.get(f"/envelopes?{query}"))
    return [str(link.string) for link in page.select("tbody a.row-link")]


def test_headings_sort_both_ways_and_nothing_is_lost_by_it(
    add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    now = datetime.now(UTC)
    add(1, title="か", deadline_at=now + timedelta(days=2))
    add(2, EnvelopeState.DONE, title="あ", deadline_at=now - timedelta(days=9))
    add(3, EnvelopeState.DRAFT, title="・")
    add(4, EnvelopeState.SENT_BACK, title="さ", deadline_at=now + timedelta(days=1))
    add(5, EnvelopeState.EXPIRED, title="た", deadline_at=now - timedelta(days=8))
    for query, found in (
        ("sort=title", "あかさた・"),
        ("sort=title-down", "たさかあ・"),
        ("sort=state", "・かさあた"),
        ("sort=state-down", "たあさか・"),
        ("sort=deadline", "さかあた・"),
        ("sort=deadline-down", "かさたあ・"),
        ("sort=nothing", "たさ・あか"),
        ("sort=title&state=running", "かさ"),
        ("sort=deadline&state=done", "あ"),
        ("sort=state-down&state=attention", "さ"),
        ("sort=title&mine=1", "あかさた・"),
    ):
        assert "".join(shown(clerk, query)) == found, query


def test_a_search_is_sorted_by_headings_too(
    add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    now = datetime.now(UTC)
    add(1, title="件か", deadline_at=now)
    add(2, EnvelopeState.DONE, title="件あ", deadline_at=now - timedelta(days=1))
    add(3, EnvelopeState.DRAFT, title="件さ")
    for sort, found in (
        ("title", "あかさ"),
        ("title-down", "さかあ"),
        ("state", "さかあ"),
        ("state-down", "あかさ"),
        ("deadline", "かあさ"),
        ("deadline-down", "かあさ"),
    ):
        assert "".join(shown(clerk, f"q=件&sort={sort}")).replace("件", "") == found, sort


def test_pages_together_are_the_whole_list_in_every_order(
    add: Callable[..., Envelope], clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search goes another way, and finds all of them in the same order."""
    monkeypatch.setattr(listing, "PAGE_SIZE", 4)
    states = [state for state in BY_STATE for _ in range(2)]
    for number, state in enumerate(states, start=1):
        due = None if number % 5 == 0 else AT + timedelta(days=number % 4)
        add(number, state, deadline_at=due, sent_at=AT, title=f"契約 {number % 7}-{number}")
    for order, more in product(Order, ("", "&state=running", "&state=ended", "&mine=1")):
        found = [
            shown(clerk, f"{q}sort={order.value}{more}&page={page}")
            for q in ("", "q=契約&")
            for page in range(1, 6)
        ]
        assert found[:5] == found[5:], (order, more)
        if not more:
            assert len({title for page in found for title in page}) == len(states)


def test_headings_say_the_order_and_keep_the_filters(
    add: Callable[..., Envelope], clerk: FlaskClient
) -> None:
    for number in range(1, 23):
        add(number, deadline_at=datetime.now(UTC))
    page = checked(clerk.get("/envelopes?state=running&q=契約&mine=1&sort=title&page=2"))
    heads = {str(th.get_text()): th for th in page.select("thead th")}
    assert {name: th.get("aria-sort") for name, th in heads.items()} == {
        "封筒": "ascending", "状態": None, "対応する人": None, "期限": None,
    }  # fmt: skip
    assert heads["対応する人"].a is None
    links = [_asked(th) for th in heads.values() if th.a]
    kept = {"state": ["running"], "q": ["契約"], "mine": ["1"]}
    assert links == [kept | {"sort": [one]} for one in ("title-down", "state", "deadline")]
    filters = page.select("ul.filters a")
    assert all("sort=title" in str(link["href"]) for link in filters)
    due = checked(clerk.get("/envelopes?state=due&sort=deadline-down"))
    assert _asked(due.select("thead th")[3]) == {"state": ["due"]}, "as it usually is"


def _asked(heading: Tag) -> dict[str, list[str]]:
    assert heading.a is not None
    return parse_qs(urlsplit(str(heading.a["href"])).query)


def test_every_state_of_the_list_has_its_place() -> None:
    elsewhere = {*GONE, EnvelopeState.IMPORTING, EnvelopeState.STAMPING}
    assert {*BY_STATE} == {*EnvelopeState} - elsewhere
