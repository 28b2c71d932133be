"""The list of envelopes, and one envelope: where it stands, live."""

from uuid import UUID

from flask import Response, make_response, render_template, request

from domain.choices import chosen
from domain.kinds import EnvelopeState
from domain.operations import Operation
from storage.handed_in import handed_in
from storage.tables import Envelope
from webapp.deals.card import deal_card
from webapp.language import words
from webapp.ledger_rows import ledger_rows
from webapp.login import member, now
from webapp.recording import records
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.asked import TriedAnswer, asked_questions
from webapp.sender.drafting import show_draft
from webapp.sender.listing import FILTER_WORDS, Filter, list_page
from webapp.sender.queries import EnvelopePage, envelope_page
from webapp.sender.scope import envelope_or_404, sees_drafts
from webapp.sender.steering import fresh_nonce
from webapp.sender.versions import versions_of
from webapp.signer.evidence_file import evidence_answer
from webapp.state import state


@blueprint.get("/envelopes")
@may("envelope.read")
@records(Operation.ENVELOPES_SEARCHED, when="q")
def envelopes() -> str:
    """All envelopes of the organisation, found and filtered by the URL."""
    found = request.args.get("state", "")
    wanted = chosen(Filter, found, Filter.ALL)
    search = request.args.get("q", "")[:100]
    number = request.args.get("page", 1, type=int)
    with state().database.reading() as session:
        page = list_page(
            session, member().organisation_id, wanted, search, number, drafts=sees_drafts()
        )
    return render_template(
        "sender/envelopes.html",
        page=page,
        wanted=wanted,
        search=search,
        filters=[
            (key, words(text))
            for key, text in FILTER_WORDS.items()
            if key is not Filter.DRAFT or sees_drafts()
        ],
    )


@blueprint.get("/envelopes/<uuid:envelope_id>")
@may("envelope.read")
@records(Operation.ENVELOPE_VIEWED)
def envelope(envelope_id: UUID) -> str:
    """A draft's form, or the page of a sent envelope."""
    return show_envelope(envelope_id)


def show_envelope(envelope_id: UUID, tried: TriedAnswer | None = None) -> str:
    """The page; `tried` is an answer that could not be kept, to be mended."""
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
        rows = ledger_rows(session, envelope_id)
        versions = versions_of(session, found)
        attached = handed_in(session, state().vault, found)
    if page.state is EnvelopeState.DRAFT:  # preparation failed: the page is a form again
        answer = make_response("", 204)
        answer.headers["HX-Refresh"] = "true"
        return answer
    if request.args.get("seen") == page.mark:
        return make_response("", 204)
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
