"""A corrected address in the address book (宛先帳): what it offers next time is the right one.

The sender says so with the correction, and its act names the contact; the book keeps the change in
its own history, under the name of whoever corrected.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.deals import evened
from domain.events import Json
from domain.facts import CONTACT_ID
from domain.ids import read_id
from domain.kinds import ActKind
from domain.permissions import allowed
from storage import contacts
from storage.locks import locked
from storage.readdressing import address_of, number_of
from storage.tables import Act, Contact, Envelope, Member, Participant

EVIDENCE = "contact"
"""Inside what the act's evidence says of the correction."""
_CHANGES = "contact.change"


def contact_of(session: Session, envelope: Envelope, person: Participant) -> Contact | None:
    """Who stands in the book with the address that he has in the envelope: whom he was chosen
    from, or somebody in use of the same name."""
    chosen = read_id(str((person.known or {}).get(CONTACT_ID, "")))
    row = contacts.find(session, envelope.organisation_id, chosen) if chosen else None
    if row is not None and row.active and row.mail_even == person.mail.lower():
        return row
    return _named(session, envelope, person.name, person.mail)


def _named(session: Session, envelope: Envelope, name: str, mail: str) -> Contact | None:
    return session.scalar(
        select(Contact)
        .where(
            Contact.organisation_id == envelope.organisation_id,
            Contact.active.is_(True),
            Contact.mail_even == mail.lower(),
            Contact.person_even == evened(name),
        )
        .order_by(Contact.changed_at, Contact.id)
        .limit(1)
    )


def evidence_of(
    session: Session, envelope: Envelope, person: Participant | None
) -> dict[str, Json]:
    """Which contact is corrected with him; nothing where the book does not know him."""
    row = contact_of(session, envelope, person) if person is not None else None
    return {EVIDENCE: str(row.id)} if row is not None else {}


def mend(session: Session, envelope: Envelope, act: Act, at: datetime) -> None:
    """The book has the new address, if the act names a contact and it has the old one still.

    Before anything else of the act reaches the ledger: whoever changes a contact locks it first
    and writes into the ledger then, and so no two wait for each other.
    """
    said = act.evidence.get("corrected")
    mail = address_of(act.evidence)
    member = session.get(Member, act.member_id) if act.member_id is not None else None
    if act.kind != ActKind.READDRESS or not isinstance(said, Mapping) or mail is None:
        return
    if member is None or not allowed(member.roles, _CHANGES):
        return
    row = _locked(session, envelope, said)
    if row is None:
        return
    before = contacts.contact_of(row)
    number = number_of(act.evidence)
    moved = number and before.phone == said.get("phone_from")
    after = replace(before, mail=mail, phone=number if moved else before.phone)
    twin = _named(session, envelope, row.name, mail)
    if twin is None or twin.id == row.id:
        contacts.change(session, member, row.id, after, at, revision=row.revision, knowingly=True)
        return
    # He stands there with his right address already: what is offered is that one alone.
    kept = contacts.contact_of(twin)
    revisions = (twin.revision, row.revision)
    contacts.merge(session, member, twin.id, row.id, kept, at, revisions=revisions)


def _locked(session: Session, envelope: Envelope, said: Mapping[str, Any]) -> Contact | None:
    """In use, of this organisation, and still with the address that was wrong."""
    contact_id = read_id(str(said.get(EVIDENCE, "")))
    if contact_id is None:
        return None
    contacts.take_turn_in(session, envelope.organisation_id)
    row = locked(session, Contact, contact_id)
    if row is None or row.organisation_id != envelope.organisation_id or not row.active:
        return None
    return row if row.mail_even == str(said.get("from", "")).lower() else None
