"""Giving up a draft: a page that says what goes, and the step itself."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.refusals import WORDS, Refusal
from storage import discarding
from storage.editions import edition_of
from storage.tables import Member
from webapp.language import say, words
from webapp.login import member, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.draft_page import draft_page
from webapp.sender.overtaking import overtaking
from webapp.sender.scope import draft_or_404, envelope_or_404
from webapp.state import state


@blueprint.get("/envelopes/<uuid:envelope_id>/discard")
@may("envelope.write")
def discard(envelope_id: UUID) -> "str | BaseResponse":
    """What goes, before it goes."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        page = draft_page(session, envelope)
        maker = session.get_one(Member, envelope.created_by)
        newest = edition_of(envelope)
        last = overtaking(session, newest) if newest.number else None
        came_back = envelope.sent_at is not None
    if not page.is_draft:
        return _to_envelope(envelope_id)
    return render_template(
        "sender/discard.html", page=page, maker=maker, last=last, came_back=came_back
    )


@blueprint.post("/envelopes/<uuid:envelope_id>/discard")
@may("envelope.write")
def discard_draft(envelope_id: UUID) -> BaseResponse:
    """Give up what the page showed; if it changed since then, show it again."""
    try:
        with state().database.transaction() as session:
            envelope = draft_or_404(session, envelope_id)
            if request.form.get("shown", "") != draft_page(session, envelope).sha256:
                flash(say("下書きが変わりました。もう一度内容を確認してください。"), "warning")
                return redirect(url_for("sender.discard", envelope_id=envelope_id), code=303)
            discarding.discard(session, state().vault, envelope, member(), now())
    except Refusal as refusal:
        flash(words(WORDS[refusal.code]), "information")
        return _to_envelope(envelope_id)
    flash(say("下書きを破棄しました。"), "success")
    return redirect(url_for("sender.envelopes"), code=303)


def _to_envelope(envelope_id: UUID) -> BaseResponse:
    return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
