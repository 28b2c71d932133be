"""封筒の初期値: an administrator decides, and new envelopes begin and remind with it."""

import pytest

from storage.tables import Envelope, Participant, Stage
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office, send
from tests.webapp.test_chain_conditions import ready
from tests.webapp.test_chains import make

pytestmark = pytest.mark.usefixtures("without_token")


def test_new_envelopes_begin_and_remind_as_the_organisation_says(office: Office) -> None:
    admin, clerk = office.browser("admin"), office.browser("clerk")
    chain = make(office, admin, **{"stages-0-reminders": "2"})
    wrong = admin.post("/admin/draft-defaults", data={"deadline_days": "45", "reminder_days": "x"})
    assert wrong.status_code == 422
    days = checked(wrong).select_one("#deadline_days")
    assert days is not None
    assert days["value"] == "45"
    form = {"deadline_days": "45", "reminder_days": "5、10", "demand": "none"}
    form["mail_kinds"] = "工事請負契約"
    assert admin.post("/admin/draft-defaults", data=form).status_code == 303
    assert "依頼した日から5、10日後" in checked(admin.get("/admin/policy")).get_text()
    assert 'name="deadline_days" type="text" value="45"' in clerk.get(office.draft(clerk)).text
    path = ready(office, clerk, chain_id=str(chain.id), contract_kind="工事請負契約")
    assert "「確認コード（メール）」が加わります" in clerk.get(path).text
    assert "確認コード（メール）あり" in checked(clerk.get(f"{path}/confirm")).get_text()
    assert send(clerk, path).status_code == 303
    with office.database.reading() as session:
        sent = session.query(Envelope).filter(Envelope.sent_at.is_not(None)).one()
        stages = session.query(Stage).order_by(Stage.position).all()
    with office.database.reading() as session:
        others = session.query(Participant).filter(Participant.member_id.is_(None)).all()
    assert {row.mail_code for row in others if row.company != "契約課"} == {True}
    assert sent.reminder_days == [5, 10]
    assert [stage.reminder_days for stage in stages][:2] == [[2], None]
