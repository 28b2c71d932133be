"""A draft saved as a template, and a draft made from one: documents are copied, never shared.

Each copy has a data key of its own. Bytes are copied before the transaction that makes rows of
them, as an upload's are: whatever is given up leaves nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.drafts import typed_draft
from domain.ids import read_id
from domain.kinds import DocumentState
from domain.refusals import Refusal, RefusalCode
from domain.template_content import (
    DraftDocument,
    TemplateContent,
    TemplateDocument,
    content_from,
    content_of,
    drafted,
)
from domain.templates import CheckedTemplate
from storage import chains, drafts, placing
from storage.copies import copy_blob, finish_copy
from storage.repairs import to_prepare
from storage.tables import (
    Document,
    Envelope,
    Member,
    Revision,
    Template,
    TemplateFile,
    TemplateVersion,
)
from storage.uploads import Upload
from storage.uploadstream import UploadStream
from storage.vault import Vault, VaultError


class DraftChangedMeanwhile(Exception):
    """Documents of the draft changed while they were copied."""


# -- from a draft to a template ----------------------------------------------------------------


@dataclass
class Copies:
    """A draft's documents on their way into a template, by their bytes' hash."""

    streams: dict[str, tuple[UUID, UploadStream]] = field(default_factory=dict)

    def finish(
        self, session: Session, row: Template, documents: Sequence[Document], now: datetime
    ) -> dict[UUID, UUID]:
        """Files of the template that hold the documents' bytes, by the documents' ids.

        Raises DraftChangedMeanwhile for a document that was not copied.
        """
        held = files_of(session, row.id)
        found = {}
        for document in documents:
            source = _ready(session, document)
            if source.sha256 not in held:
                held[source.sha256] = self._kept(session, row, document, source, now)
            found[document.id] = held[source.sha256]
        return found

    def _kept(
        self,
        session: Session,
        row: Template,
        document: Document,
        source: Revision,
        now: datetime,
    ) -> UUID:
        if source.sha256 not in self.streams:
            raise DraftChangedMeanwhile
        file_id, stream = self.streams.pop(source.sha256)
        stored = stream.finish(session)
        if stored.sha256 != source.sha256:
            message = f"document {document.id} was copied into other bytes"
            raise VaultError(message)
        session.add(
            TemplateFile(
                id=file_id,
                template_id=row.id,
                blob_id=stored.blob_id,
                sha256=stored.sha256,
                size=stored.size,
                pages=document.pages,
                page_sizes=document.page_sizes,
                signed=document.signed,
                taken=document.taken,
                created_at=now,
            )
        )
        session.flush()
        return file_id

    def abandon(self) -> None:
        """Nothing is left of what was not finished."""
        for _, stream in self.streams.values():
            stream.abandon()


@contextmanager
def copies_of(
    session: Session, vault: Vault, envelope: Envelope, template_id: UUID | None
) -> Iterator[Copies]:
    """Copies of the draft's documents that the template (None: a new one) does not hold already.

    Raises Refusal DOCUMENTS_NOT_READY.
    """
    copies = Copies()
    held = files_of(session, template_id) if template_id is not None else {}
    try:
        for document in drafts.documents_of(session, envelope.id):
            source = _ready(session, document)
            if source.sha256 in held or source.sha256 in copies.streams:
                continue
            file_id = uuid4()
            stream = vault.upload(file_id, source.size)
            copies.streams[source.sha256] = file_id, stream
            for part in vault.read_range(session, source.blob_id, 0, source.size):
                stream.write(part)
        yield copies
    finally:
        copies.abandon()


def _ready(session: Session, document: Document) -> Revision:
    """The bytes that versions are made from: the upload, or the repaired copy that was agreed."""
    if document.state != DocumentState.READY:
        raise Refusal(RefusalCode.DOCUMENTS_NOT_READY)
    return to_prepare(session, document.id)


def files_of(session: Session, template_id: UUID) -> dict[str, UUID]:
    """Ids of a template's files, by their bytes' hash."""
    rows = session.execute(
        select(TemplateFile.sha256, TemplateFile.id).where(TemplateFile.template_id == template_id)
    )
    return {row.sha256: row.id for row in rows}


def content_of_draft(  # noqa: PLR0913 - a draft, where it goes, and how
    session: Session,
    envelope: Envelope,
    row: Template,
    copies: Copies,
    checked: CheckedTemplate,
    now: datetime,
) -> TemplateContent:
    """The locked draft as the template holds it; its files are stored with it."""
    documents = drafts.documents_of(session, envelope.id)
    files = copies.finish(session, row, documents, now)
    return preview(session, envelope, checked, {key: str(file) for key, file in files.items()})


def preview(
    session: Session, envelope: Envelope, checked: CheckedTemplate, files: Mapping[UUID, str]
) -> TemplateContent:
    """What the draft would be as a template; `files` are ids of files by the documents' ids."""
    documents = drafts.documents_of(session, envelope.id)
    return content_from(
        typed_draft(envelope.draft),
        placing.live_fields(session, envelope, documents),
        [
            DraftDocument(
                str(document.id), files.get(document.id, ""), document.title, document.file_name
            )
            for document in documents
        ],
        checked.places,
        checked.open,
    )


