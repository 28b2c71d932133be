"""One-time codes as rows: asked for in a visit, sent by a worker by mail or SMS, used once.

A code belongs to one visit and one moment: whoever reads it elsewhere, or later, or for another
person, has digits that open nothing. A newer one ends the older.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.factors import (
    MAIL_CODE_LIFE,
    MAIL_CODE_PAUSE,
    MAIL_CODES_AN_HOUR,
    SMS_CODES_A_DAY,
    Factor,
    Moment,
)
from domain.kinds import NoticeKind, NoticeState
from domain.ports.notices import TIMED_OUT
from domain.refusals import Refusal, RefusalCode
from storage import tries
from storage.database import Database
from storage.locks import locked
from storage.outbox import UNNEEDED
from storage.tables import Notice, OneTimeCode, OutboxItem, Visit
from storage.tries import Limit
from storage.visits import Visiting

KINDS = {Factor.MAIL_CODE: NoticeKind.CODE, Factor.SMS_CODE: NoticeKind.SMS_CODE}
"""Factors whose codes are sent, and as what."""
CODE = "code"
"""Kind of the outbox item that starts the mailing."""
USED, REPLACED = "used", "replaced"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
LIMIT = Limit(MAIL_CODES_AN_HOUR, _HOUR, memory=_HOUR)
SMS_LIMIT = Limit(SMS_CODES_A_DAY, _DAY, memory=_DAY)


class Trouble(StrEnum):
    """Why a code does not come, as far as this service knows."""

    LATE = "late"
    """A try failed, others follow."""
    REFUSED = "refused"
    """The address or number gets nothing."""
    OUTAGE = "outage"
    """It was tried until the code would have been too old."""


def ask(
    database: Database,
    visiting: Visiting,
    moment: Moment,
    now: datetime,
    factor: Factor = Factor.MAIL_CODE,
) -> int | None:
    """Order a new code for this visit and moment; the older one ends. `factor` is the way on which
    it is sent.

    Returns the seconds to wait where the hour's or the day's codes are spent, else None. A button
    that was pressed twice orders one.
    """
    visit = visiting.visit
    with database.transaction() as session:
        locked(session, Visit, visit.id)
        before = newest(session, visit.id, moment, factor)
        if before is not None and now - before.requested_at < MAIL_CODE_PAUSE:
            return None
        wait = tries.count(session, _limits(visit.participant_id, moment, factor), now).wait
        if wait is not None:
            return wait
        if before is not None:
            before.ended_at, before.ended_why = now, REPLACED
        code = OneTimeCode(
            visit_id=visit.id,
            participant_id=visit.participant_id,
            factor=factor.value,
            moment=moment.value,
            requested_at=now,
        )
        session.add(code)
        session.flush()
        session.add(OutboxItem(kind=CODE, subject_id=code.id, created_at=now))
    return None


def _limits(person: UUID, moment: Moment, factor: Factor) -> dict[str, Limit]:
    if factor is Factor.SMS_CODE:
        return {f"code-sms:{person}:{moment.value}": LIMIT, f"code-sms-day:{person}": SMS_LIMIT}
    return {f"code-mail:{person}:{moment.value}": LIMIT}


def newest(
    session: Session, visit_id: UUID, moment: Moment, factor: Factor = Factor.MAIL_CODE
) -> OneTimeCode | None:
    """The visit's code for a moment that was neither used nor replaced, however old."""
    return session.scalar(
        select(OneTimeCode)
        .where(
            OneTimeCode.visit_id == visit_id,
            OneTimeCode.moment == moment.value,
            OneTimeCode.factor == factor.value,
            OneTimeCode.ended_at.is_(None),
        )
        .order_by(OneTimeCode.requested_at.desc())
        .limit(1)
    )


def live(
    session: Session,
    visit_id: UUID,
    moment: Moment,
    now: datetime,
    factor: Factor = Factor.MAIL_CODE,
) -> OneTimeCode | None:
    """The code that may be entered now, or that is on its way."""
    code = newest(session, visit_id, moment, factor)
    return code if code is not None and is_live(code, now) else None


def is_live(code: OneTimeCode, now: datetime) -> bool:
    """Neither ended nor too old: ten minutes from its sending, or from the wish for it."""
    since = code.issued_at or code.requested_at
    return code.ended_at is None and now - since <= MAIL_CODE_LIFE


def use(
    session: Session,
    code_id: UUID,
    visit_id: UUID,
    now: datetime,
    factor: Factor = Factor.MAIL_CODE,
) -> None:
    """The code is spent, in the transaction of what it proves. Raises Refusal FACTOR_MISSING for
    one that was used or replaced a moment ago, is another visit's, or came on another way."""
    code = locked(session, OneTimeCode, code_id)
    own = code is not None and code.visit_id == visit_id and code.factor == factor.value
    if code is None or not own or not is_live(code, now):
        raise Refusal(RefusalCode.FACTOR_MISSING)
    code.ended_at, code.ended_why = now, USED


def trouble(session: Session, person: UUID, factor: Factor, now: datetime) -> Trouble | None:
    """What became of the newest code of the last hour that was tried to be sent. A code that is
    asked for anew does not hide what became of the one before."""
    tried = session.scalar(
        select(Notice)
        .where(
            Notice.participant_id == person,
            Notice.kind == KINDS[factor].value,
            Notice.queued_at > now - _HOUR,
            Notice.attempts > 0,
            func.coalesce(Notice.last_error, "") != UNNEEDED,
        )
        .order_by(Notice.queued_at.desc())
        .limit(1)
    )
    if tried is None or tried.state == NoticeState.SENT:
        return None
    if tried.state == NoticeState.QUEUED:
        return Trouble.LATE
    return Trouble.OUTAGE if tried.report_status == TIMED_OUT else Trouble.REFUSED
