"""A draft that is given up (下書きを破棄する): what was typed, its files and their keys go.

Nobody outside ever saw it, so that no second person and no retention is asked for. Its number, its
title and its ledger stay, and with them who discarded it and the hashes of its files. Of a draft
that had been sent and came back, what is append-only stays too: how the register was changed
(deal_changes) and which chain it used (chain_uses). The page says so.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import EnvelopeState
from domain.refusals import Refusal, RefusalCode
from storage import ledger, text_index
from storage.blobs import forget_blobs
from storage.sending import forget_last_sending
from storage.tables import (
    Blob,
    DataKey,
    Deal,
    DealValue,
    Document,
    Envelope,
    Member,
    Revision,
    Stage,
)
from storage.vault import DOCUMENT, Vault


def discard(
    session: Session, vault: Vault, envelope: Envelope, member: Member, now: datetime
) -> None:
    """Give up a draft that the caller locked (see `drafts.open_draft`).

    The data keys go in this transaction, so that no copy of the bytes can be read from then on; the
    vault's sweep removes the files. Raises Refusal ALREADY_SENT.
    """
    if envelope.state != EnvelopeState.DRAFT:
        raise Refusal(RefusalCode.ALREADY_SENT)
    documents = session.scalars(select(Document).where(Document.envelope_id == envelope.id)).all()
    _forget_sending(session, envelope)
    forget_documents(session, vault, documents, now)
    envelope.state, envelope.refusal, envelope.draft = EnvelopeState.DISCARDED.value, None, {}
    envelope.message = ""
    envelope.ended_at = envelope.changed_at = now
    session.flush()
    ledger.append(
        session,
        Event.ENVELOPE_DISCARDED,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "documents": [
                {"document": document.id, "sha256": document.sha256} for document in documents
            ]
        },
    )


def forget_documents(
    session: Session, vault: Vault, documents: Sequence[Document], now: datetime
) -> None:
    """Names, words, pictures, bytes and keys of documents that nobody was shown. The caller locked
    their envelope; rows and hashes stay."""
    text_index.forget(vault, session, [document.id for document in documents])
    for document in documents:
        document.text_blob_id, document.thumbnail_blob_ids = None, []
        document.found_blob_id = None
        document.removed_at = document.removed_at or now
        document.title = document.file_name = ""
    _forget_bytes(session, [document.id for document in documents])


def _forget_sending(session: Session, envelope: Envelope) -> None:
    """Of a sending that came back before anybody was asked: its route, and its place in the
    register."""
    if session.scalar(select(Stage.id).where(Stage.envelope_id == envelope.id).limit(1)):
        forget_last_sending(session, envelope)
    session.execute(delete(DealValue).where(DealValue.envelope_id == envelope.id))
    session.execute(delete(Deal).where(Deal.envelope_id == envelope.id))


def _forget_bytes(session: Session, documents: Sequence[UUID]) -> None:
    keys = session.scalars(
        select(DataKey).where(DataKey.owner_kind == DOCUMENT, DataKey.owner_id.in_(documents))
    ).all()
    blobs = select(Blob.id).where(Blob.data_key_id.in_([key.id for key in keys]))
    session.execute(delete(Revision).where(Revision.document_id.in_(documents)))
    forget_blobs(session, session.scalars(blobs).all())
    for key in keys:
        key.wrapped = b""
