"""The list of an office that works for years: counted to a thousand, and found by number."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from domain.kinds import EnvelopeState, HindranceKind
from storage.tables import Envelope, Hindrance
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
    assert "新しい順に30件まで 1 / 2ページ" in first
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
