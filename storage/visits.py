"""Links and visits: a mailed link is looked at by GET and opened by POST, never the other way.

Scanners open every link of a mail in a real browser. Looking writes nothing; opening makes a
visit, which is the signer's session for one participant in one browser.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import EnvelopeState, LinkPurpose
from domain.limits import MEMBER_ABSOLUTE, MEMBER_IDLE, SIGNER_ABSOLUTE, SIGNER_IDLE
from storage import ledger
from storage.locks import locked
from storage.standing import Holder, Standing, holder_of
from storage.tables import Link, LoginSession, Organisation, Visit

MAX_AGENT_CHARACTERS = 300
MAX_ADDRESS_CHARACTERS = 45
TOUCH_EVERY = timedelta(minutes=1)
"""How exactly `last_seen_at` is kept: a write per page image would queue behind everybody."""

MOST_VISITS = 20
"""Of one browser, that a page looks through which belongs to none of them."""

SAID_FOR = timedelta(minutes=5)
"""How long a page still says that a visit was ended."""


@dataclass(frozen=True)
class Caller:
    """Who called, as far as HTTP tells: address as text, user agent."""

    address: str
    agent: str


@dataclass(frozen=True)
class Visiting:
    """A visit that is still good, and its participant."""

    visit: Visit
    holder: Holder
    login: LoginSession | None = None
    """That of the member who opened it from his own list."""

    def needs_touch(self, now: datetime) -> bool:
        """Whether `touch` is due."""
        return now - self.visit.last_seen_at >= TOUCH_EVERY

    @property
    def ends_at(self) -> datetime:
        """When the visit is over unless somebody uses it before."""
        end = _end_of(self.visit)
        return end if self.login is None else min(end, self.login.created_at + MEMBER_ABSOLUTE)

    @property
    def viewed(self) -> frozenset[UUID]:
        """Documents whose bytes this visit has fetched."""
        return frozenset(UUID(value) for value in self.visit.viewed)


def find_link(
    session: Session, token_sha256: str, purpose: LinkPurpose, now: datetime
) -> Holder | None:
    """Who holds the link, and what it is good for. Writes nothing.

    None for a token that is unknown, replaced by a newer one, revoked, or meant for another
    purpose: pages cannot tell these apart, and so cannot tell a stranger either.
    """
    link = session.scalar(
        select(Link).where(Link.token_sha256 == token_sha256, Link.purpose == purpose.value)
    )
    if link is None:
        return _of_corrected(session, token_sha256, purpose, now)
    holder = holder_of(session, link, now)
    return None if holder.standing is Standing.REVOKED else holder


def _of_corrected(
    session: Session, token_sha256: str, purpose: LinkPurpose, now: datetime
) -> Holder | None:
    """Whoever follows a link that a correction killed is told so, and nothing else: a newer mail
    has gone to him, or will. Where the envelope ended before it was complete, he is told that."""
    link = session.scalar(
        select(Link).where(Link.corrected_sha256 == token_sha256, Link.purpose == purpose.value)
    )
    if link is None:
        return None
    return _told_of_correction(session, link, now)


def _told_of_correction(session: Session, link: Link, now: datetime) -> Holder | None:
    holder = holder_of(session, link, now)
    if holder.standing in {Standing.REVOKED, Standing.HANDED_OVER}:
        return None
    if holder.envelope_state in _ENDED_EARLY:
        return holder
    living = holder.standing is not Standing.ENDED
    return replace(holder, standing=Standing.CORRECTED) if living else None


_ENDED_EARLY = frozenset({EnvelopeState.DECLINED, EnvelopeState.WITHDRAWN, EnvelopeState.EXPIRED})
"""No mail with a newer link will come any more."""


def open_visit(  # noqa: PLR0913 - whose link, in which browser, from where, when
    session: Session,
    holder: Holder,
    cookie_sha256: str,
    caller: Caller,
    now: datetime,
    mailbox_visit: UUID | None = None,
    login: LoginSession | None = None,
) -> UUID:
    """Make a visit of an OPEN link, or of one that hands over late, and write that it was opened.
    Returns the visit's id. `mailbox_visit`: the visit of あなたの文書 from which it was opened, by
    whoever has shown that the mailbox is his; `login`: the login of the member who is asked, and
    opened it from his own list."""
    link = holder.link
    visit = Visit(
        cookie_sha256=cookie_sha256,
        link_id=link.id,
        generation=link.generation,
        participant_id=link.participant_id,
        opened_at=now,
        last_seen_at=now,
        address=caller.address[:MAX_ADDRESS_CHARACTERS],
        agent=caller.agent[:MAX_AGENT_CHARACTERS],
        viewed=[],
        login_id=login.id if login is not None else None,
    )
    session.add(visit)
    session.flush()
    download = link.purpose == LinkPurpose.DOWNLOAD
    ledger.append(
        session,
        Event.DOWNLOAD_OPENED if download else Event.LINK_OPENED,
        at=now,
        actor=f"participant:{link.participant_id}",
        envelope_id=holder.envelope.id,
        data={
            "link": link.id,
            "generation": link.generation,
            "visit": visit.id,
            **({"late": True} if holder.late_download else {}),
            **({"mailbox": mailbox_visit} if mailbox_visit is not None else {}),
            **({"login": login.id} if login is not None else {}),
        },
    )
    return visit.id


def cookie_is_live(session: Session, cookie_sha256: str, now: datetime) -> bool:
    """Whether a browser's cookie still carries a visit, so that a further one may share it."""
    found = session.scalar(
        select(Visit.id)
        .where(
            Visit.cookie_sha256 == cookie_sha256,
            Visit.ended_at.is_(None),
            Visit.last_seen_at > now - SIGNER_IDLE,
            Visit.opened_at > now - SIGNER_ABSOLUTE,
        )
        .limit(1)
    )
    return found is not None


