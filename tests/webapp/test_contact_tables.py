"""The address book as CSV: looked at before it is taken, and taken out again."""

import csv
import io

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from storage.tables import Contact, ContactImport, LedgerEvent
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office, post_multipart
from tests.webapp.test_contacts import TYPED, add

pytestmark = pytest.mark.usefixtures("without_token")

TABLE = (
    "氏名,メールアドレス,会社名・団体名,電話番号,役職\n"
    "山田 太郎,taro@aoyama.example.jp,株式会社青山建設,03-1234-5678,専務\n"
    "佐藤 花子,hanako@example.jp,=cmd|' /C calc'!A0,,\n"
)


def send(clerk: FlaskClient, data: bytes, existing: str = "update") -> TestResponse:
    file = FileStorage(io.BytesIO(data), "宛先.csv", "table")
    return post_multipart(clerk, "/contacts/import", {"table": file, "existing": existing})


def take(clerk: FlaskClient, where: str) -> TestResponse:
    shown = checked(clerk.get(where)).select_one("input[name=shown]")
    assert shown is not None
    return clerk.post(where, data={"shown": str(shown["value"])})


def count(office: Office) -> int:
    return office.count(Contact)


def test_a_table_is_looked_at_and_taken(office: Office, clerk: FlaskClient) -> None:
    add(clerk)
    answer = send(clerk, TABLE.encode("cp932"))
    assert answer.status_code == 303
    page = checked(clerk.get(str(answer.location)))
    text = page.get_text()
    assert "新しく登録：1件" in text
    assert "更新：1件" in text
    assert "部長 → 専務" in " ".join(text.split())
    assert count(office) == 1
    assert take(clerk, str(answer.location)).status_code == 303
    assert count(office) == 2
    # A second press, and a page that was left open, take nothing twice.
    assert clerk.post(str(answer.location), data={"shown": "x"}).status_code == 303
    assert clerk.get(str(answer.location)).location == "/contacts"
    assert count(office) == 2


def test_known_contacts_can_be_left_as_they_are(office: Office, clerk: FlaskClient) -> None:
    add(clerk)
    answer = send(clerk, TABLE.encode(), existing="keep")
    assert "更新しない：1件" in checked(clerk.get(str(answer.location))).get_text()
    take(clerk, str(answer.location))
    with office.database.reading() as session:
        assert session.query(Contact).filter_by(mail=TYPED["mail"]).one().title == "部長"


def test_faults_are_listed_by_line_and_column_and_nothing_is_taken(
    office: Office, clerk: FlaskClient
) -> None:
    answer = send(clerk, (TABLE + "鈴木,no mail,,12,\n").encode())
    page = checked(clerk.get(str(answer.location)))
    cells = [cell.get_text() for cell in page.select(".contact-both td")]
    assert cells[0:2] == ["4行目", "メールアドレス"]
    assert cells[3:5] == ["4行目", "電話番号"]
    assert page.select_one("input[name=shown]") is None
    clerk.post(str(answer.location), data={"shown": ""})
    assert count(office) == 0


@pytest.mark.parametrize("data", [b"", b"\x81 \xff", b"a,b\n1,2\n"])
def test_a_file_that_is_no_such_table_is_said_beside_the_control(
    office: Office, clerk: FlaskClient, data: bytes
) -> None:
    answer = send(clerk, data)
    assert answer.status_code == 422
    assert checked(answer).select_one("#table-error") is not None
    assert office.count(ContactImport) == 0


def test_a_book_that_changed_meanwhile_is_looked_at_again(
    office: Office, clerk: FlaskClient
) -> None:
    answer = send(clerk, TABLE.encode())
    page = checked(clerk.get(str(answer.location))).select_one("input[name=shown]")
    assert page is not None
    add(clerk)
    again = clerk.post(str(answer.location), data={"shown": str(page["value"])})
    assert again.location == answer.location
    assert count(office) == 1


def test_a_colleague_does_not_see_the_table(office: Office, clerk: FlaskClient) -> None:
    where = str(send(clerk, TABLE.encode()).location)
    for other in ("admin", "neighbour"):
        assert office.browser(other).get(where).status_code == 404


@pytest.mark.parametrize("encoding", ["utf-8", "shift_jis"])
def test_what_is_taken_out_comes_in_again_as_it_was(
    office: Office, clerk: FlaskClient, encoding: str
) -> None:
    add(clerk, note="一行目\n二行目", company="=1+1", phone="+44 7911 123456")
    answer = clerk.get("/contacts.csv", query_string={"encoding": encoding})
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    data = answer.data
    text = data.decode("utf-8-sig" if encoding == "utf-8" else "cp932")
    _, line = csv.reader(io.StringIO(text))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in line)
    back = send(clerk, data)
    assert "変わらない：1件" in checked(clerk.get(str(back.location))).get_text()
    with office.database.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="contacts:exported").one()
        assert event.data["lines"] == 1


def test_the_export_holds_what_the_conditions_find(office: Office, clerk: FlaskClient) -> None:
    add(clerk)
    assert len(clerk.get("/contacts.csv?q=nobody").data.decode("utf-8-sig").splitlines()) == 1
    assert clerk.get("/contacts.csv?encoding=utf-16").status_code == 422


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_template_can_be_taken_as_it_is(
    office: Office, clerk: FlaskClient, language: str
) -> None:
    clerk.post("/language", data={"language": language, "back": "/contacts"})
    for encoding in ("utf-8", "shift_jis"):
        answer = send(clerk, clerk.get(f"/contacts/template.csv?encoding={encoding}").data)
        assert answer.status_code == 303
        page = checked(clerk.get(str(answer.location)))
        assert page.select_one("input[name=shown]") is not None
