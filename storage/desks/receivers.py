"""Who is told what."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import ASKING_KINDS, LinkPurpose, NoticeKind, ParticipantKind, SlotState
from domain.messages import NoticeOrder
from storage import deputy_limits, gates
from storage.desks.rows import now
from storage.followers import follower
from storage.outbox import Receiver
from storage.own_side import has_left
from storage.standing import slot_of
from storage.tables import Act, Envelope, Link, Notice, Participant, Slot, SlotCandidate

_OPEN = (SlotState.ASKED, SlotState.WAITING)
_ASKING = frozenset({NoticeKind.REQUEST, NoticeKind.REMINDER, NoticeKind.RESUMED})
_TO_SENDER = frozenset({NoticeKind.HANDED_OVER, NoticeKind.SENT_BACK})


def of_order(session: Session, envelope: Envelope, order: NoticeOrder) -> tuple[Receiver, ...]:
    """The people of an order, each once, participants in their order and the sender last."""
    if order.kind in _ASKING:
        return _receivers(
            row
            for row in _named(session, envelope, order)
            if _may_act(session, row) and not _acts_no_more(session, envelope, row)
        )
    own = _OWN_READERS.get(order.kind)
    if own is not None:
        return own(session, envelope, order)
    if order.kind in _TO_SENDER:
        return (_sender(session, envelope),)
    people = _everybody(session, envelope)
    if order.kind is not NoticeKind.COMPLETED:
        asked_ids = _asked_ids(session, envelope)
        people = [row for row in people if row.id in asked_ids]
    return (*_receivers(_once_each(people)), _sender(session, envelope))


def _once_each(people: Sequence[Participant]) -> list[Participant]:
    """Who takes part twice, before and behind the other side or also in somebody's stead, hears
    once what all are told: as somebody who acts, and who gets every document."""
    found: dict[str, Participant] = {}
    for row in sorted(people, key=lambda one: one.kind == ParticipantKind.RECIPIENT):
        found.setdefault(row.mail.strip().lower(), row)
    return [row for row in people if found[row.mail.strip().lower()] is row]


def _released(session: Session, envelope: Envelope, order: NoticeOrder) -> tuple[Receiver, ...]:
    """Whom it is told that he is not needed. Who was never asked by mail, because he had acted in
    somebody's stead, hears nothing of it, and neither does a deputy whose absent person is back: he
    may have been asked again since, and have signed."""
    return _receivers(
        row
        for row in _named(session, envelope, order)
        if not deputy_limits.is_over(session, row, now())
        and (not deputy_limits.acted_otherwise(session, row) or _was_asked(session, row))
    )


def _was_asked(session: Session, participant: Participant) -> bool:
    found = session.scalar(
        select(Notice.id)
        .where(
            Notice.participant_id == participant.id,
            Notice.kind.in_([kind.value for kind in ASKING_KINDS]),
        )
        .limit(1)
    )
    return found is not None


def _receivers(people: Iterable[Participant]) -> tuple[Receiver, ...]:
    return tuple(map(Receiver.of, people))


def _everybody(session: Session, envelope: Envelope) -> Sequence[Participant]:
    """Whoever takes part; not members who have retired since."""
    rows = session.scalars(
        select(Participant)
        .where(Participant.envelope_id == envelope.id, Participant.left_at.is_(None))
        .order_by(Participant.position)
    )
    return [row for row in rows if not has_left(session, row)]


def _named(session: Session, envelope: Envelope, order: NoticeOrder) -> list[Participant]:
    named = set(order.participant_ids or ())
    return [row for row in _everybody(session, envelope) if row.id in named]


def _told_of_correction(
    session: Session, envelope: Envelope, order: NoticeOrder
) -> list[Participant]:
    """Or of a sending back: with the stage that asks them anew, as long as they are asked; the
    others at once."""
    named = _named(session, envelope, order)
    if not order.occasion.startswith("stage:"):
        return named
    return [row for row in named if _may_act(session, row)]


def _may_act(session: Session, participant: Participant) -> bool:
    """Only who holds a working link is asked: acting, release and the end revoke it."""
    found = session.scalar(
        select(Link.id).where(
            Link.participant_id == participant.id,
            Link.purpose == LinkPurpose.ACT.value,
            Link.revoked_at.is_(None),
        )
    )
    return found is not None


def _acts_no_more(session: Session, envelope: Envelope, participant: Participant) -> bool:
    """Whether his part fell away though a place that he could fill is still open: he stands in for
    somebody who is back, or somebody of his place has acted. Links that older programs left open
    say nothing of that."""
    slot = slot_of(session, participant, envelope)
    filled = slot is not None and slot.state not in _OPEN
    return filled or deputy_limits.is_closed_to(session, participant, now())


def _asked_ids(session: Session, envelope: Envelope) -> set[UUID]:
    return set(
        session.scalars(
            select(SlotCandidate.participant_id)
            .join(Slot, Slot.id == SlotCandidate.slot_id)
            .where(Slot.envelope_id == envelope.id, Slot.asked_at.is_not(None))
        )
    )


def _of_refused_act(
    session: Session, envelope: Envelope, order: NoticeOrder
) -> tuple[Receiver, ...]:
    act = session.get(Act, order.act_id) if order.act_id else None
    if act is None or act.envelope_id != envelope.id:
        return ()
    return _receivers(row for row in _everybody(session, envelope) if row.id == act.participant_id)


def _gate_opener(session: Session, envelope: Envelope, _: NoticeOrder) -> tuple[Receiver, ...]:
    stage = gates.waiting_gate(session, envelope)
    if stage is None:
        return ()
    members = gates.opening_members(session, stage, envelope, now())
    return tuple(Receiver(member.language, member_id=member.id) for member in members)


def _sender(session: Session, envelope: Envelope) -> Receiver:
    member = follower(session, envelope)
    return Receiver(member.language, member_id=member.id)


def _corrected(session: Session, envelope: Envelope, order: NoticeOrder) -> tuple[Receiver, ...]:
    return _receivers(_told_of_correction(session, envelope, order))


def _named_only(session: Session, envelope: Envelope, order: NoticeOrder) -> tuple[Receiver, ...]:
    return _receivers(_named(session, envelope, order))


_OWN_READERS: dict[NoticeKind, Callable[[Session, Envelope, NoticeOrder], tuple[Receiver, ...]]] = {
    NoticeKind.ACT_REFUSED: _of_refused_act,
    NoticeKind.CORRECTED: _corrected,
    NoticeKind.RETURNED: _corrected,
    NoticeKind.GATE_WAITING: _gate_opener,
    NoticeKind.RELEASED: _released,
    NoticeKind.CODE: _named_only,
    NoticeKind.SMS_CODE: _named_only,
}
