"""The list of envelopes, and one envelope: where it stands, live."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.envelope_lists import FILTER_WORDS, ORDER_WORDS, Filter, ListQuery
from domain.kinds import EnvelopeState
from domain.operations import Operation
from domain.saved_views import ListName
from storage.handed_in import handed_in
from storage.tables import Envelope, Imported
from webapp.deals.card import deal_card
from webapp.language import words
from webapp.ledger_rows import ledger_rows
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.asked import TriedAnswer, asked_questions
from webapp.sender.drafting import show_draft
from webapp.sender.listing import list_page
from webapp.sender.queries import EnvelopePage, envelope_page
from webapp.sender.saved_views import kept_views
from webapp.sender.scope import envelope_or_404, sees_drafts
from webapp.sender.steps import TriedStep, fresh_nonce
from webapp.sender.versions import versions_of
from webapp.signer.evidence_file import evidence_answer
from webapp.state import state


@blueprint.get("/envelopes")
@may("envelope.read")
@records(Operation.ENVELOPES_SEARCHED, when="q")
def envelopes() -> str:
    """All envelopes of the organisation, found, filtered and sorted by the URL."""
    wanted = ListQuery.read(request.args)
    number = request.args.get("page", 1, type=int)
    with state().database.reading() as session:
        page = list_page(session, member(), wanted, number, now(), drafts=sees_drafts())
        kept = kept_views(session, ListName.ENVELOPES, wanted.as_query())
    return render_template(
        "sender/envelopes.html",
        page=page,
        wanted=wanted,
        here=partial(_here, wanted),
        filters=[
            (key, words(text))
            for key, text in FILTER_WORDS.items()
            if key is not Filter.DRAFT or sees_drafts()
        ],
        orders=[(one.value, words(text)) for one, text in ORDER_WORDS.items()],
        kept=kept,
    )


def _here(wanted: ListQuery, **more: Any) -> str:  # noqa: ANN401 - for templates
    """The same list with other conditions; what is None goes."""
    query = {name: value for name, value in (wanted.as_query() | more).items() if value}
    return url_for("sender.envelopes", **query)


@blueprint.get("/envelopes/<uuid:envelope_id>")
@may("envelope.read")
@records(Operation.ENVELOPE_VIEWED)
def envelope(envelope_id: UUID) -> "str | BaseResponse":
    """A draft's form, or the page of a sent envelope; what was concluded elsewhere has its own."""
    with state().database.reading() as session:
        found = envelope_or_404(session, envelope_id, deleted=True)
        row = session.get(Imported, found.id)
    if found.state == EnvelopeState.DELETED:
        return redirect(url_for("deals.deletion", envelope_id=envelope_id), code=303)
    if row is not None and row.taken_at is not None:
        return redirect(url_for("deals.imported", envelope_id=envelope_id), code=303)
    if row is not None:
        return redirect(url_for("deals.import_batch", batch_id=row.batch_id), code=303)
    return show_envelope(envelope_id)


def show_envelope(
    envelope_id: UUID, tried: TriedAnswer | None = None, step: TriedStep | None = None
) -> str:
    """The page; `tried` is an answer, `step` another form that could not be taken, to be mended."""
    with state().database.reading() as session:
        found = envelope_or_404(session, envelope_id)
        if found.state == EnvelopeState.DRAFT:
            return show_draft(envelope_id)
        page = _page(found)
        rows = ledger_rows(session, envelope_id)
        versions = versions_of(session, found)
        attached = handed_in(session, state().vault, found)
        asked = asked_questions(session, envelope_id)
        card = deal_card(session, found)
    return render_template(
        "sender/envelope.html",
        page=page,
        rows=rows,
        versions=versions,
        attached=attached,
        nonce=fresh_nonce(),
        nonces=fresh_nonce,
        asked=asked,
        tried=tried,
        step=step or TriedStep(),
        deal_card=card,
    )


def _page(found: Envelope) -> EnvelopePage:
    with state().database.reading() as session:
        return envelope_page(session, found, now(), member())


@blueprint.get("/envelopes/<uuid:envelope_id>/live")
@may("envelope.read", keeps_awake=False)
def live(envelope_id: UUID) -> Response:
    """The moving parts again; 204 while nothing changed."""
    with state().database.reading() as session:
        found = envelope_or_404(session, envelope_id)
        page = envelope_page(session, found, now(), member())
        if page.state is EnvelopeState.DRAFT:  # preparation failed: the page is a form again
            answer = make_response("", 204)
            answer.headers["HX-Refresh"] = "true"
            return answer
        if request.args.get("seen") == page.mark:
            return make_response("", 204)
        rows = ledger_rows(session, envelope_id)
        versions = versions_of(session, found)
        attached = handed_in(session, state().vault, found)
    part = render_template(
        "sender/live.html", page=page, rows=rows, versions=versions, attached=attached
    )
    return make_response(part)


@blueprint.get("/envelopes/<uuid:envelope_id>/evidence.json")
@may("envelope.export")
@records(Operation.EVIDENCE_EXPORTED)
def evidence(envelope_id: UUID) -> Response:
    """Ledger, acts with method and time, and hashes of every revision."""
    with state().database.reading() as session:
        found = envelope_or_404(session, envelope_id)
    return evidence_answer(found, None)
