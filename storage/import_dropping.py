"""Files that are left out of an import (取込をやめる): they end as a discarded draft does.

Nobody outside ever saw them, and they never stood in the register. What stays are number and
ledger, and with them who left them out and the hashes of what came.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.imports import TypedImport
from domain.kinds import EnvelopeState
from storage import ledger
from storage.discarding import forget_documents
from storage.imports import files_in, row_in
from storage.locks import locked
from storage.tables import Document, Envelope, ImportBatch, Imported, Member
from storage.vault import Vault

_AT_ONCE = 100
"""Left out before they ended so, of which a round of housekeeping ends some."""


def remove_file(  # noqa: PLR0913 - from where, which, whose, when
    session: Session,
    vault: Vault,
    batch: ImportBatch,
    envelope_id: UUID,
    member: Member,
    now: datetime,
) -> None:
    """Take a file out of the batch, which the caller locked. Raises LookupError."""
    _drop(session, vault, row_in(session, batch, envelope_id), member, now)


def drop_batch(
    session: Session, vault: Vault, batch: ImportBatch, member: Member, now: datetime
) -> None:
    """Nothing of it is taken. The caller locked it."""
    for row, _ in list(files_in(session, batch)):
        _drop(session, vault, row, member, now)
    batch.dropped_at = now


def end_dropped(session: Session, vault: Vault, now: datetime) -> int:
    """What was left out when that only hid it, and its bytes stayed. Returns how many."""
    rows = session.scalars(
        select(Imported)
        .join(Envelope, Envelope.id == Imported.envelope_id)
        .join(Document, Document.id == Imported.document_id)
        .where(
            Envelope.state == EnvelopeState.IMPORTING.value,
            Document.removed_at.is_not(None),
            Imported.taken_at.is_(None),
        )
        .order_by(Envelope.id)
        .limit(_AT_ONCE)
    ).all()
    for row in rows:
        _end(session, vault, row, now)
    return len(rows)


def _drop(session: Session, vault: Vault, row: Imported, member: Member, now: datetime) -> None:
    document = session.get_one(Document, row.document_id)
    if document.removed_at is not None:
        return
    _end(session, vault, row, now)
    ledger.append(
        session,
        Event.IMPORT_DROPPED,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=row.envelope_id,
        organisation_id=row.organisation_id,
        data={"document": document.id, "sha256": document.sha256},
    )


def _end(session: Session, vault: Vault, row: Imported, now: datetime) -> None:
    """The envelope first, as whoever checks the file locks it: a check that is under way keeps
    nothing more."""
    envelope = locked(session, Envelope, row.envelope_id)
    assert envelope is not None
    forget_documents(session, vault, _documents(session, envelope), now)
    row.typed, row.limit_on = TypedImport().flat(), None
    envelope.state, envelope.title = EnvelopeState.DISCARDED.value, ""  # it was the file's name
    envelope.ended_at = envelope.changed_at = now
    session.flush()


def _documents(session: Session, envelope: Envelope) -> Sequence[Document]:
    return session.scalars(select(Document).where(Document.envelope_id == envelope.id)).all()
