"""Correcting documents on the sender's pages: upload, repair, reason, confirmation."""

import io
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from domain.kinds import DocumentState
from domain.mends import Mend
from domain.messages import ActAnswer
from storage.desks.intake import StoredIntakeDesk
from storage.tables import Act, Document, Envelope
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, post_multipart
from tests.webapp.test_steering import _form, _running

NEW = PDF + b"% corrected\n"


@pytest.fixture
def running(office: Office) -> tuple[str, FlaskClient]:
    return _running(office)


def documents(office: Office) -> list[Document]:
    with office.database.reading() as session:
        return session.query(Document).order_by(Document.created_at).all()


def upload(path: str, browser: FlaskClient, document: UUID, data: bytes = NEW) -> TestResponse:
    values = {"file": FileStorage(io.BytesIO(data), "訂正版.pdf")}
    return post_multipart(browser, f"{path}/correction/{document}", values)


def proposed(office: Office, path: str, browser: FlaskClient) -> str:
    """A corrected PDF that was found good; the confirmation's page."""
    assert upload(path, browser, documents(office)[0].id).status_code == 303
    office.accept_documents()
    answer = browser.get(f"{path}/correction/confirm")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_of_a_correction_are_well_made(
    office: Office, running: tuple[str, FlaskClient], language: str
) -> None:
    path, browser = running
    browser.post("/language", data=form(language=language, next="/"))
    check_page(browser.get(f"{path}/correction"))
    proposed(office, path, browser)
    check_page(browser.get(f"{path}/correction"))
    check_page(browser.get(f"{path}/correction/confirm"))
    check_page(browser.get(path))


def test_a_reason_is_asked_for_and_what_was_typed_stays(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    data = _form(proposed(office, path, browser), "/correction/confirm")
    answer = browser.post(f"{path}/correction/confirm", data=data | {"reason": "長" * 1001})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html5lib")
    area = page.find("textarea", id="reason")
    assert area is not None
    assert area.text.strip() == "長" * 1001
    assert office.count(Act) == 0


def test_the_confirmation_writes_one_act_that_names_what_it_replaces(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    office.gateway.answer = ActAnswer(accepted=True)
    data = _form(proposed(office, path, browser), "/correction/confirm") | {"reason": "金額の誤り"}
    for _ in range(2):
        assert browser.post(f"{path}/correction/confirm", data=data).status_code == 303
    with office.database.reading() as session:
        act = session.query(Act).one()
    old, new = documents(office)
    [said] = act.evidence["corrections"]
    assert (act.kind, act.reason) == ("correct", "金額の誤り")
    assert (said["document"], said["replacement"]) == (str(old.id), str(new.id))
    assert "文書を訂正しました" in browser.get(path).text


def test_an_upload_that_came_in_between_asks_for_another_look(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    data = _form(proposed(office, path, browser), "/correction/confirm") | {"reason": "金額の誤り"}
    upload(path, browser, documents(office)[0].id, NEW + b"%\n")
    office.accept_documents()
    browser.post(f"{path}/correction/confirm", data=data)
    assert office.count(Act) == 0
    assert "もう一度内容を確認してください" in browser.get(path).text


def test_a_corrected_file_that_needs_a_repair_asks_for_consent(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    upload(path, browser, documents(office)[0].id)
    new = documents(office)[-1]
    intake = StoredIntakeDesk(office.database, office.vault)
    intake.offer_repair(new.id, frozenset({Mend.JAVASCRIPT}))
    page = browser.get(f"{path}/correction").text
    assert "修復した版を使う" in page
    assert "確認へ進む" not in page
    target = f"{path}/correction/{new.id}/repair"
    assert browser.post(target, data=form(mends="javascript")).status_code == 303
    assert documents(office)[-1].state == DocumentState.CHECKING


def test_the_same_file_and_a_form_without_one_are_told(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    old = documents(office)[0]
    browser.post(f"{path}/correction/{old.id}", data=form())
    assert "1つ選んでください" in browser.get(f"{path}/correction").text
    upload(path, browser, old.id, PDF)
    assert "まったく同じファイル" in browser.get(f"{path}/correction").text
    assert browser.post(f"{path}/correction/{old.id}/remove", data=form()).status_code == 303
    assert "まったく同じファイル" not in browser.get(f"{path}/correction").text


def test_an_envelope_that_has_ended_says_why_nothing_can_be_corrected(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    with office.database.transaction() as session:
        session.query(Envelope).one().state = "withdrawn"
    assert "いまは訂正できません" in browser.get(f"{path}/correction").text
    assert upload(path, browser, documents(office)[0].id).status_code in {303, 409}
    assert office.count(Document) == 1
    assert "文書の訂正へ" not in browser.get(path).text
