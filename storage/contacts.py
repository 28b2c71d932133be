"""The address book: contacts added, changed, retired and merged; each change keeps its values.

Nothing is lost in silence: a form that was opened before somebody else's change is refused, and
whoever saves a twin of a contact is told of it first.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from domain.contacts import Contact, ContactEvent, contact_changes
from domain.events import Event, Json, canonical
from storage import ledger, tables
from storage.locks import locked, take_turn
from storage.tables import ContactChange, Member

ACTIVE = "active"
"""Beside the values in a history's line: whether it is in use."""
_EVENTS = {
    ContactEvent.ADDED: Event.CONTACT_ADDED,
    ContactEvent.CHANGED: Event.CONTACT_CHANGED,
    ContactEvent.RETIRED: Event.CONTACT_RETIRED,
    ContactEvent.RESTORED: Event.CONTACT_RESTORED,
    ContactEvent.MERGED: Event.CONTACTS_MERGED,
}
_SHOWN_TWINS = 10


class ContactChangedMeanwhile(Exception):
    """Somebody else changed it since the form was opened."""


@dataclass(frozen=True)
class Twin:
    """A contact that is perhaps the same; it outlives the transaction that was given up for it."""

    id: UUID
    name: str
    company: str
    mail: str


class HasTwins(Exception):
    """Contacts with the same address, or the same company and name, are there already."""

    def __init__(self, rows: Sequence[tables.Contact]) -> None:
        super().__init__(f"{len(rows)} alike")
        self.twins = tuple(Twin(row.id, row.name, row.company, row.mail) for row in rows)


def find(session: Session, organisation_id: UUID, contact_id: UUID) -> tables.Contact | None:
    """A contact of the organisation; another's does not exist."""
    return session.scalar(
        select(tables.Contact).where(
            tables.Contact.id == contact_id, tables.Contact.organisation_id == organisation_id
        )
    )


def contact_of(row: tables.Contact) -> Contact:
    """The values of a row."""
    return Contact(**{one.name: getattr(row, one.name) for one in fields(Contact)})


def history(session: Session, row: tables.Contact) -> Sequence[ContactChange]:
    """Changes, the newest first."""
    return session.scalars(
        select(ContactChange)
        .where(ContactChange.contact_id == row.id)
        .order_by(ContactChange.number.desc())
    ).all()


def twins(
    session: Session, organisation_id: UUID, contact: Contact, but: UUID | None = None
) -> Sequence[tables.Contact]:
    """Contacts in use with the same address, or the same company and name."""
    row = tables.Contact
    alike = or_(
        row.mail_even == contact.mail_even,
        and_(
            row.company_even == contact.company_even,
            row.person_even == contact.person_even,
            row.company_even != "",
        ),
    )
    query = select(row).where(row.organisation_id == organisation_id, row.active.is_(True), alike)
    if but is not None:
        query = query.where(row.id != but)
    return session.scalars(query.order_by(row.changed_at).limit(_SHOWN_TWINS)).all()


def add(
    session: Session, member: Member, contact: Contact, now: datetime, *, knowingly: bool = False
) -> tables.Contact:
    """A new contact. Raises HasTwins, unless they are kept `knowingly`."""
    take_turn_in(session, member.organisation_id)
    found = twins(session, member.organisation_id, contact)
    if found and not knowingly:
        raise HasTwins(found)
    row = tables.Contact(organisation_id=member.organisation_id, revision=0, active=True)
    write(row, contact)
    row.changed_at = now
    session.add(row)
    session.flush()
    _keep(session, row, member, ContactEvent.ADDED, {}, now)
    return row


def change(  # noqa: PLR0913 - the parts of one change, by name
    session: Session,
    member: Member,
    contact_id: UUID,
    contact: Contact,
    now: datetime,
    *,
    revision: int,
    knowingly: bool = False,
) -> bool:
    """Keep other values. `revision` is the one that the form showed. False where nothing differs.

    Raises LookupError, ContactChangedMeanwhile, and HasTwins where the change makes some.
    """
    take_turn_in(session, member.organisation_id)
    row = _locked(session, member, contact_id)
    before = contact_of(row)
    if before == contact:
        return False
    if row.revision != revision:
        raise ContactChangedMeanwhile
    found = twins(session, member.organisation_id, contact, row.id)
    if found and not knowingly and _alikeness(before) != _alikeness(contact):
        raise HasTwins(found)
    stored = _stored(row)
    write(row, contact)
    _keep(session, row, member, ContactEvent.CHANGED, stored, now)
    return True


