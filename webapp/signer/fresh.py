"""A fresh link, asked for on the page of one that works no more: one answer for everybody."""

from uuid import UUID

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from identity.links import looks_like_token, token_sha256
from storage.fresh_links import post_fresh_link
from storage.outbox import When
from webapp.security import may, public
from webapp.signer.blueprint import blueprint
from webapp.signer.links import fresh_nonce
from webapp.signer.pages import to
from webapp.signer.visiting import CORRECTED, caller, corrected, now
from webapp.state import state
from webapp.tries import count_unknown_link


@blueprint.post("/l/<token>/fresh")
@public
def ask_fresh_link(token: str) -> Response:
    """Send a new link to the registered address, if the old one was somebody's who is asked or is
    handed the finished documents. Links of either purpose may be brought here.

    The act is left to the relay: whoever waited for the workflow's answer would learn from the
    time that there is a workflow.
    """
    shaped = token if looks_like_token(token) else ""
    return _asked(token_sha256(shaped))


@blueprint.post("/sign/<uuid:visit>/fresh")
@may(CORRECTED)
def ask_fresh_in_visit(visit: UUID) -> AnyResponse:
    """The same from the page which says that a correction has closed this browser's visit: the
    link that it was opened by is the old one."""
    holder = corrected()
    if holder is None:
        return to("signer.guide", visit)
    return _asked(holder.link.corrected_sha256 or "")


def _asked(token_sha256: str) -> Response:
    nonce = request.form.get("nonce", "") or fresh_nonce()
    database = state().database
    when = When(now(), state().message_host)
    if post_fresh_link(database, token_sha256, caller(), nonce, when) is None:
        count_unknown_link()
    return make_response(render_template("signer/fresh.html"))
