"""登録印影: a member's page of his own seal."""

import io
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from runtime.seal_drawing import SealForm, draw_seal
from storage.desks import StoredStampDesk
from storage.tables import Blob, MemberSeal
from tests.webapp.pages import check_page
from tests.webapp.stack import PNG, Office

pytestmark = pytest.mark.usefixtures("without_token")
URL = "/account/seal"


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.browser("clerk")


def newest(office: Office) -> MemberSeal:
    with office.database.reading() as session:
        return session.query(MemberSeal).order_by(MemberSeal.created_at.desc()).limit(1).one()


def clean(office: Office) -> UUID:
    key = newest(office).id
    StoredStampDesk(office.database, office.vault).accept(key, PNG)
    return key


def said(page: BeautifulSoup) -> tuple[str, bool]:
    """Where the summary of errors leads, and whether the title tells of them."""
    link = page.select_one(".error-summary a")
    assert link is not None
    assert page.select_one(str(link["href"])) is not None
    assert page.title is not None
    return str(link["href"]), page.title.get_text().startswith("エラー: ")


def make(browser: FlaskClient, text: str = "田中", form: str = "round") -> int:
    data = {"action": "make", "seal-text": text, "seal-form": form}
    return browser.post(URL, data=data, content_type="multipart/form-data").status_code


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_seal_is_made_from_the_name_seen_and_removed(
    office: Office, browser: FlaskClient, language: str
) -> None:
    browser.set_cookie("__Host-musubi-language", language, secure=True)
    base = {"base_url": "https://localhost:8080"} if language == "en" else {}
    page = check_page(browser.get(URL, **base))
    assert ("まだ登録していません" in page.get_text()) == (language == "ja")
    assert make(browser) == 303
    page = check_page(browser.get(URL, **base))
    state = page.select_one("#seal-state[hx-get]")
    assert state is not None
    assert browser.get(str(state["hx-get"])).status_code == 204
    with office.database.reading() as session:
        upload = session.query(MemberSeal).one().upload_blob_id
        assert upload is not None
        assert office.vault.read(session, upload) == draw_seal("田中", SealForm.ROUND)
    key = clean(office)
    with office.database.reading() as session:
        assert session.get_one(MemberSeal, key).upload_blob_id is None
        assert session.get(Blob, upload) is None
    assert f"{key}.png" in browser.get(str(state["hx-get"])).text
    page = check_page(browser.get(URL, **base))
    assert page.select_one(f"#seal-state img[src$='{key}.png']") is not None
    assert browser.get(f"{URL}/{key}.png").data == PNG
    check_page(browser.get("/account", **base))
    assert f"{key}.png" in browser.get("/account").text
    assert browser.post(f"{URL}/remove").status_code == 303
    assert f"{key}.png" not in browser.get("/account").text
    assert browser.get(f"{URL}/{key}.png").status_code == 404


def test_a_picture_is_sent_and_what_cannot_be_one_is_told(
    office: Office, browser: FlaskClient
) -> None:
    def send(data: bytes) -> int:
        head = b'--x\r\nContent-Disposition: form-data; name="stamp"; filename="seal.png"\r\n\r\n'
        body = head + data + b"\r\n--x--\r\n"
        return browser.post(
            URL, data=body, content_type="multipart/form-data; boundary=x"
        ).status_code

    assert send(PNG) == 303
    clean(office)
    assert send(b"x" * 3_000_000) == 303
    assert newest(office).refusal == "image_too_large"
    page = check_page(browser.get(URL))
    assert "この画像は使えません" in page.get_text()
    assert page.select_one("#seal-state img") is not None, "the one of before stays"
    answer = browser.post(URL, data={"action": "send"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "印影の画像を選んでください" in check_page(answer).get_text()


def test_what_cannot_be_carved_is_said_and_stays_as_typed(browser: FlaskClient) -> None:
    data = {"action": "make", "seal-text": "山😀", "seal-form": "square"}
    answer = browser.post(URL, data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    page = check_page(answer)
    assert "印影に使えない文字があります: 😀" in page.get_text()
    box = page.select_one("#seal-text")
    assert box is not None
    assert box["value"] == "山😀"
    assert page.select_one("#seal-square[checked]") is not None


def test_nobody_sees_or_takes_away_another_members_seal(
    office: Office, browser: FlaskClient
) -> None:
    make(browser)
    key = clean(office)
    for name in ("admin", "neighbour"):
        other = office.browser(name)
        assert other.get(f"{URL}/{key}.png").status_code == 404
        assert "まだ登録していません" in other.get(URL).text
        other.post(f"{URL}/remove")
    assert browser.get(f"{URL}/{key}.png").status_code == 200


def test_a_picture_is_cropped_as_it_is_sent_and_again_afterwards(
    office: Office, browser: FlaskClient
) -> None:
    """By four numbers, without any script."""

    def send(**crop: str) -> TestResponse:
        data = {"stamp": (io.BytesIO(PNG), "seal.png"), "action": "send", **crop}
        return browser.post(URL, data=data, content_type="multipart/form-data")

    wrong = send(crop_left="60", crop_right="60", crop_top="7")
    page = check_page(wrong)
    assert wrong.status_code == 422
    assert "合わせて95%まで" in page.get_text()
    assert page.select_one("input#crop_top[value='7']") is not None
    assert said(page) == ("#crop_left", True)
    forgotten = browser.post(
        URL, data={"action": "send", "crop_top": "8"}, content_type="multipart/form-data"
    )
    page = check_page(forgotten)
    assert page.select_one("input#crop_top[value='8']") is not None, "only the file is missing"
    with office.database.reading() as session:
        assert session.query(MemberSeal).count() == session.query(Blob).count() == 0
    assert send(crop_left="25", crop_top="5").status_code == 303
    assert newest(office).crop == "25,5,0,0"
    first = clean(office)
    page = check_page(browser.get(URL))
    assert page.select_one(f"#crop-again img[src$='{first}.png']") is not None
    answer = browser.post(f"{URL}/{first}/crop")
    assert answer.status_code == 422
    page = check_page(answer)
    assert "どれか1つ以上" in page.get_text()
    assert said(page) == ("#again-crop_left", True)
    answer = browser.post(f"{URL}/{first}/crop", data={"crop_top": "99"})
    page = check_page(answer)
    assert page.select_one("input#again-crop_top[value='99']") is not None
    assert page.select_one("input#crop_top[value='0']") is not None, "another form's number"
    assert browser.post(f"{URL}/{first}/crop", data={"crop_bottom": "10"}).status_code == 303
    assert newest(office).crop == "0,0,0,10"
    assert check_page(browser.get(URL)).select_one("#crop-again") is None, "it is being checked"
    second = clean(office)
    assert second != first
    assert browser.post(f"{URL}/{first}/crop", data={"crop_top": "1"}).status_code == 404
    assert browser.get(f"{URL}/{second}.png").data == PNG
