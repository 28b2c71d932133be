"""Codes for あなたの文書 as rows: asked for with an address in one browser, mailed, used once.

Nothing here looks whether the address is anybody's: what the web does for one that is known and
for one that is not is the same, row by row. The worker that mails the codes asks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import Language
from domain.mailbox import (
    CODE_LIFE,
    CODE_PAUSE,
    CODES_AN_HOUR,
    CODES_OF_A_NETWORK,
    TRIES_A_DAY,
    TRIES_OF_A_CODE,
)
from storage import ledger, tries
from storage.database import Database
from storage.locks import locked, take_turn
from storage.tables import MailboxCode, OutboxItem
from storage.tries import Limit

MAILBOX = "mailbox"
"""Kind of the outbox item that starts the mailing."""
USED, REPLACED = "used", "replaced"
VISITOR = "visitor"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
ASKS = Limit(CODES_AN_HOUR, _HOUR, memory=_HOUR)
ASKS_OF_A_NETWORK = Limit(CODES_OF_A_NETWORK, _HOUR, memory=_HOUR)
TRIES = Limit(TRIES_A_DAY, _DAY, most=TRIES_A_DAY)
TRIES_OF_ONE = Limit(TRIES_OF_A_CODE, _DAY, most=TRIES_OF_A_CODE)


@dataclass(frozen=True)
class Asking:
    """Who asks for which address, as far as HTTP tells. `mail` is normal; `network` is a hash."""

    mail: str
    browser_sha256: str
    network: str
    language: Language


@dataclass(frozen=True)
class CodeTry:
    """A counted try. `wait` in seconds: the address takes none before; `spent`: this code takes no
    more. Where either is so, nothing may be judged."""

    wait: int | None = None
    spent: bool = False
    left: int = 0
    """Tries of this code after this one."""
    counted: tuple[UUID, ...] = ()


def normal(mail: str) -> str:
    """As addresses are compared."""
    return mail.strip().lower()


def ask(database: Database, asking: Asking, now: datetime) -> int | None:
    """Order a code; the browser's older ones end. Returns the seconds to wait where the hour's
    mails to this address are spent, else None. A button that was pressed twice orders one."""
    with database.transaction() as session:
        take_turn(session, f"mailbox-browser:{asking.browser_sha256}")
        before = newest(session, asking.browser_sha256)
        if before is not None and _is_repeat(before, asking, now):
            return None
        limits = tries.asks("mailbox", asking.mail, asking.network, ASKS, ASKS_OF_A_NETWORK)
        wait = tries.count(session, limits, now).wait
        if wait is not None:
            return wait
        if before is not None:
            before.ended_at, before.ended_why = now, REPLACED
        code = MailboxCode(
            mail=asking.mail,
            browser_sha256=asking.browser_sha256,
            language=asking.language.value,
            requested_at=now,
        )
        session.add(code)
        session.flush()
        session.add(OutboxItem(kind=MAILBOX, subject_id=code.id, created_at=now))
    return None


def _is_repeat(before: MailboxCode, asking: Asking, now: datetime) -> bool:
    return before.mail == asking.mail and now - before.requested_at < CODE_PAUSE


def newest(session: Session, browser_sha256: str) -> MailboxCode | None:
    """The browser's code that was neither used nor replaced, however old."""
    return session.scalar(
        select(MailboxCode)
        .where(MailboxCode.browser_sha256 == browser_sha256, MailboxCode.ended_at.is_(None))
        .order_by(MailboxCode.requested_at.desc())
        .limit(1)
    )


def is_live(code: MailboxCode, now: datetime) -> bool:
    """Whether it may be entered, or is on its way."""
    return code.ended_at is None and now - code.requested_at <= CODE_LIFE


def count_try(database: Database, code: MailboxCode, now: datetime) -> CodeTry:
    """Count a try before it is judged, so that parallel ones do not slip through. The address's
    bucket is emptied by nothing: whoever guesses shares it with the owner."""
    bucket = _of_code(code)
    with database.transaction() as session:
        own = tries.count(session, {bucket: TRIES_OF_ONE}, now)
        if own.wait is not None:
            return CodeTry(spent=True)
        shared = tries.count(session, {f"mailbox-tries:{tries.digest(code.mail)}": TRIES}, now)
        if shared.wait is not None:
            return CodeTry(wait=shared.wait)
        left = TRIES_OF_A_CODE - tries.remembered(session, bucket, TRIES_OF_ONE, now)
    return CodeTry(left=left, counted=shared.counted)


def refuse(database: Database, code: MailboxCode, at: datetime) -> None:
    """It was wrong: the ledger keeps that somebody tried."""
    with database.transaction() as session:
        ledger.append(session, Event.MAILBOX_REFUSED, at=at, actor=VISITOR, data={"code": code.id})


def spend(
    session: Session, code_id: UUID, browser_sha256: str, now: datetime
) -> MailboxCode | None:
    """The code is used, in the transaction of what it opens. None for one that was used or
    replaced a moment ago, or is another browser's."""
    code = locked(session, MailboxCode, code_id)
    if code is None or code.browser_sha256 != browser_sha256 or not is_live(code, now):
        return None
    code.ended_at, code.ended_why = now, USED
    return code


def _of_code(code: MailboxCode) -> str:
    return f"mailbox-code:{code.id}"