def name_places(envelope: Envelope, places: Mapping[str, str], now: datetime) -> None:
    """The draft's people sit in the places that the template has: its merge fields name them."""
    typed = typed_draft(envelope.draft)
    people = tuple(replace(person, role=places.get(person.key, "")) for person in typed.people)
    if people != typed.people:
        drafts.save_draft(envelope, replace(typed, people=people), now)


def held_by(session: Session, envelope: Envelope, row: Template) -> dict[UUID, str]:
    """Which files of the template hold documents of the draft, by the documents' ids."""
    held = files_of(session, row.id)
    found = {}
    for document in drafts.documents_of(session, envelope.id):
        if document.state == DocumentState.READY:
            file_id = held.get(to_prepare(session, document.id).sha256)
            found[document.id] = str(file_id or "")
    return found


# -- from a template to a draft ----------------------------------------------------------------


@dataclass(frozen=True)
class Fetched:
    """A template's document on its way into a draft."""

    document: TemplateDocument
    file: TemplateFile
    upload: Upload


@contextmanager
def fetched(
    session: Session, vault: Vault, row: Template, version: TemplateVersion
) -> Iterator[Sequence[Fetched]]:
    """Copies of every document of a version."""
    files = {
        str(file.id): file
        for file in session.scalars(select(TemplateFile).where(TemplateFile.template_id == row.id))
    }
    found: list[Fetched] = []
    try:
        for document in content_of(version.content).documents:
            file = files[document.file]
            upload = copy_blob(session, vault, file.blob_id, file.size, document.file_name)
            found.append(Fetched(document, file, upload))
        yield found
    finally:
        for one in found:
            one.upload.abandon()


def draft_from(  # noqa: PLR0913 - from what, for whom, when
    session: Session,
    row: Template,
    version: TemplateVersion,
    copies: Sequence[Fetched],
    member: Member,
    now: datetime,
) -> Envelope:
    """A new draft with everything of the version. Its documents are checked like every upload.

    Raises Refusal as an upload does.
    """
    envelope = drafts.create_draft(session, member, now)
    ids = {}
    for one in copies:
        title = one.document.title
        document = finish_copy(session, envelope, one.upload, one.file, title, member, now)
        ids[one.document.key] = str(document.id)
    content = content_of(version.content)
    typed, fields = drafted(
        content, ids, newest_chain(session, member.organisation_id, content.draft.chain_id)
    )
    drafts.save_draft(envelope, typed, now)
    for key in ids.values():
        placing.save_fields(
            envelope, UUID(key), [one for one in fields if one.document == key], now
        )
    envelope.template_id, envelope.template_version = row.id, version.number
    session.flush()
    return envelope


def newest_chain(session: Session, organisation_id: UUID, chain_id: str) -> str:
    """The version of the chain that is offered now; itself where none is: the draft says so."""
    chosen = read_id(chain_id)
    chain = chains.offered(session, organisation_id, chosen) if chosen else None
    return str(chain.id) if chain else chain_id
