"""操作ログ: who looked, took away, searched and was refused; found, exported, verified."""

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from domain.operations import Operation
from storage import operations
from storage.tables import Envelope, Member, OperationEntry
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PASSWORD, Office, form

pytestmark = pytest.mark.usefixtures("without_token")


def entries(office: Office, *tags: str) -> list[OperationEntry]:
    with office.database.reading() as session:
        rows = session.query(OperationEntry).filter_by(organisation_id=office.organisation)
        return [
            row for row in rows.order_by(OperationEntry.sequence) if not tags or row.tag in tags
        ]


def fetch(browser: FlaskClient, *paths: str, **more: Any) -> None:
    for path in paths:
        browser.get(path, **more).close()


def test_looks_and_files_are_noted_once_a_minute_and_head_and_polls_are_not(
    office: Office,
) -> None:
    clerk = office.browser("clerk")
    path = office.sent(clerk)
    with office.database.reading() as session:
        document = session.execute(text("SELECT id FROM documents")).scalar_one()
    file = f"{path}/documents/{UUID(str(document))}/file"
    clerk.head(path)
    fetch(clerk, f"{path}/live", "/envelopes", f"{path}/documents")
    assert not entries(office, Operation.ENVELOPE_VIEWED, Operation.ENVELOPES_SEARCHED)
    fetch(clerk, path, path, file, file)
    fetch(clerk, file, headers={"Range": "bytes=5-9"})
    viewed = entries(office, Operation.ENVELOPE_VIEWED)
    opened = entries(office, Operation.DOCUMENT_OPENED)
    assert len(viewed) == len(opened) == 1
    assert viewed[0].actor == f"member:{office.members['clerk'].id}"
    assert viewed[0].data["envelope"] == path.rpartition("/")[2]
    assert viewed[0].data["address"] == "127.0.0.1"
    assert opened[0].data["document"] == str(UUID(str(document)))
    fetch(office.browser("admin"), path)
    assert len(entries(office, Operation.ENVELOPE_VIEWED)) == 2, "somebody else's look is another"


@pytest.mark.parametrize("part", ["bytes=-99999999", "bytes=1-", "bytes=0-0", "items=1-2"])
def test_whichever_part_is_taken_leaves_an_entry_and_many_parts_leave_one(
    office: Office, part: str
) -> None:
    clerk = office.browser("clerk")
    path = office.sent(clerk)
    with office.database.reading() as session:
        document = UUID(str(session.execute(text("SELECT id FROM documents")).scalar_one()))
    file = f"{path}/documents/{document}/file"
    fetch(clerk, file, headers={"Range": "bytes=99999999-"})
    assert not entries(office, Operation.DOCUMENT_OPENED), "416 sends nothing of it"
    fetch(clerk, file, headers={"Range": part})
    (opened,) = entries(office, Operation.DOCUMENT_OPENED)
    assert opened.data["document"] == str(document)
    for start in range(5):
        fetch(clerk, file, headers={"Range": f"bytes={start}-"})
    assert len(entries(office, Operation.DOCUMENT_OPENED)) == 1, "a reader fetches it in parts"


def test_an_export_comes_whole_whatever_part_is_asked_for_and_leaves_an_entry(
    office: Office,
) -> None:
    admin = office.browser("admin")
    answer = admin.get("/admin/log.csv", headers={"Range": "bytes=1-"})
    assert answer.status_code == 200
    assert answer.get_data().decode("utf-8-sig").startswith("番号,日時")
    answer.close()
    assert entries(office)[-1].tag == Operation.LOG_EXPORTED


def test_a_search_is_noted_without_what_was_searched_for(office: Office) -> None:
    clerk = office.browser("clerk")
    fetch(
        clerk, "/envelopes?q=山田太郎", "/envelopes?page=2", "/deals?page=2", "/deals?partner=山田"
    )
    found = entries(office, Operation.ENVELOPES_SEARCHED, Operation.DEALS_SEARCHED)
    assert [row.data["fields"] for row in found] == [["q"], ["partner"]]
    assert "山田" not in str([row.data for row in found])


def test_refusals_and_logins_are_noted_with_where_they_came_from(office: Office) -> None:
    clerk = office.browser("clerk")
    assert clerk.get("/admin/members").status_code == 403
    assert clerk.get(f"/envelopes/{UUID(int=1)}").status_code == 404
    office.log_in(office.browser(), "clerk@city.example", "wrong one")
    refused = entries(office, Operation.ACCESS_REFUSED, "member:login_refused")
    assert [row.tag for row in refused] == ["access:refused", "member:login_refused"]
    assert refused[0].data["permission"] == "member.read"
    assert {row.data["address"] for row in refused} == {"127.0.0.1"}
    assert not entries(office, Operation.ENVELOPE_VIEWED)


