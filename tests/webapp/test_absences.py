"""Absences and deputies: entered by whoever is absent or an administrator; on the pages."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.kinds import EnvelopeState, SlotState
from storage.tables import Absence, Participant, Slot, SlotCandidate, Stage
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office
from webapp.login import now


def typed(office: Office, **changes: str) -> dict[str, str]:
    today = now().date() + timedelta(days=1)
    values = {
        "begins_on": (today - timedelta(days=2)).isoformat(),
        "ends_on": (today + timedelta(days=5)).isoformat(),
        "deputy": str(office.members["admin"].id),
    }
    return values | changes


def rows(office: Office) -> list[Absence]:
    with office.database.reading() as session:
        return session.query(Absence).all()


def test_a_member_enters_his_absence_and_takes_it_back(office: Office) -> None:
    clerk = office.browser("clerk")
    assert clerk.post("/account/absence", data=typed(office)).status_code == 303
    page = checked(clerk.get("/account/absence"))
    assert "代決者：佐藤 健" in page.get_text()
    [row] = rows(office)
    assert (row.member_id, row.entered_by) == (office.members["clerk"].id,) * 2
    admin = checked(office.browser("admin").get("/admin/absences")).get_text()
    assert "田中 花子" in admin
    assert "不在中" in admin
    assert clerk.post(f"/account/absence/{row.id}/cancel").status_code == 303
    assert "代決者：佐藤 健" not in clerk.get("/account/absence").text


def test_what_is_wrong_is_said_and_nothing_is_lost(office: Office) -> None:
    clerk = office.browser("clerk")
    begins = date(2099, 5, 2).isoformat()
    answer = clerk.post("/account/absence", data=typed(office, begins_on=begins, deputy=""))
    assert answer.status_code == 422
    page = checked(answer)
    assert {link["href"] for link in page.select(".error-summary a")} == {"#ends_on", "#deputy"}
    field = page.find("input", id="begins_on")
    assert field is not None
    assert field["value"] == begins
    assert rows(office) == []


def test_an_administrator_enters_it_for_somebody(office: Office) -> None:
    admin = office.browser("admin")
    absent = {"member": str(office.members["clerk"].id)}
    assert admin.post("/admin/absences", data=typed(office) | absent).status_code == 303
    [row] = rows(office)
    assert (row.member_id, row.entered_by) == (
        office.members["clerk"].id, office.members["admin"].id,
    )  # fmt: skip
    assert "佐藤 健が登録" in checked(admin.get("/admin/absences")).get_text()


@pytest.mark.parametrize("who", ["neighbour", "admin"])
def test_nobody_reaches_anothers_absence(office: Office, who: str) -> None:
    office.browser("clerk").post("/account/absence", data=typed(office))
    [row] = rows(office)
    browser = office.browser(who)
    assert browser.post(f"/account/absence/{row.id}/cancel").status_code == 404
    if who == "neighbour":
        assert browser.post(f"/admin/absences/{row.id}/cancel").status_code == 404
        assert "田中 花子" not in browser.get("/admin/absences").text
        foreign = {"member": str(office.members["clerk"].id)}
        answer = browser.post("/admin/absences", data=typed(office) | foreign)
        assert answer.status_code == 422
    [row] = rows(office)
    assert row.cancelled_at is None


def sent_to_admin(office: Office) -> str:
    """The administrator approves, and is asked now."""
    path = office.sent(office.browser("clerk"), chain_id=str(office.chain))
    office.change(path, state=EnvelopeState.RUNNING.value)
    with office.database.transaction() as session:
        envelope = UUID(path.rpartition("/")[2])
        stage = session.query(Stage).filter_by(envelope_id=envelope, position=0).one()
        stage.opened_at = now()
        for slot in session.query(Slot).filter_by(stage_id=stage.id):
            slot.state, slot.asked_at = SlotState.ASKED.value, now()
    return path


def test_an_administrator_reads_where_the_deputy_cannot_be_asked(office: Office) -> None:
    sent_to_admin(office)
    admin = office.browser("admin")
    deputy = {"deputy": str(office.members["clerk"].id)}
    admin.post("/account/absence", data=typed(office, **deputy))
    page = checked(admin.get("/admin/absences")).get_text()
    assert "自分の起案を自分で代決することはできません" in page


def test_the_envelope_says_who_acts_in_whose_absence(office: Office) -> None:
    path = sent_to_admin(office)
    with office.database.transaction() as session:
        boss = session.query(Participant).filter_by(name="佐藤 健").one()
        slot = session.query(Slot).filter_by(participant_id=boss.id).one()
        deputy = Participant(
            envelope_id=boss.envelope_id, party_id=boss.party_id, kind=boss.kind,
            position=boss.position, name="高橋 誠", mail="operator@city.example",
            deputy_of=boss.id,
        )  # fmt: skip
        session.add(deputy)
        session.flush()
        slot.participant_id = deputy.id
        slot.state, slot.done_at = SlotState.DONE.value, now()
        session.add(SlotCandidate(slot_id=slot.id, participant_id=deputy.id))
    page = checked(office.browser("clerk").get(path))
    assert "高橋 誠 代決（佐藤 健の不在のため）" in " ".join(page.get_text().split())
    assert "同時に依頼" not in page.get_text()


def asked_instead(office: Office) -> UUID:
    """The administrator's deputy, who was asked besides him. Returns his absence."""
    admin, clerk = (office.members[name].id for name in ("admin", "clerk"))
    today = now().date()
    with office.database.transaction() as session:
        absence = Absence(
            organisation_id=office.organisation, member_id=admin, deputy_id=clerk, begins_on=today,
            ends_on=today + timedelta(days=3), entered_by=admin, created_at=now(),
        )  # fmt: skip
        boss = session.query(Participant).filter_by(name="佐藤 健").one()
        slot = session.query(Slot).filter_by(participant_id=boss.id).one()
        session.add(absence)
        session.flush()
        deputy = Participant(
            envelope_id=boss.envelope_id, party_id=boss.party_id, kind=boss.kind,
            position=boss.position, name="高橋 誠", mail="takahashi@city.example",
            deputy_of=boss.id, absence_id=absence.id,
        )  # fmt: skip
        session.add(deputy)
        session.flush()
        slot.participant_id = None
        session.add(SlotCandidate(slot_id=slot.id, participant_id=deputy.id))
        return absence.id


def test_a_deputy_is_awaited_while_the_absence_lasts_and_no_longer(office: Office) -> None:
    path, clerk = sent_to_admin(office), office.browser("clerk")
    absence = asked_instead(office)

    def awaited() -> tuple[int, bool]:
        """Whom the envelope's page has a button for, and whether the list names the deputy."""
        page = checked(clerk.get(path))
        buttons = page.select("form[action$='/remind']")
        return len(buttons), "高橋 誠" in clerk.get("/envelopes").text

    assert awaited() == (2, True)
    with office.database.transaction() as session:
        row = session.get_one(Absence, absence)
        row.cancelled_at, row.cancelled_by = now(), row.member_id
    assert awaited() == (1, False)
    [row_of] = [one for one in checked(clerk.get(path)).select("li.slot") if "高橋 誠" in one.text]
    assert "対応不要" in row_of.get_text()
