"""The finished documents once more: a mail with the download link, ordered by its own person.

For whoever comes with any link of a finished envelope and has lost the completion mail. It goes to
the registered address only. After the window it leads to a page that asks for a mailed code.
"""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import LinkPurpose, NoticeKind
from storage import ledger, tries
from storage.outbox import Outgoing, Receiver, When, queue
from storage.standing import Holder, holder_of
from storage.tables import Link, Notice
from storage.tries import Limit


def offered(session: Session, holder: Holder, now: datetime) -> bool:
    """Whether the holder of any link gets the documents: now, or late with a code."""
    if holder.download_open(now):
        return True
    link = download_link(session, holder.participant.id)
    return link is not None and holder_of(session, link, now).late_download


def download_link(session: Session, participant_id: UUID) -> Link | None:
    """The link of his completion mail, whether or not its window is open."""
    return session.scalar(
        select(Link).where(
            Link.participant_id == participant_id, Link.purpose == LinkPurpose.DOWNLOAD.value
        )
    )


def order(
    session: Session, holder: Holder, nonce: str, limit: tuple[str, Limit], when: When
) -> UUID | None:
    """Queue the mail; the same nonce gives the same one. Returns the notice's id; None where no
    documents are handed to this person, or the hour's mails are spent."""
    link = download_link(session, holder.participant.id)
    if link is None or not offered(session, holder, when.at):
        return None
    occasion = f"asked:{sha256(nonce.encode()).hexdigest()[:32]}"
    known = session.scalar(
        select(Notice.id).where(
            Notice.participant_id == holder.participant.id, Notice.occasion == occasion
        )
    )
    if known is not None:
        return known
    if tries.count(session, dict([limit]), when.at).wait is not None:
        return None
    receiver = Receiver.of(holder.participant)
    notice = queue(
        session, holder.envelope.id, Outgoing(NoticeKind.DOWNLOAD, occasion, receiver), when
    )
    ledger.append(
        session,
        Event.LINK_ASKED,
        at=when.at,
        actor=f"participant:{holder.participant.id}",
        envelope_id=holder.envelope.id,
        data={"link": link.id, "purpose": LinkPurpose.DOWNLOAD, "by": holder.link.id},
    )
    return notice.id
