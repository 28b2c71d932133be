"""Consents on their way to a time-stamp."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.consents import statement_sha256
from domain.events import Event
from domain.ports.signatures import Timestamp
from storage import ledger
from storage.consenting import CONSENT
from storage.consents import rows_for_evidence
from storage.database import Database
from storage.desks.rows import SYSTEM, now
from storage.locks import locked
from storage.orders import order_again
from storage.tables import Consent, Envelope


class StoredConsentDesk:
    """domain.ports.desks.ConsentDesk on the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unstamped(self, consent_id: UUID) -> bytes | None:
        """The digest of the statement; None for an unknown one, and for one with a token. Raises
        LookupError for a statement that is not what was hashed."""
        with self._database.reading() as session:
            consent = session.get(Consent, consent_id)
            if consent is None or consent.token is not None:
                return None
            if statement_sha256(consent.statement) != consent.statement_sha256:
                raise LookupError(str(consent_id))
            return bytes.fromhex(consent.statement_sha256)

    def waiting(self, envelope_id: UUID) -> Sequence[UUID]:
        """Of what the evidence record will hold, in the order in which it was said. Most envelopes
        ask for no consent: their acts are not looked through at each signature."""
        with self._database.reading() as session:
            envelope = session.get(Envelope, envelope_id)
            if envelope is None or envelope.consent_version_id is None:
                return ()
            said = rows_for_evidence(session, envelope_id)
            return [consent.id for consent in said if consent.token is None]

    def stamped(self, consent_id: UUID, timestamp: Timestamp) -> None:
        """Keep the token. The first one stays."""
        with self._database.transaction() as session:
            consent = locked(session, Consent, consent_id)
            if consent is None or consent.token is not None:
                return
            consent.token, consent.token_time = timestamp.token, timestamp.at
            consent.tsa = timestamp.authority
            session.flush()
            ledger.append(
                session,
                Event.CONSENT_STAMPED,
                at=now(),
                actor=SYSTEM,
                envelope_id=consent.envelope_id,
                data={
                    "consent": consent.id,
                    "statement_sha256": consent.statement_sha256,
                    "token_sha256": hashlib.sha256(timestamp.token).hexdigest(),
                    "token_time": timestamp.at,
                    "tsa": timestamp.authority,
                },
                once=f"consent:stamped:{consent.id}",
            )

    def order_again(self, before: datetime) -> int:
        """Have the relay start the time-stamping anew of what was said before this moment and has
        no token yet: its workflow may have been ended. Where it still waits for an authority,
        nothing happens. Returns how many."""
        with self._database.transaction() as session:
            lost = (
                select(Consent.id)
                .where(Consent.token.is_(None), Consent.at < before)
                .scalar_subquery()
            )
            return order_again(session, CONSENT, lost)
