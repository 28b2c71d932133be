"""A mail did not arrive: the envelope waits for somebody, and the sender is told once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from domain.events import Event
from domain.kinds import (
    ASKING_KINDS,
    CODE_KINDS,
    HANDING_OVER_KINDS,
    MAIL_BOUNCED,
    EnvelopeState,
    HindranceKind,
    LinkPurpose,
    NoticeKind,
    NoticeState,
    SlotState,
)
from domain.ports.notices import TIMED_OUT
from storage import ledger
from storage.desks.rows import SYSTEM
from storage.followers import follower
from storage.outbox import Outgoing, Receiver, When, queue
from storage.tables import Envelope, Hindrance, Link, Notice, Slot, SlotCandidate, Visit

_ABOUT = "bounce:"
_DAY = timedelta(days=1)
_HANDING_OVER = [kind.value for kind in HANDING_OVER_KINDS]
_LOST = (NoticeState.FAILED.value, NoticeState.BOUNCED.value)


def about(notice: Notice) -> UUID | None:
    """The lost notice that a notice of kind BOUNCED is about."""
    if notice.kind != NoticeKind.BOUNCED:
        return None
    return UUID(notice.occasion.removeprefix(_ABOUT))


def follow_up(session: Session, envelope: Envelope, lost: Notice, at: datetime, host: str) -> None:
    """Hinder the envelope while the lost mail matters, and queue the mail to the sender.

    A mail to the sender himself is followed by none: it would be lost in the same way. An outage
    loses one code after the other, and is told once a day.
    """
    if lost.member_id is not None or _told_lately(session, lost, at):
        return
    session.flush()
    if session.scalar(select(Notice.id).where(Notice.id == lost.id, still_matters())):
        _hinder(session, envelope, at)
    _tell_sender(session, envelope, lost, at, host)


def _told_lately(session: Session, lost: Notice, at: datetime) -> bool:
    if lost.kind not in CODE_KINDS or lost.report_status != TIMED_OUT:
        return False
    session.flush()
    before = select(Notice.id).where(
        Notice.envelope_id == lost.envelope_id,
        Notice.kind == lost.kind,
        Notice.report_status == TIMED_OUT,
        Notice.bounced_at > at - _DAY,
        Notice.id != lost.id,
    )
    return session.scalar(before.limit(1)) is not None


def still_matters() -> ColumnElement[bool]:
    """Of a lost notice: somebody is still asked by it, or has not got what was concluded, and has
    not come by another way."""
    return _still_asks() | not_handed_over()


def not_handed_over() -> ColumnElement[bool]:
    """Of a lost notice: it was to hand the finished documents over, and nothing has since: no later
    mail with the same link that is on its way or arrived, no visit by that link, and no member who
    says that he did it in another way."""
    later = aliased(Notice)
    newer = exists().where(
        later.participant_id == Notice.participant_id,
        later.kind.in_(_HANDING_OVER),
        later.queued_at > Notice.queued_at,
    )
    fetched = exists().where(
        Visit.participant_id == Notice.participant_id,
        Visit.opened_at >= Notice.queued_at,
        Link.id == Visit.link_id,
        Link.purpose == LinkPurpose.DOWNLOAD.value,
    )
    done = exists().where(
        Envelope.id == Notice.envelope_id, Envelope.state == EnvelopeState.DONE.value
    )
    open_ = _is_lost() & Notice.settled_at.is_(None)
    return open_ & Notice.kind.in_(_HANDING_OVER) & done & ~newer & ~fetched


def _is_lost() -> ColumnElement[bool]:
    return Notice.state.in_(_LOST) & Notice.bounced_at.is_not(None)


def _still_asks() -> ColumnElement[bool]:
    """Somebody is asked by it.

    Asked: the link of then works and a slot waits for its holder. A new link (after a corrected
    address) has a mail of its own. A visit shows that the link reached its person after all.
    """
    asked = exists().where(
        SlotCandidate.participant_id == Notice.participant_id,
        Slot.id == SlotCandidate.slot_id,
        Slot.state == SlotState.ASKED.value,
    )
    same_link = exists().where(
        Link.participant_id == Notice.participant_id,
        Link.purpose == LinkPurpose.ACT.value,
        Link.revoked_at.is_(None),
        Link.issued_at <= Notice.queued_at,
    )
    visited = exists().where(
        Visit.participant_id == Notice.participant_id, Visit.opened_at >= Notice.queued_at
    )
    asks = Notice.kind.in_([kind.value for kind in ASKING_KINDS])
    return _is_lost() & asks & asked & same_link & ~visited


def _hinder(session: Session, envelope: Envelope, at: datetime) -> None:
    kind = HindranceKind.OPERATOR.value
    known = session.scalar(
        select(Hindrance.id).where(
            Hindrance.envelope_id == envelope.id,
            Hindrance.kind == kind,
            Hindrance.reason == MAIL_BOUNCED,
            Hindrance.ended_at.is_(None),
        )
    )
    if known is not None:
        return
    session.add(Hindrance(envelope_id=envelope.id, kind=kind, reason=MAIL_BOUNCED, since=at))
    session.flush()
    ledger.append(
        session,
        Event.OPERATOR_NEEDED,
        at=at,
        actor=SYSTEM,
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={"reason": MAIL_BOUNCED},
    )


def _tell_sender(
    session: Session, envelope: Envelope, lost: Notice, at: datetime, host: str
) -> None:
    sender = follower(session, envelope)
    mail = Outgoing(NoticeKind.BOUNCED, f"{_ABOUT}{lost.id}", Receiver.of(sender))
    queue(session, envelope.id, mail, When(at, host))