def switch(  # noqa: PLR0913 - the parts of one change, by name
    session: Session,
    member: Member,
    contact_id: UUID,
    now: datetime,
    *,
    revision: int,
    active: bool,
) -> bool:
    """Take a contact out of use, or into it again. False where it is so already.

    Raises LookupError and ContactChangedMeanwhile.
    """
    row = _locked(session, member, contact_id)
    if row.active == active:
        return False
    if row.revision != revision:
        raise ContactChangedMeanwhile
    before = _stored(row)
    row.active, row.merged_into = active, None
    kind = ContactEvent.RESTORED if active else ContactEvent.RETIRED
    _keep(session, row, member, kind, before, now)
    return True


def merge(  # noqa: PLR0913 - the parts of one change, by name
    session: Session,
    member: Member,
    kept_id: UUID,
    gone_id: UUID,
    contact: Contact,
    now: datetime,
    *,
    revisions: tuple[int, int],
) -> tables.Contact:
    """One contact with these values instead of two; the other is retired and says where it went.

    Raises LookupError (also for the same one twice) and ContactChangedMeanwhile.
    """
    take_turn_in(session, member.organisation_id)
    if kept_id == gone_id:
        raise LookupError(str(gone_id))
    kept, gone = _locked(session, member, kept_id), _locked(session, member, gone_id)
    if (kept.revision, gone.revision) != revisions or not (kept.active and gone.active):
        raise ContactChangedMeanwhile
    before = _stored(kept)
    write(kept, contact)
    _keep(session, kept, member, ContactEvent.MERGED, before, now)
    before = _stored(gone)
    gone.active, gone.merged_into = False, kept.id
    _keep(session, gone, member, ContactEvent.MERGED, before, now)
    return kept


def write(row: tables.Contact, contact: Contact) -> None:
    """A row's values, with what is derived from them."""
    for name, value in columns_of(contact).items():
        setattr(row, name, value)


def columns_of(contact: Contact) -> dict[str, str]:
    """The same as columns."""
    found = {one.name: str(getattr(contact, one.name)) for one in fields(Contact)}
    for name in ("mail_even", "company_even", "person_even", "searched"):
        found[name] = getattr(contact, name)
    return found


def stored(contact: Contact, *, active: bool) -> dict[str, Json]:
    """What a line of the history keeps."""
    return contact.as_json() | {ACTIVE: active}


def _stored(row: tables.Contact) -> dict[str, Json]:
    return stored(contact_of(row), active=row.active)


def _alikeness(contact: Contact) -> tuple[str, str, str]:
    return contact.mail_even, contact.company_even, contact.person_even


def take_turn_in(session: Session, organisation_id: UUID) -> None:
    """Two who save twins at the same moment: one of them is told."""
    take_turn(session, f"contacts:{organisation_id}")


def _locked(session: Session, member: Member, contact_id: UUID) -> tables.Contact:
    row = locked(session, tables.Contact, contact_id)
    if row is None or row.organisation_id != member.organisation_id:
        raise LookupError(str(contact_id))
    return row


def _keep(  # noqa: PLR0913 - the parts of one change
    session: Session,
    row: tables.Contact,
    member: Member,
    kind: ContactEvent,
    before: dict[str, Json],
    now: datetime,
) -> None:
    row.revision += 1
    row.changed_at = now
    after = _stored(row)
    session.add(
        ContactChange(
            contact_id=row.id,
            number=row.revision,
            kind=kind.value,
            member_id=member.id,
            before=before,
            after=after,
            at=now,
        )
    )
    session.flush()
    said: Json = {"after": after, "before": before}
    names = ",".join(one.name for one in contact_changes(before, after))
    ledger.append(
        session,
        _EVENTS[kind],
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={
            "contact": row.id,
            "number": row.revision,
            "fields": names,
            "change": hashlib.sha256(canonical(said)).hexdigest(),
        },
    )
