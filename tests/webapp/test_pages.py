"""Every page of members: structure, both languages, and what it says."""

import pytest
from bs4 import BeautifulSoup

from domain.events import Event
from storage.tables import LedgerEvent
from tests.webapp.pages import check_page, check_part
from tests.webapp.stack import Office, form, upload
from webapp.event_words import EVENT_WORDS

PLAIN = [
    ("", "/login"),
    ("clerk", "/envelopes"),
    ("clerk", "/envelopes?state=done&q=100%25&page=7"),
    ("clerk", "/account"),
    ("clerk", "/account/code"),
    ("admin", "/admin/members"),
    ("admin", "/admin/policy"),
    ("admin", "/admin/chains"),
    ("operator", "/ops"),
]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(("who", "path"), PLAIN)
def test_a_page_is_well_made_in_both_languages(
    office: Office, who: str, path: str, language: str
) -> None:
    browser = office.browser(who)
    browser.post("/language", data={"language": language})
    answer = browser.get(path)
    assert answer.status_code == 200
    page = check_page(answer)
    html = page.find("html")
    assert html is not None
    assert html["lang"] == language


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_of_an_envelope_are_well_made_from_draft_to_end(
    office: Office, language: str
) -> None:
    browser = office.browser("clerk")
    browser.post("/language", data={"language": language})
    draft = office.draft(browser)
    upload(browser, draft, ("契約書.pdf", b"%PDF"), ("空.pdf", b""))
    page = check_page(browser.get(draft))
    check_page(browser.get(f"{draft}?check=1"))
    check_part(BeautifulSoup(browser.get(f"{draft}/documents").text, "html5lib"), page)
    sent = office.sent(browser, chain_id=str(office.chain), order="parallel")
    for state in ("sending", "running", "completing", "done", "declined", "withdrawn", "expired"):
        office.change(sent, state=state)
        check_page(browser.get(sent))
        check_part(BeautifulSoup(browser.get(f"{sent}/live").text, "html5lib"))


def test_the_summary_before_sending_names_everybody_in_order(office: Office) -> None:
    browser = office.browser("clerk")
    draft = office.draft(browser)
    upload(browser, draft, ("契約書.pdf", b"%PDF"))
    office.accept_documents()
    browser.post(f"{draft}/draft", data=form(chain_id=str(office.chain)))
    text = check_page(browser.get(f"{draft}/confirm")).get_text()
    places = [text.index(name) for name in ("佐藤 健", "山田 太郎", "鈴木 一郎")]
    assert places == sorted(places)
    assert "JST" in text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/ops", 403), ("/envelopes/new", 405), ("/login/code", 303)],
)
def test_errors_are_pages_in_words(office: Office, path: str, status: int) -> None:
    answer = office.browser("clerk").get(path)
    assert answer.status_code == status
    if status != 303:
        check_page(answer)


def test_a_bug_shows_a_reference_number_and_nothing_else(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        message = "secret detail"
        raise RuntimeError(message)

    browser = office.browser("clerk")
    monkeypatch.setattr("webapp.sender.envelopes.list_page", broken)
    answer = browser.get("/envelopes")
    assert answer.status_code == 500
    page = check_page(answer)
    assert "secret detail" not in answer.text
    reference = page.find(class_="reference")
    assert reference is not None
    assert len(reference.get_text(strip=True)) == 8


def test_the_live_part_answers_nothing_while_nothing_changed(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.sent(browser)
    part = BeautifulSoup(browser.get(f"{path}/live").text, "html5lib").find(id="live")
    assert part is not None
    again = str(part["hx-get"])
    assert browser.get(again).status_code == 204
    office.change(path, state="running")
    assert browser.get(again).status_code == 200


def test_the_live_part_stops_asking_when_the_envelope_has_ended(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.sent(browser)
    office.change(path, state="done")
    assert "hx-get" not in browser.get(f"{path}/live").text


def test_the_ledger_is_told_in_words_with_time_zone_and_hash(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.sent(browser)
    text = browser.get(path).text
    assert "封筒を送信" in text
    assert "JST" in text
    with office.database.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="envelope:sent").one()
    assert event.envelope_hash is not None
    assert event.envelope_hash in text


def test_evidence_is_json_with_ledger_documents_and_acts(office: Office) -> None:
    browser = office.browser("clerk")
    answer = browser.get(f"{office.sent(browser)}/evidence.json")
    assert answer.json is not None
    assert {"ledger", "documents", "acts"} <= answer.json.keys()
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_list_finds_by_title_and_number_and_filters_by_state(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.sent(browser, title="庁舎清掃 契約書")
    office.change(path, number="5050000111", state="done")
    assert "庁舎清掃" in browser.get("/envelopes?q=清掃").text
    assert "庁舎清掃" in browser.get("/envelopes?q=5050000111").text
    assert "庁舎清掃" in browser.get("/envelopes?state=done").text
    assert "庁舎清掃" not in browser.get("/envelopes?state=running").text
    assert "庁舎清掃" not in browser.get("/envelopes?q=%25").text


def test_every_event_of_the_ledger_has_words() -> None:
    assert set(Event) <= set(EVENT_WORDS)
