"""署名者のパスキー: an administrator takes away a lost one, of his own organisation only."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from storage import drafts
from storage.tables import LedgerEvent, Link, Member, Participant, Party, Passkey, Visit
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")

MAIL = "yamada@example.jp"


def keyed(office: Office, sender: str = "clerk") -> UUID:
    """A passkey of somebody who was once asked by an organisation."""
    now = datetime.now(UTC)
    with office.database.transaction() as session:
        member = session.get_one(Member, office.members[sender].id)
        envelope = drafts.create_draft(session, member, now).id
        party = Party(id=uuid4(), envelope_id=envelope, kind="counterparty", name="山田組")
        session.add(party)
        session.flush()
        person = Participant(
            id=uuid4(),
            envelope_id=envelope,
            party_id=party.id,
            kind="signer",
            position=0,
            name="山田",
            mail=MAIL,
        )
        session.add(person)
        session.flush()
        link = Link(id=uuid4(), participant_id=person.id, purpose="act", issued_at=now)
        session.add(link)
        session.flush()
        visit = Visit(
            id=uuid4(),
            cookie_sha256="c" * 64,
            link_id=link.id,
            generation=1,
            participant_id=person.id,
            opened_at=now,
            last_seen_at=now,
        )
        session.add(visit)
        session.flush()
        row = Passkey(
            id=uuid4(),
            organisation_id=member.organisation_id,
            mail=MAIL,
            rp_id="localhost",
            user_handle=uuid4(),
            credential_sha256=uuid4().hex * 2,
            credential_id="AA",
            public_key="AA",
            sealed=b"sealed",
            participant_id=person.id,
            visit_id=visit.id,
            agent="a phone",
            registered_at=now,
            sign_count=0,
        )
        session.add(row)
        return row.id


def removed(office: Office, key: UUID) -> bool:
    with office.database.reading() as session:
        return session.get_one(Passkey, key).removed_at is not None


def test_an_administrator_finds_an_address_and_removes_its_passkey(office: Office) -> None:
    key = keyed(office)
    browser = office.browser("admin")
    assert "a phone" not in browser.get("/admin/passkeys").text
    assert "登録されていません" in browser.get("/admin/passkeys?mail=other@example.jp").text
    found = checked(browser.get("/admin/passkeys?mail=Yamada@example.jp "))
    assert "a phone" in found.get_text()
    page = checked(browser.get(f"/admin/passkeys/{key}"))
    assert "メールとは別の方法で" in page.get_text()
    assert not removed(office, key)
    for _ in range(2):
        assert browser.post(f"/admin/passkeys/{key}").status_code == 303
    assert removed(office, key)
    assert "すでに無効です" in checked(browser.get(f"/admin/passkeys/{key}")).get_text()
    assert "無効" in checked(browser.get(f"/admin/passkeys?mail={MAIL}")).get_text()
    with office.database.reading() as session:
        [event] = session.scalars(
            select(LedgerEvent).where(LedgerEvent.tag == "passkey:removed")
        ).all()
    assert event.organisation_id == office.organisation
    assert event.actor == f"member:{office.members['admin'].id}"


def test_an_address_s_passkeys_are_sorted_by_each_heading(office: Office) -> None:
    first = keyed(office)
    with office.database.transaction() as session:
        made = session.get_one(Passkey, first)
        names = (column.name for column in Passkey.__table__.columns if column.name != "id")
        values = {name: getattr(made, name) for name in names}
        changes = {"credential_sha256": "b" * 64, "agent": "a tablet"}
        later = made.registered_at + timedelta(days=1)
        session.add(Passkey(**(values | changes | {"registered_at": later, "last_used_at": later})))
    browser = office.browser("admin")
    for key, agents in {
        "registered": ["a tablet", "a phone"],
        "browser": ["a phone", "a tablet"],
        "used": ["a tablet", "a phone"],
        "state": ["a tablet", "a phone"],
    }.items():
        page = checked(browser.get(f"/admin/passkeys?mail={MAIL}&sort={key}"))
        found = [row.get_text() for row in page.select("tbody tr td:nth-of-type(2)")]
        assert found == agents, key
        heading = page.select_one(f"th[aria-sort] #by-{key}")
        assert heading is not None
        assert "mail=" in str(heading["href"])


def test_another_organisations_passkey_does_not_exist(office: Office) -> None:
    key = keyed(office, "neighbour")
    browser = office.browser("admin")
    assert "a phone" not in browser.get(f"/admin/passkeys?mail={MAIL}").text
    assert browser.get(f"/admin/passkeys/{key}").status_code == 404
    assert browser.post(f"/admin/passkeys/{key}").status_code == 404
    assert not removed(office, key)


def test_a_clerk_removes_none(office: Office) -> None:
    key = keyed(office)
    browser = office.browser("clerk")
    for path in ("/admin/passkeys", f"/admin/passkeys/{key}"):
        assert browser.get(path).status_code == 403
    assert browser.post(f"/admin/passkeys/{key}").status_code == 403
    assert not removed(office, key)
