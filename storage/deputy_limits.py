"""When a deputy, or whoever acted as one, may not act in an envelope any more."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, aliased

from domain.kinds import FILLING_ACTS
from storage import absences
from storage.tables import Absence, Act, Envelope, Participant


def is_closed_to(session: Session, participant: Participant, at: datetime) -> bool:
    """Whether his act would be refused at that moment for what he is, or did, as a deputy."""
    return is_over(session, participant, at) or acted_otherwise(session, participant)


def is_over(session: Session, participant: Participant, at: datetime) -> bool:
    """Whether a deputy's absent person is back: nobody decides in the stead of somebody present.
    False for everybody who is no deputy."""
    if participant.absence_id is None:
        return False
    absence = session.get_one(Absence, participant.absence_id)
    cancelled = absence.cancelled_at is not None and absence.cancelled_at <= at
    return cancelled or absences.day_of(session, absence.organisation_id, at) > absence.ends_on


_ABSENT = aliased(Participant)
_STOOD_IN = (
    select(Act.id)
    .join(Participant, Participant.id == Act.participant_id)
    .join(_ABSENT, _ABSENT.id == Participant.deputy_of)
    .where(
        Participant.envelope_id == bindparam("envelope_id"),
        Participant.id != bindparam("own_id"),
        Participant.deputy_of.is_not(None),
        Participant.mailbox == bindparam("mailbox"),
        Act.version == bindparam("version"),
        Act.kind.in_([kind.value for kind in FILLING_ACTS]),
        Act.accepted.is_(True),
    )
    .limit(1)
)
_STOOD_IN_FOR_ANOTHER = _STOOD_IN.where(_ABSENT.mailbox != bindparam("absent"))
"""Made once: every page of every visit asks, and to put the question together took a fifteenth of
the web app's time for an envelope."""


def acted_otherwise(session: Session, participant: Participant) -> bool:
    """Whether he has acted in this envelope already in somebody's stead: everybody
    acts once. For the same person he stands in as often as that one is asked."""
    envelope = session.get_one(Envelope, participant.envelope_id)
    asked = {
        "envelope_id": envelope.id,
        "own_id": participant.id,
        "mailbox": participant.mail.lower(),
        "version": envelope.version,
    }
    if participant.deputy_of is None:
        return session.scalar(_STOOD_IN, asked) is not None
    absent = session.get_one(Participant, participant.deputy_of)
    return session.scalar(_STOOD_IN_FOR_ANOTHER, asked | {"absent": absent.mailbox}) is not None
