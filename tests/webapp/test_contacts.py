"""宛先帳: listed by the URL, kept without losing anybody's change, merged."""

import pytest
from flask.testing import FlaskClient

from storage.tables import Contact, ContactChange
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")

TYPED = {
    "name": "山田 太郎", "kana": "やまだ たろう", "mail": "taro@aoyama.example.jp",
    "company": "株式会社青山建設", "department": "総務部", "title": "部長", "phone": "03-1234-5678",
    "postal_code": "1000001", "address": "東京都千代田区千代田1-1", "language": "ja",
    "corporate_number": "7000012050002", "partner_code": "T-0012", "note": "毎年3月",
}  # fmt: skip


def add(clerk: FlaskClient, **values: str) -> None:
    assert clerk.post("/contacts/new", data=TYPED | values).status_code == 303


def rows(office: Office) -> list[Contact]:
    with office.database.reading() as session:
        return session.query(Contact).order_by(Contact.changed_at).all()


def path(office: Office) -> str:
    return f"/contacts/{rows(office)[-1].id}"


def test_a_contact_is_added_found_changed_and_its_history_told(
    office: Office, clerk: FlaskClient
) -> None:
    assert "宛先はまだありません" in checked(clerk.get("/contacts")).get_text()
    add(clerk)
    listed = checked(clerk.get("/contacts?q=ｱｵﾔﾏ建設")).get_text()
    assert "条件に合う宛先はありません" in listed
    listed = checked(clerk.get("/contacts?q=青山建設&sort=company")).get_text()
    assert "1件の宛先" in listed
    assert "ヤマダ タロウ" in listed
    assert "03-1234-5678" in listed
    answer = clerk.post(path(office), data=TYPED | {"title": "専務", "revision": "1"})
    assert answer.status_code == 303
    page = checked(clerk.get(path(office)))
    history = page.select_one(".contact-history")
    assert history is not None
    assert "部長 → 専務" in " ".join(history.get_text(" ").split())
    assert "田中 花子" in history.get_text()


def test_in_english(office: Office, clerk: FlaskClient) -> None:
    add(clerk)
    clerk.post("/language", data={"language": "en", "back": "/contacts"})
    assert "1 contact" in checked(clerk.get("/contacts")).get_text()
    text = checked(clerk.get(path(office))).get_text()
    assert "Corporate number" in text
    assert "Added" in text


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    office: Office, clerk: FlaskClient
) -> None:
    answer = clerk.post("/contacts/new", data=TYPED | {"mail": "taro", "phone": "12"})
    assert answer.status_code == 422
    page = checked(answer)
    assert {link["href"] for link in page.select(".error-summary a")} == {"#mail", "#phone"}
    assert page.select_one("input#mail[value=taro]") is not None
    assert page.select_one("input#title[value=部長]") is not None
    assert rows(office) == []


def test_a_twin_is_told_of_before_it_is_kept(office: Office, clerk: FlaskClient) -> None:
    add(clerk)
    answer = clerk.post("/contacts/new", data=TYPED | {"name": "総務課"})
    assert answer.status_code == 409
    page = checked(answer)
    assert page.select_one(f"a[href='{path(office)}']") is not None
    assert page.select_one("input#name[value=総務課]") is not None
    assert len(rows(office)) == 1
    add(clerk, name="総務課", knowingly="1")
    assert "1組" in checked(clerk.get("/contacts")).get_text()


def test_somebody_elses_change_meanwhile_is_shown_beside_ones_own(
    office: Office, clerk: FlaskClient
) -> None:
    add(clerk)
    here = path(office)
    assert clerk.post(here, data=TYPED | {"title": "専務", "revision": "1"}).status_code == 303
    answer = clerk.post(here, data=TYPED | {"title": "社長", "revision": "1"})
    assert answer.status_code == 409
    page = checked(answer)
    cells = [cell.get_text() for cell in page.select(".contact-both td")]
    assert cells == ["専務", "社長"]
    assert rows(office)[0].title == "専務"
    field = page.select_one("input[name=revision]")
    assert field is not None
    again = TYPED | {"title": "社長", "revision": str(field["value"])}
    assert clerk.post(here, data=again).status_code == 303
    assert office.count(ContactChange) == 3


def test_a_retired_contact_leaves_the_list_and_can_be_put_back(
    office: Office, clerk: FlaskClient
) -> None:
    add(clerk)
    here = path(office)
    assert clerk.post(f"{here}/retire", data={"revision": "0"}).status_code == 303
    assert rows(office)[0].active
    clerk.post(f"{here}/retire", data={"revision": "1"})
    assert "山田" not in checked(clerk.get("/contacts")).get_text()
    assert "山田" in checked(clerk.get("/contacts?standing=retired")).get_text()
    assert "使わない扱いになって" in checked(clerk.get(here)).get_text()
    clerk.post(f"{here}/restore", data={"revision": "2"})
    assert rows(office)[0].active


def test_two_are_merged_value_by_value(office: Office, clerk: FlaskClient) -> None:
    add(clerk, phone="")
    add(clerk, name="山田", title="専務", knowingly="1")
    kept, gone = rows(office)
    page = checked(clerk.get("/contacts/twins"))
    where = f"/contacts/{kept.id}/merge/{gone.id}"
    assert page.select_one(f"a[href='{where}']") is not None
    page = checked(clerk.get(where))
    chosen = {str(one["id"]) for one in page.select("input[type=radio][checked]")}
    assert chosen == {"name-a", "title-a", "phone-b"}
    data = {"title-from": "b", "phone-from": "b", "kept": "1", "gone": "1"}
    assert clerk.post(where, data=data).status_code == 303
    by_id = {row.id: row for row in rows(office)}
    assert (by_id[kept.id].title, by_id[kept.id].name) == ("専務", "山田 太郎")
    assert by_id[kept.id].phone == "+81312345678"
    assert not by_id[gone.id].active
    assert clerk.get(where).status_code == 404
    text = checked(clerk.get(f"/contacts/{gone.id}"))
    assert text.select_one(f"a[href='/contacts/{kept.id}']") is not None
    assert "重複している宛先はありません" in checked(clerk.get("/contacts/twins")).get_text()


def test_many_contacts_come_in_pages(office: Office, clerk: FlaskClient) -> None:
    for number in range(51):
        add(clerk, name=f"人{number}", kana="", mail=f"{number}@example.jp", company="")
    page = checked(clerk.get("/contacts?sort=mail"))
    assert "51件" in page.get_text()
    follow = page.select_one(".paging a")
    assert follow is not None
    assert follow["href"] == "/contacts?sort=mail&page=2"
    assert len(checked(clerk.get(str(follow["href"]))).select("tbody tr")) == 1
