"""One imported contract: what it is, its time-stamp, and its file as it came."""

from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.disclosure import file_stem
from domain.forms import MAX_TYPED_CHARACTERS, FormProblems
from domain.imports import CLOCK_TONES, CLOCK_WORDS, WAY_WORDS
from domain.operations import Operation
from storage import import_taking
from storage.import_list import ImportRow, find_imported
from storage.tables import Envelope
from webapp.deals.blueprint import blueprint
from webapp.deals.card import deal_card
from webapp.event_words import event_text
from webapp.language import problem_texts, say, words
from webapp.ledger_rows import ledger_rows
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.sender.scope import envelope_or_404
from webapp.signer.ranges import content_disposition
from webapp.state import state


@blueprint.get("/deals/imported/<uuid:envelope_id>")
@may("deal.read")
@records(Operation.ENVELOPE_VIEWED)
def imported(envelope_id: UUID) -> str:
    """The page of a contract from elsewhere."""
    return _page(envelope_id, "", {})


def _page(envelope_id: UUID, reason: str, errors: dict[str, str]) -> str:
    with state().database.reading() as session:
        envelope, row = _found(session, envelope_id)
        card = deal_card(session, envelope)
        rows = ledger_rows(session, envelope_id)
    return render_template(
        "deals/imported.html",
        page={"envelope": envelope},
        row=row,
        deal_card=card,
        rows=rows,
        reason=reason,
        errors=errors,
        way=words(WAY_WORDS[row.way]),
        event_text=event_text,
        clock=words(CLOCK_WORDS[row.clock]) if row.clock else "",
        tone=CLOCK_TONES[row.clock] if row.clock else "neutral",
    )


@blueprint.get("/deals/imported/<uuid:envelope_id>/timestamp.tst")
@may("document.read")
@records(Operation.DOCUMENT_OPENED)
def imported_token(envelope_id: UUID) -> Response:
    """The RFC 3161 token, for whoever checks it with tools of his own."""
    with state().database.reading() as session:
        envelope, row = _found(session, envelope_id)
        name = f"{file_stem(envelope.number, 1, envelope.title)}.tst"
    if row.row.token is None:
        abort(404)
    answer = Response(row.row.token, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition(name)
    return answer


@blueprint.post("/deals/imported/<uuid:envelope_id>/reason")
@may("deal.import")
def explain_import(envelope_id: UUID) -> BaseResponse | tuple[str, int]:
    """Why its time-stamp came late."""
    reason = request.form.get("late_reason", "")[:MAX_TYPED_CHARACTERS]
    try:
        with state().database.transaction() as session:
            envelope, _ = _found(session, envelope_id)
            kept = import_taking.explain(session, envelope, reason, member(), now())
    except FormProblems as found:
        return _page(envelope_id, reason, problem_texts(found.problems)), 422
    if kept:
        flash(say("遅れた理由を記録しました。"), "success")
    return redirect(url_for("deals.imported", envelope_id=envelope_id), code=303)


def _found(session: Session, envelope_id: UUID) -> tuple[Envelope, ImportRow]:
    """One of the member's own organisation that was taken."""
    envelope = envelope_or_404(session, envelope_id)
    row = find_imported(session, envelope, now())
    if row is None or row.row.taken_at is None:
        abort(404)
    return envelope, row
