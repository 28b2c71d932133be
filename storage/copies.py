"""Documents that are copies: of what an envelope or a template holds already, never of a revision
that somebody signed. Each has a data key of its own.

Bytes are copied before the transaction that makes rows of them, as an upload's are: whatever is
given up leaves nothing.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from storage.repairs import to_prepare
from storage.tables import Document, Envelope, Member, TemplateFile
from storage.uploads import Upload, begin_upload, finish_upload
from storage.vault import Vault


def copy_document(session: Session, vault: Vault, document: Document) -> Upload:
    """A copy of what its versions are made from: the upload, or its repaired copy."""
    source = to_prepare(session, document.id)
    return copy_blob(session, vault, source.blob_id, source.size, document.file_name)


def copy_blob(session: Session, vault: Vault, blob_id: UUID, size: int, file_name: str) -> Upload:
    """A copy of these bytes, to be finished or abandoned."""
    upload = begin_upload(vault, file_name)
    try:
        for part in vault.read_range(session, blob_id, 0, size):
            upload.write(part)
    except BaseException:
        upload.abandon()
        raise
    return upload


def finish_copy(  # noqa: PLR0913 - of what, for whom, when
    session: Session,
    draft: Envelope,
    upload: Upload,
    known: Document | TemplateFile,
    title: str,
    member: Member,
    now: datetime,
) -> Document:
    """A document of the draft, checked like every upload. What is `known` of its source holds until
    then: fields can be looked at while the check still runs."""
    document = finish_upload(session, draft, upload, member, now)
    document.title = title
    know_from(document, known)
    return document


def know_from(document: Document, known: Document | TemplateFile) -> None:
    """What is known of its source holds for a copy."""
    document.pages, document.page_sizes = known.pages, known.page_sizes
    document.signed, document.taken = known.signed, known.taken
