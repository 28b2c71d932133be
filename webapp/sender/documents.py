"""A draft's list of documents as a part of the page, and their bytes."""

from uuid import UUID

from flask import Response, abort, make_response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.attachments import MEDIA_TYPES
from domain.operations import Operation
from storage.handed_in import handed_in
from storage.repairs import uploaded
from storage.tables import Document, Envelope, Revision
from webapp.errors import wants_fragment
from webapp.recording import records
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.draft_page import draft_page
from webapp.sender.scope import envelope_or_404
from webapp.signer.ranges import StoredFile, send_picture, send_stored
from webapp.state import state


def is_fragment() -> bool:
    """Whether our own scripts ask."""
    return wants_fragment()


def documents_fragment(envelope_id: UUID) -> str:
    """The list, with live states."""
    with state().database.reading() as session:
        page = draft_page(session, envelope_or_404(session, envelope_id))
    return render_template("sender/documents_again.html", page=page)


@blueprint.get("/envelopes/<uuid:envelope_id>/documents")
@may("envelope.read", keeps_awake=False)
def documents(envelope_id: UUID) -> Response:
    """The list again; 204 while nothing changed, so that focus and open parts stay."""
    with state().database.reading() as session:
        page = draft_page(session, envelope_or_404(session, envelope_id))
    if request.args.get("seen") == page.documents_mark:
        return make_response("", 204)
    return make_response(render_template("sender/documents_again.html", page=page))


@blueprint.get("/envelopes/<uuid:envelope_id>/documents/<uuid:document_id>/file")
@may("document.read")
@records(Operation.DOCUMENT_OPENED)
def document_file(envelope_id: UUID, document_id: UUID) -> Response:
    """The newest bytes: the upload, the version, or with the signatures made so far."""
    with state().database.reading() as session:
        envelope, document = _found(session, envelope_id, document_id)
        revision = newest_revision(session, envelope, document.id)
    if revision is None:
        abort(404)
    return send_stored(
        StoredFile(revision.blob_id, revision.size, revision.sha256, document.file_name)
    )


@blueprint.get("/envelopes/<uuid:envelope_id>/documents/<uuid:document_id>/original")
@may("document.read")
@records(Operation.DOCUMENT_OPENED)
def document_original(envelope_id: UUID, document_id: UUID) -> Response:
    """The bytes as uploaded, also where a repaired copy took their place."""
    with state().database.reading() as session:
        _, document = _found(session, envelope_id, document_id)
        try:
            revision = uploaded(session, document.id)
        except LookupError:  # a file that was refused while it arrived
            abort(404)
    return send_stored(
        StoredFile(revision.blob_id, revision.size, revision.sha256, document.file_name)
    )


@blueprint.get("/envelopes/<uuid:envelope_id>/documents/<uuid:document_id>/pages/<int:page>")
@may("document.read")
@records(Operation.DOCUMENT_OPENED)
def document_page(envelope_id: UUID, document_id: UUID, page: int) -> Response:
    """The picture of a page, made at intake; pages count from 1."""
    with state().database.reading() as session:
        _, document = _found(session, envelope_id, document_id)
        picture = document.picture(page) or abort(404)
    return send_picture(picture, str(page))


@blueprint.get("/envelopes/<uuid:envelope_id>/attachments/<uuid:attachment_id>/file")
@may("document.read")
@records(Operation.DOCUMENT_OPENED)
def attachment_file(envelope_id: UUID, attachment_id: UUID) -> Response:
    """A file that somebody attached and signed for."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        items = handed_in(session, state().vault, envelope)
        item = next((item for item in items if item.row.id == attachment_id), None)
    if item is None:
        abort(404)
    kind = MEDIA_TYPES[item.file.kind]
    return send_stored(
        StoredFile(item.blob_id, item.file.size, item.file.sha256, item.file.name, kind)
    )


def _found(session: Session, envelope_id: UUID, document_id: UUID) -> tuple[Envelope, Document]:
    envelope = envelope_or_404(session, envelope_id)
    document = session.get(Document, document_id)
    if document is None or document.envelope_id != envelope.id or document.removed_at is not None:
        abort(404)
    return envelope, document


def newest_revision(session: Session, envelope: Envelope, document_id: UUID) -> Revision | None:
    """The last revision of the current version, else the upload."""
    return session.scalar(
        select(Revision)
        .where(
            Revision.document_id == document_id,
            Revision.version.in_({0, envelope.version}),
        )
        .order_by(Revision.version.desc(), Revision.number.desc())
        .limit(1)
    )
