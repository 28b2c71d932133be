"""A member's own seal (登録印影): registered on his account page, offered where he signs for his
own organisation.

Its picture goes the way of every stamp image: cleaned by a child of the documents worker before
anybody sees it. An envelope never refers to it, but keeps a copy.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.crops import Crop
from domain.events import Event
from domain.kinds import DocumentState, PartyKind
from domain.refusals import Refusal, RefusalCode
from storage import ledger
from storage.blobs import forget_blobs
from storage.handovers import member_of
from storage.incoming import Incoming
from storage.locks import take_turn
from storage.stamps import drop_pictures, keep_picture
from storage.standing import Holder
from storage.tables import Member, MemberSeal, Party

MAX_SEALS = 20
"""Pictures of one member within a day."""
_DAY = timedelta(days=1)


def finish_seal(
    session: Session, member: Member, upload: Incoming, now: datetime, crop: Crop | None = None
) -> MemberSeal:
    """The picture is being cleaned from now on, or was refused. What was registered before stays
    until it is clean. Raises Refusal NOT_ALLOWED after more than anybody needs in a day."""
    _wait(session, member.id)
    count = session.scalar(
        select(func.count())
        .select_from(MemberSeal)
        .where(MemberSeal.member_id == member.id, MemberSeal.created_at > now - _DAY)
    )
    if (count or 0) >= MAX_SEALS:
        upload.abandon()
        raise Refusal(RefusalCode.NOT_ALLOWED)
    row = MemberSeal(id=upload.id, member_id=member.id, size=upload.size, created_at=now)
    row.crop = crop.text if crop is not None and crop.cuts else None
    keep_picture(session, row, upload, now)
    return row


def registered(session: Session, member: Member) -> MemberSeal | None:
    """The seal that is offered; None while there is none."""
    return session.scalar(_of(member).where(MemberSeal.state == DocumentState.READY.value).limit(1))


def newest(session: Session, member: Member) -> MemberSeal | None:
    """The picture that came last, whatever became of it."""
    return session.scalar(_of(member).limit(1))


def _of(member: Member) -> Select[MemberSeal]:
    return (
        select(MemberSeal)
        .where(MemberSeal.member_id == member.id, MemberSeal.removed_at.is_(None))
        .order_by(MemberSeal.created_at.desc(), MemberSeal.id)
    )


def remove(session: Session, member: Member, now: datetime) -> bool:
    """It is offered no more, nor is one that is still being cleaned. False where there is none."""
    _wait(session, member.id)
    before = registered(session, member)
    _take_away(session, session.scalars(_of(member)).all(), now)
    if before is None:
        return False
    ledger.append(
        session,
        Event.SEAL_REMOVED,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={"seal": before.id},
    )
    return True


def is_clean(session: Session, row: MemberSeal, now: datetime) -> None:
    """From now on it is the registered one, unless its member took it away meanwhile."""
    if row.removed_at is not None:
        drop_pictures(session, (row,))
        return
    member = session.get_one(Member, row.member_id)
    older = (MemberSeal.id != row.id, MemberSeal.created_at <= row.created_at)
    _take_away(session, session.scalars(_of(member).where(*older)).all(), now)
    uploads = {row.upload_blob_id} - {row.image_blob_id}
    row.upload_blob_id = None
    forget_blobs(session, uploads)  # a photograph tells more than the seal that is on it
    ledger.append(
        session,
        Event.SEAL_REGISTERED,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={"seal": row.id, "sha256": row.image_sha256},
        once=f"seal:{row.id}",
    )


def registered_for(session: Session, holder: Holder) -> MemberSeal | None:
    """The seal of the member who signs for his own organisation; nobody else's."""
    party = session.get_one(Party, holder.participant.party_id)
    if party.kind != PartyKind.OWN:
        return None
    member = member_of(session, holder.envelope, holder.participant.mail)
    return registered(session, member) if member is not None else None


def wait_for_turn(session: Session, seal_id: UUID) -> None:
    """Before a row is locked: whoever takes all of a member's away comes before or after."""
    member_id = session.scalar(select(MemberSeal.member_id).where(MemberSeal.id == seal_id))
    if member_id is not None:
        _wait(session, member_id)


def _wait(session: Session, member_id: UUID) -> None:
    take_turn(session, f"seals of {member_id}")


def _take_away(session: Session, rows: Sequence[MemberSeal], now: datetime) -> None:
    for row in rows:
        row.removed_at = now
    drop_pictures(session, [row for row in rows if row.state != DocumentState.CHECKING])