def test_ids_that_are_tried_stand_in_the_own_log_and_do_not_fill_it(office: Office) -> None:
    path = office.sent(office.browser("clerk"))
    stranger, admin = office.browser("neighbour"), office.browser("admin")
    with office.database.reading() as session:
        town = session.query(Member).filter_by(name="隣野 人").one().organisation_id
    assert stranger.get(path).status_code == 404
    for _ in range(11):
        stranger.post(f"/envelopes/{uuid4()}/deletion", data={"reason": "x"})
    stranger.get(f"/contacts/{uuid4()}")
    stranger.get("/nowhere")
    with office.database.reading() as session:
        rows = session.query(OperationEntry).filter_by(tag=Operation.ACCESS_IN_VAIN).all()
        said = [(row.data["asked_for"], row.data["times"]) for row in rows]
    assert sorted(said) == [("contact", 1), ("envelope", 1), ("envelope", 10)]
    assert {row.organisation_id for row in rows} == {town}, "and not in that of whoever has it"
    text = checked(stranger.get("/admin/log?what=refused")).get_text()
    assert path.rpartition("/")[2] in text
    assert "1時間に10回目" in text
    assert "清掃業務委託契約書" not in text
    assert "見ることのできないもの" not in admin.get("/admin/log?what=refused").text


def test_the_address_book_searched_from_a_draft_is_a_search_once_a_minute(office: Office) -> None:
    clerk = office.browser("clerk")
    path = office.draft(clerk)
    page = str(clerk.post(f"{path}/draft", data=form(action="pick-0")).location)
    fetch(clerk, page)
    assert not entries(office, Operation.CONTACTS_SEARCHED)
    for typed in ("山", "山田", "山田太"):
        fetch(clerk, f"{page}?q={typed}", headers={"HX-Request": "true"})
    (found,) = entries(office, Operation.CONTACTS_SEARCHED)
    assert found.data["fields"] == ["q"]
    assert found.data["envelope"] == path.rpartition("/")[2]
    assert "山" not in str(found.data)


def test_the_log_is_narrowed_by_its_url_and_names_people_and_envelopes(office: Office) -> None:
    clerk, admin = office.browser("clerk"), office.browser("admin")
    path = office.sent(clerk)
    fetch(clerk, path)
    key = office.members["clerk"].id
    page = checked(admin.get(f"/admin/log?who=member:{key}&what=view&since=2020-01-01"))
    rows = page.select("tbody tr")
    assert len(rows) == 1
    assert "田中 花子" in rows[0].text
    assert "清掃業務委託契約書" in rows[0].text
    assert not checked(admin.get("/admin/log?what=view&until=2020-01-01")).select("tbody tr")
    wrong = checked(admin.get("/admin/log?since=yesterday"))
    assert wrong.find(id="since-error") is not None
    assert office.browser("clerk").get("/admin/log").status_code == 403


def test_the_log_runs_either_way_and_keeps_its_conditions(office: Office) -> None:
    office.browser("clerk")
    admin = office.browser("admin")
    page = checked(admin.get("/admin/log?what=login"))
    heading = page.select_one("th[aria-sort=descending] a")
    assert heading is not None
    turned = checked(admin.get(str(heading["href"])))
    assert "what=login" in str(heading["href"])
    assert turned.select_one("th[aria-sort=ascending]") is not None
    assert turned.select_one("form[role=search] input[name=order][value=asc]") is not None
    orders = [
        [cell.get_text() for cell in shown.select("tbody td.day .number")]
        for shown in (page, turned)
    ]
    assert len(orders[0]) == 2
    assert orders[0] == orders[1][::-1]


