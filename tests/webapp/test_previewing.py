"""A draft as each of its people will meet it: nothing is sent, and nothing else is shown later."""

from flask.testing import FlaskClient

from storage.drafts import documents_of
from storage.tables import Notice
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, upload
from tests.webapp.test_drafting import _envelope

RECIPIENT = {
    "people-2-name": "受領 花子", "people-2-mail": "hanako@city.example", "people-2-party": "own",
    "people-2-company": "会計課", "people-2-kind": "recipient", "people-2-language": "ja",
}  # fmt: skip


def test_each_person_is_previewed_with_mail_documents_and_fields(office: Office) -> None:
    browser: FlaskClient = office.browser("clerk")
    path = office.draft(browser)
    assert browser.get(f"{path}/preview").location == f"{path}?check=1"
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="save", **RECIPIENT))
    with office.database.reading() as session:
        envelope = _envelope(office, path)
        document = str(documents_of(session, envelope.id)[0].id)
    words = {
        "person": envelope.draft["people"][0]["key"], "kind": "name", "page": "2", "x": "20",
        "y": "30", "width": "60", "height": "8", "label": "署名者氏名", "required": "on",
    }  # fmt: skip
    rows = {f"field-0000000a-{part}": value for part, value in words.items()}
    browser.post(
        f"{path}/fields", data={"document": document, "number": "1", "action": "save", **rows}
    )
    taro = check_page(browser.get(f"{path}/preview"))
    mail = taro.select_one("pre")
    assert mail is not None
    assert "山田 太郎 様" in mail.get_text()
    assert form()["message"] in mail.get_text()
    assert "署名者氏名" in taro.get_text()
    assert [rect["x"] for rect in taro.select(".marks rect")] == ["20.0"]
    suzuki = check_page(browser.get(f"{path}/preview?person=2"))
    assert "Dear 鈴木 一郎" in suzuki.get_text()
    assert not suzuki.select(".marks rect")
    assert (
        "すべての手続きが完了しました。"
        in check_page(browser.get(f"{path}/preview?person=3")).get_text()
    )
    assert office.count(Notice) == 0
