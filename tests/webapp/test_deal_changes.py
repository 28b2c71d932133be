"""取引情報の変更履歴: found by day, person and field, printed, and taken out."""

import csv
import io
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from storage.tables import DealChange, Envelope
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


def test_it_is_narrowed_to_an_envelope_and_to_a_field_of_its_own(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    other = office.sent(clerk)
    assert enter(clerk, other) == 303
    with office.database.reading() as session:
        number = session.get_one(Envelope, UUID(other.rpartition("/")[2])).number
    assert "3件見つかりました" in shown(clerk)
    assert "1件見つかりました" in shown(clerk, f"number={number[:4]}-{number[4:]}")
    assert "条件に合う変更はありません" in shown(clerk, "number=1234567890")
    own = f"own:{UUID(int=7)}"
    assert "条件に合う変更はありません" in shown(clerk, f"field={own}")
    with office.database.transaction() as session:
        row = session.query(DealChange).filter_by(number=2).one()
        session.add(
            DealChange(
                envelope_id=row.envelope_id, number=3, member_id=row.member_id, reason="",
                before={}, after={own: "甲"}, at=row.at,
            )
        )  # fmt: skip
    assert "1件見つかりました" in shown(clerk, f"field={own}")


def test_it_is_sorted_by_its_headings_and_keeps_its_conditions(
    office: Office, clerk: FlaskClient, path: str
) -> None:
    other = office.sent(clerk)
    assert enter(clerk, other) == 303
    for key in ("at", "number"):
        page = checked(clerk.get(f"/deals/changes?field=amount&sort={key}"))
        heading = page.select_one(f"#by-{key}")
        assert heading is not None
        assert "field=amount" in str(heading["href"])
        turned = checked(clerk.get(str(heading["href"])))
        found = [[row.get_text() for row in one.select("tbody tr")] for one in (page, turned)]
        assert len(found[0]) == 3
        assert found[0] == found[1][::-1]
    numbers = [cell.get_text() for cell in page.select("tbody .number")]
    assert numbers == sorted(numbers)
    csv_lines = clerk.get("/deals/changes.csv?field=amount&sort=number").data.decode("utf-8-sig")
    taken = [line[1] for line in csv.reader(io.StringIO(csv_lines))][1:]
    assert taken == sorted(taken)


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
