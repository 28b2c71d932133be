"""The home that is judged, and which envelopes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from cli.home import Home
from domain.imports import Origin
from domain.kinds import GONE
from signing.pool import ChildPool
from signing.trust import TrustMaterial
from storage.database import Database
from storage.tables import Document, Envelope, Revision
from storage.vault import Vault


@dataclass(frozen=True)
class Breach:
    """One thing that should never be: the invariant, in which envelope, and what is wrong."""

    invariant: str
    what: str
    envelope: str = ""
    """Its number; empty when it is about the whole home."""

    def __str__(self) -> str:
        """One line."""
        where = f" {self.envelope}" if self.envelope else ""
        return f"{self.invariant}{where}: {self.what}"


@dataclass
class Scene:
    """A home in front of the oracle. `since` leaves out envelopes that were made earlier; the
    ledger, blobs and logs are always read whole."""

    home: Home
    database: Database
    vault: Vault
    pool: ChildPool
    trust: TrustMaterial
    since: datetime | None = None
    temporal: bool = True
    """Whether Temporal is asked; a home without a running stack has nobody to ask."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def envelopes(self, session: Session) -> Sequence[Envelope]:
        """Those that are judged and have people who act, oldest first. Of what was deleted nothing
        is left that could be looked at."""
        rows = self._since(session, Envelope.origin == Origin.SENT.value)
        return [row for row in rows if row.state not in GONE]

    def everything(self, session: Session) -> Sequence[Envelope]:
        """Also what came from elsewhere, and what was deleted: its ledger outlives it."""
        return self._since(session, true())

    def imports(self, session: Session) -> Sequence[Envelope]:
        """Contracts from elsewhere, from their upload on."""
        return self._since(session, Envelope.origin == Origin.IMPORTED.value)

    def _since(self, session: Session, which: ColumnElement[bool]) -> Sequence[Envelope]:
        query = select(Envelope).where(which).order_by(Envelope.created_at)
        if self.since is not None:
            query = query.where(Envelope.created_at >= self.since)
        return session.scalars(query).all()

    @cached_property
    def _bytes(self) -> dict[UUID, bytes]:
        return {}

    def revision(self, session: Session, revision: Revision) -> bytes:
        """Stored bytes. Raises VaultError."""
        if revision.id not in self._bytes:
            self._bytes[revision.id] = self.vault.read(session, revision.blob_id)
        return self._bytes[revision.id]


def documents_of(session: Session, envelope: Envelope) -> Sequence[Document]:
    """Documents of every version that people were asked about, in the order of the tabs."""
    return session.scalars(
        select(Document)
        .where(
            Document.envelope_id == envelope.id,
            Document.removed_at.is_(None),
            Document.from_version <= envelope.version,
        )
        .order_by(Document.position, Document.created_at)
    ).all()


def is_of(document: Document, version: int) -> bool:
    """Whether a document belongs to a version."""
    until = document.until_version
    return document.from_version <= version and (until is None or version <= until)


def revisions_of(session: Session, document: Document) -> Sequence[Revision]:
    """All revisions of a document, by version and number."""
    return session.scalars(
        select(Revision)
        .where(Revision.document_id == document.id)
        .order_by(Revision.version, Revision.number)
    ).all()
