"""Uploads of a draft: bytes stream into the vault, then one transaction makes them a document.

A file that is refused for itself (too large, empty) stays as a row with its reason, so that the
draft can say it by the file's name; a refusal that concerns the envelope is raised.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import DocumentState, RevisionKind
from domain.limits import (
    MAX_DOCUMENT_BYTES,
    MAX_ENVELOPE_BYTES,
    MAX_ENVELOPE_DOCUMENTS,
    MAX_FILE_NAME_CHARACTERS,
)
from domain.refusals import Refusal, RefusalCode
from storage import corrections, ledger
from storage.incoming import Incoming
from storage.tables import Document, Envelope, Member, OutboxItem, Revision
from storage.vault import StoredUpload, Vault

INTAKE = "intake"
"""Kind of the outbox item that starts the check."""


@dataclass
class Upload(Incoming):
    """A document on its way in; its id is the document's."""

    file_name: str = ""


def begin_upload(vault: Vault, file_name: str) -> Upload:
    """Open a stream for one file. It leaves no row until it is finished."""
    document_id = uuid4()
    stream = vault.upload(document_id, MAX_DOCUMENT_BYTES)
    name = clean_file_name(file_name)
    return Upload(stream, document_id, RefusalCode.TOO_LARGE, file_name=name)


def finish_upload(
    session: Session, envelope: Envelope, upload: Upload, member: Member, now: datetime
) -> Document:
    """The file becomes a document that is being checked, or one that was refused.

    Document, upload revision, outbox item and ledger event are one transaction: the caller's.
    Raises Refusal TOO_MANY_DOCUMENTS.
    """
    count, total = _taken(session, envelope.id)
    if count >= MAX_ENVELOPE_DOCUMENTS:
        upload.abandon()
        raise Refusal(RefusalCode.TOO_MANY_DOCUMENTS)
    document = _row(session, envelope, upload, now)
    envelope.changed_at = now
    return _take_in(session, document, upload, member, now, total)


def finish_correction(  # noqa: PLR0913 - what is corrected, by whom, when
    session: Session,
    envelope: Envelope,
    replaced: Document,
    upload: Upload,
    member: Member,
    now: datetime,
    *,
    fields_only: bool = False,
) -> Document:
    """The file becomes the document that would take the place of `replaced` in the next version:
    it is checked like every other. The caller has taken back an earlier one
    (`corrections.forget`). The same file is refused, unless `fields_only` are to be corrected."""
    total = corrections.taken_beside(session, envelope, replaced)
    document = Document(
        id=upload.id,
        envelope_id=envelope.id,
        position=replaced.position,
        title=replaced.title,
        file_name=upload.file_name,
        state=DocumentState.CHECKING.value,
        from_version=envelope.version + 1,
        replaces_id=replaced.id,
        created_at=now,
    )
    session.add(document)
    session.flush()
    unlike = None if fields_only else replaced.sha256
    return _take_in(session, document, upload, member, now, total, unlike)


def _take_in(  # noqa: PLR0913 - a file and what it is judged by
    session: Session,
    document: Document,
    upload: Upload,
    member: Member,
    now: datetime,
    total: int,
    unlike: str | None = None,
) -> Document:
    """Store the bytes and have them checked, or keep the row with the reason against them."""
    code = upload.refusal or _size_refusal(upload.size, total)
    stored = upload.stream.finish(session) if code is None else None
    if stored is not None:
        upload.closed = True
        _store(session, document, stored, now)
        if stored.sha256 == unlike:
            code = RefusalCode.SAME_DOCUMENT
    if code is not None:
        upload.abandon()
        document.state, document.refusal = DocumentState.REFUSED.value, code.value
        _note(session, Event.DOCUMENT_REFUSED, document, member, now, {"code": code.value})
        return document
    _note(session, Event.DOCUMENT_UPLOADED, document, member, now, {"sha256": document.sha256})
    return document


def _taken(session: Session, envelope_id: UUID) -> tuple[int, int]:
    count, total = session.execute(
        select(func.count(), func.coalesce(func.sum(Document.size), 0)).where(
            Document.envelope_id == envelope_id, Document.removed_at.is_(None)
        )
    ).one()
    return int(count), int(total)


def _size_refusal(size: int, total: int) -> RefusalCode | None:
    if size == 0:
        return RefusalCode.EMPTY_FILE
    if size > MAX_DOCUMENT_BYTES:
        return RefusalCode.TOO_LARGE
    if total + size > MAX_ENVELOPE_BYTES:
        return RefusalCode.ENVELOPE_TOO_LARGE
    return None


def _row(session: Session, envelope: Envelope, upload: Upload, now: datetime) -> Document:
    last = session.scalar(
        select(func.max(Document.position)).where(Document.envelope_id == envelope.id)
    )
    document = Document(
        id=upload.id,
        envelope_id=envelope.id,
        position=0 if last is None else last + 1,
        title=PurePosixPath(upload.file_name).stem or upload.file_name,
        file_name=upload.file_name,
        state=DocumentState.CHECKING.value,
        created_at=now,
    )
    session.add(document)
    session.flush()
    return document


def _store(session: Session, document: Document, stored: StoredUpload, now: datetime) -> None:
    document.size, document.sha256 = stored.size, stored.sha256
    session.add(
        Revision(
            document_id=document.id,
            version=0,
            number=0,
            kind=RevisionKind.UPLOAD.value,
            blob_id=stored.blob_id,
            sha256=stored.sha256,
            size=stored.size,
            created_at=now,
        )
    )
    session.add(OutboxItem(kind=INTAKE, subject_id=document.id, created_at=now))
    session.flush()


def _note(  # noqa: PLR0913 - the parts of one event
    session: Session,
    tag: Event,
    document: Document,
    member: Member,
    now: datetime,
    data: dict[str, str | None],
) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=document.envelope_id,
        data={"document": document.id, **data},
    )


def clean_file_name(name: str) -> str:
    """A name to show and to offer for download; it never names a file of ours."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = unicodedata.normalize("NFC", last)
    kept = "".join(
        character
        for character in plain
        if character.isprintable() and unicodedata.category(character) != "Cf"
    ).strip(" .")
    return _shortened(kept) or "document.pdf"


def _shortened(name: str) -> str:
    if len(name) <= MAX_FILE_NAME_CHARACTERS:
        return name
    suffix = PurePosixPath(name).suffix[:8]
    return name[: MAX_FILE_NAME_CHARACTERS - len(suffix)] + suffix
