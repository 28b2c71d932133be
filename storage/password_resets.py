"""New passwords by mail: asked for at the login, mailed by the worker, used once.
The newest request of an address counts.

Nothing that is asked for here looks whether the address is a member's: what the web does for one
that is and for one that is not is the same, row by row. The worker that mails the links asks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.events import Event
from domain.member_passkeys import FactorChange
from domain.password_reset import (
    RESET_LIFE,
    RESET_PAUSE,
    RESETS_AN_HOUR,
    RESETS_OF_A_NETWORK,
)
from storage import factor_mails, people, sso, tries
from storage.database import Database
from storage.locks import locked, take_turn
from storage.people import MAX_ADDRESS_CHARACTERS, NO_PASSWORD
from storage.tables import Member, Organisation, OutboxItem, PasswordReset
from storage.tries import Limit

PASSWORD_RESET = "password_reset"  # noqa: S105 - a word
"""Kind of the outbox item that starts the mailing."""
USED = "used"
_HOUR = timedelta(hours=1)
ASKS = Limit(RESETS_AN_HOUR, _HOUR, memory=_HOUR)
ASKS_OF_A_NETWORK = Limit(RESETS_OF_A_NETWORK, _HOUR, memory=_HOUR)


class ResetOver(Exception):
    """It was used, replaced by a newer one, is too old, or its member may not do this any more."""


@dataclass(frozen=True)
class Asking:
    """Who asks for which address, as far as HTTP tells. `mail` is normal; `network` is a hash."""

    mail: str
    address: str
    network: str


def ask(database: Database, asking: Asking, now: datetime) -> int | None:
    """Order a link; the address's older ones end. Returns the seconds to wait where the hour's
    mails to this address are spent, else None. A button that was pressed twice orders one."""
    with database.transaction() as session:
        take_turn(session, f"password-reset:{tries.digest(asking.mail)}")
        before = _open(session, asking.mail)
        if before is not None and now - before.requested_at < RESET_PAUSE:
            return None
        limits = tries.asks("reset", asking.mail, asking.network, ASKS, ASKS_OF_A_NETWORK)
        wait = tries.count(session, limits, now).wait
        if wait is not None:
            return wait
        session.execute(
            update(PasswordReset)
            .where(PasswordReset.mail == asking.mail, PasswordReset.ended_at.is_(None))
            .values(ended_at=now, ended_why=people.REPLACED)
        )
        row = PasswordReset(
            mail=asking.mail, address=asking.address[:MAX_ADDRESS_CHARACTERS], requested_at=now
        )
        session.add(row)
        session.flush()
        session.add(OutboxItem(kind=PASSWORD_RESET, subject_id=row.id, created_at=now))
    return None


def _open(session: Session, mail: str) -> PasswordReset | None:
    return session.scalar(
        select(PasswordReset)
        .where(PasswordReset.mail == mail, PasswordReset.ended_at.is_(None))
        .order_by(PasswordReset.requested_at.desc())
        .limit(1)
    )


def is_live(row: PasswordReset, now: datetime) -> bool:
    """Whether its link opens something, or is on its way."""
    return row.ended_at is None and now - row.requested_at <= RESET_LIFE


def has_own_password(organisation: Organisation, member: Member) -> bool:
    """Whether a password opens the member's login. Who never had one does not get one by mail:
    whether he still comes in is for the provider to say."""
    return member.password_hash != NO_PASSWORD and not sso.password_is_closed(organisation, member)


def by_token(session: Session, token_sha256: str) -> PasswordReset | None:
    """The request behind a mailed link, also of one that is over. Writes nothing."""
    return session.scalar(select(PasswordReset).where(PasswordReset.token_sha256 == token_sha256))


def member_of(session: Session, row: PasswordReset, now: datetime) -> Member | None:
    """Whose password the link changes now; None: nobody's any more."""
    if row.member_id is None or not is_live(row, now):
        return None
    member = session.get(Member, row.member_id)
    if member is None or not member.active or member.mail != row.mail:
        return None
    organisation = session.get_one(Organisation, member.organisation_id)
    return member if has_own_password(organisation, member) else None


def use(session: Session, reset: PasswordReset, password_hash: str, now: datetime) -> Member:
    """A new password: every login ends, the member is told by mail, the link has done its work.

    His second factor stays as it is. `password_hash` comes from identity/. Raises ResetOver.
    """
    row = locked(session, PasswordReset, reset.id)
    member = member_of(session, row, now) if row is not None else None
    if row is None or member is None:
        raise ResetOver
    row.ended_at, row.ended_why = now, USED
    session.flush()
    people.change_password(
        session,
        member,
        password_hash,
        now,
        actor=f"member:{member.id}",
        tag=Event.MEMBER_PASSWORD_RESET,
    )
    factor_mails.order(session, member, FactorChange.PASSWORD_RESET, member.id, now)
    return member
