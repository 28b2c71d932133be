"""Rows that several desks read or lock."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evidence import ReadDocument, version_sha256
from domain.kinds import ActKind
from domain.refusals import Refusal, RefusalCode
from storage.locks import locked
from storage.tables import (
    Act,
    Blob,
    Document,
    Envelope,
    FactorReset,
    PasswordReset,
    Revision,
)
from storage.vault import Vault
from storage.versions import documents_of_version

SYSTEM = "system"


def now() -> datetime:
    """The time of this machine, aware."""
    return datetime.now(UTC)


def note_mailing(
    session: Session, table: type[FactorReset | PasswordReset], key: UUID, *, accepted: bool
) -> None:
    """What the next server said of a mail that is a row's own; the first answer stays."""
    row = locked(session, table, key)
    if row is None or row.sent_at or row.failed_at:
        return
    if accepted:
        row.sent_at = now()
    else:
        row.failed_at = now()


def locked_envelope(session: Session, envelope_id: UUID) -> Envelope:
    """The envelope, locked. Raises Refusal NOT_ALLOWED for an unknown id."""
    envelope = locked(session, Envelope, envelope_id)
    if envelope is None:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    return envelope


def known_envelope(session: Session, envelope_id: UUID) -> Envelope:
    """The envelope. Raises Refusal NOT_ALLOWED for an unknown id."""
    envelope = session.get(Envelope, envelope_id)
    if envelope is None:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    return envelope


def documents_in_order(
    session: Session, envelope_id: UUID, version: int | None = None
) -> Sequence[Document]:
    """Documents of a version, of the current one by default, in the order of the tabs."""
    return documents_of_version(session, envelope_id, version)


def base_revision(session: Session, document_id: UUID, version: int) -> Revision | None:
    """Revision 0 of a version: what people read."""
    return session.scalar(
        select(Revision).where(
            Revision.document_id == document_id,
            Revision.version == version,
            Revision.number == 0,
        )
    )


def newest_revision(session: Session, document_id: UUID, version: int) -> Revision | None:
    """The revision that the next one builds on."""
    return session.scalar(
        select(Revision)
        .where(Revision.document_id == document_id, Revision.version == version)
        .order_by(Revision.number.desc())
        .limit(1)
    )


def revision_bytes(session: Session, vault: Vault, revision_id: UUID) -> bytes:
    """A revision's bytes. Raises Refusal VERSION_REPLACED if its row was pointed at other bytes:
    acts stand for the row's hash, the vault answers for the blob's."""
    revision = session.get_one(Revision, revision_id)
    if session.get_one(Blob, revision.blob_id).sha256 != revision.sha256:
        raise Refusal(RefusalCode.VERSION_REPLACED)
    return vault.read(session, revision.blob_id)


def current_version_sha256(session: Session, envelope: Envelope) -> str | None:
    """What an act on the current version must carry; None while a base revision is missing."""
    read: list[ReadDocument] = []
    for document in documents_in_order(session, envelope.id):
        base = base_revision(session, document.id, envelope.version)
        if base is None:
            return None
        read.append(ReadDocument(document.id, base.sha256))
    return version_sha256(read) if read else None


def actor_of(act: Act) -> str:
    """The ledger's word for who acted."""
    if act.kind == ActKind.DEPUTISE:
        return SYSTEM
    if act.participant_id is not None:
        return f"participant:{act.participant_id}"
    return f"member:{act.member_id}"
