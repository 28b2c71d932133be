"""Correcting documents of an envelope that is under way: upload, look, confirm.

Until the confirmation nothing changes for anybody. The confirmation is an act like all others, and
the workflow decides on it.
"""

from collections.abc import Callable, Mapping
from typing import IO
from uuid import UUID

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.kinds import ActKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.operations import Operation
from storage import corrections
from storage.copies import copy_document, know_from
from storage.repairs import agree_to_repair
from storage.tables import Document, Envelope
from storage.uploads import Upload, finish_correction
from storage.versions import documents_of_version
from webapp.language import say
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may, receives_files
from webapp.sender import blueprint
from webapp.sender.correcting import CorrectionPage, correction_page
from webapp.sender.scope import envelope_or_404
from webapp.sender.steering import Aim, carry_out, shown
from webapp.sender.steps import fresh_nonce
from webapp.sender.uploading import arrived, receive
from webapp.sender.versions import page_pictures
from webapp.state import state
from webapp.tries import count_upload


@blueprint.get("/envelopes/<uuid:envelope_id>/correction")
@may("envelope.steer")
def correction(envelope_id: UUID) -> str:
    """Every document, each with its correction if one was uploaded."""
    return render_template("sender/correction.html", page=_page(envelope_id))


@blueprint.get("/envelopes/<uuid:envelope_id>/correction/documents")
@may("envelope.steer", keeps_awake=False)
def correction_documents(envelope_id: UUID) -> Response:
    """The list again; 204 while nothing changed."""
    page = _page(envelope_id)
    if request.args.get("seen") == page.mark:
        return make_response("", 204)
    return make_response(render_template("sender/correction_documents.html", page=page))


def prepare_correction(envelope_id: UUID, document_id: UUID) -> Callable[[str], IO[bytes]]:
    """Check that the document may be corrected, before the body is read."""
    with state().database.transaction() as session:
        try:
            corrections.correctable(session, member().organisation_id, envelope_id, document_id)
        except LookupError:
            abort(404)
    return receive()


@blueprint.post("/envelopes/<uuid:envelope_id>/correction/<uuid:document_id>")
@may("envelope.steer")
@receives_files(prepare_correction)
def correct_document(envelope_id: UUID, document_id: UUID) -> BaseResponse:
    """Take the corrected PDF of one document; it is checked like every upload."""
    files = arrived()
    if len(files) != 1:
        flash(say("訂正後のPDFファイルを1つ選んでください。"), "warning")
        return _again(envelope_id)
    with state().database.transaction() as session:
        envelope, document = _correctable(session, envelope_id, document_id)
        placed = corrections.forget(session, envelope, document, member(), now())
        made = finish_correction(session, envelope, document, files[0], member(), now())
        made.placed = placed
    return _again(envelope_id)


@blueprint.post("/envelopes/<uuid:envelope_id>/correction/<uuid:document_id>/fields-only")
@may("envelope.steer")
def correct_fields_only(envelope_id: UUID, document_id: UUID) -> BaseResponse:
    """The document stays as it is; a copy of it takes its place, on which its fields are placed
    anew."""
    upload = _copied(envelope_id, document_id)
    try:
        with state().database.transaction() as session:
            envelope, document = _correctable(session, envelope_id, document_id)
            if corrections.replacement_of(session, envelope, document) is not None:
                flash(say("この文書の訂正は、すでに始まっています。"), "information")
                return _again(envelope_id)
            corrections.forget(session, envelope, document, member(), now())  # one that was refused
            made = finish_correction(
                session, envelope, document, upload, member(), now(), fields_only=True
            )
            know_from(made, document)
    finally:
        upload.abandon()
    return _again(envelope_id)


def _copied(envelope_id: UUID, document_id: UUID) -> Upload:
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        corrections.check_correctable(session, envelope)
        found = [row for row in documents_of_version(session, envelope.id) if row.id == document_id]
        if not found:
            abort(404)
        count_upload(member().id)
        return copy_document(session, state().vault, found[0])


