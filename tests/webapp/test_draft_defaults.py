"""封筒の初期値: an administrator decides, and new envelopes begin and remind with it."""

import pytest

from storage.tables import Envelope, Stage
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
    form = {"deadline_days": "45", "reminder_days": "5、10"}
    assert admin.post("/admin/draft-defaults", data=form).status_code == 303
    assert "依頼した日から5、10日後" in checked(admin.get("/admin/policy")).get_text()
    assert 'name="deadline_days" type="text" value="45"' in clerk.get(office.draft(clerk)).text
    path = ready(office, clerk, chain_id=str(chain.id))
    assert send(clerk, path).status_code == 303
    with office.database.reading() as session:
        sent = session.query(Envelope).filter(Envelope.sent_at.is_not(None)).one()
        stages = session.query(Stage).order_by(Stage.position).all()
    assert sent.reminder_days == [5, 10]
    assert [stage.reminder_days for stage in stages][:2] == [[2], None]
