"""承諾の設定 of an administrator, and what the sender sees of parties' consents."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.consent_words import MEANS_VERSION
from domain.consents import DEFAULT, MAX_TEXT_CHARACTERS, shown_sha256
from domain.kinds import Language
from storage import consenting, visits
from storage.consenting import Said
from storage.outbox import When
from storage.standing import holder_of
from storage.tables import (
    ConsentVersion,
    Envelope,
    LedgerEvent,
    Link,
    Organisation,
    Participant,
    Slot,
)
from tests.webapp.signer.pages import checked
from tests.webapp.stack import PDF, Office, form, upload

pytestmark = pytest.mark.usefixtures("without_token")

TEXT = {"way": "each", "ja": "電子的な方法を承諾します。\r\n以上", "en": "We agree."}


def asked(office: Office) -> ConsentVersion | None:
    with office.database.reading() as session:
        key = session.get_one(Organisation, office.organisation).consent_version_id
        return session.get(ConsentVersion, key) if key else None


def test_the_form_begins_with_our_template_and_says_that_it_is_one(office: Office) -> None:
    page = checked(office.browser("admin").get("/admin/consent"))
    area = page.find("textarea", id="ja")
    assert area is not None
    assert area.text.strip() == DEFAULT.ja
    assert "ひな形" in page.text
    assert asked(office) is None


def test_each_changed_text_is_a_version_and_all_of_them_stay_readable(office: Office) -> None:
    browser = office.browser("admin")
    assert browser.post("/admin/consent", data=TEXT).status_code == 303
    assert browser.post("/admin/consent", data=TEXT).status_code == 303
    assert browser.post("/admin/consent", data=TEXT | {"ja": "改めた文面"}).status_code == 303
    version = asked(office)
    assert version is not None
    assert (version.version, version.ja, version.lasting) == (2, "改めた文面", False)
    page = checked(browser.get("/admin/consent"))
    versions = page.find(id="versions")
    assert versions is not None
    assert "電子的な方法を承諾します。\n以上" in versions.text
    assert "改めた文面" in versions.text
    assert browser.post("/admin/consent", data=TEXT | {"way": "none"}).status_code == 303
    assert asked(office) is None
    with office.database.reading() as session:
        events = session.query(LedgerEvent).filter_by(tag="organisation:changed").all()
    assert [(e.data["after"] or {}).get("version") for e in events] == [1, 2, None]
    assert {e.actor for e in events} == {f"member:{office.members['admin'].id}"}
    assert office.count(ConsentVersion) == 3  # what was written without asking is kept too


@pytest.mark.parametrize(
    "wrong",
    [
        {"way": ""},
        {"way": "perhaps"},
        {"ja": " "},
        {"ja": "あ" * (MAX_TEXT_CHARACTERS + 1)},
        {"en": "bell \x07"},
    ],
)
def test_what_cannot_be_kept_is_said_beside_what_was_typed(
    office: Office, wrong: dict[str, str]
) -> None:
    answer = office.browser("admin").post("/admin/consent", data=TEXT | wrong)
    assert answer.status_code == 422
    page = checked(answer)
    area = page.find("textarea", id="en" if "ja" in wrong else "ja")
    assert area is not None
    assert area.text.strip()
    assert office.count(ConsentVersion) == 0


def test_a_clerk_has_no_say_and_another_organisation_its_own(office: Office) -> None:
    assert office.browser("clerk").post("/admin/consent", data=TEXT).status_code == 403
    office.browser("admin").post("/admin/consent", data=TEXT)
    with office.database.reading() as session:
        others = session.query(Organisation).filter(Organisation.id != office.organisation)
        assert not any(row.consent_version_id for row in others)


def test_the_sender_sees_who_consented_when_and_to_what(office: Office) -> None:
    office.browser("admin").post("/admin/consent", data=TEXT)
    browser = office.browser("clerk")
    path = office.sent(browser)
    before = checked(browser.get(path))
    card = before.find(id="consents")
    assert card is not None
    assert "未承諾" in card.text
    person = _consents(office, path)
    page = checked(browser.get(path))
    card = page.find(id="consents")
    assert card is not None
    assert "承諾済み" in card.text
    assert person in card.text
    assert "第1版" in card.text
    _withdraws(office, path)
    page = checked(browser.get(path))
    card = page.find(id="consents")
    assert card is not None
    assert "撤回" in card.text
    assert "承諾が撤回されています" in page.text
    assert "電子契約の利用を承諾" in page.text


def test_the_sender_is_told_before_he_sends(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="confirm"))
    assert "承諾" not in checked(browser.get(f"{path}/confirm")).text
    office.browser("admin").post("/admin/consent", data=TEXT)
    assert "承諾（第1版）を求めます" in checked(browser.get(f"{path}/confirm")).text


def test_an_envelope_that_asks_for_none_shows_none(office: Office) -> None:
    browser = office.browser("clerk")
    page = checked(browser.get(office.sent(browser)))
    assert page.find(id="consents") is None


def _visiting(office: Office, path: str) -> visits.Visiting:
    """A person of the other side, with a link of his own."""
    envelope_id, now = UUID(path.rpartition("/")[2]), datetime.now(UTC)
    with office.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        envelope.state = "running"
        person = (
            session.query(Participant).filter_by(envelope_id=envelope_id, kind="signer").first()
        )
        assert person is not None
        link = session.query(Link).filter_by(participant_id=person.id).one_or_none()
        if link is None:
            link = Link(participant_id=person.id, purpose="act", issued_at=now)
            session.add(link)
            session.flush()
        for slot in session.query(Slot).filter_by(envelope_id=envelope_id):
            slot.state = "asked"
        session.flush()
        holder = holder_of(session, link, now)
        visit = visits.open_visit(session, holder, "c" * 64, visits.Caller("192.0.2.1", ""), now)
    with office.database.reading() as session:
        found = visits.find_visit(session, "c" * 64, visit, now)
    assert found is not None
    return found


def _consents(office: Office, path: str) -> str:
    here, version = _visiting(office, path), asked(office)
    assert version is not None
    shown = shown_sha256(version.sha256, MEANS_VERSION)
    said = Said("n1", visits.Caller("192.0.2.1", ""), Language.JA, shown)
    with office.database.transaction() as session:
        consenting.give(session, here, said, datetime.now(UTC))
    return here.holder.participant.name


def _withdraws(office: Office, path: str) -> None:
    said = Said("n2", visits.Caller("192.0.2.1", ""), Language.JA)
    here = _visiting(office, path)
    with office.database.transaction() as session:
        consenting.withdraw(session, here, said, When(datetime.now(UTC), "sign.example.jp"))
