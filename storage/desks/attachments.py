"""Files that signers attach, on their way from upload to being part of what is handed in."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.attachments import Accepts, file_name
from domain.events import Event
from domain.field_rules import rules_of
from domain.kinds import DocumentState
from domain.ports.signatures import CheckedFile
from domain.refusals import RefusalCode
from storage import ledger
from storage.attachments import ATTACHMENT, drop_bytes, forget_upload, prove, take_away
from storage.database import Database
from storage.locks import locked, locked_rows
from storage.orders import order_again
from storage.tables import Attachment, Field, Participant
from storage.vault import Vault


class StoredAttachmentDesk:
    """domain.ports.desks.AttachmentDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def read(self, attachment_id: UUID) -> tuple[bytes, Accepts]:
        """The file as uploaded, and what its field takes. Raises LookupError for one that is
        unknown or waits for no check (any more)."""
        with self._database.reading() as session:
            row = session.get(Attachment, attachment_id)
            if row is None or row.upload_blob_id is None or not _waits(row):
                raise LookupError(str(attachment_id))
            accepts = rules_of(session.get_one(Field, row.field_id).rules).accepts
            return self._vault.read(session, row.upload_blob_id), accepts

    def accept(self, attachment_id: UUID, checked: CheckedFile) -> None:
        """The file is good: keep it in the place of the one before. The first answer stays."""
        with self._database.transaction() as session:
            row = locked(session, Attachment, attachment_id)
            if row is None or not _waits(row):
                return
            now, envelope_id = datetime.now(UTC), _envelope_of(session, row)
            row.blob_id = self._vault.put(session, row.id, checked.data)
            row.preview_blob_id = self._vault.put(session, row.id, checked.preview)
            row.kind, row.name = checked.kind.value, file_name(row.name, checked.kind)
            row.sha256 = hashlib.sha256(checked.data).hexdigest()
            row.size, row.pages, row.located = len(checked.data), checked.pages, checked.located
            row.proof, row.checked_at = prove(session, self._vault, row), now
            row.state = DocumentState.READY.value
            forget_upload(session, row)
            for other in _others(session, row):
                take_away(session, other, now, "replaced", envelope_id)
            _note(session, Event.ATTACHMENT_CHECKED, row, now, envelope_id, "sha256", row.sha256)

    def refuse(self, attachment_id: UUID, code: RefusalCode) -> None:
        """It cannot be attached; what was there before stays. The first answer stays."""
        with self._database.transaction() as session:
            row = locked(session, Attachment, attachment_id)
            if row is None or not _waits(row):
                return
            now, envelope_id = datetime.now(UTC), _envelope_of(session, row)
            row.state, row.refusal = DocumentState.REFUSED.value, code.value
            row.checked_at = now
            drop_bytes(session, row)
            _note(session, Event.ATTACHMENT_REFUSED, row, now, envelope_id, "code", code.value)

    def order_again(self, before: datetime) -> int:
        """Have the relay start the check anew of what was sent before this moment and has no answer
        yet: its workflow may have been ended. Where it runs, nothing happens. Returns how many."""
        with self._database.transaction() as session:
            lost = (
                select(Attachment.id)
                .where(
                    Attachment.state == DocumentState.CHECKING.value,
                    Attachment.removed_at.is_(None),
                    Attachment.created_at < before,
                )
                .scalar_subquery()
            )
            return order_again(session, ATTACHMENT, lost)


def _waits(row: Attachment) -> bool:
    return row.state == DocumentState.CHECKING and row.removed_at is None


def _others(session: Session, row: Attachment) -> list[Attachment]:
    """What it takes the place of: whatever was sent before it."""
    query = select(Attachment).where(
        Attachment.participant_id == row.participant_id,
        Attachment.field_id == row.field_id,
        Attachment.removed_at.is_(None),
        Attachment.id != row.id,
        Attachment.created_at <= row.created_at,
    )
    return list(locked_rows(session, query))


def _envelope_of(session: Session, row: Attachment) -> UUID:
    return session.get_one(Participant, row.participant_id).envelope_id


def _note(  # noqa: PLR0913 - the parts of one event
    session: Session,
    tag: Event,
    row: Attachment,
    now: datetime,
    envelope_id: UUID,
    what: str,
    value: str,
) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor="system",
        envelope_id=envelope_id,
        data={"attachment": row.id, "field": row.field_id, what: value},
    )
