"""提出用ZIP: from a search to a file that can be taken as often as it is needed."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from domain.verification import Judgement, LedgerFindings
from storage.desks.disclosure import StoredDisclosureDesk
from storage.desks.verification import StoredVerificationDesk
from storage.tables import Disclosure, OperationEntry, OutboxItem, Verification
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")


def begin(clerk: FlaskClient, query: str = "partner=山田組") -> str:
    answer = clerk.post(f"/deals/disclosures?{query}")
    assert answer.status_code == 303
    return str(answer.location)


def make(office: Office, path: str, *, ledger: bool = True) -> None:
    """What the worker does. `ledger`: whether its chain holds."""
    disclosure_id = UUID(path.rpartition("/")[2])
    packing = StoredDisclosureDesk(office.database, office.vault)
    task = packing.task(disclosure_id)
    assert task is not None
    desk = StoredVerificationDesk(office.database, office.vault)
    desk.plan(task.run_id)
    for one in desk.unchecked(task.run_id, 10):
        desk.keep(one, Judgement((), 1))
    desk.finish(task.run_id, LedgerFindings(ledger, 9, True, 9), b"%PDF report")  # noqa: FBT003
    packing.pack(disclosure_id)


def test_the_search_is_shown_in_words_before_anything_is_made(
    office: Office, clerk: FlaskClient
) -> None:
    office.sent(clerk)
    register = checked(clerk.get("/deals?partner=山田組"))
    way = register.find("a", string="提出用ZIPを作成")
    assert way is not None
    page = checked(clerk.get(str(way["href"])))
    assert "取引先「山田組」" in page.get_text()
    assert "1件（うち締結済み0件）" in page.get_text()
    assert office.count(Disclosure) == 0
    form = page.select_one("form[method=post][action*=disclosures]")
    assert form is not None
    assert clerk.post(str(form["action"])).status_code == 303
    with office.database.reading() as session:
        assert session.query(Disclosure).one().conditions == {"partner": "山田組"}
        assert session.query(OutboxItem).filter_by(kind="disclosure").count() == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_wrong_with_conditions_is_said_and_nothing_is_made(
    office: Office, clerk: FlaskClient, method: str
) -> None:
    answer = clerk.open("/deals/disclosures?since=nonsense&partner=山田組", method=method)
    assert answer.status_code == 422
    page = checked(answer)
    assert page.find(id="since-error") is not None
    field = page.find("input", attrs={"name": "partner"})
    assert field is not None
    assert field["value"] == "山田組", "the other conditions stay"
    assert page.select_one("form[action*=disclosures]") is None
    assert office.count(Disclosure) == 0


def test_it_is_watched_and_taken_as_often_as_needed(office: Office, clerk: FlaskClient) -> None:
    office.sent(clerk)
    path = begin(clerk)
    live = checked(clerk.get(path)).select_one("#live")
    assert live is not None
    assert live["data-state"] == "waiting"
    assert not live.has_attr("aria-live")  # all of it is replaced every two seconds
    assert clerk.get(str(live["hx-get"])).status_code == 204
    assert clerk.get(f"{path}/file").status_code == 404
    make(office, path)
    fragment = clerk.get(f"{path}/live?seen=before").text
    assert "ZIPをダウンロード" in fragment
    assert "hx-get" not in fragment
    assert 'id="pack-facts" hx-swap-oob="true"' in fragment
    assert "SHA-256" in fragment
    for _ in range(2):
        answer = clerk.get(f"{path}/file")
        assert answer.status_code == 200
        assert answer.data.startswith(b"PK")
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        answer.close()
    part = clerk.get(f"{path}/file", headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.data) == (206, b"PK")
    with office.database.reading() as session:
        assert session.query(OperationEntry).filter_by(tag="disclosure:taken").count() == 1
    assert "ダウンロードできます" in checked(clerk.get("/deals/disclosures")).get_text()


def test_its_end_alone_is_taken_with_an_entry_too(office: Office, clerk: FlaskClient) -> None:
    office.sent(clerk)
    path = begin(clerk)
    make(office, path)
    answer = clerk.get(f"{path}/file", headers={"Range": "bytes=-99999999"})
    assert answer.status_code == 206
    assert answer.data.startswith(b"PK")
    with office.database.reading() as session:
        assert session.query(OperationEntry).filter_by(tag="disclosure:taken").count() == 1


def test_it_bears_the_day_and_time_at_which_the_office_asked(
    office: Office, clerk: FlaskClient
) -> None:
    office.sent(clerk)
    path = begin(clerk)
    make(office, path)
    with office.database.transaction() as session:
        session.query(Disclosure).one().asked_at = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    answer = clerk.get(f"{path}/file")
    assert "register-20260401-083000.zip" in answer.headers["Content-Disposition"]
    answer.close()


def test_a_broken_chain_and_a_document_that_is_not_in_it_are_said_beside_the_zip(
    office: Office, clerk: FlaskClient
) -> None:
    office.sent(clerk)
    path = begin(clerk)
    make(office, path, ledger=False)
    said = checked(clerk.get(path)).select_one("#live .banner.error")
    assert said is not None
    assert "記録の連鎖に問題が見つかりました" in said.get_text()
    assert said.select_one("a[href*='/verifications/']") is not None
    with office.database.transaction() as session:
        session.query(Disclosure).one().missing = 2
        session.query(Verification).one().chains = {"ledger_intact": True, "log_intact": True}
    said = checked(clerk.get(path)).select_one("#live .banner.error")
    assert said is not None
    assert "ZIPに入っていない文書があります" in said.get_text()
    assert "2文書は、ZIPに入っていません" in said.get_text()
    assert "連鎖" not in said.get_text()


def test_a_search_that_finds_too_much_is_said_before_and_after(
    office: Office, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.sent(clerk)
    path = begin(clerk)
    monkeypatch.setattr("storage.disclosures.MAX_ZIP_BYTES", -1)
    page = checked(clerk.get("/deals/disclosures"))
    assert "1つのZIPに入るのは200 GiBまでです" in page.get_text()
    assert page.select_one("form[action*=disclosures] button[type=submit]") is None
    assert clerk.post("/deals/disclosures").status_code == 409
    monkeypatch.setattr("storage.desks.disclosure.MAX_ZIP_BYTES", 10)
    make(office, path)
    live = checked(clerk.get(path)).select_one("#live")
    assert live is not None
    assert "大きすぎるため、ZIPを作成できませんでした" in live.get_text()
    assert not live.has_attr("hx-get")
    assert "大きすぎて作成できません" in checked(clerk.get("/deals/disclosures")).get_text()


def test_when_its_time_is_over_the_page_says_so(office: Office, clerk: FlaskClient) -> None:
    office.sent(clerk)
    path = begin(clerk)
    make(office, path)
    with office.database.transaction() as session:
        row = session.query(Disclosure).one()
        row.expires_at = row.asked_at
    assert clerk.get(f"{path}/file").status_code == 404
    with office.database.transaction() as session:
        row = session.query(Disclosure).one()
        row.gone_at, row.blob_id = row.asked_at, None
    clerk.post("/language", data={"language": "en", "back": "/deals"})
    assert "No longer kept" in checked(clerk.get(path)).get_text()


def test_it_is_the_organisations_own(office: Office, clerk: FlaskClient) -> None:
    path = begin(clerk)
    assert office.browser("operator").get(path).status_code == 403
    neighbour = office.browser("neighbour")
    assert neighbour.get(path).status_code == 404
    assert neighbour.get(f"{path}/file").status_code == 404
