"""What a visit reads: a document's base revision, and its pages as pictures."""

from uuid import UUID

from flask import Response, abort, request

from storage.recipients import chosen_for
from storage.shown import ShownDocument, shown_documents
from storage.visits import mark_viewed
from webapp.language import say
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.correction import known_before
from webapp.signer.links import closed
from webapp.signer.ranges import StoredFile, send_picture, send_stored
from webapp.signer.visiting import READ, now, visiting
from webapp.state import state


@blueprint.get("/sign/<uuid:visit>/documents/<uuid:document>/file")
@may(READ)
def document_file(visit: UUID, document: UUID) -> Response:
    """The bytes that the act's hash stands for: the version before anybody signed it."""
    del visit  # the guard has read it
    shown = shown_or_gone(document)
    note_viewed(document)
    revision = shown.revision
    # By its name alone: a mark in the file would make it another than the one that is signed.
    name = say("署名前の写し_%(name)s", name=shown.document.file_name)
    return send_stored(StoredFile(revision.blob_id, revision.size, revision.sha256, name))


@blueprint.get("/sign/<uuid:visit>/documents/<uuid:document>/pages/<int:page>")
@may(READ)
def document_page(visit: UUID, document: UUID, page: int) -> Response:
    """The picture of a page, made at intake; pages count from 1."""
    del visit  # the guard has read it
    shown = shown_or_gone(document)
    picture = shown.document.picture(page) or abort(404)
    note_viewed(document)
    return send_picture(picture, str(page))


@blueprint.get("/sign/<uuid:visit>/documents/<uuid:document>/before/<int:page>")
@may(READ)
def document_page_before(visit: UUID, document: UUID, page: int) -> Response:
    """The picture of a page of the document that a correction replaced, for whoever knows it."""
    del visit  # the guard has read it
    shown = shown_or_gone(document)
    with state().database.reading() as session:
        before = known_before(session, visiting().holder, shown.document.id) or abort(404)
    picture = before.picture(page) or abort(404)
    return send_picture(picture, str(page))


def shown_or_gone(document_id: UUID) -> ShownDocument:
    """A document of this visit as it is shown; 404 for any other, the closed page afterwards."""
    if not visiting().holder.may_read:
        abort(closed(visiting().holder))
    with state().database.reading() as session:
        documents = shown_documents(session, visiting().holder.envelope)
        chosen = chosen_for(session, visiting().holder.participant.id)
    found = next((shown for shown in documents if shown.document.id == document_id), None)
    if chosen and document_id not in chosen:
        found = None
    return found or abort(404)


def note_viewed(document_id: UUID) -> None:
    """That it was read in this visit, the first time; a HEAD reads nothing."""
    if request.method == "HEAD" or document_id in visiting().viewed:
        return
    with state().database.transaction() as session:
        mark_viewed(session, visiting(), document_id, now())