def find_visit(
    session: Session, cookie_sha256: str, visit_id: UUID, now: datetime
) -> Visiting | None:
    """The visit of this browser, while it lasts (SIGNER_IDLE, SIGNER_ABSOLUTE).

    None also when a newer link replaced the one that it was opened by. Revocation because of the
    holder's own act leaves the visit its done page; `holder.standing` says what it may still do.
    """
    found = session.execute(
        select(Visit, Link)
        .join(Link, Link.id == Visit.link_id)
        .where(Visit.id == visit_id, Visit.cookie_sha256 == cookie_sha256)
    ).first()
    return still_good(session, found[0], now) if found is not None else None


def still_good(session: Session, visit: Visit, now: datetime) -> Visiting | None:
    """The visit while it lasts, whichever browser asks."""
    if visit.ended_at is not None or now > _end_of(visit):
        return None
    link = session.get_one(Link, visit.link_id)
    login = session.get(LoginSession, visit.login_id) if visit.login_id is not None else None
    if link.generation != visit.generation or (login and not _logged_in(login, now)):
        return None
    holder = holder_of(session, link, now)
    return None if holder.standing is Standing.REVOKED else Visiting(visit, holder, login)


def organisations_of(session: Session, cookie_sha256: str, now: datetime) -> list[Organisation]:
    """Whose requests this browser has open now, those that were used last first, each once. For
    pages that belong to no visit; nothing is written, and no visit is kept awake."""
    rows = session.scalars(
        select(Visit)
        .where(Visit.cookie_sha256 == cookie_sha256, Visit.ended_at.is_(None))
        .where(Visit.last_seen_at >= now - SIGNER_IDLE)
        .order_by(Visit.last_seen_at.desc(), Visit.id)
        .limit(MOST_VISITS)
    )
    living = (still_good(session, row, now) for row in rows)
    found = [visiting.holder.organisation for visiting in living if visiting is not None]
    return list({organisation.id: organisation for organisation in found}.values())


def end(session: Session, visiting: Visiting, now: datetime) -> None:
    """Its person leaves this screen; once. Visits of other browsers stay as they are."""
    visit = locked(session, Visit, visiting.visit.id)
    if visit is None or visit.ended_at is not None:
        return
    visit.ended_at = now
    ledger.append(
        session,
        Event.VISIT_ENDED,
        at=now,
        actor=f"participant:{visit.participant_id}",
        envelope_id=visiting.holder.envelope.id,
        data={"link": visit.link_id, "visit": visit.id},
        once=f"ended:{visit.id}",
    )


def left_visit(
    session: Session, cookie_sha256: str, visit_id: UUID, now: datetime
) -> Visiting | None:
    """A visit that its person has ended in this browser, a moment ago: good for the words that say
    so, and for nothing else."""
    visit = session.get(Visit, visit_id)
    if visit is None or visit.cookie_sha256 != cookie_sha256 or visit.ended_at is None:
        return None
    if now > visit.ended_at + SAID_FOR:
        return None
    return Visiting(visit, holder_of(session, session.get_one(Link, visit.link_id), now))


def overtaken_visit(
    session: Session, cookie_sha256: str, visit_id: UUID, now: datetime
) -> Holder | None:
    """Whose visit of this browser would still last, had a correction not killed its link, while a
    newer link leads on."""
    visit = session.get(Visit, visit_id)
    if visit is None or visit.cookie_sha256 != cookie_sha256:
        return None
    link = session.get_one(Link, visit.link_id)
    past = visit.generation == link.generation - 1 and link.corrected_sha256 is not None
    if not past or visit.ended_at is not None or now > _end_of(visit):
        return None
    told = _told_of_correction(session, link, now)
    return told if told is not None and told.standing is Standing.CORRECTED else None


def is_of_login(session: Session, cookie_sha256: str, visit_id: UUID, now: datetime) -> bool:
    """Whether a visit of this browser, over or not, was opened by a login."""
    del now  # it is about how it began
    visit = session.get(Visit, visit_id)
    return visit is not None and visit.cookie_sha256 == cookie_sha256 and bool(visit.login_id)


def _end_of(visit: Visit) -> datetime:
    return min(visit.last_seen_at + SIGNER_IDLE, visit.opened_at + SIGNER_ABSOLUTE)


def _logged_in(login: LoginSession, now: datetime) -> bool:
    """What a login opened ends with it: logged out, too old, or idle. Who works in such a visit is
    not idle (`touch`); a visit that was left open somewhere keeps nobody logged in."""
    end = min(login.last_seen_at + MEMBER_IDLE, login.created_at + MEMBER_ABSOLUTE)
    return login.ended_at is None and now <= end


def touch(session: Session, visit_id: UUID, now: datetime) -> None:
    """A person used the visit, and the login that opened it."""
    visit = session.get_one(Visit, visit_id)
    visit.last_seen_at = max(visit.last_seen_at, now)
    login = session.get(LoginSession, visit.login_id) if visit.login_id is not None else None
    if login is not None:
        login.last_seen_at = max(login.last_seen_at, now)


def mark_viewed(session: Session, visiting: Visiting, document_id: UUID, now: datetime) -> None:
    """This visit fetched the document's bytes; the first time is an event."""
    visit = locked(session, Visit, visiting.visit.id)
    if visit is None or str(document_id) in visit.viewed:
        return
    visit.viewed = [*visit.viewed, str(document_id)]
    ledger.append(
        session,
        Event.DOCUMENT_VIEWED,
        at=now,
        actor=f"participant:{visit.participant_id}",
        envelope_id=visiting.holder.envelope.id,
        data={"document": document_id, "visit": visit.id},
        once=f"viewed:{visit.id}:{document_id}",
    )
