"""What the merge fields of a draft stand for, besides what its form says."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.filling_in import MergeFacts
from domain.kinds import Language
from storage.senders import senders_of
from storage.tables import Envelope, Member, Organisation


def merge_facts(
    session: Session, envelope: Envelope, now: datetime, member: Member | None = None
) -> MergeFacts:
    """As `member` would send it; None: whoever has the draft."""
    sender = senders_of(session, envelope, member).sender
    organisation = session.get_one(Organisation, envelope.organisation_id)
    return MergeFacts(
        number=envelope.number,
        sender=sender.name,
        department=sender.department,
        organisation=organisation.name,
        now=now,
        zone=organisation.zone,
        language=Language(organisation.language),
    )
