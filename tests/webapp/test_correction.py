"""Correcting documents on the sender's pages: upload, repair, reason, confirmation."""

import io
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from domain.found_places import FoundPlace, FoundPlaces
from domain.kinds import DocumentState
from domain.limits import MAX_FIELDS
from domain.mends import Mend
from domain.messages import ActAnswer
from storage import correction_fields
from storage.desks.intake import StoredIntakeDesk
from storage.proposals import keep_found
from storage.tables import Act, Document, Envelope, Stage
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, post_multipart
from tests.webapp.test_stages import waiting
from tests.webapp.test_steering import _form, sent_and_asked

NEW = PDF + b"% corrected\n"


@pytest.fixture
def running(office: Office) -> tuple[str, FlaskClient]:
    return sent_and_asked(office)


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
    answer = browser.post(f"{path}/correction/confirm", data=data)
    assert office.count(Act) == 0
    assert answer.status_code == 409
    assert "もう一度内容を確認してください" in answer.text
    anew = _form(answer.text, "/correction/confirm") | {"reason": "金額の誤り"}
    area = BeautifulSoup(answer.text, "html5lib").find("textarea", id="reason")
    assert area is not None
    assert area.text.strip() == "金額の誤り"
    assert anew["nonce"] != data["nonce"]
    assert anew["confirmed"] != data["confirmed"]
    office.gateway.answer = ActAnswer(accepted=True)
    assert browser.post(f"{path}/correction/confirm", data=anew).status_code == 303
    assert office.count(Act) == 1


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


def fields_page(office: Office, path: str, browser: FlaskClient) -> tuple[str, dict[str, str]]:
    """Its path, and the form of a field that is placed there."""
    proposed(office, path, browser)
    target = f"{path}/correction/{documents(office)[0].id}/fields"
    page = BeautifulSoup(browser.get(target).text, "html5lib")
    person = page.select_one('[name="new-person"]')
    assert person is not None
    return target, {"action": "add", "new-person": str(person["value"]), "new-kind": "text"}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_corrected_pages_are_shown_with_their_fields(
    office: Office, running: tuple[str, FlaskClient], language: str
) -> None:
    path, browser = running
    browser.post("/language", data=form(language=language, next="/"))
    target, new = fields_page(office, path, browser)
    assert browser.post(target, data=new).status_code == 303
    page = check_page(browser.get(target))
    assert len(page.select("#rows > li")) == 1
    assert page.find(id="error-summary") is not None, "it has no label yet"
    assert len(page.select(".sheet img")) == 2


