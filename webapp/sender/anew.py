"""同じ内容で作り直す: a draft with everything of an envelope that ended without conclusion."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.refusals import WORDS, Refusal, RefusalCode
from storage import anew
from webapp.language import say, words
from webapp.login import member, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.scope import envelope_or_404
from webapp.state import state
from webapp.tries import count_upload


@blueprint.post("/envelopes/<uuid:envelope_id>/anew")
@may("envelope.write")
def make_anew(envelope_id: UUID) -> BaseResponse:
    """Make it, linked to the earlier one."""
    with state().database.reading() as session:
        envelope_or_404(session, envelope_id)
    count_upload(member().id)
    return made_anew(envelope_id)


def made_anew(envelope_id: UUID) -> BaseResponse:
    """The new draft's page; the envelope's own where none could be made."""
    try:
        with state().database.reading() as session:
            envelope = envelope_or_404(session, envelope_id)
            anew.check(session, envelope)
            with (
                anew.copied(session, state().vault, envelope) as copies,
                state().database.transaction() as writing,
            ):
                draft = anew.draft_anew(writing, envelope_id, copies, member(), now(), _seen())
    except anew.MadeMeanwhile as found:
        flash(say("この封筒から作り直した下書きが、すでにあります。"), "information")
        return redirect(url_for("sender.envelope", envelope_id=found.envelope_id), code=303)
    except Refusal as refusal:
        if refusal.code is RefusalCode.NOT_ALLOWED:
            said = say("作り直せるのは、取り下げ・辞退・期限切れで終わった封筒です。")
        else:
            said = words(WORDS[refusal.code])
        flash(said, "warning")
        return redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
    flash(
        say("元の封筒と同じ内容の下書きを作りました。直すところを直してから、送信してください。"),
        "success",
    )
    return redirect(url_for("sender.envelope", envelope_id=draft.id), code=303)


def _seen() -> int:
    """How many the page showed; a form that does not say it makes the first one only."""
    return request.form.get("made", 0, type=int)
