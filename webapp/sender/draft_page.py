"""What the draft's page reads."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from domain.drafts import TypedDraft, typed_draft
from domain.kinds import DocumentState, EnvelopeState
from domain.refusals import WORDS, RefusalCode, Words
from storage.drafts import documents_of
from storage.route_plan import active_chains
from storage.tables import Chain, Document, Envelope


@dataclass(frozen=True)
class DraftPage:
    """A draft with its documents and the chains to choose from."""

    envelope_id: UUID
    number: str
    is_draft: bool
    refusal: Words | None
    typed: TypedDraft
    documents: Sequence[Document]
    chains: Sequence[Chain]

    @property
    def sha256(self) -> str:
        """Over all that the summary shows: form and documents."""
        parts = [self.typed.sha256, *(str(document.id) for document in self.documents)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def checking(self) -> bool:
        """Whether a document's check is still running."""
        busy = {DocumentState.CHECKING, DocumentState.UPLOADING}
        return any(document.state in busy for document in self.documents)

    @property
    def documents_mark(self) -> str:
        """Changes whenever the list of documents looks different."""
        rows = [
            f"{document.id}{document.state}{document.pages}{len(document.thumbnail_blob_ids)}"
            f"{document.mends}"
            for document in self.documents
        ]
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def draft_page(session: Session, envelope: Envelope) -> DraftPage:
    """Everything that the page shows."""
    return DraftPage(
        envelope_id=envelope.id,
        number=envelope.number,
        is_draft=envelope.state == EnvelopeState.DRAFT,
        refusal=WORDS[RefusalCode(envelope.refusal)] if envelope.refusal else None,
        typed=typed_draft(envelope.draft),
        documents=documents_of(session, envelope.id),
        chains=active_chains(session, envelope.organisation_id),
    )


def refusal_words(code: str) -> Words:
    """Why a document was refused."""
    return WORDS[RefusalCode(code)]
