"""Imported contracts on their way to a time-stamp."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.events import Event
from domain.kinds import EnvelopeState
from domain.ports.signatures import Timestamp
from storage import ledger
from storage.database import Database
from storage.desks.rows import SYSTEM, locked_envelope, now
from storage.import_limits import is_late
from storage.import_taking import IMPORT
from storage.locks import locked
from storage.orders import order_again
from storage.repairs import uploaded
from storage.tables import Imported
from storage.vault import BlobAltered, Vault


class StoredImportDesk:
    """domain.ports.desks.ImportDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def unstamped(self, envelope_id: UUID) -> bytes | None:
        """SHA-256 of what the vault holds: a time-stamp is over bytes that are there. None where
        there is a token already, or nothing was taken. Raises VaultError for other bytes than those
        that came."""
        with self._database.reading() as session:
            row = session.get(Imported, envelope_id)
            if row is None or row.taken_at is None or row.token is not None:
                return None
            data = self._vault.read(session, uploaded(session, row.document_id).blob_id)
            digest = hashlib.sha256(data)
            if digest.hexdigest() != row.sha256:
                raise BlobAltered(f"import {envelope_id}: not the bytes that came")
            return digest.digest()

    def stamped(self, envelope_id: UUID, timestamp: Timestamp) -> None:
        """Keep the token: the contract is concluded, as far as this service is concerned. The first
        one stays."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, envelope_id)
            row = locked(session, Imported, envelope_id)
            if row is None or row.taken_at is None or row.token is not None:
                return
            row.token, row.token_time, row.tsa = timestamp.token, timestamp.at, timestamp.authority
            row.late = is_late(session, row)
            envelope.state, envelope.ended_at = EnvelopeState.DONE.value, timestamp.at
            envelope.changed_at = now()
            session.flush()
            ledger.append(
                session,
                Event.IMPORT_STAMPED,
                at=now(),
                actor=SYSTEM,
                envelope_id=envelope_id,
                organisation_id=envelope.organisation_id,
                data={
                    "document": row.document_id,
                    "sha256": row.sha256,
                    "token_sha256": hashlib.sha256(timestamp.token).hexdigest(),
                    "token_time": timestamp.at,
                    "tsa": timestamp.authority,
                    "late": row.late,
                },
                once=f"import:stamped:{envelope_id}",
            )

    def order_again(self, before: datetime) -> int:
        """Have the relay start the time-stamping anew of what was taken before this moment and has
        no token yet: its workflow may have been ended. Where it still waits for an authority,
        nothing happens. Returns how many."""
        with self._database.transaction() as session:
            lost = (
                select(Imported.envelope_id)
                .where(Imported.token.is_(None), Imported.taken_at < before)
                .scalar_subquery()
            )
            return order_again(session, IMPORT, lost)
