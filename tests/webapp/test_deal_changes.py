"""取引情報の変更履歴: found by day, person and field, printed, and taken out."""

import csv
import io

import pytest
from flask.testing import FlaskClient

from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office
from tests.webapp.test_register import enter

pytestmark = pytest.mark.usefixtures("without_token")


@pytest.fixture
def path(office: Office, clerk: FlaskClient) -> str:
    """An envelope whose amount was entered, and mended."""
    path = office.sent(clerk)
    assert enter(clerk, path) == 303
    assert enter(clerk, path, revision=1, amount="5", reason="=1+1 桁の誤り") == 303
    return path


def shown(clerk: FlaskClient, query: str = "") -> str:
    return checked(clerk.get(f"/deals/changes?{query}")).get_text(" ", strip=True)


def test_both_values_who_when_and_why_stand_in_one_list(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    text = shown(clerk)
    assert "取引金額：1,234,567円 → 5円" in text
    assert "契約書から転記" in text
    assert office.members["clerk"].name in text
    assert "2件見つかりました" in text


def test_it_is_narrowed_by_day_person_and_field(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    assert "1件見つかりました" in shown(clerk, "field=made_on")
    assert "2件見つかりました" in shown(clerk, f"field=amount&who={office.members['clerk'].id}")
    assert "条件に合う変更はありません" in shown(clerk, f"who={office.members['operator'].id}")
    assert "条件に合う変更はありません" in shown(clerk, "who=system")
    assert "条件に合う変更はありません" in shown(clerk, "until=2020-01-01")
    assert "2件見つかりました" in shown(clerk, "since=2020-01-01")
    page = checked(clerk.get("/deals/changes?since=2026-05-01&until=2026-04-01"))
    assert page.select_one(".error-summary a[href='#until']") is not None


def test_it_is_printed_and_taken_out_a_line_for_each_value(clerk: FlaskClient, path: str) -> None:
    printed = checked(clerk.get("/deals/changes?field=amount&print=1"))
    assert "1,234,567円" in printed.get_text()
    answer = clerk.get("/deals/changes.csv?field=made_on")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert lines[0][3:6] == ["項目", "変更前", "変更後"]
    assert ["取引年月日", "", "2026-04-01"] in [line[3:6] for line in lines]
    everything = clerk.get("/deals/changes.csv?encoding=shift_jis").data.decode("cp932")
    assert "'=1+1 桁の誤り" in everything
    refused = clerk.get("/deals/changes.csv?since=x")
    assert refused.status_code == 422
    assert checked(refused).select_one(".error-summary a[href='#since']") is not None


def test_it_is_the_organisations_own(office: Office, path: str) -> None:
    assert "まだ変更されていません" in shown(office.browser("neighbour"))
    assert office.browser("operator").get("/deals/changes").status_code == 403
