"""契約の種類と独自項目: defined by an administrator, filled in by clerks, searched and exported."""

import csv
import io
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from storage.own_fields import values_of
from storage.tables import ContractKind, ContractKindVersion, Envelope, TemplateVersion
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PDF, Office, form, send, upload

pytestmark = pytest.mark.usefixtures("without_token")

KIND = "工事請負契約"
FIELDS = {
    "fields-0-ja": "工事場所", "fields-0-en": "Site", "fields-0-kind": "text",
    "fields-0-guide_ja": "地番まで", "fields-0-required": "yes",
    "fields-1-ja": "予定価格", "fields-1-kind": "money",
    "fields-2-ja": "区分", "fields-2-kind": "choice", "fields-2-choices": "新築\n改修",
    "fields-3-ja": "単価契約", "fields-3-kind": "check",
}  # fmt: skip


@pytest.fixture
def ids(office: Office, admin: FlaskClient) -> list[str]:
    """The ids of a kind's four fields."""
    path = str(admin.post("/admin/kinds", data={"name": KIND, "name_en": ""}).location)
    answer = admin.post(path, data=FIELDS | {"seen": "1", "do": "save"})
    assert answer.status_code == 303, checked(answer).get_text()
    with office.database.reading() as session:
        row = session.query(ContractKindVersion).filter_by(number=2).one()
    return [str(field["id"]) for field in row.fields]


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.browser("admin")


def typed(ids: list[str], *values: str) -> dict[str, str]:
    """A form that shows all four."""
    shown = {f"shown-own-{key}": "1" for key in ids}
    given = zip(ids, values, strict=False)
    return shown | {f"own-{key}": value for key, value in given if value}


def ready(office: Office, clerk: FlaskClient, **more: str) -> str:
    path = office.draft(clerk)
    upload(clerk, path, ("契約書.pdf", PDF))
    office.accept_documents()
    clerk.post(f"{path}/draft", data=form(contract_kind=KIND, action="save") | more)
    return path


def of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def test_a_required_field_is_asked_for_and_what_was_typed_is_kept(
    office: Office, clerk: FlaskClient, ids: list[str]
) -> None:
    path = ready(office, clerk, **typed(ids, "", "1,200,000", "改修", "1"))
    page = BeautifulSoup(clerk.get(f"{path}?check=1").text, "html5lib")
    assert "「工事場所」を入力してください。" in page.get_text()
    assert page.find("a", href=f"#own-{ids[0]}") is not None
    assert page.find("input", id=f"own-{ids[1]}")["value"] == "1,200,000"  # type: ignore[index]
    assert page.find("input", id=f"own-{ids[3]}").has_attr("checked")  # type: ignore[union-attr]
    assert clerk.get(f"{path}/confirm").status_code == 303
    assert clerk.post(f"{path}/send", data={"shown": "x"}).status_code == 303
    with office.database.reading() as session:
        assert session.get_one(Envelope, of(path)).state == "draft"


def test_values_go_from_the_draft_to_the_envelope_the_register_and_its_table(
    office: Office, clerk: FlaskClient, ids: list[str]
) -> None:
    path = ready(office, clerk, **typed(ids, "=本庁舎", "1,200,000", "改修", "1"))
    summary = checked(clerk.get(f"{path}/confirm")).get_text()
    assert "1,200,000円" in summary
    assert send(clerk, path).status_code == 303
    shown = checked(clerk.get(path)).get_text()
    for text in ("工事場所", "=本庁舎", "1,200,000円", "改修", "はい"):
        assert text in shown
    query = {"kind": KIND, f"own-money-{ids[1]}-from": "1,200,001"}
    found = checked(clerk.get("/deals", query_string=query))
    assert "条件に合う取引はありません" in found.get_text()
    query[f"own-money-{ids[1]}-from"] = "1200000"
    found = checked(clerk.get("/deals", query_string=query))
    assert "1件見つかりました" in found.get_text()
    assert found.find("input", id=f"own-money-{ids[1]}-from")["value"] == "1200000"  # type: ignore[index]
    answer = clerk.get("/deals.csv", query_string=query)
    [heads, line] = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    answer.close()
    assert heads[-4:] == ["工事場所", "予定価格", "区分", "単価契約"]
    assert line[-4:] == ["'=本庁舎", "1200000", "改修", "1"]
    asked = checked(clerk.get("/deals/disclosures", query_string=query)).get_text()
    assert "予定価格 1200000 から" in asked


def test_what_was_not_filled_in_is_found_kept_and_handed_over(
    office: Office, clerk: FlaskClient, ids: list[str]
) -> None:
    for values in (("本庁舎", "1,200,000", "改修"), ("本庁舎", "1,200,000")):
        path = ready(office, clerk, **typed(ids, *values))
        assert send(clerk, path).status_code == 303
    lacking = path
    name = f"own-choice-{ids[2]}-none"
    query = {"kind": KIND, name: "1"}
    page = checked(clerk.get("/deals", query_string=query))
    assert [str(link["href"]) for link in page.select("a.row-link")] == [lacking]
    box = page.find("input", id=name)
    assert box is not None
    assert box.has_attr("checked")
    assert "区分が未入力" in page.get_text()
    assert page.select(f'input[name=query][value*="{name}=1"]'), "it can be kept"
    answer = clerk.get("/deals.csv", query_string=query)
    assert len(list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))) == 2
    answer.close()
    asked = checked(clerk.get("/deals/disclosures", query_string=query)).get_text()
    assert "区分が未入力" in asked
    kinds = checked(clerk.get("/deals?blank=kind"))
    assert not kinds.select("a.row-link")
    assert "契約の種類が未入力" in kinds.get_text()


