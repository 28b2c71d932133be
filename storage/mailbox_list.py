"""What one mail address was part of: everything that it was told of by mail, of every organisation.

Each query names the address. Whoever handed over finds that he did, and nothing of what came after;
whoever's address was corrected finds it no more; whoever has not been asked yet learns of it by his
request, and recipients by the completion mail, as everybody does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from domain.kinds import ENDED, GONE, EnvelopeState, LinkPurpose, SlotState
from domain.mailbox import Files, Show, Status
from storage import late_files
from storage.handovers import HANDED_OVER
from storage.paging import existing, last_page
from storage.standing import Holder, Standing, holder_of
from storage.tables import Envelope, Link, Participant, Slot, SlotCandidate

PAGE_SIZE = 20
_HANDED_OVER = Participant.left_why == HANDED_OVER
_OVER = or_(
    Envelope.state.in_([state.value for state in ENDED]), func.coalesce(_HANDED_OVER, False)
)


@dataclass(frozen=True)
class Entry:
    """One envelope of the list, and its person there."""

    holder: Holder
    status: Status
    files: Files
    handed: Holder | None = None
    """The holder of his completion mail's link, once there is one."""
    successor: str = ""
    """Whom he named instead of himself."""

    @property
    def since(self) -> datetime:
        """Since when it stands so, as far as one moment tells."""
        envelope, slot, act = self.holder.envelope, self.holder.slot, self.holder.act
        if self.status is Status.HANDED_OVER and self.holder.participant.left_at is not None:
            return self.holder.participant.left_at
        moments = {
            Status.YOURS: slot.asked_at if slot is not None else None,
            Status.OTHERS: act.posted_at if act is not None else envelope.sent_at,
            Status.WORKING: act.posted_at if act is not None else None,
            Status.RELEASED: self.holder.link.revoked_at,
            Status.EXPIRED: self.holder.deadline_at,
        }
        return envelope.ended_at or moments.get(self.status) or envelope.changed_at

    @property
    def asked(self) -> bool:
        """Whether he can have the link to act."""
        return self.status is Status.YOURS


@dataclass(frozen=True)
class EntryPage:
    """One page of the list; `number` counts from 1. `counts`: how many each choice would show."""

    entries: tuple[Entry, ...]
    number: int
    counts: dict[Show, int]
    show: Show

    @property
    def total(self) -> int:
        """Of what is shown, over all pages."""
        return self.counts[self.show]

    @property
    def last(self) -> int:
        """Number of the last page, at least 1."""
        return last_page(self.total, PAGE_SIZE)


def is_known(session: Session, mail: str) -> bool:
    """Whether the list would show anything."""
    return session.scalar(_of(mail).with_only_columns(Participant.id).limit(1)) is not None


