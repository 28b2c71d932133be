"""Lasting consents of the mailbox's address, and taking one back without an envelope's link."""

from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.limits import MAX_NONCE_CHARACTERS
from domain.refusals import Refusal
from storage import lasting
from storage.consenting import Said
from storage.lasting import Held
from storage.outbox import When
from webapp.language import language, say
from webapp.mailbox.blueprint import blueprint
from webapp.mailbox.visiting import USE, visit
from webapp.security import may, not_found
from webapp.signer.links import fresh_nonce
from webapp.signer.visiting import caller, now
from webapp.state import state


@blueprint.get("/mailbox/consents/<uuid:consent>/withdraw")
@may(USE)
def confirm_withdrawal(consent: UUID) -> Response:
    """What a withdrawal does, and the one button that does it."""
    body = render_template(
        "mailbox/withdraw.html", held=_held(consent), mail=visit().mail, nonce=fresh_nonce()
    )
    return make_response(body)


@blueprint.post("/mailbox/consents/<uuid:consent>/withdraw")
@may(USE)
def withdraw_consent(consent: UUID) -> AnyResponse:
    """Take it back; the sender gets a mail."""
    said = Said(request.form.get("nonce", "")[:MAX_NONCE_CHARACTERS], caller(), language())
    when = When(now(), state().message_host)
    try:
        with state().database.transaction() as session:
            lasting.withdraw(session, visit(), consent, said, when)
    except (LookupError, Refusal):
        raise not_found() from None
    flash(say("承諾を撤回しました。差出人にメールでお知らせします。"), "success")
    return redirect(url_for("mailbox.documents"), 303)


def _held(consent: UUID) -> Held:
    """One of this mailbox; another's and nobody's are told alike."""
    with state().database.reading() as session:
        found = lasting.held_one(session, visit().mail, consent)
    if found is None:
        raise not_found()
    return found
