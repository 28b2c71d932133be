"""A mailbox as tests open it: asked for, mailed, entered."""

from datetime import datetime, timedelta
from uuid import uuid4

from argon2 import PasswordHasher

from domain.kinds import Language
from storage import mailbox_codes, mailbox_visits
from storage.database import Database
from storage.mailbox_codes import Asking, CodeTry
from storage.mailbox_visits import Opening
from storage.tables import MailboxCode, MailboxVisit
from storage.visits import Caller

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CALLER = Caller("192.0.2.7", "a browser")


def asking(mail: str, browser: str = "b" * 64, network: str = "n") -> Asking:
    return Asking(mail, browser, network, Language.JA)


def ordered(
    database: Database, mail: str, at: datetime, browser: str = "b" * 64, network: str = "n"
) -> MailboxCode:
    """A request's newest code."""
    assert mailbox_codes.ask(database, asking(mail, browser, network), at) is None
    with database.reading() as session:
        code = mailbox_codes.newest(session, browser)
    assert code is not None
    return code


def opened(database: Database, mail: str, at: datetime, cookie: str = "c" * 64) -> MailboxVisit:
    """A visit of this mailbox, whoever's it is."""
    code = ordered(database, mail, at - timedelta(seconds=30), uuid4().hex * 2, uuid4().hex)
    opening = Opening(code.id, code.browser_sha256, cookie, CodeTry())
    visit_id = mailbox_visits.open_with(database, opening, CALLER, at)
    assert visit_id is not None
    with database.reading() as session:
        return session.get_one(MailboxVisit, visit_id)
