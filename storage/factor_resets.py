"""An administrator takes away a member's lost second factor (2段階認証の解除).

Nobody does it for himself here: who can log in changes his own factors by his password, and who
cannot needs somebody else to say that it is he who asks.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.member_passkeys import FactorChange
from storage import factor_mails, ledger, member_passkeys, members, people, recovery
from storage.sso_exempt import keep_the_door
from storage.tables import FactorReset, Member


class OwnFactor(Exception):
    """An administrator meant himself."""


class NothingToReset(Exception):
    """The member has no second factor."""


def reset(session: Session, actor: Member, member: Member, seen: int, now: datetime) -> FactorReset:
    """App, passkeys and recovery codes open nothing any more, and every browser is logged out.

    Raises OwnFactor, NothingToReset, MemberChangedMeanwhile and NoDoorLeft.
    """
    if actor.id == member.id:
        raise OwnFactor
    row = members.begin_change(session, member, seen)
    keep_the_door(session, row)
    row.revision += 1
    return carry_out(session, row, actor, now)


def carry_out(session: Session, row: Member, actor: Member | None, now: datetime) -> FactorReset:
    """The same, for `actor` None by whoever runs the machine. Raises NothingToReset."""
    if not row.has_factor:
        raise NothingToReset
    by = actor.id if actor is not None else None
    had_app = row.totp_sealed is not None
    row.totp_sealed = row.totp_last_step = None
    removed = member_passkeys.remove_all(session, row, by, now)
    recovery.end_all(session, row.id, now)
    people.end_logins(session, row.id, now)
    ledger.append(
        session,
        Event.MEMBER_FACTORS_RESET,
        at=now,
        actor=f"member:{by}" if by is not None else "system",
        organisation_id=row.organisation_id,
        data={"member": row.id, "app": had_app, "passkeys": removed},
    )
    return factor_mails.order(session, row, FactorChange.RESET, by, now)


def latest(session: Session, member_id: UUID) -> FactorReset | None:
    """The newest one of a member."""
    return session.scalar(
        select(FactorReset)
        .where(FactorReset.member_id == member_id, FactorReset.what == FactorChange.RESET.value)
        .order_by(FactorReset.at.desc())
        .limit(1)
    )
