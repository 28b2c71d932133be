"""People of a draft and the address book: chosen from it, taken off it, and looked up for it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from domain.contacts import Contact, TypedContact
from domain.drafts import TypedDraft, TypedPerson, typed_draft
from domain.facts import known_text
from domain.phones import read_mobile, shown_phone
from domain.refusals import Words
from storage import contacts
from storage.drafts import save_draft
from storage.tables import Envelope


def person_in(envelope: Envelope, key: str) -> TypedPerson | None:
    """The row of this key."""
    people = typed_draft(envelope.draft).people
    return next((person for person in people if key and person.key == key), None)


def choose(session: Session, envelope: Envelope, key: str, contact_id: UUID, now: datetime) -> None:
    """The contact stands in the row, with a copy of all that is known of him. The caller has locked
    the draft. Raises LookupError for a row or a contact that is not there, or not in use."""
    row = contacts.find(session, envelope.organisation_id, contact_id)
    if row is None or not row.active or person_in(envelope, key) is None:
        raise LookupError(str(contact_id))
    contact = contacts.contact_of(row)
    typed = typed_draft(envelope.draft)
    people = tuple(
        _with(person, row.id, contact) if person.key == key else person for person in typed.people
    )
    save_draft(envelope, replace(typed, people=people), now)


def _with(person: TypedPerson, contact_id: UUID, contact: Contact) -> TypedPerson:
    """A landline gets no SMS: it is known, but not the number of a code."""
    mobile = read_mobile(contact.phone)
    return replace(
        person,
        name=contact.name,
        mail=contact.mail,
        company=contact.company,
        language=contact.language,
        phone="" if isinstance(mobile, Words) else shown_phone(mobile),
        known=known_text(contact_id, contact),
    )


def forgotten(typed: TypedDraft, index: int | None) -> TypedDraft:
    """What is typed stays; what else was known of this person goes. None: of nobody."""
    people = [
        replace(person, known="") if place == index else person
        for place, person in enumerate(typed.people)
    ]
    return replace(typed, people=tuple(people))


def contact_from(person: TypedPerson) -> TypedContact:
    """What the draft says of somebody, for the address book's form."""
    return TypedContact(
        name=person.name.strip(),
        mail=person.mail.strip(),
        company=person.company.strip(),
        phone=person.phone.strip(),
        language=person.language,
    )
