"""The words of a document's pages, kept encrypted as everything of it is, and then indexed."""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from storage.tables import Document, Envelope, TextEntry
from storage.vault import Vault


def keep_texts(
    vault: Vault, session: Session, document_id: UUID, texts: Sequence[str | None]
) -> UUID | None:
    """The blob that holds them; None when intake found none to keep. The document's row is there
    already. Its words wait for the index (storage.text_index)."""
    if not any(text is not None for text in texts):
        return None
    if session.get(TextEntry, document_id) is None:
        envelope_id = session.get_one(Document, document_id).envelope_id
        organisation_id = session.get_one(Envelope, envelope_id).organisation_id
        session.add(TextEntry(document_id=document_id, organisation_id=organisation_id))
    encoded = json.dumps(list(texts), ensure_ascii=False).encode()
    return vault.put(session, document_id, encoded)


def texts_of(vault: Vault, session: Session, document: Document) -> tuple[str | None, ...]:
    """One for each page; "" is a page without words (a scan), None one that was not looked at.

    Documents that came in before words were kept have None for all.
    """
    if document.text_blob_id is None:
        return (None,) * document.pages
    texts = json.loads(vault.read(session, document.text_blob_id))
    return tuple((texts + [None] * document.pages)[: document.pages])
