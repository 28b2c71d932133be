"""まとめて手続き says what matters of each envelope; what has to be told is opened by itself."""

import re
from uuid import UUID

import pytest

from domain.kinds import ActKind
from storage.tables import Act, Correction, Deal, Envelope, Participant, Stage
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office
from tests.webapp.test_waiting import acts, asked, fields, form_of, ticked
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")


def registered(office: Office, person: UUID, amount: int | None) -> None:
    with office.database.transaction() as session:
        envelope_id = session.get_one(Participant, person).envelope_id
        session.get_one(Deal, envelope_id).amount = amount
        session.get_one(Envelope, envelope_id).message = "至急お願いします。"


def test_list_and_cards_say_amount_partner_sender_and_message(office: Office) -> None:
    key = asked(office, "清掃契約")
    registered(office, key, 1_234_567)
    admin = office.browser("admin")
    listed = checked(admin.get("/waiting")).get_text()
    card = checked(admin.get(ticked(admin, key))).get_text()
    for said in ("1,234,567", "株式会社山田組", "田中 花子"):
        assert said in listed
        assert said in card
    assert "至急お願いします。" in card


def test_an_amount_that_changed_behind_the_page_is_looked_at_again(office: Office) -> None:
    one, other = asked(office, "清掃契約"), asked(office, "警備契約")
    registered(office, one, 1000)
    admin = office.browser("admin")
    form = form_of(admin, ticked(admin, one, other))
    registered(office, one, 9_000_000)
    answer = admin.post("/waiting/act", data=form)
    assert answer.status_code == 422
    page = checked(answer)
    assert page.select_one(".error-summary a[href^='#amount-']") is not None
    assert "9,000,000" in page.get_text()
    assert acts(office) == []
    shown = fields(page)
    assert admin.post("/waiting/act", data=shown).status_code == 200
    assert len(acts(office)) == 2
    registered(office, one, 5)
    assert admin.post("/waiting/act", data=shown).status_code == 200  # the same form once more
    assert len(acts(office)) == 2


@pytest.mark.parametrize("news", ["correction", "return"])
def test_what_was_corrected_or_sent_back_is_opened_by_itself(office: Office, news: str) -> None:
    key = asked(office, "清掃契約")
    admin = office.browser("admin")
    path = ticked(admin, key)
    form = form_of(admin, path)
    _tell(office, key, news)
    why = "訂正または差し戻しのあとの依頼です"
    assert why in checked(admin.get("/waiting")).get_text()
    assert why in checked(admin.get(path)).get_text()
    assert "個別に開いてください" in checked(admin.post("/waiting/act", data=form)).get_text()
    assert [act for act in acts(office) if act.kind == ActKind.APPROVE] == []


def _tell(office: Office, key: UUID, news: str) -> None:
    with office.database.transaction() as session:
        person = session.get_one(Participant, key)
        envelope = session.get_one(Envelope, person.envelope_id)
        act = Act(
            nonce="n" * 64, envelope_id=envelope.id, participant_id=key,
            kind=ActKind.SEND_BACK.value if news == "return" else ActKind.CORRECT.value,
            version=envelope.version, version_sha256="0" * 64, values_sha256="0" * 64,
            language="ja", evidence={}, posted_at=now(), accepted=True, answered_at=now(),
        )  # fmt: skip
        session.add(act)
        session.flush()
        if news == "return":
            stage = session.query(Stage).filter_by(envelope_id=envelope.id, position=0).one()
            stage.returned_by = act.id
        else:
            session.add(
                Correction(
                    envelope_id=envelope.id, act_id=act.id, from_version=0,
                    to_version=envelope.version, created_at=now(),
                )
            )  # fmt: skip


def test_the_deputy_is_named_on_the_page_that_confirms(office: Office) -> None:
    key = asked(office, "清掃契約")
    with office.database.transaction() as session:
        session.get_one(Participant, key).mailbox = "somebody@city.example"
        row = session.get_one(Participant, key)
        absent = Participant(
            envelope_id=row.envelope_id, party_id=row.party_id, kind=row.kind, position=9,
            name="課長 三郎", mail="absent@city.example", language="ja", handover=row.handover,
        )  # fmt: skip
        session.add(absent)
        session.flush()
        row.deputy_of = absent.id
    admin = office.browser("admin")
    assert re.search("代決.*課長 三郎", checked(admin.get("/waiting")).get_text())
    assert re.search("代決.*課長 三郎", checked(admin.get(ticked(admin, key))).get_text())
