"""取引台帳: searched by the URL, changed with a reason, printed and exported."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from runtime.spreadsheets import harmless
from storage.tables import Deal, DealChange, Envelope, LedgerEvent
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")

VALUES = {
    "made_on": "2026-04-01", "partner": "株式会社青山建設", "partner_code": "T-0012",
    "amount": "１，２３４，５６７", "kind": "工事請負契約", "contract_number": "第12号",
    "begins_on": "2026-04-01", "ends_on": "2027-03-31", "renews": "yes", "notice_days": "90",
    "reason": "契約書から転記",
}  # fmt: skip


@pytest.fixture
def path(office: Office, clerk: FlaskClient) -> str:
    """A sent envelope whose values nobody entered."""
    return office.sent(clerk)


def enter(clerk: FlaskClient, path: str, revision: int = 0, **values: str) -> int:
    answer = clerk.post(f"{path}/deal", data=VALUES | {"revision": revision} | values)
    return answer.status_code


def row(office: Office, path: str) -> Deal:
    with office.database.reading() as session:
        return session.get_one(Deal, UUID(path.rpartition("/")[2]))


def lines(clerk: FlaskClient, query: Mapping[str, str], encoding: str) -> list[list[str]]:
    answer = clerk.get("/deals.csv", query_string=query)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    text = answer.data.decode(encoding)
    answer.close()
    return list(csv.reader(io.StringIO(text)))


def test_values_are_entered_and_stand_on_the_envelopes_page_and_in_the_register(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    page = checked(clerk.get(f"{path}/deal"))
    assert page.find("input", id="amount") is not None
    assert enter(clerk, path) == 303
    shown = checked(clerk.get(path)).get_text()
    assert "1,234,567円" in shown
    assert "2026年4月1日" in shown
    assert "契約書から転記" in shown
    found = checked(clerk.get("/deals?partner=あおやま&since=2026-04-01&most=2000000"))
    assert "条件に合う取引はありません" in found.get_text()
    found = checked(clerk.get("/deals?partner=（株）青山&since=2026-04-01&most=2000000"))
    assert "1,234,567円" in found.get_text()
    assert "1件見つかりました" in found.get_text()


def test_where_there_are_many_kinds_any_of_them_is_typed(
    office: Office, clerk: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(clerk, path)
    enter(clerk, office.sent(clerk), kind="業務委託契約")
    chosen = checked(clerk.get("/deals?kind=業務委託契約")).find("select", id="kind")
    assert chosen is not None
    monkeypatch.setattr("webapp.deals.searching.KINDS_CHOSEN", 1)
    page = checked(clerk.get("/deals?kind=業務委託契約"))
    typed = page.find("input", id="kind")
    assert typed is not None
    assert typed["value"] == "業務委託契約"
    kinds = [option["value"] for option in page.select("#kinds option")]
    assert kinds == ["工事請負契約", "業務委託契約"]
    assert "1件見つかりました" in page.get_text()


def test_in_english(office: Office, clerk: FlaskClient, path: str) -> None:
    enter(clerk, path)
    clerk.post("/language", data={"language": "en", "back": "/deals"})
    text = checked(clerk.get("/deals")).get_text()
    assert "JPY 1,234,567" in text
    assert "1 Apr 2026" in text
    assert "Register" in text
    assert "At least 90 days before the end" in checked(clerk.get(path)).get_text()


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    answer = clerk.post(
        f"{path}/deal",
        data=VALUES | {"amount": "百万円", "made_on": "", "reason": "", "revision": "0"},
    )
    assert answer.status_code == 422
    page = checked(answer)
    assert {link["href"] for link in page.select(".error-summary a")} == {"#amount", "#reason"}
    field = page.find("input", id="amount")
    assert field is not None
    assert field["value"] == "百万円"
    assert row(office, path).revision == 0


def test_somebody_elses_change_meanwhile_is_shown_and_not_overwritten(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    assert enter(clerk, path) == 303
    answer = clerk.post(f"{path}/deal", data=VALUES | {"amount": "5", "revision": 0})
    assert answer.status_code == 409
    page = checked(answer)
    assert "1,234,567円" in page.get_text()
    assert row(office, path).amount == 1_234_567
    revision = page.find("input", {"name": "revision"})
    assert revision is not None
    assert enter(clerk, path, revision=int(str(revision["value"])), amount="5") == 303
    assert row(office, path).amount == 5
    assert office.count(DealChange) == 2


def test_a_draft_has_no_such_page(office: Office, clerk: FlaskClient) -> None:
    path = office.draft(clerk)
    assert clerk.get(f"{path}/deal").status_code == 404
    assert enter(clerk, path) == 404


def test_a_turned_range_is_said_and_finds_nothing(clerk: FlaskClient, path: str) -> None:
    page = checked(clerk.get("/deals?since=2026-05-01&until=2026-04-01"))
    assert page.select_one(".error-summary a[href='#until']") is not None
    assert page.find("table") is None
    refused = clerk.get("/deals.csv?since=2026-05-01&until=2026-04-01")
    assert refused.status_code == 422
    assert checked(refused).select_one(".error-summary a[href='#until']") is not None
    clerk.post("/language", data={"language": "en", "back": "/deals"})
    said = checked(clerk.get("/deals.csv?since=2026-05-01&until=2026-04-01"))
    assert "The range ends before it begins." in said.get_text()


def test_the_register_is_printed_with_all_that_was_found(clerk: FlaskClient, path: str) -> None:
    enter(clerk, path)
    page = checked(clerk.get("/deals?print=1&kind=工事請負契約"))
    table = page.find("table", class_="printed")
    assert table is not None
    assert "T-0012" in table.get_text()


def test_an_export_has_every_value_and_the_ledger_says_who_took_it(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    enter(clerk, path)
    head, line = lines(clerk, {"partner": "青山"}, "utf-8-sig")
    values = dict(zip(head, line, strict=True))
    assert values["取引年月日"] == "2026-04-01"
    assert values["取引金額"] == "1234567"
    assert values["取引先"] == "株式会社青山建設"
    assert values["自動更新"] == "1"
    assert len(lines(clerk, {"partner": "nobody"}, "utf-8-sig")) == 1
    with office.database.reading() as session:
        events = session.query(LedgerEvent).filter_by(tag="deals:exported").all()
    assert [event.data["lines"] for event in events] == [1, 0]
    assert {event.actor for event in events} == {f"member:{office.members['clerk'].id}"}


def test_an_export_bears_the_day_that_it_is_where_the_office_is(
    clerk: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)  # half past eight in Tokyo
    monkeypatch.setattr("webapp.exports.now", lambda: evening)
    for address in ("/deals.csv", "/deals/changes.csv", "/deals/terms.csv"):
        assert "-20260401.csv" in clerk.get(address).headers["Content-Disposition"]


def test_older_software_gets_its_encoding_and_a_mark_for_what_it_has_no_letter_for(
    clerk: FlaskClient, path: str
) -> None:
    enter(clerk, path, partner="𠮷田建設🏗", kind="㈱ー～")
    _, line = lines(clerk, {"encoding": "shift_jis"}, "cp932")
    assert "〓田建設〓" in line
    refused = clerk.get("/deals.csv?encoding=utf-7")
    assert refused.status_code == 422
    assert "この文字コードでは出力できません" in checked(refused).get_text()


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")'])
def test_no_spreadsheet_takes_a_text_for_a_formula(
    clerk: FlaskClient, path: str, evil: str
) -> None:
    assert harmless(evil).startswith("'")
    enter(clerk, path, partner=evil.strip(), kind=evil.strip())
    _, line = lines(clerk, {}, "utf-8-sig")
    assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in line)
    assert f"'{evil.strip()}" in line


def test_an_amount_below_nothing_stays_a_number(clerk: FlaskClient, path: str) -> None:
    enter(clerk, path, amount="-500")
    _, line = lines(clerk, {}, "utf-8-sig")
    assert "-500" in line


def test_another_organisation_sees_neither_line_nor_form(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    enter(clerk, path)
    neighbour = office.browser("neighbour")
    assert "青山建設" not in neighbour.get("/deals").text
    assert neighbour.get(f"{path}/deal").status_code == 404
    assert enter(neighbour, path, revision=1, amount="1") == 404
    assert len(lines(neighbour, {}, "utf-8-sig")) == 1


def test_an_amendment_and_its_contract_lead_to_each_other(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    later = office.sent(clerk)
    with office.database.reading() as session:
        number = session.get_one(Envelope, UUID(path.rpartition("/")[2])).number
    assert enter(clerk, later, relation="amends", earlier=number) == 303
    card = checked(clerk.get(later)).find("section", {"aria-labelledby": "deal-heading"})
    assert card is not None
    link = card.find("a", href=path)
    assert link is not None
    assert number in link.get_text()
    assert "変更契約（元は原契約）" in card.get_text()
    assert checked(clerk.get(path)).find("a", href=later) is not None
    head, *rows = lines(clerk, {}, "utf-8-sig")
    values = [dict(zip(head, row, strict=True)) for row in rows]
    said = {(one["元の契約の封筒番号"], one["元の契約との関係"]) for one in values}
    assert said == {(number, "変更契約（元は原契約）"), ("", "")}


def test_a_number_of_another_organisation_is_no_earlier_contract(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    with office.database.reading() as session:
        number = session.get_one(Envelope, UUID(path.rpartition("/")[2])).number
    neighbour = office.browser("neighbour")
    own = office.sent(neighbour)
    answer = neighbour.post(
        f"{own}/deal", data=VALUES | {"revision": 0, "relation": "amends", "earlier": number}
    )
    assert answer.status_code == 422
    assert "見つかりません" in answer.text
    assert number in answer.text  # what was typed is there


def test_headings_sort_keep_the_conditions_and_begin_at_the_first_page(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    enter(clerk, path)
    page = checked(clerk.get("/deals?partner=青山&blank=x&sort=kind-down&page=1&from=0"))
    heads = {str(th.get_text()): th for th in page.select("thead th")}
    said = {name: th.get("aria-sort") for name, th in heads.items()}
    assert [name for name, sort in said.items() if sort] == ["契約の種類"]
    assert said["契約の種類"] == "descending"
    asked = {name: urlsplit(str(th.a["href"])) for name, th in heads.items() if th.a}
    kept = {"partner": ["青山"], "blank": ["x"]}
    assert {name: parse_qs(one.query) for name, one in asked.items()} == {
        "取引年月日": kept,
        "取引先": kept | {"sort": ["partner"]},
        "取引金額": kept | {"sort": ["largest"]},
        "契約の種類": kept | {"sort": ["kind"]},
        "封筒": kept | {"sort": ["title"]},
        "状態": kept | {"sort": ["state"]},
    }
    assert {one.fragment for one in asked.values()} == {"results"}
    usual = checked(clerk.get("/deals?sort=unknown")).select_one("th[aria-sort]")
    assert usual is not None
    assert usual.get_text() == "取引年月日"
    assert usual.a is not None
    assert "sort=oldest" in str(usual.a["href"])
