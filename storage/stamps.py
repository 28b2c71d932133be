"""Stamp images (印影) of signers: streamed into the vault, cleaned elsewhere, kept per envelope.

The web never looks into the picture. A child of the documents worker makes a clean PNG of it, and
only that is ever shown or drawn.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from domain.kinds import ActKind, DocumentState
from domain.limits import MAX_STAMP_BYTES
from domain.refusals import Refusal, RefusalCode
from storage.blobs import forget_blobs
from storage.incoming import Incoming
from storage.locks import take_turn
from storage.tables import (
    Act,
    Envelope,
    MemberSeal,
    OfficialSeal,
    OrganisationLogo,
    OutboxItem,
    Participant,
    Stamp,
)
from storage.vault import Vault

STAMP = "stamp"
"""Kind of the outbox item that starts the cleaning."""
MAX_STAMPS = 20
"""Uploads of one person for one envelope."""


def begin_stamp(vault: Vault) -> Incoming:
    """Open a stream for one picture. It leaves no row until it is finished."""
    stamp_id = uuid4()
    stream = vault.upload(stamp_id, MAX_STAMP_BYTES)
    return Incoming(stream, stamp_id, RefusalCode.IMAGE_TOO_LARGE)


def stamp_of(upload: Incoming) -> Incoming:
    """A picture that has arrived whole where larger files may."""
    stamp = Incoming(upload.stream, upload.id, RefusalCode.IMAGE_TOO_LARGE, upload.size)
    if stamp.size > MAX_STAMP_BYTES:
        stamp.refusal = stamp.too_large
        stamp.abandon()
    return stamp


def finish_stamp(
    session: Session, participant: Participant, upload: Incoming, now: datetime
) -> Stamp:
    """The picture is being cleaned from now on, or was refused. Raises Refusal NOT_ALLOWED after
    more uploads than anybody needs."""
    take_turn(session, f"stamps of {participant.id}")
    count = session.scalar(
        select(func.count()).select_from(Stamp).where(Stamp.participant_id == participant.id)
    )
    if (count or 0) >= MAX_STAMPS:
        upload.abandon()
        raise Refusal(RefusalCode.NOT_ALLOWED)
    stamp = Stamp(id=upload.id, participant_id=participant.id, size=upload.size, created_at=now)
    keep_picture(session, stamp, upload, now)
    return stamp


def keep_picture(
    session: Session,
    row: Stamp | MemberSeal | OfficialSeal | OrganisationLogo,
    upload: Incoming,
    now: datetime,
) -> None:
    """Its picture is being cleaned from now on, or was refused."""
    refusal = upload.refusal or (RefusalCode.IMAGE_UNREADABLE if not upload.size else None)
    if refusal is not None:
        upload.abandon()
        row.state, row.refusal = DocumentState.REFUSED.value, refusal.value
    else:
        row.state = DocumentState.CHECKING.value
        row.upload_blob_id = upload.stream.finish(session).blob_id
        upload.closed = True
        session.add(OutboxItem(kind=STAMP, subject_id=row.id, created_at=now))
    session.add(row)
    session.flush()


def drop_pictures(session: Session, rows: Sequence[MemberSeal | OrganisationLogo]) -> None:
    """What is not offered any more is not kept; envelopes have copies of their own."""
    blobs = [blob for row in rows for blob in (row.upload_blob_id, row.image_blob_id)]
    for row in rows:
        row.upload_blob_id = row.image_blob_id = None
    forget_blobs(session, blobs)


def newest(session: Session, participant_id: UUID) -> Stamp | None:
    """The picture that counts, whatever became of it."""
    return session.scalar(
        select(Stamp)
        .where(Stamp.participant_id == participant_id)
        .order_by(Stamp.created_at.desc(), Stamp.id)
        .limit(1)
    )


def used_before(session: Session, person: Participant, envelope: Envelope) -> Stamp | None:
    """The clean picture with which the holder of this mail address signed last, in an envelope of
    the same organisation. No other organisation learns of it."""
    if person.mailbox is None:
        return None
    signed = exists().where(
        Act.participant_id == Stamp.participant_id,
        Act.kind == ActKind.SIGN.value,
        Act.accepted.is_(True),
    )
    return session.scalar(
        select(Stamp)
        .join(Participant, Participant.id == Stamp.participant_id)
        .join(Envelope, Envelope.id == Participant.envelope_id)
        .where(
            Participant.mailbox == person.mailbox,
            Envelope.organisation_id == envelope.organisation_id,
            Envelope.id != envelope.id,
            Stamp.state == DocumentState.READY.value,
            Stamp.seal_id.is_(None),  # an official seal is chosen anew each time
            signed,
        )
        .order_by(Stamp.created_at.desc(), Stamp.id)
        .limit(1)
    )
