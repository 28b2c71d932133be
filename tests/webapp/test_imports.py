"""取込 in the browser: sent, looked at, taken whole, and found again."""

import io
import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from domain.own_definitions import TypedOwnField
from domain.ports.signatures import Timestamp
from storage import own_fields
from storage.desks.imports import StoredImportDesk
from storage.tables import Act, Deal, Imported, Member
from tests.storage.world import now
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PDF, Office, post_multipart

pytestmark = pytest.mark.usefixtures("without_token")

HEAD = "ファイル名,受領日,取引年月日,取引先,取引金額\n"
A = "a.pdf,2026-11-02,2026-11-01,青山建設,1200000\n"
GOOD = HEAD + A + "b.pdf,2026-11-03,2026-11-02,赤坂設計,\n"


def send(
    clerk: FlaskClient, *names: str, table: str = "", path: str = "/deals/imports"
) -> TestResponse:
    parts = [FileStorage(io.BytesIO(PDF + name.encode()), name, "files") for name in names]
    values: dict[str, object] = {"files": parts}
    if table:
        values["table"] = FileStorage(io.BytesIO(table.encode("cp932")), "一覧.csv", "table")
    return post_multipart(clerk, path, values)


def begun(office: Office, clerk: FlaskClient, *names: str, table: str = "") -> str:
    """The path of a batch whose PDFs have been looked at."""
    answer = send(clerk, *names, table=table)
    assert answer.status_code == 303
    office.accept_documents()
    return str(answer.location)


def take(clerk: FlaskClient, path: str, reason: str = "") -> TestResponse:
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', clerk.get(path).text)
    shown = found[1] if found else "0" * 64
    return clerk.post(f"{path}/take", data={"shown": shown, "late_reason": reason})


def imported(office: Office) -> list[UUID]:
    with office.database.reading() as session:
        return [row.envelope_id for row in session.query(Imported).order_by(Imported.position)]


def test_files_with_an_index_are_looked_at_and_taken(office: Office, clerk: FlaskClient) -> None:
    path = begun(office, clerk, "a.pdf", "b.pdf", table=GOOD)
    page = checked(clerk.get(path))
    assert "2件を取り込む" in page.get_text()
    assert office.count(Deal) == 0
    assert clerk.get(f"{path}/live?seen=x").headers["HX-Refresh"] == "true"
    assert take(clerk, path).status_code == 303
    assert office.count(Deal) == 2
    register = checked(clerk.get("/deals?origin=imported")).get_text()
    assert "青山建設" in register
    assert "取込" in register
    first = imported(office)[0]
    assert clerk.get(f"/envelopes/{first}").location == f"/deals/imported/{first}"
    assert clerk.get("/envelopes").text.count("a.pdf") == 0
    assert clerk.get(f"/deals/imported/{first}/timestamp.tst").status_code == 404
    desk = StoredImportDesk(office.database, office.vault)
    desk.stamped(first, Timestamp(b"a token", now(), "TSA 1"))
    page = checked(clerk.get(f"/deals/imported/{first}"))
    assert "TSA 1" in page.get_text()
    assert clerk.get(f"/deals/imported/{first}/timestamp.tst").data == b"a token"
    # Nobody is asked for anything in it, whoever makes a form by hand.
    clerk.post(f"/envelopes/{imported(office)[1]}/withdraw", data={"nonce": "n", "reason": "x"})
    assert office.count(Act) == 0
    assert "取込" in checked(clerk.get("/deals?print=1")).get_text()


def test_faults_of_an_index_are_listed_and_nothing_is_taken(
    office: Office, clerk: FlaskClient
) -> None:
    wrong = GOOD.replace("2026-11-02,赤坂設計", "11月2日,").replace("b.pdf", "c.pdf")
    path = begun(office, clerk, "a.pdf", "b.pdf", table=wrong)
    cells = [cell.get_text() for cell in checked(clerk.get(path)).select(".import-faults td")]
    assert [cells[0:2], cells[3:5]] == [["3行目", "ファイル名"], ["3行目", "取引年月日"]]
    assert take(clerk, path).status_code == 409
    assert office.count(Deal) == 0
    template = clerk.get(f"{path}/index.csv?encoding=shift_jis").data.decode("cp932")
    assert template.splitlines()[1].startswith("a.pdf,")
    send(clerk, table=GOOD, path=f"{path}/files")
    assert take(clerk, path).status_code == 303