def entries(session: Session, mail: str, show: Show, number: int, now: datetime) -> EntryPage:
    """A page of the address's envelopes: those under way first, the newest change before others."""
    counts = _counts(session, mail)
    number = existing(number, counts[show], PAGE_SIZE)
    rows = session.scalars(
        _of(mail, show)
        .order_by(_OVER, Envelope.changed_at.desc(), Envelope.number.desc(), Participant.id)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    found = tuple(entry for row in rows if (entry := _entry(session, row, now)) is not None)
    return EntryPage(found, number, counts, show)


def entry_of(session: Session, mail: str, participant_id: UUID, now: datetime) -> Entry | None:
    """One row of the list; None for whatever is not this address's."""
    row = session.scalar(_of(mail).where(Participant.id == participant_id))
    return _entry(session, row, now) if row is not None else None


def _counts(session: Session, mail: str) -> dict[Show, int]:
    rows = _of(mail).with_only_columns(_OVER.label("over")).subquery()
    query = select(rows.c.over, func.count()).group_by(rows.c.over)
    found = {bool(over): count for over, count in session.execute(query)}
    still, over = found.get(False, 0), found.get(True, 0)
    return {Show.ALL: still + over, Show.OPEN: still, Show.FINISHED: over}


def _of(mail: str, show: Show = Show.ALL) -> Select[Participant]:
    """The address's rows in envelopes that it was told of."""
    asked = and_(Participant.left_at.is_(None), _was_told())
    there = Envelope.state.not_in([state.value for state in GONE])
    where = [has_address(mail), there, or_(asked, _HANDED_OVER)]
    if show is not Show.ALL:
        where.append(_OVER if show is Show.FINISHED else ~_OVER)
    return select(Participant).join(Envelope, Envelope.id == Participant.envelope_id).where(*where)


def has_address(mail: str) -> ColumnElement[bool]:
    """Of a participant: whether the mailbox is his."""
    older = and_(Participant.mailbox.is_(None), func.lower(func.trim(Participant.mail)) == mail)
    return or_(Participant.mailbox == mail, older)


def _was_told() -> ColumnElement[bool]:
    """He was asked, on whichever version; or it is done, and everybody was told."""
    asked = (
        select(Slot.id)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .where(
            SlotCandidate.participant_id == Participant.id,
            Slot.envelope_id == Participant.envelope_id,
            Slot.asked_at.is_not(None),
        )
        .exists()
    )
    hidden = (EnvelopeState.DRAFT.value, *(state.value for state in GONE))
    return or_(
        Envelope.state == EnvelopeState.DONE.value,
        and_(Envelope.state.not_in(hidden), asked),
    )


def _entry(session: Session, person: Participant, now: datetime) -> Entry | None:
    links = session.scalars(select(Link).where(Link.participant_id == person.id)).all()
    act = _with_purpose(links, LinkPurpose.ACT)
    download = _with_purpose(links, LinkPurpose.DOWNLOAD)
    link = act or download
    if link is None:
        return None
    holder = holder_of(session, link, now)
    if person.left_at is not None:
        after = session.scalar(
            select(Participant.name).where(Participant.predecessor_id == person.id)
        )
        return Entry(holder, Status.HANDED_OVER, Files.NONE, successor=after or "")
    handed = holder_of(session, download, now) if download is not None else None
    return Entry(holder, status_of(holder), _files(session, handed, now), handed)


def _with_purpose(links: Sequence[Link], purpose: LinkPurpose) -> Link | None:
    return next((link for link in links if link.purpose == purpose), None)


_BY_STATE = {
    EnvelopeState.DONE: Status.DONE,
    EnvelopeState.DECLINED: Status.DECLINED,
    EnvelopeState.WITHDRAWN: Status.WITHDRAWN,
    EnvelopeState.EXPIRED: Status.EXPIRED,
    EnvelopeState.COMPLETING: Status.WORKING,
    EnvelopeState.SENT_BACK: Status.SENT_BACK,
    EnvelopeState.SENDING: Status.CORRECTING,
}
_BY_STANDING = {
    Standing.RELEASED: Status.RELEASED,
    Standing.LATE: Status.EXPIRED,
}


def status_of(holder: Holder) -> Status:
    """In the words of its person: what the envelope's state says comes first."""
    by_state = _BY_STATE.get(holder.envelope_state)
    if by_state is not None:
        return by_state
    if holder.may_act:
        return Status.YOURS
    slot, act = holder.slot, holder.act
    if slot is not None and slot.state == SlotState.ACTED and holder.standing is Standing.ACTED:
        return Status.WORKING
    if act is not None and act.accepted is None:
        return Status.WORKING
    return _BY_STANDING.get(holder.standing, Status.OTHERS)


def _files(session: Session, handed: Holder | None, now: datetime) -> Files:
    if handed is None or handed.envelope_state is not EnvelopeState.DONE:
        return Files.NONE
    if handed.standing is Standing.OPEN:
        return Files.OPEN
    if handed.standing is not Standing.CLOSED:
        return Files.NONE
    return Files.LATE if late_files.offered(session, handed, now) else Files.OVER
