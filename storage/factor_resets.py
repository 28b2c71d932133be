"""An administrator takes away a member's lost second factor (2段階認証の解除).

Nobody does it for himself here: who can log in changes his own factors by his password, and who
cannot needs somebody else to say that it is he who asks.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from storage import ledger, member_passkeys, members, people, recovery
from storage.tables import FactorReset, Member, OutboxItem

FACTOR_RESET = "factor_reset"
"""Kind of the outbox item that mails the member."""


class OwnFactor(Exception):
    """An administrator meant himself."""


class NothingToReset(Exception):
    """The member has no second factor."""


def reset(session: Session, actor: Member, member: Member, seen: int, now: datetime) -> FactorReset:
    """App, passkeys and recovery codes open nothing any more, and every browser is logged out.

    Raises OwnFactor, NothingToReset, and MemberChangedMeanwhile.
    """
    if actor.id == member.id:
        raise OwnFactor
    row = members.begin_change(session, member, seen)
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
    return _order_mail(session, row, by, now)


def latest(session: Session, member_id: UUID) -> FactorReset | None:
    """The newest one of a member."""
    return session.scalar(
        select(FactorReset)
        .where(FactorReset.member_id == member_id)
        .order_by(FactorReset.at.desc())
        .limit(1)
    )


def _order_mail(session: Session, member: Member, by: UUID | None, now: datetime) -> FactorReset:
    row = FactorReset(member_id=member.id, reset_by=by, at=now)
    session.add(row)
    session.flush()
    session.add(OutboxItem(kind=FACTOR_RESET, subject_id=row.id, generation=1, created_at=now))
    return row
