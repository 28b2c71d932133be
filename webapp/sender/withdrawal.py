"""Taking an envelope back: an act of the member, with a reason, like every other act."""

import secrets
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from domain.kinds import ActKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.messages import ActAnswer
from domain.refusals import WORDS, Refusal
from storage.posting import PostedAct, post_withdrawal
from storage.shown import shown_documents, shown_sha256
from storage.visits import Caller
from webapp.language import language, say, words
from webapp.login import login, now
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.scope import envelope_or_404
from webapp.state import state


def fresh_nonce() -> str:
    """Makes one act of one form, however often it is sent."""
    return secrets.token_urlsafe(24)


@blueprint.post("/envelopes/<uuid:envelope_id>/withdraw")
@may("envelope.withdraw")
def withdraw(envelope_id: UUID) -> BaseResponse:
    """Write the act, ask the workflow, say what became of it."""
    with state().database.reading() as session:
        documents = shown_documents(session, envelope_or_404(session, envelope_id))
    target = redirect(url_for("sender.envelope", envelope_id=envelope_id), code=303)
    reason = request.form.get("reason", "").strip()
    if not reason or len(reason) > MAX_REASON_CHARACTERS:
        limit = MAX_REASON_CHARACTERS
        flash(say("取り下げの理由を%(limit)s文字以内で入力してください。", limit=limit), "error")
        return target
    try:
        act_id = _post(envelope_id, reason, shown_sha256(documents))
    except Refusal as refusal:
        flash(words(WORDS[refusal.code]), "error")
        return target
    _tell(state().gateway.submit(envelope_id, act_id))
    return target


def _post(envelope_id: UUID, reason: str, shown: str) -> UUID:
    posted = PostedAct(
        kind=ActKind.WITHDRAW,
        nonce=request.form.get("nonce", ""),
        version_sha256=shown,
        caller=Caller(request.remote_addr or "", request.user_agent.string),
        language=language().value,
        reason=reason,
    )
    return post_withdrawal(state().database, login(), envelope_id, posted, now())


def _tell(answer: ActAnswer | None) -> None:
    if answer is None:
        flash(say("取り下げを受け付けました。まもなく反映されます。"), "information")
    elif answer.accepted:
        flash(say("封筒を取り下げました。関係者にメールでお知らせします。"), "success")
    elif answer.refusal is not None:
        flash(words(WORDS[answer.refusal]), "error")
