"""A gate whose opener is absent, on the pages: who may enter it instead, or why nobody may."""

from uuid import UUID

import pytest

from domain.absences import NoDeputy
from domain.messages import ActAnswer
from storage import people
from storage.tables import Act, Stage
from tests.webapp.pages import check_page
from tests.webapp.stack import Office
from tests.webapp.test_away import absent, other, page
from tests.webapp.test_stages import waiting

__all__ = ["other"]


def form_of(gate: UUID) -> dict[str, str]:
    return {"nonce": "n1", "gate": str(gate), "resolution": "議案第12号",
            "resolved_on": "2026-11-20"}  # fmt: skip


def test_the_deputy_enters_it_and_the_page_and_the_ledger_say_for_whom(
    office: Office, other: UUID
) -> None:
    path, gate = waiting(office, office.browser("clerk"))
    assert "不在（〜" not in page(office, path)
    absent(office, other)
    assert "代決者の課長 三郎さんも登録できます" in page(office, path)
    with office.database.transaction() as session:
        people.set_password(session, other, office.members["clerk"].password_hash)
    deputy = office.browser()
    office.log_in(deputy, "other@city.example")
    assert "「議決」を待っています" in check_page(deputy.get("/waiting?show=gate")).get_text()
    assert "登録して次へ進む" in check_page(deputy.get(path)).get_text()
    office.gateway.answer = ActAnswer(accepted=True)
    deputy.post(f"{path}/gate", data=form_of(gate))
    with office.database.transaction() as session:
        act = session.query(Act).one()
        act.accepted = True
        session.get_one(Stage, gate).gate_act_id = act.id
    assert "課長 三郎さんが登録 代決（佐藤 健の不在のため）" in page(office, path)


@pytest.mark.usefixtures("other")
def test_why_nobody_enters_it_instead_stands_there_and_among_the_absences(office: Office) -> None:
    clerk = office.browser("clerk")
    path, _ = waiting(office, clerk)
    absent(office, office.members["clerk"].id)
    assert f"代決者は登録できません：{NoDeputy.SENDER.ja}" in page(office, path)
    assert "登録して次へ進む" not in page(office, path)
    absences = check_page(office.browser("admin").get("/admin/absences")).get_text()
    assert NoDeputy.SENDER.ja in absences