def test_a_field_that_cannot_stay_holds_the_confirmation_back_and_leaving_changes_nothing(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    target, new = fields_page(office, path, browser)
    browser.post(target, data=new)
    assert browser.get(f"{path}/correction/confirm").status_code == 303
    listed = check_page(browser.get(f"{path}/correction"))
    assert "同じ位置には置けない" in listed.get_text()
    assert "入力欄の位置を直す" in listed.get_text()
    assert browser.post(target, data={"action": "reset"}).location == target
    assert "同じ位置に戻しました" in browser.get(target).text
    confirm = browser.get(f"{path}/correction/confirm")
    assert "入力欄は前の文書と同じ位置です" in confirm.text
    assert office.count(Act) == 0


def test_fields_are_saved_as_typed_and_the_confirmation_says_that_they_were_moved(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    target, new = fields_page(office, path, browser)
    browser.post(target, data=new)
    page = BeautifulSoup(browser.get(target).text, "html5lib")
    row = {
        str(part["name"]): str(part.get("value") or "")
        for part in page.select("#rows input[type=text]")
    }
    [key] = {name.split("-")[1] for name in row}
    row |= {f"field-{key}-person": new["new-person"], f"field-{key}-kind": "text"}
    saved = browser.post(target, data=row | {"action": "autosave"})
    assert "送信前に直すところ：1件" in saved.text
    row[f"field-{key}-label"] = "契約開始日"
    assert browser.post(target, data=row | {"action": "done"}).location == f"{path}/correction"
    assert "置き直しました" in browser.get(f"{path}/correction").text
    assert "入力欄を置き直しました" in browser.get(f"{path}/correction/confirm").text


def test_what_a_corrected_pdf_wants_to_be_filled_in_is_offered_there(
    office: Office, running: tuple[str, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, browser = running
    target, new = fields_page(office, path, browser)
    mark = FoundPlace(0, (100, 300, 80, 11), words="{{日付}}", room=90)
    with office.database.transaction() as session:
        row = session.get_one(Document, documents(office)[-1].id)
        row.found_blob_id = keep_found(office.vault, session, row.id, FoundPlaces((mark,)))
    assert "{{日付}}" in check_page(browser.get(target)).select("#proposals")[0].get_text()
    browser.post(target, data={"action": "dismiss-1"})
    assert not check_page(browser.get(target)).select(".proposal")
    browser.post(target, data={"action": "restore"})
    chosen = {"unnamed-1": new["new-person"]}
    with monkeypatch.context() as full:
        full.setattr(correction_fields, "rows_beside", lambda *_: range(MAX_FIELDS))
        answer = browser.post(target, data={"action": "take-1"} | chosen)
    assert answer.location == target, "an envelope that is full takes none, which is said above"
    assert check_page(browser.get(target)).select(".banner.error")
    answer = browser.post(target, data={"action": "take-1"} | chosen)
    assert answer.location == f"{target}#proposals"
    page = check_page(browser.get(target))
    assert page.select("#rows input[id$=-label]")[0]["value"] == "日付"
    assert not page.select(".proposal")
    assert page.find(id="error-summary") is None


def test_a_corrected_pdf_with_fewer_pages_says_so(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    upload(path, browser, documents(office)[0].id)
    office.accept_documents(pages=1)
    page = check_page(browser.get(f"{path}/correction/{documents(office)[0].id}/fields"))
    assert "前の文書は2ページ、訂正後は1ページです" in page.get_text()


def test_there_is_nothing_to_place_without_a_checked_correction(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    target = f"{path}/correction/{documents(office)[0].id}/fields"
    for answer in (browser.get(target), browser.post(target, data={"action": "save"})):
        assert answer.location == f"{path}/correction"
    upload(path, browser, documents(office)[0].id)
    assert browser.get(target).location == f"{path}/correction"


def test_fields_alone_are_corrected_on_the_same_pdf(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    old = documents(office)[0]
    assert browser.post(f"{path}/correction/{old.id}/fields-only", data=form()).status_code == 303
    office.accept_documents()
    listed = check_page(browser.get(f"{path}/correction")).get_text()
    assert "PDFは今のまま、入力欄だけを直します" in listed
    assert "確認へ進む" not in listed, "nothing is corrected yet"
    assert browser.get(f"{path}/correction/confirm").status_code == 303
    target = f"{path}/correction/{old.id}/fields"
    page = BeautifulSoup(browser.get(target).text, "html5lib")
    person = page.select_one('[name="new-person"]')
    assert person is not None
    browser.post(target, data={"action": "add", "new-person": person["value"], "new-kind": "date"})
    page = BeautifulSoup(browser.get(target).text, "html5lib")
    key = str(page.select("#rows > li input[name^=field-]")[0]["name"]).split("-")[1]
    typed = {
        str(part["name"]): str(part.get("value") or "")
        for part in page.select("#rows input[type=text]")
    } | {
        f"field-{key}-person": str(person["value"]),
        f"field-{key}-kind": "date",
        f"field-{key}-label": "契約日",
    }
    assert browser.post(target, data=typed | {"action": "done"}).status_code == 303
    confirm = check_page(browser.get(f"{path}/correction/confirm")).get_text()
    assert "PDFは今のままです" in confirm
    assert "入力欄を置き直しました" in confirm
    assert "PDFは同じです。入力欄が変わりました" in confirm
    assert "入力欄だけの訂正でも、承認者を含む全員にあらためて依頼します" in confirm


def test_a_gate_that_was_opened_is_said_to_be_closed_by_a_correction(office: Office) -> None:
    browser = office.browser("clerk")
    path, gate = waiting(office, browser)
    assert "登録前に戻ります" not in proposed(office, path, browser), "it is closed anyway"
    office.gateway.answer = ActAnswer(accepted=True)
    entered = {"gate": str(gate), "resolution": "議案第12号", "resolved_on": "2026-11-20"}
    office.browser("admin").post(f"{path}/gate", data=form(nonce="n1", **entered))
    with office.database.transaction() as session:
        session.get_one(Stage, gate).gate_act_id = session.query(Act).one().id
    page = check_page(browser.get(f"{path}/correction/confirm"))
    said = page.select_one("[data-gate]")
    assert said is not None
    assert "段階2 議決" in said.get_text()
    assert "議案第12号" in said.get_text()
    assert "新しい版では登録前に戻ります" in said.get_text()
    assert "入力欄だけの訂正でも" not in page.get_text()


def test_fields_alone_do_not_take_an_uploaded_correction_s_place(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, browser = running
    old = documents(office)[0]
    upload(path, browser, old.id)
    target = f"{path}/correction/{old.id}/fields-only"
    said = browser.post(target, data=form(), follow_redirects=True)
    assert "すでに始まっています" in said.text
    assert [row.removed_at for row in documents(office)] == [None, None]
    browser.post(f"{path}/correction/{old.id}/remove", data=form())
    upload(path, browser, old.id, PDF)  # refused: it is the same
    assert browser.post(target, data=form()).status_code == 303
    assert documents(office)[-1].state == DocumentState.CHECKING


def test_fields_alone_are_nobody_s_who_may_not_steer(
    office: Office, running: tuple[str, FlaskClient]
) -> None:
    path, _ = running
    target = f"{path}/correction/{documents(office)[0].id}/fields-only"
    for name, status in (("operator", 403), ("neighbour", 404)):
        assert office.browser(name).post(target, data=form()).status_code == status
    clerk = office.browser("clerk")
    assert clerk.post(f"{path}/correction/{UUID(int=7)}/fields-only").status_code == 404
    assert len(documents(office)) == 1
