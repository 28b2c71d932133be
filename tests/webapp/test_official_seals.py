"""公印・角印: the administrator's pages."""

import csv
import io

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.events import Event
from storage.desks import StoredStampDesk
from storage.tables import OfficialSeal, OperationEntry
from tests.webapp.pages import check_page
from tests.webapp.stack import PNG, Office

pytestmark = pytest.mark.usefixtures("without_token")
URL = "/admin/seals"
FORM = {"name": "契約担当者印", "mm": "21", "roles": "clerk", "seal-form": "square"}


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.browser("admin")


def post(browser: FlaskClient, **typed: str) -> tuple[int, str]:
    """As a browser sends it; `file` is a picture's bytes."""
    fields = {**FORM, "action": "make", "seal-text": "結市之印"} | typed
    answer = browser.post(URL, data=fields, content_type="multipart/form-data")
    return answer.status_code, answer.text


def seal(office: Office) -> OfficialSeal:
    with office.database.reading() as session:
        return session.query(OfficialSeal).one()


def test_a_seal_is_added_checked_changed_and_retired(office: Office, admin: FlaskClient) -> None:
    check_page(admin.get(URL))
    assert post(admin)[0] == 303
    row = seal(office)
    path = f"{URL}/{row.id}"
    page = check_page(admin.get(path))
    state = page.select_one("#official-seal-state[hx-get]")
    assert state is not None
    assert admin.get(str(state["hx-get"])).status_code == 204
    assert admin.get(f"{path}/picture.png").status_code == 404
    StoredStampDesk(office.database, office.vault).accept(row.id, PNG)
    assert "使用できます" in admin.get(str(state["hx-get"])).text
    assert admin.get(f"{path}/picture.png").data == PNG
    assert str(seal(office).image_sha256) in check_page(admin.get(path)).get_text()
    assert "使用できます" in check_page(admin.get(URL)).get_text()
    changed = FORM | {"mm": "24", "revision": "0", "valid_until": "2020-03-31"}
    assert admin.post(path, data=changed).status_code == 303
    assert admin.post(path, data=changed | {"mm": "30"}).status_code == 409
    assert "期間外" in check_page(admin.get(URL)).get_text()
    assert admin.post(f"{path}/retire").status_code == 303
    page = check_page(admin.get(path))
    assert page.select_one("#mm") is None
    assert "廃止" in page.get_text()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "印影の名前を入力してください。"),
        ({"mm": "2.5"}, "ミリメートルの整数"),
        ({"mm": "400"}, "ミリメートルの整数"),
        ({"roles": ""}, "一覧から選んでください。"),
        ({"valid_from": "2026-05-01", "valid_until": "2026-04-01"}, "始まりより前"),
        ({"action": "send"}, "印影の画像を選んでください。"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    office: Office, admin: FlaskClient, typed: dict[str, str], said: str
) -> None:
    code, text = post(admin, **typed)
    assert code == 422
    assert said in text
    assert 'value="結市之印"' in text
    assert office.count(OfficialSeal) == 0


def test_uses_are_found_by_the_url_and_taken_as_a_table(office: Office, admin: FlaskClient) -> None:
    post(admin)
    path = f"{URL}/{seal(office).id}"
    page = check_page(admin.get(f"{path}?who=田中&since=2026-01-01&until=2026-12-31"))
    assert "条件に合う使用の記録はありません。" in page.get_text()
    assert "日付を選んでください。" in check_page(admin.get(f"{path}?since=x")).get_text()
    refused = admin.get(f"{path}/uses.csv?since=x")
    assert refused.status_code == 422
    assert "日付を選んでください。" in check_page(refused).get_text()
    answer = admin.get(f"{path}/uses.csv")
    [heads] = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    answer.close()
    assert heads[:2] == ["日時", "署名した人"]
    admin.head(f"{path}/uses.csv")
    with office.database.reading() as session:
        [noted] = session.query(OperationEntry).filter_by(tag=Event.OFFICIAL_SEAL_EXPORTED.value)
    assert noted.actor == f"member:{office.members['admin'].id}"
    assert (noted.data["seal"], noted.data["lines"]) == (str(seal(office).id), 0)
    assert "公印の使用の記録を出力" in admin.get("/admin/log?what=export").text


def test_nobody_else_sees_it(office: Office, admin: FlaskClient) -> None:
    post(admin)
    path = f"{URL}/{seal(office).id}"
    assert office.browser("clerk").get(path).status_code == 403
    stranger = office.browser("neighbour")
    for where in (path, f"{path}/picture.png", f"{path}/uses.csv", f"{path}/state"):
        assert stranger.get(where).status_code == 404
    assert stranger.post(f"{path}/retire").status_code == 404


def test_a_picture_is_cropped_as_it_is_sent_and_again_as_another_seal(
    office: Office, admin: FlaskClient
) -> None:
    def send(**crop: str) -> TestResponse:
        data = {**FORM, "stamp": (io.BytesIO(PNG), "seal.png"), "action": "send", **crop}
        return admin.post(URL, data=data, content_type="multipart/form-data")

    wrong = send(crop_left="half")
    assert wrong.status_code == 422
    assert "0から95までの整数" in check_page(wrong).get_text()
    assert office.count(OfficialSeal) == 0
    assert send(crop_left="50").status_code == 303
    first = seal(office)
    assert first.crop == "50,0,0,0"
    path = f"{URL}/{first.id}"
    StoredStampDesk(office.database, office.vault).accept(first.id, PNG)
    assert check_page(admin.get(path)).select_one(f"#crop-again form[action='{path}/crop']")
    answer = admin.post(f"{path}/crop", data={"crop_top": "99"})
    assert (answer.status_code, "0から95までの整数" in answer.text) == (422, True)
    page = check_page(answer)
    assert page.select_one(".error-summary a[href='#again-crop_top']") is not None
    assert page.title is not None
    assert page.title.get_text().startswith("エラー: ")
    answer = admin.post(f"{path}/crop", data={"crop_top": "9"})
    assert answer.status_code == 303
    with office.database.reading() as session:
        second = session.query(OfficialSeal).filter_by(replaces_id=first.id).one()
    assert answer.location.endswith(f"/admin/seals/{second.id}")
    assert (second.name, second.mm, second.crop) == (first.name, first.mm, "0,9,0,0")
    again = admin.post(f"{path}/crop", data={"crop_top": "9"}, follow_redirects=True)
    assert again.request.path == f"{URL}/{second.id}", "pressed twice: there is one"
    assert "先に受け付けた範囲で直しています" in check_page(again).get_text()
    assert office.count(OfficialSeal) == 2
    StoredStampDesk(office.database, office.vault).accept(second.id, PNG)
    page = check_page(admin.get(path))
    assert "廃止" in page.get_text()
    assert page.select_one("#crop-again") is None
    assert admin.post(f"{path}/crop", data={"crop_top": "9"}).status_code == 404
