"""`/l/<token>`: POST exchanges the token for a visit. GET is in deciding.py."""

import secrets
from uuid import UUID

from flask import Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.kinds import EnvelopeState, LinkPurpose
from identity.links import looks_like_token, token_sha256
from storage import late_files
from storage.standing import Holder, Standing
from storage.visits import find_link, open_visit
from webapp.language import suggest_language
from webapp.security import public
from webapp.signer.begun import keep_begun
from webapp.signer.blueprint import blueprint
from webapp.signer.visiting import GONE, caller, cookie_token, now, set_cookie, typed_text
from webapp.signer.words import closed_words, finished_words
from webapp.state import state
from webapp.tries import count_unknown_link

NONCE_BYTES = 24
_PASSING = frozenset({Standing.WAITING, Standing.SENT_BACK, Standing.CORRECTING})
"""The link will be good for something later."""


@blueprint.post("/l/<token>")
@public
def open_link(token: str) -> AnyResponse:
    """Make a visit and leave the token behind. Whoever does not know the request may say so at
    once."""
    holder = look_up(token, LinkPurpose.ACT)
    if holder is None:
        return unknown_link(token)
    if not holder.may_act:
        return closed(holder)
    wrong = request.form.get("then") == "not-mine"
    return exchange(holder, "signer.not_mine" if wrong else "signer.guide")


def look_up(token: str, purpose: LinkPurpose) -> Holder | None:
    """The link's holder; the page then speaks his language and shows his zone.

    Raises TooManyTries where too many links that open nothing came from one network.
    """
    # A text of the wrong shape takes the same way, so that answers take the same time.
    shaped = token if looks_like_token(token) else ""
    with state().database.reading() as session:
        holder = find_link(session, token_sha256(shaped), purpose, now())
    if holder is None:
        count_unknown_link()
        return None
    suggest_language(holder.participant.language)
    g.zone = holder.organisation.zone
    return holder


def exchange(
    holder: Holder, endpoint: str, mailbox_visit: UUID | None = None, said: str = ""
) -> AnyResponse:
    """Open a visit for this browser and go to its first page. `mailbox_visit`: he comes from the
    list of あなたの文書; `said`: what he has begun to say."""
    token, visit_id = enter(holder, mailbox_visit)
    if said:
        keep_begun(visit_id, said)
    answer = make_response(redirect(url_for(endpoint, visit=visit_id), 303))
    set_cookie(answer, token)
    return answer


def enter(holder: Holder, mailbox_visit: UUID | None = None) -> tuple[str, UUID]:
    """A visit of this browser: the cookie's token, which the answer has to set, and the visit."""
    token = cookie_token()
    with state().database.transaction() as session:
        visit = open_visit(session, holder, token_sha256(token), caller(), now(), mailbox_visit)
    return token, visit


def unknown_link(token: str = "") -> Response:
    """One page for unknown, replaced and revoked: it never says whether a token existed. With a
    token, whatever it is, a fresh one may be asked for."""
    nonce = fresh_nonce()
    return make_response(render_template("signer/unknown.html", token=token, nonce=nonce), 404)


def closed(holder: Holder) -> Response:
    """Why the link, or a visit that it opened, is good for nothing now, with what somebody has
    just typed for nothing."""
    finished = holder.envelope_state is EnvelopeState.DONE and holder.participant.left_at is None
    if finished:
        with state().database.reading() as session:
            again = late_files.offered(session, holder, now())
        words = finished_words(holder, again=again)
    else:
        again, words = holder.standing is Standing.CORRECTED, closed_words(holder)
    page = render_template(
        "signer/closed.html",
        holder=holder,
        words=words,
        finished=finished,
        token=(request.view_args or {}).get("token", "") if again else "",
        nonce=fresh_nonce(),
        typed=typed_text(),
    )
    return make_response(page, GONE if holder.standing not in _PASSING else 200)


def fresh_nonce() -> str:
    """Makes one act of one form, however often it is sent."""
    return secrets.token_urlsafe(NONCE_BYTES)


def masked(mail: str) -> str:
    """`t•••@example.jp`: enough to know one's own address, too little to learn another's."""
    name, at, host = mail.rpartition("@")
    return f"{name[:1]}•••{at}{host}"