def test_an_unreadable_condition_is_said_and_finds_nothing(
    office: Office, clerk: FlaskClient, ids: list[str]
) -> None:
    query = {"kind": KIND, f"own-money-{ids[1]}-from": "たくさん"}
    page = checked(clerk.get("/deals", query_string=query))
    assert "金額は、円の単位で" in page.get_text()
    refused = clerk.get("/deals.csv", query_string=query)
    assert refused.status_code == 422
    assert "金額は、円の単位で" in checked(refused).get_text()


def test_a_value_is_changed_after_sending_with_reason_and_history(
    office: Office, clerk: FlaskClient, ids: list[str]
) -> None:
    path = ready(office, clerk, **typed(ids, "本庁舎", "", "", "1"))
    send(clerk, path)
    page = checked(clerk.get(f"{path}/deal"))
    assert page.find("input", id=f"own-{ids[0]}")["value"] == "本庁舎"  # type: ignore[index]
    data = {"kind": KIND, "partner": "山田組", "reason": "誤記", "revision": "0"}
    refused = clerk.post(f"{path}/deal", data=data | typed(ids, "", "", "改修"))
    assert refused.status_code == 422
    page = checked(refused)
    assert "「工事場所」を入力してください。" in page.get_text()
    assert page.find("option", selected=True, value="改修") is not None
    assert clerk.post(f"{path}/deal", data=data | typed(ids, "支所")).status_code == 303
    shown = checked(clerk.get(path)).get_text()
    assert "工事場所：本庁舎 → 支所" in shown
    assert "単価契約：はい → いいえ" in shown


def test_the_fields_of_another_kind_come_with_its_name(
    office: Office, clerk: FlaskClient, ids: list[str]
) -> None:
    path = ready(office, clerk, **typed(ids, "本庁舎"))
    other = clerk.post(f"{path}/own-fields", data={"contract_kind": "委託"}).text
    assert ids[0] not in other
    back = clerk.post(f"{path}/own-fields", data={"contract_kind": "工事 請負契約"}).text
    assert "本庁舎" in back
    clerk.post(f"{path}/draft", data=form(contract_kind="委託", action="save"))
    clerk.post(f"{path}/draft", data=form(contract_kind=KIND, action="save"))
    assert "本庁舎" in clerk.get(path).text


def test_a_template_carries_the_values(office: Office, clerk: FlaskClient, ids: list[str]) -> None:
    path = ready(office, clerk, **typed(ids, "本庁舎"))
    page = checked(clerk.get(f"{path}/template"))
    places = {
        str(one["name"]): f"枠{number}"
        for number, one in enumerate(page.select('input[name^="place-"]'))
    }
    typed_page = {"into": "new", "name": "工事のひな形", "share": "organisation"} | places
    made = clerk.post(f"{path}/template", data=typed_page)
    assert made.status_code == 303, made.text
    with office.database.reading() as session:
        version = session.query(TemplateVersion).one()
    assert version.content["draft"]["own"] == {ids[0]: "本庁舎"}
    assert "工事場所：本庁舎" in clerk.get(str(made.location)).text


def test_the_editor_moves_rows_and_says_what_is_wrong_without_losing_them(
    office: Office, admin: FlaskClient, ids: list[str]
) -> None:
    with office.database.reading() as session:
        path = f"/admin/kinds/{session.query(ContractKind).one().id}"
    page = checked(admin.get(path))
    assert page.find("select", id="fields-0-kind") is None  # the type stays
    moved = checked(admin.post(path, data=FIELDS | {"seen": "2", "do": "up-1"}))
    assert moved.find("input", id="fields-0-ja")["value"] == "予定価格"  # type: ignore[index]
    wrong = admin.post(path, data=FIELDS | {"seen": "2", "fields-0-ja": "", "do": "save"})
    assert wrong.status_code == 422
    assert "項目の名前を入力してください。" in checked(wrong).get_text()
    late = admin.post(path, data=FIELDS | {"seen": "1", "do": "save"})
    assert late.status_code == 409
    assert checked(late).find("input", id="fields-0-guide_ja")["value"] == "地番まで"  # type: ignore[index]


def test_another_organisations_kind_does_not_exist_and_clerks_define_none(
    office: Office, clerk: FlaskClient, ids: list[str]
) -> None:
    with office.database.reading() as session:
        path = f"/admin/kinds/{session.query(ContractKind).one().id}"
    assert clerk.get(path).status_code == 403
    stranger = office.browser("neighbour")
    assert stranger.get(path).status_code in {403, 404}
    draft = ready(office, stranger, **typed(ids, "本庁舎"))
    send(stranger, draft)
    with office.database.reading() as session:
        assert values_of(session, of(draft)) == {}
