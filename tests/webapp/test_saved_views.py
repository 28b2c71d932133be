"""Conditions of lists that a member keeps under a name."""

import pytest
from flask.testing import FlaskClient

from storage.tables import SavedView
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")


def kept(office: Office) -> list[tuple[str, str, dict[str, object]]]:
    with office.database.reading() as session:
        return [(row.list, row.name, row.query) for row in session.query(SavedView).all()]


def keep(client: FlaskClient, query: str, name: str = "急ぎ", lists: str = "envelopes") -> str:
    answer = client.post("/views", data={"list": lists, "query": query, "name": name})
    assert answer.status_code == 303
    return answer.location


def test_a_list_is_found_again_under_its_name(office: Office, clerk: FlaskClient) -> None:
    page = clerk.get("/envelopes?state=due&q=工事&mine=1&page=2").text
    assert 'value="state=due&amp;q=%E5%B7%A5%E4%BA%8B&amp;mine=1"' in page
    keep(clerk, "state=due&q=%E5%B7%A5%E4%BA%8B&mine=1&page=2&next=//evil.example")
    assert kept(office) == [("envelopes", "急ぎ", {"state": "due", "q": "工事", "mine": "1"})]
    assert "急ぎ" in clerk.get("/envelopes").text
    shown = clerk.get("/envelopes?state=due&q=工事&mine=1").text
    assert 'aria-current="true">急ぎ</a>' in shown
    assert "急ぎ" not in clerk.get("/deals").text


def test_the_registers_conditions_are_kept_with_their_choices(
    office: Office, clerk: FlaskClient
) -> None:
    keep(clerk, "blank=amount&blank=partner&since=2026-01-01&nonsense=1", "未入力", "deals")
    query = {"blank": ["amount", "partner"], "since": "2026-01-01"}
    assert kept(office) == [("deals", "未入力", query)]
    assert (
        'aria-current="true">未入力</a>'
        in clerk.get("/deals?blank=amount&blank=partner&since=2026-01-01").text
    )


def test_the_same_name_is_replaced_and_nobody_sees_anothers(
    office: Office, clerk: FlaskClient
) -> None:
    admin = office.browser("admin")
    keep(clerk, "state=running")
    keep(clerk, "state=done")
    assert kept(office) == [("envelopes", "急ぎ", {"state": "done"})]
    assert "急ぎ" not in admin.get("/envelopes").text
    with office.database.reading() as session:
        row = session.query(SavedView).one()
    assert admin.post(f"/views/{row.id}/remove").status_code == 404
    assert clerk.post(f"/views/{row.id}/remove").status_code == 303
    assert kept(office) == []


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("", "state=done", "名前を入力してください。"),
        ("長" * 41, "state=done", "名前は40文字以内で入力してください。"),
        ("全部", "", "条件がありません。"),
    ],
)
def test_what_cannot_be_kept_is_said_and_the_typed_name_stays(
    office: Office, clerk: FlaskClient, name: str, query: str, said: str
) -> None:
    page = clerk.get(keep(clerk, query, name)).text
    assert said in page
    assert kept(office) == []
    if name and query:
        assert f'value="{name}"' in page


def test_there_is_an_end_to_them(office: Office, clerk: FlaskClient) -> None:
    for number in range(21):
        keep(clerk, "state=done", f"条件{number}")
    assert len(kept(office)) == 20
