"""Who got mails of an envelope: for the page that confirms a mail's check word."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.tables import Envelope, Organisation, Participant


class Addressee(NamedTuple):
    """A person of an envelope, and who sent it."""

    participant_id: UUID
    mail: str
    organisation: str
    organisation_en: str


def addressees(session: Session, number: str) -> tuple[Addressee, ...]:
    """Everybody of the envelope with this number; nobody for an unknown one. One query for both."""
    rows = session.execute(
        select(Participant.id, Participant.mail, Organisation.name, Organisation.name_en)
        .join(Envelope, Envelope.id == Participant.envelope_id)
        .join(Organisation, Organisation.id == Envelope.organisation_id)
        .where(Envelope.number == number)
    )
    return tuple(Addressee(*row) for row in rows)
