"""A document that needs a repair: the draft says what a copy would lack, and asks."""

from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from domain.kinds import DocumentState
from domain.mends import MEND_WORDS, Mend
from storage.desks.intake import StoredIntakeDesk
from storage.tables import Document, LedgerEvent
from tests.webapp.stack import PDF, Office, form, upload

MENDS = frozenset({Mend.JAVASCRIPT, Mend.LAUNCH})
SHOWN = "javascript launch"


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.browser("clerk")


@pytest.fixture
def path(office: Office, browser: FlaskClient) -> str:
    """A draft with one document that could be repaired."""
    found = office.draft(browser)
    upload(browser, found, ("契約書.pdf", PDF))
    StoredIntakeDesk(office.database, office.vault).offer_repair(document(office).id, MENDS)
    return found


def document(office: Office) -> Document:
    with office.database.reading() as session:
        return session.query(Document).one()


def target(path: str, document_id: UUID) -> str:
    return f"{path}/documents/{document_id}/repair"


def test_the_draft_says_in_words_what_would_be_lost_and_offers_both_ways(
    office: Office, browser: FlaskClient, path: str
) -> None:
    page = browser.get(path).text
    for mend in MENDS:
        assert MEND_WORDS[mend].ja in page
    assert "修復した版を使う" in page
    assert "文書を外す" in page
    assert "修復が必要" in page
    answer = browser.post(f"{path}/draft", data=form(action="confirm"))
    assert answer.location == f"{path}?check=1"


def test_agreeing_starts_the_repair_and_keeps_what_was_typed(
    office: Office, browser: FlaskClient, path: str
) -> None:
    answer = browser.post(
        target(path, document(office).id), data=form(title="清掃業務委託", mends=SHOWN)
    )
    assert answer.status_code == 303
    assert document(office).state == DocumentState.CHECKING
    assert document(office).repair_agreed_by == office.members["clerk"].id
    page = browser.get(path).text
    assert "清掃業務委託" in page
    assert "修復した版を使う" not in page


def test_a_script_gets_the_list_alone(office: Office, browser: FlaskClient, path: str) -> None:
    answer = browser.post(
        target(path, document(office).id), data={"mends": SHOWN}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="documents"')
    assert 'data-state="checking"' in answer.text


@pytest.mark.parametrize("shown", ["", "javascript", "javascript launch xfa", "<script>", "\0"])
def test_nothing_but_what_was_shown_is_agreed_to(
    office: Office, browser: FlaskClient, path: str, shown: str
) -> None:
    answer = browser.post(target(path, document(office).id), data={"mends": shown})
    assert answer.status_code == 303
    assert "文書の状態が変わっています" in browser.get(path).text
    assert document(office).state == DocumentState.MENDABLE
    with office.database.reading() as session:
        assert not session.query(LedgerEvent).filter_by(tag="document:repair_agreed").all()


def test_a_second_press_does_nothing_more(office: Office, browser: FlaskClient, path: str) -> None:
    for _ in range(2):
        browser.post(target(path, document(office).id), data={"mends": SHOWN})
    with office.database.reading() as session:
        assert session.query(LedgerEvent).filter_by(tag="document:repair_agreed").count() == 1


def test_nobody_else_can_agree(office: Office, path: str) -> None:
    address = target(path, document(office).id)
    assert office.browser().post(address, data={"mends": SHOWN}).status_code in {302, 303}
    assert office.browser("neighbour").post(address, data={"mends": SHOWN}).status_code == 404
    mine = office.browser("clerk")
    assert mine.post(target(path, uuid4()), data={"mends": SHOWN}).status_code == 404
    assert mine.post(target(office.draft(mine), document(office).id)).status_code == 404
    assert mine.get(address).status_code == 405
    assert document(office).state == DocumentState.MENDABLE


def test_a_file_that_needs_no_repair_cannot_be_agreed_to(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    browser.post(target(path, document(office).id), data={"mends": ""})
    assert document(office).state == DocumentState.READY


def test_the_original_stays_to_be_had(office: Office, browser: FlaskClient, path: str) -> None:
    answer = browser.get(f"{path}/documents/{document(office).id}/original")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
