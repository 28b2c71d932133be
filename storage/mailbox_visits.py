"""Visits of あなたの文書: a mailbox that was shown to be somebody's, in one browser."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.events import Event
from domain.mailbox import ABSOLUTE, IDLE
from storage import ledger, mailbox_codes, tries
from storage.database import Database
from storage.locks import locked
from storage.mailbox_codes import VISITOR, CodeTry
from storage.tables import MailboxVisit
from storage.visits import MAX_ADDRESS_CHARACTERS, MAX_AGENT_CHARACTERS, TOUCH_EVERY, Caller


@dataclass(frozen=True)
class Opening:
    """A right code: which one, of which browser, and the token that its visit gets."""

    code_id: UUID
    browser_sha256: str
    cookie_sha256: str
    tried: CodeTry


def open_with(database: Database, opening: Opening, caller: Caller, now: datetime) -> UUID | None:
    """Spend the code and make the visit; the browser's visit before it ends. None where the code
    was spent a moment ago."""
    with database.transaction() as session:
        code = mailbox_codes.spend(session, opening.code_id, opening.browser_sha256, now)
        if code is None:
            return None
        tries.give_back(session, opening.tried.counted)
        # The browser's token changes with the visit; whoever planted the first one knows no other.
        _end_others(session, opening.browser_sha256, now)
        visit = MailboxVisit(
            cookie_sha256=opening.cookie_sha256,
            mail=code.mail,
            code_id=code.id,
            opened_at=now,
            last_seen_at=now,
            address=caller.address[:MAX_ADDRESS_CHARACTERS],
            agent=caller.agent[:MAX_AGENT_CHARACTERS],
        )
        session.add(visit)
        session.flush()
        data = {"visit": visit.id, "code": code.id}
        ledger.append(session, Event.MAILBOX_OPENED, at=now, actor=VISITOR, data=data)
        return visit.id


def _end_others(session: Session, cookie_sha256: str, now: datetime) -> None:
    session.execute(
        update(MailboxVisit)
        .where(MailboxVisit.cookie_sha256 == cookie_sha256, MailboxVisit.ended_at.is_(None))
        .values(ended_at=now)
    )


def find(session: Session, cookie_sha256: str, now: datetime) -> MailboxVisit | None:
    """The browser's visit, while it lasts (IDLE, ABSOLUTE)."""
    visit = session.scalar(select(MailboxVisit).where(MailboxVisit.cookie_sha256 == cookie_sha256))
    return visit if visit is not None and is_live(visit, now) else None


def is_live(visit: MailboxVisit, now: datetime) -> bool:
    """Neither ended, nor idle too long, nor too old."""
    return visit.ended_at is None and now <= ends_at(visit)


def ends_at(visit: MailboxVisit) -> datetime:
    """When it is over unless it is used before."""
    return min(visit.last_seen_at + IDLE, visit.opened_at + ABSOLUTE)


def needs_touch(visit: MailboxVisit, now: datetime) -> bool:
    """Whether `touch` is due."""
    return now - visit.last_seen_at >= TOUCH_EVERY


def touch(session: Session, visit_id: UUID, now: datetime) -> None:
    """A person used the visit."""
    visit = session.get_one(MailboxVisit, visit_id)
    visit.last_seen_at = max(visit.last_seen_at, now)


def end(session: Session, visit_id: UUID, now: datetime) -> None:
    """Its person is done; once."""
    visit = locked(session, MailboxVisit, visit_id)
    if visit is None or visit.ended_at is not None:
        return
    visit.ended_at = now
    data = {"visit": visit.id}
    ledger.append(session, Event.MAILBOX_CLOSED, at=now, actor=VISITOR, data=data)