def test_what_is_ready_is_taken_and_the_rest_stays(office: Office, clerk: FlaskClient) -> None:
    path = begun(office, clerk, "a.pdf", "b.pdf")
    first, second = imported(office)
    typed = {"way": "electronic", "received_on": "2026-01-05", "made_on": "2026-01-04"}
    answer = clerk.post(f"{path}/files/{second}", data=typed)
    assert answer.status_code == 422
    page = checked(clerk.get(path)).get_text()  # what was typed is kept, and counts
    assert "2026-01-05" in page.replace("/", "-") or "2026年1月5日" in page
    assert "期限を過ぎています" in page
    assert "整った" not in page
    whole = {**typed, "partner": "青山建設", "received_on": "2026-11-02"}
    assert clerk.post(f"{path}/files/{first}", data=whole).status_code == 303
    shown_page = checked(clerk.get(path))
    assert "整った1件だけ取り込む" in shown_page.get_text()
    shown = str(shown_page.select_one('input[name="shown"]')["value"])  # type: ignore[index]  # it is there
    assert take(clerk, path).status_code == 409  # nobody asked for a part of it
    data = {"shown": shown, "sound": "yes"}
    assert clerk.post(f"{path}/take", data=data).location == path
    assert office.count(Deal) == 1
    page = checked(clerk.get(path)).get_text()
    assert "ほかの契約書は、この画面に残っています" in page
    assert "契約書（1件）" in page
    listed = checked(clerk.get("/deals/imports?shown=late")).get_text()
    assert "b" in listed


def kind_with_section(office: Office) -> str:
    """「工事請負契約」, which nobody has used yet; the id of its required field 「工区」."""
    with office.app.app_context(), office.database.transaction() as session:
        admin = session.get_one(Member, office.members["admin"].id)
        kind = own_fields.add(session, admin, "工事請負契約", "", now())
        rows = [TypedOwnField(ja="工区", en="Section", required="yes")]
        own_fields.save(session, admin, kind.id, rows, "", 1, now())
        found = own_fields.find(session, admin.organisation_id, kind.id)
        assert found is not None
        return found.fields[0].id


def test_columns_that_mean_nothing_are_named(office: Office, clerk: FlaskClient) -> None:
    path = begun(
        office, clerk, "a.pdf", table=HEAD.replace("\n", ",工区,\n") + A.strip() + ",北,\n"
    )
    page = checked(clerk.get(path)).get_text()
    assert "CSVの内容を反映しました" in page
    assert "使わない列：工区" in page
    send(clerk, table=HEAD + A, path=f"{path}/files")
    assert "使わない列" not in checked(clerk.get(path)).get_text()


def test_own_fields_of_a_kind_come_with_a_table(office: Office, clerk: FlaskClient) -> None:
    field = kind_with_section(office)
    head = HEAD.replace("\n", ",契約の種類,工区\n")
    path = begun(office, clerk, "a.pdf", table=f"{head}{A.strip()},工事請負契約,\n")
    cells = [cell.get_text() for cell in checked(clerk.get(path)).select(".import-faults td")]
    assert cells == ["2行目", "工区", "「工区」を入力してください。"]
    assert clerk.get(f"{path}/index.csv").data.decode("utf-8-sig").splitlines()[0].endswith(",工区")
    send(clerk, table=f"{head}{A.strip()},工事請負契約,北３\n", path=f"{path}/files")
    page = checked(clerk.get(path)).get_text()
    assert "使わない列" not in page
    assert take(clerk, path).status_code == 303
    [envelope_id] = imported(office)
    with office.database.reading() as session:
        assert own_fields.values_of(session, envelope_id) == {field: "北３"}
    assert "北３" in checked(clerk.get(f"/deals/imported/{envelope_id}")).get_text()


def test_a_form_offers_kinds_that_nobody_used_and_asks_for_their_fields(
    office: Office, clerk: FlaskClient
) -> None:
    field = kind_with_section(office)
    path = begun(office, clerk, "a.pdf", table=HEAD + A)
    [envelope_id] = imported(office)
    form = f"{path}/files/{envelope_id}"
    offered = [one["value"] for one in checked(clerk.get(form)).select("#kinds option")]
    assert offered == ["工事請負契約"]
    part = clerk.post(f"/envelopes/{envelope_id}/own-fields", data={"kind": "工事請負契約"})
    assert f"own-{field}" in part.text
    typed = {
        "partner": "青山建設", "received_on": "2026-11-02", "made_on": "2026-11-01",
        "way": "electronic", "kind": "工事請負契約", f"shown-own-{field}": "1",
    }  # fmt: skip
    refused = clerk.post(form, data=typed)
    assert refused.status_code == 422
    assert checked(refused).select_one(f"#own-{field}-error") is not None
    assert clerk.post(form, data=typed | {f"own-{field}": "北"}).status_code == 303
    assert checked(clerk.get(form)).select_one(f"#own-{field}")["value"] == "北"  # type: ignore[index]
    assert take(clerk, path).status_code == 303
    with office.database.reading() as session:
        assert own_fields.values_of(session, envelope_id) == {field: "北"}


