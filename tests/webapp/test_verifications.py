"""期間検証: asked for by a form, watched, and told in plain words."""

import csv
import io
from datetime import date
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from domain.findings import FINDING_WORDS, Finding
from domain.verification import Judgement, LedgerFindings, Stamp
from storage.desks.verification import StoredVerificationDesk
from storage.tables import Deal, Envelope, LedgerEvent, OperationEntry, OutboxItem, Verification
from tests.webapp.clock import Clock
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")

STAMP = Stamp("timestamp", "A", "2026-04-01T00:00:00.000000Z", "=TSA", good=True)
PERIOD = {"basis": "concluded", "since": "2026-04-01", "until": "2027-03-31"}


def begin(clerk: FlaskClient, **changes: str) -> str:
    answer = clerk.post("/deals/verifications", data=PERIOD | changes)
    assert answer.status_code == 303
    return str(answer.location)


def concluded(office: Office, clerk: FlaskClient, title: str) -> None:
    path = office.sent(clerk, title=title)
    with office.database.transaction() as session:
        row = session.get_one(Envelope, UUID(path.rpartition("/")[2]))
        row.state, row.ended_at = "done", row.sent_at


def verify(office: Office, path: str, *findings: Finding, finish: bool = True) -> None:
    """What the worker does; the document of the formula has the findings."""
    run_id = UUID(path.rpartition("/")[2])
    desk = StoredVerificationDesk(office.database, office.vault)
    desk.plan(run_id)
    for task in desk.unchecked(run_id, 10):
        with office.database.reading() as session:
            bad = session.get_one(Envelope, task.envelope_id).title.startswith("=")
        desk.keep(task, Judgement(findings if bad else (), 2, (STAMP,), trial=True))
    if finish:
        desk.finish(run_id, LedgerFindings(True, 9, True, 9), b"%PDF report")  # noqa: FBT003


def test_this_fiscal_year_is_proposed_and_a_run_is_ordered(
    office: Office, clerk: FlaskClient, clock: Clock
) -> None:
    page = checked(clerk.get("/deals/verifications"))
    values = [page.find("input", id=name)["value"] for name in ("since", "until")]  # type: ignore[index]
    assert values == ["2026-04-01", "2027-03-31"]
    assert page.find("a", href="/deals") is not None
    path = begin(clerk)
    live = checked(clerk.get(path)).select_one("#live")
    assert live is not None
    assert live["data-state"] == "waiting"
    assert live["hx-trigger"] == "every 2s"
    assert not live.has_attr("aria-live")  # all of it is replaced every two seconds
    with office.database.reading() as session:
        assert session.query(OutboxItem).filter_by(kind="verification").count() == 1
        assert session.query(LedgerEvent).filter_by(tag="verification:asked").count() == 1
    assert clerk.get(str(live["hx-get"])).status_code == 204


def test_a_wrong_period_is_said_and_kept(clerk: FlaskClient) -> None:
    answer = clerk.post("/deals/verifications", data=PERIOD | {"since": "あした", "until": ""})
    assert answer.status_code == 422
    page = checked(answer)
    assert {link["href"] for link in page.select(".error-summary a")} == {"#since", "#until"}
    assert page.find("input", id="since")["value"] == "あした"  # type: ignore[index]
    turned = clerk.post("/deals/verifications", data=PERIOD | {"until": "2026-03-31"})
    assert turned.status_code == 422
    assert (
        clerk.post("/deals/verifications", data=PERIOD | {"until": "9999-12-31"}).status_code == 422
    )