def _correctable(
    session: Session, envelope_id: UUID, document_id: UUID
) -> tuple[Envelope, Document]:
    try:
        envelope, document = corrections.correctable(
            session, member().organisation_id, envelope_id, document_id
        )
    except LookupError:
        abort(404)
    if document is None:
        abort(404)
    return envelope, document


@blueprint.post("/envelopes/<uuid:envelope_id>/correction/<uuid:document_id>/remove")
@may("envelope.steer")
def forget_correction(envelope_id: UUID, document_id: UUID) -> BaseResponse:
    """Leave the document as it is after all."""
    with state().database.transaction() as session:
        envelope, document = _correctable(session, envelope_id, document_id)
        corrections.forget(session, envelope, document, member(), now())
    return _again(envelope_id)


@blueprint.post("/envelopes/<uuid:envelope_id>/correction/<uuid:document_id>/repair")
@may("envelope.steer")
def repair_correction(envelope_id: UUID, document_id: UUID) -> BaseResponse:
    """Agree to a repaired copy of the corrected PDF. `document_id` is the corrected one's."""
    mends = request.form.get("mends", "").split()
    with state().database.transaction() as session:
        try:
            envelope, _ = corrections.correctable(session, member().organisation_id, envelope_id)
            agreed = agree_to_repair(session, envelope, document_id, mends, member(), now())
        except LookupError:
            abort(404)
    if not agreed:
        flash(say("文書の状態が変わっています。もう一度確認してください。"), "warning")
    return _again(envelope_id)


@blueprint.get("/envelopes/<uuid:envelope_id>/correction/confirm")
@may("envelope.steer")
@records(Operation.DOCUMENT_OPENED)
def confirm_correction(envelope_id: UUID) -> "str | BaseResponse":
    """What is replaced by what, and what happens to whom."""
    page = _page(envelope_id, compare=True)
    return _confirmation(page) if page.confirmed else _again(envelope_id)


@blueprint.post("/envelopes/<uuid:envelope_id>/correction/confirm")
@may("envelope.steer")
def correct(envelope_id: UUID) -> "str | Response | BaseResponse":
    """Write the act: from here on the workflow decides."""
    reason = request.form.get("reason", "").strip()
    if not reason or len(reason) > MAX_REASON_CHARACTERS:
        limit = MAX_REASON_CHARACTERS
        said = say("訂正の理由を%(limit)s文字以内で入力してください。", limit=limit)
        page = _page(envelope_id, compare=True)
        answer = _confirmation(page, reason, {"reason": said})
        return make_response(answer, 422) if page.confirmed else _again(envelope_id)
    aim = Aim(reason=reason, corrected_sha256=request.form.get("confirmed", ""))

    def again(errors: Mapping[str, str]) -> BaseResponse:
        """What is replaced as it is now, with the reason that was typed."""
        page = _page(envelope_id, compare=True)
        if not page.confirmed:
            return _again(envelope_id)
        return make_response(_confirmation(page, reason, dict(errors)), 409)

    return carry_out(envelope_id, shown(envelope_id), ActKind.CORRECT, aim, again=again)


def _confirmation(
    page: CorrectionPage, reason: str = "", errors: dict[str, str] | None = None
) -> str:
    return render_template(
        "sender/correction_confirm.html",
        page=page,
        nonce=fresh_nonce(),
        typed_reason=reason,
        pictures=page_pictures(page.envelope.id),
        errors=errors or {},
    )


def _page(envelope_id: UUID, *, compare: bool = False) -> CorrectionPage:
    with state().database.reading() as session:
        found = envelope_or_404(session, envelope_id)
        return correction_page(session, found, compare=compare)


def _again(envelope_id: UUID) -> BaseResponse:
    return redirect(url_for("sender.correction", envelope_id=envelope_id), code=303)
