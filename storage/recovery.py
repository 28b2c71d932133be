"""Recovery codes as rows: made together, used one by one, replaced together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.events import Event
from storage import ledger
from storage.locks import locked, take_turn
from storage.tables import Member, MemberRecoveryCode


def replace(
    session: Session, member: Member, made: Sequence[tuple[str, str]], now: datetime
) -> None:
    """New codes; those before are worth nothing. `made` are finders with hashes from identity/."""
    take_turn(session, f"recovery:{member.id}")
    end_all(session, member.id, now)
    session.add_all(
        MemberRecoveryCode(member_id=member.id, finder=finder, code_hash=stored, made_at=now)
        for finder, stored in made
    )
    session.flush()
    _note(session, Event.RECOVERY_MADE, member, now)


def end_all(session: Session, member_id: UUID, now: datetime) -> None:
    """They opened an app that is not his any more."""
    session.execute(
        update(MemberRecoveryCode)
        .where(MemberRecoveryCode.member_id == member_id, MemberRecoveryCode.ended_at.is_(None))
        .values(ended_at=now)
    )


def left(session: Session, member_id: UUID) -> int:
    """How many still work."""
    query = select(func.count()).where(
        MemberRecoveryCode.member_id == member_id, MemberRecoveryCode.ended_at.is_(None)
    )
    return session.scalar(query.select_from(MemberRecoveryCode)) or 0


def find(session: Session, member_id: UUID, finder: str) -> MemberRecoveryCode | None:
    """The member's code that begins so and still works."""
    return session.scalar(
        select(MemberRecoveryCode).where(
            MemberRecoveryCode.member_id == member_id,
            MemberRecoveryCode.finder == finder,
            MemberRecoveryCode.ended_at.is_(None),
        )
    )


def spend(session: Session, member: Member, code_id: UUID, now: datetime) -> bool:
    """It is used, in the transaction of what it opens; False for one that was a moment ago."""
    row = locked(session, MemberRecoveryCode, code_id)
    if row is None or row.member_id != member.id or row.ended_at is not None:
        return False
    row.ended_at = now
    session.flush()
    _note(session, Event.RECOVERY_USED, member, now)
    return True


def _note(session: Session, tag: Event, member: Member, now: datetime) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={"member": member.id, "left": left(session, member.id)},
    )
