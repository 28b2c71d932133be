"""Looking at the fields of a corrected document, and placing them anew, before it is confirmed.

What is done here changes nothing for anybody until the correction is confirmed; whoever leaves, or
takes the correction back, has changed nothing.
"""

from typing import NamedTuple
from uuid import UUID

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.kinds import DocumentState
from domain.limits import MAX_FIELDS
from domain.refusals import Refusal
from domain.turns import turn_of
from storage import correction_fields as placing
from storage import corrections
from storage.prefilling import correction_notes
from storage.tables import Document, Envelope
from storage.turns import is_late
from storage.versions import documents_of_version
from webapp.language import say
from webapp.login import member, now
from webapp.security import may, takes_long_forms
from webapp.sender import blueprint
from webapp.sender.placing import PlacingPage, problems_here
from webapp.sender.placing_form import removed, rows_from, with_new
from webapp.sender.proposal_choices import keep_choices
from webapp.sender.proposing import anchor_after, answered, asked_on, is_answer, offer_on
from webapp.sender.scope import envelope_or_404
from webapp.state import state
from webapp.titles import distinct_titles


class _Pair(NamedTuple):
    """A document, and the corrected one that was checked and waits to take its place."""

    replaced: Document
    replacement: Document


@blueprint.get("/envelopes/<uuid:envelope_id>/correction/<uuid:document_id>/fields")
@may("envelope.steer")
def corrected_fields(envelope_id: UUID, document_id: UUID) -> "str | BaseResponse":
    """The corrected pages with the fields of before, and what is wrong with them there."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        pair = _waiting(session, envelope, document_id)
        if pair is None or not _may_correct(session, envelope):
            return _to_correction(envelope_id)
        page = _page(session, envelope, pair)
        problems = placing.problems_on(session, envelope, pair.replacement)
    return render_template("sender/fields.html", page=page, errors=problems_here(page, problems))


@blueprint.post("/envelopes/<uuid:envelope_id>/correction/<uuid:document_id>/fields")
@may("envelope.steer")
@takes_long_forms
def save_corrected_fields(envelope_id: UUID, document_id: UUID) -> BaseResponse:
    """Keep everything that is typed, then do what the button says."""
    action = request.form.get("action", "save")
    with state().database.transaction() as session:
        try:
            envelope, _ = corrections.correctable(session, member().organisation_id, envelope_id)
        except LookupError:
            abort(404)
        pair = _waiting(session, envelope, document_id)
        if pair is None:
            return _to_correction(envelope_id)
        late = is_late(session, envelope.id, turn_of(request.form), now())
        overtaken = late and action == "autosave"  # a button's form is kept
        keep_choices(pair.replacement.id, request.form)
        new = "" if overtaken else _save(session, envelope, pair, action)
        session.flush()
        problems = placing.problems_on(session, envelope, pair.replacement)
    target = url_for("sender.corrected_fields", envelope_id=envelope_id, document_id=document_id)
    if action == "autosave":
        count = len(problems)
        saved = render_template("sender/fields_saved.html", at=now(), count=count, url=target)
        return make_response(saved)
    if action == "done" and not problems:
        return _to_correction(envelope_id)
    anchor = anchor_after(action) if is_answer(action) else f"row-{new}" if new else None
    return redirect(f"{target}#{anchor}" if anchor else target, code=303)


def _save(session: Session, envelope: Envelope, pair: _Pair, action: str) -> str:
    """Carry out what a button says; the key of a row that came with it, if one did."""
    replacement = pair.replacement
    if action == "reset":
        placing.take_over(envelope, replacement, now())
        flash(say("入力欄を前の文書と同じ位置に戻しました。"), "success")
        return ""
    document, new = str(replacement.id), ""
    rows = removed(rows_from(request.form, document), action)
    if action == "add":
        heights = [float(size[1]) for size in replacement.page_sizes]
        rows, new = with_new(rows, request.form, document, heights)
    elif is_answer(action):
        seats = placing.seats_on(session, envelope)
        beside = placing.rows_beside(session, envelope, pair.replaced)
        room = MAX_FIELDS - len(rows) - len(beside)
        offer = asked_on(session, replacement, seats, rows, request.form)
        rows = answered(offer, replacement, rows, action, room)
    placing.save_rows(envelope, replacement, rows, now())
    return new


def _waiting(session: Session, envelope: Envelope, document_id: UUID) -> _Pair | None:
    """None while there is no corrected document whose pages are known. A document of another
    envelope does not exist."""
    for row in corrections.corrections_of(session, envelope):
        if row.document.id == document_id:
            ready = row.replacement is not None and row.replacement.state == DocumentState.READY
            return _Pair(row.document, row.replacement) if row.replacement and ready else None
    return abort(404)


def _may_correct(session: Session, envelope: Envelope) -> bool:
    try:
        corrections.check_correctable(session, envelope)
    except Refusal:
        return False
    return True


def _page(session: Session, envelope: Envelope, pair: _Pair) -> PlacingPage:
    rows = placing.rows_on(session, envelope, pair.replaced)
    new = pair.replacement
    documents = documents_of_version(session, envelope.id)
    titles = {str(key): title for key, title in distinct_titles(documents).items()}
    seats = placing.seats_on(session, envelope)
    beside = placing.rows_beside(session, envelope, pair.replaced)
    return PlacingPage(
        envelope.id,
        [new],
        new,
        1,
        seats,
        rows,
        {str(new.id): len(rows)},
        url_for(
            "sender.save_corrected_fields", envelope_id=envelope.id, document_id=pair.replaced.id
        ),
        pair.replaced,
        beside=beside,
        titles=titles,
        notes=correction_notes(session, envelope, pair.replacement),
        offer=offer_on(session, new, seats, rows),
    )


def _to_correction(envelope_id: UUID) -> BaseResponse:
    return redirect(url_for("sender.correction", envelope_id=envelope_id), code=303)
