"""Files that signers attach (添付ファイル): streamed into the vault, checked elsewhere.

The web never looks into one. A child of the documents worker judges it, and only what it found good
is ever shown, handed in or handed out. Bytes of what was replaced, removed or refused go at once;
its row and its ledger events stay.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from domain.attachments import Attached, FileKind, plain_name
from domain.events import Event, canonical
from domain.kinds import DocumentState, FieldKind, LinkPurpose
from domain.limits import (
    MAX_ATTACHMENT_BYTES,
    MAX_ATTACHMENT_UPLOADS,
    MAX_ATTACHMENTS_BYTES,
)
from domain.refusals import Refusal, RefusalCode
from storage import ledger, tries
from storage.blobs import forget_blobs
from storage.field_rows import fields_of_slot
from storage.incoming import Incoming
from storage.locks import locked_rows
from storage.people import VAULT_OWNER
from storage.standing import Holder, Standing, holder_of, slot_of
from storage.tables import Attachment, Envelope, Link, OutboxItem, Participant, Slot
from storage.tries import Limit
from storage.vault import Vault, VaultError
from storage.visits import Visiting

ATTACHMENT = "attachment"
"""Kind of the outbox item that starts the check."""
UPLOADS = Limit(tries=20, wait=timedelta(minutes=5), memory=timedelta(minutes=5))
"""Of one person: a file every fifteen seconds, longer than anybody keeps up."""
_GOOD = b"good"


@dataclass
class AttachmentUpload(Incoming):
    """A file on its way in, and for which field it is."""

    field_id: str = ""
    name: str = ""


def begin_attachment(vault: Vault, field_id: str, file_name: str) -> AttachmentUpload:
    """Open a stream for one file. It leaves no row until it is finished."""
    attachment_id = uuid4()
    stream = vault.upload(attachment_id, MAX_ATTACHMENT_BYTES)
    too_large = RefusalCode.ATTACHMENT_TOO_LARGE
    return AttachmentUpload(
        stream, attachment_id, too_large, field_id=field_id, name=plain_name(file_name)
    )


def finish_attachment(
    session: Session, visiting: Visiting, upload: AttachmentUpload, now: datetime
) -> Attachment:
    """The file is being checked from now on, or was refused.

    Raises Refusal: NOT_YOUR_SLOT for somebody who is not asked for this file (any more),
    TOO_MANY_ATTACHMENTS.
    """
    try:
        holder, slot = _at_the_field(session, visiting, upload.field_id, now)
        _count(session, holder.participant, now)
    except Refusal:
        upload.abandon()
        raise
    field_id = UUID(upload.field_id)
    refusal = upload.refusal or _size_refusal(session, holder, field_id, upload.size)
    row = Attachment(
        id=upload.id,
        participant_id=holder.participant.id,
        slot_id=slot.id,
        field_id=field_id,
        state=DocumentState.CHECKING.value,
        name=upload.name,
        size=upload.size,
        created_at=now,
    )
    session.add(row)
    if refusal is not None:
        upload.abandon()
        row.state, row.refusal, row.checked_at = DocumentState.REFUSED.value, refusal.value, now
    else:
        for waiting in _rows(session, holder.participant.id, field_id):
            if waiting.state == DocumentState.CHECKING and waiting.id != row.id:
                take_away(session, waiting, now, "replaced", holder.envelope.id)
        row.upload_blob_id = upload.stream.finish(session).blob_id
        upload.closed = True
        session.add(OutboxItem(kind=ATTACHMENT, subject_id=row.id, created_at=now))
    session.flush()
    code = {"code": refusal.value} if refusal else {}
    _note(session, Event.ATTACHMENT_UPLOADED, row, now, holder.envelope.id)
    if refusal is not None:
        _note(session, Event.ATTACHMENT_REFUSED, row, now, holder.envelope.id, code)
    return row


def remove_attachment(session: Session, visiting: Visiting, field_id: str, now: datetime) -> bool:
    """Nothing is attached to the field any more. Whether there was. Raises Refusal
    NOT_YOUR_SLOT."""
    holder, _ = _at_the_field(session, visiting, field_id, now)
    rows = _rows(session, holder.participant.id, UUID(field_id))
    for row in rows:
        take_away(session, row, now, "removed", holder.envelope.id)
    return bool(rows)


def remove_all(
    session: Session, participant_id: UUID, envelope_id: UUID, now: datetime, why: str
) -> None:
    """Whoever sent these is not who was meant."""
    query = select(Attachment).where(
        Attachment.participant_id == participant_id, Attachment.removed_at.is_(None)
    )
    for row in locked_rows(session, query):
        take_away(session, row, now, why, envelope_id)


def take_away(
    session: Session, row: Attachment, now: datetime, why: str, envelope_id: UUID
) -> None:
    """Remove a file: its row says when, its bytes go. A refused one has nothing to remove."""
    row.removed_at = now
    if row.state != DocumentState.REFUSED:
        _note(session, Event.ATTACHMENT_REMOVED, row, now, envelope_id, {"why": why})
    drop_bytes(session, row)


def drop_bytes(session: Session, row: Attachment) -> None:
    """Forget a row's blobs; the vault's sweep removes files that no row names."""
    blobs = {row.upload_blob_id, row.blob_id, row.preview_blob_id}
    row.upload_blob_id = row.blob_id = row.preview_blob_id = None
    forget_blobs(session, blobs)


def forget_upload(session: Session, row: Attachment) -> None:
    """A picture as it was sent, with all that it told of its place, goes once there is a clean
    one; a PDF is kept as it is."""
    blobs = {row.upload_blob_id} - {row.blob_id, row.preview_blob_id}
    row.upload_blob_id = None
    forget_blobs(session, blobs)


def _at_the_field(
    session: Session, visiting: Visiting, field_id: str, now: datetime
) -> tuple[Holder, Slot]:
    """Whoever is asked for this file now; acts of the slot are ordered by its lock."""
    before = visiting.holder
    slot = slot_of(session, before.participant, before.envelope, lock=True)
    holder = holder_of(session, session.get_one(Link, before.link.id), now)
    asked = holder.link.purpose == LinkPurpose.ACT and holder.standing is Standing.OPEN
    if slot is None or not asked:
        raise Refusal(RefusalCode.NOT_YOUR_SLOT)
    kinds = {str(row.field.id): row.kind for row in fields_of_slot(session, slot)}
    if kinds.get(field_id) is not FieldKind.ATTACHMENT:
        raise Refusal(RefusalCode.NOT_YOUR_SLOT)
    return holder, slot


def _count(session: Session, participant: Participant, now: datetime) -> None:
    sent = session.scalar(
        select(func.count())
        .select_from(Attachment)
        .where(Attachment.participant_id == participant.id)
    )
    if (sent or 0) >= MAX_ATTACHMENT_UPLOADS:
        raise Refusal(RefusalCode.TOO_MANY_ATTACHMENTS)
    bucket = hashlib.sha256(f"attachments of {participant.id}".encode()).hexdigest()
    if tries.count(session, {bucket: UPLOADS}, now).wait is not None:
        raise Refusal(RefusalCode.TOO_MANY_ATTACHMENTS)


def _size_refusal(
    session: Session, holder: Holder, field_id: UUID, size: int
) -> RefusalCode | None:
    """What it takes the place of does not count."""
    if size == 0:
        return RefusalCode.EMPTY_FILE
    others = session.scalar(
        select(func.coalesce(func.sum(Attachment.size), 0))
        .join(Participant, Participant.id == Attachment.participant_id)
        .where(
            Participant.envelope_id == holder.envelope.id,
            Attachment.removed_at.is_(None),
            Attachment.state != DocumentState.REFUSED.value,
            or_(
                Attachment.field_id != field_id,
                Attachment.participant_id != holder.participant.id,
            ),
        )
    )
    over = int(others or 0) + size > MAX_ATTACHMENTS_BYTES
    return RefusalCode.ATTACHMENTS_TOO_LARGE if over else None


def _rows(session: Session, participant_id: UUID, field_id: UUID) -> Sequence[Attachment]:
    query = select(Attachment).where(
        Attachment.participant_id == participant_id,
        Attachment.field_id == field_id,
        Attachment.removed_at.is_(None),
    )
    return locked_rows(session, query)


def _note(  # noqa: PLR0913 - the parts of one event
    session: Session,
    tag: Event,
    row: Attachment,
    now: datetime,
    envelope_id: UUID,
    data: Mapping[str, str] | None = None,
) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"participant:{row.participant_id}",
        envelope_id=envelope_id,
        data={"attachment": row.id, "field": row.field_id, **(data or {})},
    )


@dataclass(frozen=True)
class FieldFile:
    """What lies at one attachment field."""

    ready: Attachment | None = None
    """What would be handed in."""
    checking: Attachment | None = None
    refused: Attachment | None = None
    """Refused after what is ready was sent: the page says why."""

    @property
    def value(self) -> str:
        """Of the field; empty while a newer file is being checked."""
        row = self.ready if self.checking is None else None
        return attached(row).text if row is not None else ""


def files_of(
    session: Session, vault: Vault, slot: Slot, person: Participant
) -> dict[str, FieldFile]:
    """By field id, what one person has sent for his slot. What is said to be ready and is not
    sealed as such does not count."""
    rows = session.scalars(
        select(Attachment)
        .where(
            Attachment.slot_id == slot.id,
            Attachment.participant_id == person.id,
            Attachment.removed_at.is_(None),
        )
        .order_by(Attachment.created_at, Attachment.id)
    ).all()
    found: dict[str, FieldFile] = {}
    for row in rows:
        before = found.get(str(row.field_id), FieldFile())
        match DocumentState(row.state):
            case DocumentState.CHECKING:
                after = FieldFile(before.ready, row)
            case DocumentState.READY if is_proven(session, vault, row):
                after = FieldFile(row)
            case DocumentState.REFUSED:
                after = FieldFile(before.ready, before.checking, row)
            case _:
                after = before
        found[str(row.field_id)] = after
    return found


def attached(row: Attachment) -> Attached:
    """What a checked row says of its file."""
    assert row.kind is not None
    assert row.sha256 is not None
    return Attached(row.id, FileKind(row.kind), row.name, row.sha256, row.size)


def prove(session: Session, vault: Vault, row: Attachment) -> bytes:
    """The seal that a checked row bears."""
    organisation = _organisation(session, row)
    return vault.seal(session, VAULT_OWNER, organisation, _GOOD, _context(row))


def is_proven(session: Session, vault: Vault, row: Attachment) -> bool:
    """Whether somebody who checked it found it to be what its row says."""
    if row.proof is None or row.kind is None or row.sha256 is None:
        return False
    organisation = _organisation(session, row)
    return vault.vouches(session, VAULT_OWNER, organisation, row.proof, _context(row), _GOOD)


def carry(session: Session, vault: Vault, slot_id: UUID, onto: UUID) -> None:
    """Files that were attached in a slot belong to the one that takes its place, with the same
    fields. What nobody vouches for is left behind."""
    for row in session.scalars(select(Attachment).where(Attachment.slot_id == slot_id)).all():
        proven = is_proven(session, vault, row)
        if proven or row.state in _UNCHECKED:
            row.slot_id = onto
            row.proof = prove(session, vault, row) if proven else None
    session.flush()


_UNCHECKED = frozenset({DocumentState.UPLOADING.value, DocumentState.CHECKING.value})


def _organisation(session: Session, row: Attachment) -> UUID:
    person = session.get_one(Participant, row.participant_id)
    return session.get_one(Envelope, person.envelope_id).organisation_id


def _context(row: Attachment) -> bytes:
    said = canonical(
        {
            "field": str(row.field_id),
            "file": attached(row).text,
            "participant": str(row.participant_id),
            "slot": str(row.slot_id),
        }
    )
    return b"attachment:" + hashlib.sha256(said).digest()


def read_proven(  # noqa: PLR0913 - whose, where, and what it was
    session: Session,
    vault: Vault,
    participant_id: UUID,
    slot_id: UUID,
    field_id: UUID,
    said: Attached,
) -> bytes:
    """The bytes of a file that an act names. Raises Refusal EVIDENCE_INCOMPLETE unless it is, byte
    by byte, what this person attached to this field and what was found good."""
    row = session.get(Attachment, said.id)
    if row is None or row.blob_id is None or row.state != DocumentState.READY:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    mine = (row.participant_id, row.slot_id, row.field_id) == (participant_id, slot_id, field_id)
    if not mine or not is_proven(session, vault, row) or attached(row) != said:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    try:
        data = vault.read(session, row.blob_id)
    except VaultError:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE) from None
    if hashlib.sha256(data).hexdigest() != said.sha256:
        raise Refusal(RefusalCode.EVIDENCE_INCOMPLETE)
    return data