def test_progress_then_the_result_and_its_reports(office: Office, clerk: FlaskClient) -> None:
    for title in ("=1+1 委託契約", "賃貸借契約"):
        concluded(office, clerk, title)
    path = begin(clerk, since="2026-01-01", until="2100-01-01")
    verify(office, path, Finding.BLOB_ALTERED, finish=False)
    shown = checked(clerk.get(path))
    assert "2文書のうち2文書を検証しました" in shown.get_text()
    assert clerk.get(f"{path}/report.csv").status_code == 404
    assert clerk.get(f"{path}/report.pdf").status_code == 404
    verify(office, path)
    fragment = clerk.get(f"{path}/live?seen=before")
    assert fragment.headers["HX-Refresh"] == "true"
    assert "hx-get" not in fragment.text
    text = checked(clerk.get(path)).get_text()
    assert "1文書に問題が見つかりました" in text
    assert FINDING_WORDS[Finding.BLOB_ALTERED].ja in text
    assert "試験用" in text
    assert "賃貸借契約" not in checked(clerk.get(f"{path}?shown=wrong")).get_text()
    answer = clerk.get(f"{path}/report.csv?encoding=shift_jis")
    head, *rows = list(csv.reader(io.StringIO(answer.data.decode("cp932"))))
    answer.close()
    assert head[0] == "封筒番号"
    bad, good = sorted(rows, key=lambda row: row[1])
    assert (bad[1], bad[6], bad[8]) == ("'=1+1 委託契約", "問題あり", "blob_altered")
    assert (good[1], good[6], good[12]) == ("賃貸借契約", "問題なし", "'=TSA")
    report = clerk.get(f"{path}/report.pdf")
    assert report.data == b"%PDF report"
    assert report.headers["Content-Disposition"].startswith("attachment;")
    with office.database.reading() as session:
        tags = [row.tag for row in session.query(OperationEntry)]
    assert {"verification:asked", "verification:viewed", "verification:exported"} <= set(tags)


def test_the_documents_are_sorted_by_result_and_by_day(office: Office, clerk: FlaskClient) -> None:
    for day, title in enumerate(("あ", "=1+1 委託契約", "い"), start=1):
        concluded(office, clerk, title)
        with office.database.transaction() as session:
            envelope = session.query(Envelope).filter_by(title=title).one()
            session.get_one(Deal, envelope.id).made_on = date(2026, 4, day)
    path = begin(clerk, since="2026-01-01", until="2100-01-01")
    verify(office, path, Finding.BLOB_ALTERED)

    def titles(query: str) -> list[str]:
        rows = checked(clerk.get(f"{path}?{query}")).select("tbody tr .more")
        return [row.get_text().split()[0] for row in rows]

    assert titles("sort=result") == ["=1+1", "い", "あ"]
    assert titles("sort=result&order=asc") == ["あ", "い", "=1+1"]
    assert titles("") == titles("order=desc")[::-1] == ["あ", "=1+1", "い"]
    heading = checked(clerk.get(f"{path}?shown=wrong")).select_one("#by-result")
    assert heading is not None
    assert "shown=wrong" in str(heading["href"])
    assert titles("shown=wrong&sort=result") == ["=1+1"]


def test_in_english_and_when_there_was_nothing(office: Office, clerk: FlaskClient) -> None:
    clerk.post("/language", data={"language": "en", "back": "/deals"})
    path = begin(clerk)
    verify(office, path)
    assert "There was no such document" in checked(clerk.get(path)).get_text()
    assert "Verifications so far" in checked(clerk.get("/deals/verifications")).get_text()


def test_a_zips_empty_run_speaks_of_the_search(office: Office, clerk: FlaskClient) -> None:
    clerk.post("/deals/disclosures?partner=山田組")
    with office.database.reading() as session:
        path = f"/deals/verifications/{session.query(Verification).one().id}"
    verify(office, path)
    text = checked(clerk.get(path)).get_text()
    assert "検索の条件を確かめてください" in text
    assert "期間を確かめてください" not in text


def test_operators_see_none_of_it(office: Office, clerk: FlaskClient) -> None:
    path = begin(clerk)
    operator = office.browser("operator")
    assert operator.get("/deals/verifications").status_code == 403
    assert operator.get(path).status_code == 403
    assert office.browser("neighbour").get(path).status_code == 404
