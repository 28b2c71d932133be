"""What nobody needs any more goes after a day, so that the tables stay as small as the work.

Only what proves nothing: challenges that acts answered, and pads that drawings came from, stay.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from domain.factors import Moment
from domain.mailbox import FORGOTTEN_AFTER
from storage import official_seals, register_lists
from storage.disclosures import forget_expired
from storage.tables import (
    Attempt,
    ContactImport,
    FormTurn,
    MailboxCode,
    Pad,
    PasskeyChallenge,
    PasswordReset,
    SsoArrival,
)
from storage.tables.base import Base
from storage.tries import MEMORY

_AT_ONCE = 500
"""Rows of one statement: databases bound the number of its parameters."""


def forget_old(session: Session, now: datetime) -> Mapping[str, int]:
    """Remove the rows that are old enough. How many, by the name of their table, where any."""
    since = now - FORGOTTEN_AFTER
    removed = {
        # What no limit remembers.
        "attempts": _remove(session, Attempt, Attempt.at <= now - MEMORY),
        # Requests that nobody can use any more: their addresses may be nobody's.
        "mailbox_codes": _remove(session, MailboxCode, MailboxCode.requested_at <= since),
        "password_resets": _remove(session, PasswordReset, PasswordReset.requested_at <= since),
        # Of visits that are over, unless an act was proved by it.
        "passkey_challenges": _remove(
            session,
            PasskeyChallenge,
            PasskeyChallenge.asked_at <= since,
            or_(
                PasskeyChallenge.used_at.is_(None),
                PasskeyChallenge.moment != Moment.SIGNING.value,
            ),
        ),
        # Tables that somebody looked at and did not take, and what says that others were taken.
        "contact_imports": _remove(session, ContactImport, ContactImport.created_at <= since),
        # Of pages that nobody has written in since.
        "form_turns": _remove(session, FormTurn, FormTurn.at <= since),
        # Of people who did not go on to their login.
        "sso_arrivals": _remove(session, SsoArrival, SsoArrival.until <= now),
        # Of visits that are over, unless a drawing came from it.
        "pads": _remove(session, Pad, Pad.created_at <= since, Pad.stamp_id.is_(None)),
        # Second copies of what is kept anyway.
        "disclosures": forget_expired(session, now),
        # They tell more than a seal, and none was made of them.
        "refused_photographs": official_seals.forget_refused(session),
        # They are made again in minutes.
        "register_lists": register_lists.forget_expired(session, now),
    }
    return {name: count for name, count in removed.items() if count}


def _remove(session: Session, table: type[Base], *old: ColumnElement[bool]) -> int:
    key: ColumnElement[UUID] = table.__table__.c.id
    rows = list(session.scalars(select(key).where(*old)))
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(delete(table).where(key.in_(rows[start : start + _AT_ONCE])))
    return len(rows)
