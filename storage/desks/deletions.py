"""Keys and bytes of what two people have deleted.

First the data keys, whose loss alone makes every copy of the bytes unreadable; then the files. Rows
of blobs stay: they are hashes of what there was. Each step may be repeated.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.retention import Decision
from runtime.telemetry import logger
from storage import ledger, text_index
from storage.database import Database
from storage.deletions import DELETION
from storage.desks.rows import SYSTEM, now
from storage.locks import locked
from storage.orders import order_again
from storage.tables import (
    Attachment,
    Blob,
    DataKey,
    Deletion,
    Document,
    Participant,
    Slot,
    Stamp,
    TypedValues,
)
from storage.vault import Vault
from storage.vault_errors import VaultError

log = logger(__name__)


class StoredDeletionDesk:
    """domain.ports.desks.DeletionDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def erase(self, deletion_id: UUID) -> bool:
        """Remove what is left of it; False where nothing is, or nobody confirmed it."""
        envelope_id = self._confirmed(deletion_id)
        if envelope_id is None:
            return False
        with self._database.transaction() as session:
            keys = self._destroy_keys(session, envelope_id)
            _forget_typed(session, envelope_id)
        self._forget_texts(envelope_id)
        with self._database.reading() as session:
            blobs = session.scalars(select(Blob.id).where(Blob.data_key_id.in_(keys))).all()
        for blob_id in blobs:
            self._vault.remove_bytes(blob_id)
        with self._database.transaction() as session:
            row = locked(session, Deletion, deletion_id)
            if row is None or row.done_at is not None:
                return False
            row.done_at = now()
            ledger.append(
                session,
                Event.DELETION_DONE,
                at=row.done_at,
                actor=SYSTEM,
                envelope_id=envelope_id,
                organisation_id=row.organisation_id,
                data={"deletion": row.id, "keys": len(keys), "blobs": len(blobs)},
                once=f"deletion:done:{row.id}",
            )
        return True

    def order_again(self, before: datetime) -> int:
        """Have the relay start anew what was confirmed before this moment and is not done. Returns
        how many."""
        with self._database.transaction() as session:
            lost = (
                select(Deletion.id)
                .where(
                    Deletion.decision == Decision.CONFIRMED.value,
                    Deletion.done_at.is_(None),
                    Deletion.decided_at < before,
                )
                .scalar_subquery()
            )
            return order_again(session, DELETION, lost)

    def _confirmed(self, deletion_id: UUID) -> UUID | None:
        """Its envelope. Authority lies in the row, never in a message."""
        with self._database.reading() as session:
            row = session.get(Deletion, deletion_id)
            if row is None or row.decision != Decision.CONFIRMED or row.done_at is not None:
                return None
            return row.envelope_id

    def _forget_texts(self, envelope_id: UUID) -> None:
        """Marks alone say nothing; those that cannot be read hold up no deletion."""
        try:
            with self._database.transaction() as session:
                documents = select(Document.id).where(Document.envelope_id == envelope_id)
                text_index.forget(self._vault, session, session.scalars(documents).all())
        except VaultError as error:
            log.warning("texts not forgotten", envelope=str(envelope_id), error=repr(error))

    def _destroy_keys(self, session: Session, envelope_id: UUID) -> Sequence[UUID]:
        keys = session.scalars(
            select(DataKey).where(DataKey.owner_id.in_(owners(session, envelope_id)))
        ).all()
        for key in keys:
            key.wrapped = b""
        return [key.id for key in keys]


def owners(session: Session, envelope_id: UUID) -> list[UUID]:
    """Whatever of an envelope has bytes under a key of its own: documents, also those that were
    taken out, stamps and attached files of its people."""
    people = select(Participant.id).where(Participant.envelope_id == envelope_id)
    found: list[UUID] = []
    for query in (
        select(Document.id).where(Document.envelope_id == envelope_id),
        select(Stamp.id).where(Stamp.participant_id.in_(people)),
        select(Attachment.id).where(Attachment.participant_id.in_(people)),
    ):
        found += session.scalars(query)
    return found


def _forget_typed(session: Session, envelope_id: UUID) -> None:
    """What people had typed and not agreed to. What acts say is evidence, and stays sealed."""
    slots = select(Slot.id).where(Slot.envelope_id == envelope_id)
    session.execute(delete(TypedValues).where(TypedValues.slot_id.in_(slots)))
