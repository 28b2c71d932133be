"""The completion mail once more (完了のお知らせの送り直し) where it was lost: the sender orders it,
or says that he has handed the documents over in another way.

It goes to the registered address alone, with the same link: who signed is known by that address,
and whoever holds another one would get a contract by the word of one clerk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import NoticeKind
from storage import ledger
from storage.desks import losses
from storage.outbox import Outgoing, Receiver, When, queue
from storage.tables import Envelope, Member, Notice, Participant

_AGAIN = "again:"


@dataclass(frozen=True)
class Unreached:
    """Somebody whom no mail with the finished documents has reached, and the newest that was
    lost."""

    person: Participant
    lost: Notice


def is_again(notice: Notice) -> bool:
    """Whether the sender ordered this mail, not the person himself."""
    return notice.occasion.startswith(_AGAIN)


def unreached(session: Session, envelope: Envelope) -> Sequence[Unreached]:
    """Everybody of a finished envelope to whom it was not handed over, in their order."""
    rows = session.execute(
        select(Participant, Notice)
        .join(Notice, Notice.participant_id == Participant.id)
        .where(
            Notice.envelope_id == envelope.id,
            Participant.left_at.is_(None),
            losses.not_handed_over(),
        )
        .order_by(Participant.position, Notice.queued_at)
    )
    return list({person.id: Unreached(person, lost) for person, lost in rows}.values())


def send_again(
    session: Session, envelope: Envelope, member: Member, lost_id: UUID | None, when: When
) -> None:
    """Queue the mail; pressing twice makes one. Raises LookupError where no such mail of this
    envelope was lost, or its person has got the documents by another way since."""
    notice = session.get(Notice, lost_id) if lost_id is not None else None
    if notice is None or notice.envelope_id != envelope.id:
        raise LookupError(str(lost_id))
    occasion = f"{_AGAIN}{lost_id}"
    known = select(Notice.id).where(Notice.envelope_id == envelope.id, Notice.occasion == occasion)
    if session.scalar(known) is not None:
        return
    found = _lost(session, envelope, lost_id)
    mail = Outgoing(NoticeKind.DOWNLOAD, occasion, Receiver.of(found.person))
    again = queue(session, envelope.id, mail, when)
    ledger.append(
        session,
        Event.NOTICE_AGAIN,
        at=when.at,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={"participant": found.person.id, "lost": lost_id, "notice": again.id},
        once=f"again:{lost_id}",
    )


def settle(
    session: Session, envelope: Envelope, member: Member, lost_id: UUID | None, at: datetime
) -> None:
    """Its person has the documents by another way: nobody waits for this mail any more. Raises
    LookupError as `send_again` does."""
    found = _lost(session, envelope, lost_id)
    found.lost.settled_at = at
    ledger.append(
        session,
        Event.NOTICE_SETTLED,
        at=at,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={"participant": found.person.id, "lost": found.lost.id},
    )


def _lost(session: Session, envelope: Envelope, lost_id: UUID | None) -> Unreached:
    found = next((one for one in unreached(session, envelope) if one.lost.id == lost_id), None)
    if found is None:
        raise LookupError(str(lost_id))
    return found
