"""契約の期限: the list that the register leads to, and its CSV. Today is 1 April 2026."""

import csv
import io
from datetime import date
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from storage.tables import Deal, LedgerEvent
from tests.webapp.clock import Clock
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")


def concluded(office: Office, clerk: FlaskClient, ends_on: date, **values: object) -> str:
    path = office.sent(clerk)
    office.change(path, state="done")
    with office.database.transaction() as session:
        row = session.get_one(Deal, UUID(path.rpartition("/")[2]))
        for name, value in {"ends_on": ends_on, **values}.items():
            setattr(row, name, value)
    return path


def test_the_list_says_in_words_what_comes_when_and_leads_to_the_contract(
    clock: Clock, office: Office
) -> None:
    clock.pass_(hours=14, minutes=59)  # still the same day in Japan, and another one soon
    clerk = office.browser("clerk")
    empty = checked(clerk.get("/deals/terms?within=30")).get_text()
    assert "30日以内に期限が来る契約はありません。" in empty
    renewing = concluded(office, clerk, date(2026, 6, 30), renews=True, notice_days=90)
    ending = concluded(office, clerk, date(2026, 4, 30))
    concluded(office, clerk, date(2026, 3, 31), renews=True)
    page = checked(clerk.get("/deals/terms?within=30"))
    rows = [row.get_text(" ", strip=True) for row in page.select("tbody tr")]
    assert [row["href"] for row in page.select("tbody a.row-link")] == [renewing, ending]
    assert "2026年4月1日 今日 解約通知の期限が来ます" in rows[0]
    assert "2026年4月30日 あと29日 契約が終わります" in rows[1]
    clock.pass_(minutes=1)
    assert "明日" not in checked(clerk.get("/deals/terms?within=30")).get_text()
    over = checked(clerk.get("/deals/terms?within=overdue")).select("tbody tr")
    texts = [row.get_text(" ", strip=True) for row in over]
    assert ["更新済みの可能性：期間を確認してください" in text for text in texts] == [False, True]
    assert "通知期限後" in texts[0]
    clerk.post("/language", data={"language": "en", "back": "/deals"})
    english = checked(clerk.get("/deals/terms?within=30")).get_text(" ", strip=True)
    assert "30 Apr 2026 28 days left The contract ends" in english
    assert checked(clerk.get("/deals")).find("a", href="/deals/terms") is not None


def test_the_table_has_the_day_and_the_registers_values_and_the_ledger_says_who_took_it(
    clock: Clock, office: Office, clerk: FlaskClient
) -> None:
    concluded(office, clerk, date(2026, 6, 30), renews=True, notice_days=90, partner="=1+1")
    answer = clerk.get("/deals/terms.csv?within=90")
    head, line = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    values = dict(zip(head, line, strict=True))
    assert values["期限の日"] == values["解約通知の期限の日"] == "2026-04-01"
    assert values["残り日数"] == "0"
    assert values["契約期間の終わり"] == "2026-06-30"
    assert values["取引先"] == "'=1+1"
    neighbour = office.browser("neighbour").get("/deals/terms.csv?within=90")
    assert len(neighbour.text.splitlines()) == 1
    with office.database.reading() as session:
        events = session.query(LedgerEvent).filter_by(tag="deals:exported").all()
    assert [event.data["lines"] for event in events] == [1, 0]
