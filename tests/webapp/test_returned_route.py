"""The sender's picture of a route that was sent back to an earlier stage."""

from datetime import UTC, datetime

import pytest

from storage.tables import Act, Participant, Stage
from tests.webapp.pages import check_page
from tests.webapp.stack import Office, form
from tests.webapp.test_steering import sent_and_asked


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_stage_that_is_asked_once_more_says_who_sent_it_back_and_why(
    office: Office, language: str
) -> None:
    path, browser = sent_and_asked(office)
    browser.post("/language", data=form(language=language, next="/"))
    with office.database.transaction() as session:
        person = session.query(Participant).order_by(Participant.position).all()[-1]
        stage = session.query(Stage).order_by(Stage.position).all()[0]
        act = Act(
            nonce="back",
            envelope_id=stage.envelope_id,
            participant_id=person.id,
            kind="send_back",
            version=1,
            version_sha256="",
            values_sha256="",
            reason="見積書を確認してください",
            evidence={"stage_id": str(stage.id)},
            posted_at=datetime.now(UTC),
        )
        session.add(act)
        session.flush()
        stage.returned_by = act.id
    text = check_page(browser.get(path)).get_text()
    assert f"{person.name}さんが差し戻したため" in text or f"since {person.name} sent it" in text
    assert text.count("見積書を確認してください") == 1