def test_the_table_for_spreadsheets_has_every_entry_with_its_hash(office: Office) -> None:
    admin = office.browser("admin")
    before = entries(office)
    answer = admin.get("/admin/log.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    answer.close()
    assert [row[-1] for row in rows[1:]] == [row.hash for row in before]
    assert entries(office)[-1].tag == Operation.LOG_EXPORTED


def test_a_wrong_condition_takes_nothing_out_and_is_said(office: Office) -> None:
    admin = office.browser("admin")
    for query, field in (("since=yesterday", "since"), ("number=1234567890", "number")):
        answer = admin.get(f"/admin/log.csv?{query}")
        assert answer.status_code == 422
        page = checked(answer)
        assert page.find(id=f"{field}-error") is not None
        assert not page.select("tbody tr")
    assert not entries(office, Operation.LOG_EXPORTED)


def test_each_export_says_how_many_lines_left_by_which_conditions(office: Office) -> None:
    admin = office.browser("admin")
    lines = []
    for query in ("", "?what=login", "?what=login&since=2020-01-01", "?what=login"):
        answer = admin.get(f"/admin/log.csv{query}")
        lines.append(len(answer.get_data().splitlines()) - 1)
        answer.close()
    admin.head("/admin/log.csv")
    found = entries(office, Operation.LOG_EXPORTED)
    assert [row.data["lines"] for row in found] == lines
    assert [row.data["fields"] for row in found] == [[], ["what"], ["since", "what"], ["what"]]
    hashes = [row.data["query"] for row in found]
    assert len(set(hashes)) == 3
    assert hashes[1] == hashes[3]
    page = checked(admin.get("/admin/log?what=export")).select("tbody tr")
    assert f"{lines[-1]}件" in page[0].text


def test_the_table_comes_in_the_encoding_that_is_asked_for(office: Office) -> None:
    admin = office.browser("admin")
    links = {str(tag["href"]) for tag in checked(admin.get("/admin/log")).select("a[href*='.csv']")}
    assert links == {"/admin/log.csv", "/admin/log.csv?encoding=shift_jis"}
    answer = admin.get("/admin/log.csv?encoding=shift_jis")
    assert answer.get_data().decode("cp932").startswith("番号,日時")
    answer.close()
    refused = admin.get("/admin/log.csv?encoding=utf-7")
    assert refused.status_code == 422
    assert "選べるのは utf-8、shift_jis です" in checked(refused).text


def test_the_log_is_narrowed_to_an_envelope_and_to_who_looked_at_it(office: Office) -> None:
    clerk, admin = office.browser("clerk"), office.browser("admin")
    path, other = office.sent(clerk), office.sent(clerk)
    with office.database.reading() as session:
        number = session.get_one(Envelope, UUID(path.rpartition("/")[2])).number
    fetch(admin, path, other)
    page = checked(admin.get(f"/admin/log?number={number[:4]}-{number[4:]}"))
    rows = [row.text for row in page.select("tbody tr")]
    assert all(number in row for row in rows)
    assert any("封筒を表示" in row for row in rows)
    assert any("田中 花子" in row for row in rows), "what was done with it, too"
    answer = admin.get(f"/admin/log.csv?number={number}")
    assert len(answer.get_data().decode("utf-8-sig").splitlines()) == len(rows) + 1
    answer.close()
    wrong = checked(admin.get("/admin/log?number=1234567890"))
    assert wrong.find(id="number-error") is not None
    assert not wrong.select("tbody tr")
    assert not checked(office.browser("neighbour").get(f"/admin/log?number={number}")).select(
        "tbody tr"
    )


def test_the_chain_is_verified_on_the_page_and_a_break_is_said(office: Office) -> None:
    admin = office.browser("admin")
    fine = checked(admin.post("/admin/log/verify"))
    assert "正常です" in fine.find(id="chain").text  # type: ignore[union-attr]
    assert entries(office)[-1].data["intact"] is True
    with office.database.transaction() as session:
        if office.database.url.get_backend_name() == "sqlite":
            session.execute(text("DROP TRIGGER operations_no_update"))
        else:
            session.execute(text("ALTER TABLE operations DISABLE TRIGGER USER"))
        session.execute(text("UPDATE operations SET actor = 'visitor' WHERE sequence = 2"))
    broken = checked(admin.post("/admin/log/verify"))
    assert "2番目" in broken.find(id="chain").text  # type: ignore[union-attr]
    assert entries(office)[-1].data["intact"] is False


def test_a_log_that_cannot_be_written_loses_no_page_and_tells_operators_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, operator = office.browser("clerk"), office.browser("operator")
    paths = [office.sent(clerk) for _ in range(3)]
    write = operations.append

    def full(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr("storage.operations.append", full)
    assert [clerk.get(path).status_code for path in paths[:2]] == [200, 200]
    monkeypatch.setattr("storage.operations.append", write)
    assert not entries(office, Operation.LOG_GAP)
    fetch(clerk, paths[2])
    gap, viewed = entries(office, Operation.LOG_GAP, Operation.ENVELOPE_VIEWED)
    assert (gap.tag, gap.data["missed"], gap.actor) == ("log:gap", 2, "system")
    assert viewed.data["envelope"] == paths[2].rpartition("/")[2]
    assert "この7日間に2件" in operator.get("/ops/live").text
    with office.database.reading() as session:
        assert operations.verify(session, office.organisation).intact


def test_another_organisation_s_log_is_its_own(office: Office) -> None:
    fetch(office.browser("clerk"), "/envelopes?q=x")
    page = office.browser("neighbour").get("/admin/log")
    assert "田中" not in page.text
    assert "隣野 人" in page.text
    key = office.members["clerk"].id
    narrowed = office.browser("neighbour").get(f"/admin/log?who=member:{key}")
    assert not checked(narrowed).select("tbody tr")
    assert PASSWORD not in page.text