def test_one_file_needs_no_table(office: Office, clerk: FlaskClient) -> None:
    path = begun(office, clerk, "scan.pdf")
    [envelope_id] = imported(office)
    form = f"{path}/files/{envelope_id}"
    typed = {"partner": "赤坂設計", "received_on": "2026-01-05", "made_on": "x", "way": "paper"}
    answer = clerk.post(form, data=typed)
    assert answer.status_code == 422
    page = checked(answer)
    assert page.select_one("#partner")["value"] == "赤坂設計"  # type: ignore[index]  # it is there
    assert page.select_one("#made_on-error") is not None
    assert clerk.post(form, data=typed | {"made_on": "2026-01-04"}).status_code == 303
    late = take(clerk, path)
    assert late.status_code == 422
    assert checked(late).select_one("#late_reason-error") is not None
    assert take(clerk, path, "書庫で見つかったため").status_code == 303
    page = checked(clerk.get(f"/deals/imported/{envelope_id}"))
    assert "書庫で見つかったため" in page.get_text()
    changed = clerk.post(
        f"/envelopes/{envelope_id}/deal", data=typed | {"made_on": "2026-01-04", "reason": "x"}
    )
    assert changed.status_code == 303


def test_files_are_left_out_and_imports_given_up(office: Office, clerk: FlaskClient) -> None:
    path = begun(office, clerk, "a.pdf", "b.pdf", table=GOOD)
    first = imported(office)[0]
    assert clerk.post(f"{path}/files/{first}/remove").status_code == 303
    assert "b.pdf" in clerk.get(path).text
    assert clerk.get(f"{path}/files/{first}").status_code == 404
    assert clerk.post(f"{path}/drop").status_code == 303
    assert "何も取り込んでいません" in checked(clerk.get(path)).get_text()
    assert clerk.post(f"{path}/drop").status_code == 404
    assert send(clerk, "c.pdf", path=f"{path}/files").status_code == 404
    assert send(clerk).status_code == 422


def test_another_organisation_sees_nothing_of_it(office: Office, clerk: FlaskClient) -> None:
    path = begun(office, clerk, "a.pdf", table=HEAD + A)
    [envelope_id] = imported(office)
    stranger = office.browser("neighbour")
    gone = [stranger.get(path), stranger.get(f"{path}/files/{envelope_id}"), take(stranger, path)]
    gone += [stranger.get(f"{path}/index.csv"), stranger.post(f"{path}/drop")]
    assert {answer.status_code for answer in gone} == {404}
    take(clerk, path)
    for more in ("", "/timestamp.tst"):
        assert stranger.get(f"/deals/imported/{envelope_id}{more}").status_code == 404
    assert stranger.post(f"/deals/imported/{envelope_id}/reason").status_code == 404
    assert office.browser("clerk").get("/deals/imports?shown=all").text.count("a.pdf") == 0


def test_the_pages_speak_english(office: Office, clerk: FlaskClient) -> None:
    path = begun(office, clerk, "a.pdf", table=HEAD + A)
    clerk.post("/language", data={"language": "en"})
    assert "Import 1" in checked(clerk.get(path)).get_text()
    assert "Begin an import" in checked(clerk.get("/deals/imports")).get_text()
    take(clerk, path)
    assert (
        "was not signed" in checked(clerk.get(f"/deals/imported/{imported(office)[0]}")).get_text()
    )


def _listed(clerk: FlaskClient, path: str, query: str = "") -> list[str]:
    """Names of the files that the page shows, in order."""
    page = checked(clerk.get(f"{path}{query}"))
    cells = page.select("table.stacking tbody td.lead .more:first-of-type")
    return [cell.get_text(strip=True) for cell in cells]


def test_a_long_import_is_paged_sorted_searched_and_narrowed_to_what_has_faults(
    office: Office, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.import_lines.PAGE_SIZE", 2)
    late = "c.pdf,2025-03-01,2025-02-01,白石建材,5\n"
    path = begun(office, clerk, "b.pdf", "a.pdf", "c.pdf", table=GOOD + late)
    assert _listed(clerk, path) == ["a.pdf", "b.pdf"]
    assert _listed(clerk, path, "?page=2") == ["c.pdf"]
    assert _listed(clerk, path, "?sort=partner&order=desc") == ["a.pdf", "b.pdf"]
    assert _listed(clerk, path, "?sort=amount&order=asc") == ["c.pdf", "a.pdf"]
    assert _listed(clerk, path, "?sort=amount&page=2") == ["b.pdf"], "none comes last"
    assert _listed(clerk, path, "?sort=state") == ["c.pdf", "b.pdf"]
    assert _listed(clerk, path, "?which=faults") == ["c.pdf"]
    assert _listed(clerk, path, "?q=青山") == ["a.pdf"]
    assert _listed(clerk, path, "?q=ない") == []
    page = checked(clerk.get(f"{path}?which=faults"))
    assert "直すところ・注意があるもの（1件）" in page.get_text()
    leave = page.select_one("form[action*='/remove']")
    assert leave is not None
    back = clerk.post(str(leave["action"])).location
    assert "which=faults" in str(back)
    assert "直すところや注意のある契約書はありません" in clerk.get(str(back)).text
    assert "2件を取り込む" in clerk.get(path).text
