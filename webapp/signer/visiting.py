"""Who is visiting: the cookie, the guard of `visit.*` routes, and what a view may ask of both."""

import secrets
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from flask import Response, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.kinds import HandoverPolicy
from domain.limits import SIGNER_IDLE
from identity.links import looks_like_token, token_sha256
from storage import consents, factors
from storage.standing import Holder
from storage.visits import (
    Caller,
    Visiting,
    cookie_is_live,
    find_visit,
    overtaken_visit,
    touch,
)
from webapp.errors import wants_fragment
from webapp.language import suggest_language
from webapp.state import state

COOKIE = "__Host-musubi-visit"
TOKEN_BYTES = 32

READ = "visit.read"
ACT = "visit.act"
ENTER = "visit.enter"
"""Pages that ask for what is demanded besides the link."""
ANSWER = "visit.answer"
"""Pages for whoever has not consented to electronic means: the consent itself, a question, a way
out. Forms (ACT) show no document; what they do is judged with the consent."""
POLL = "visit.poll"
"""Pages that ask again by themselves: they keep no visit awake."""

GONE = 410
STOP_POLLING = 286
"""htmx: show this and ask no more."""


def now() -> datetime:
    """The time of this request, the same for everything that it does."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    return cast("datetime", g.now)


def caller() -> Caller:
    """Address and agent of this request."""
    return Caller(request.remote_addr or "", request.headers.get("User-Agent", ""))


def visiting() -> Visiting:
    """The visit that the guard found."""
    return cast("Visiting", g.visiting)


def guard(permission: str) -> AnyResponse | None:
    """Let the visit of this browser through; anybody else gets one and the same page.

    Before what is demanded besides the link was passed, every page leads to the one that asks;
    then, before the party has consented, every page to read leads to the consent.
    """
    found = _find((request.view_args or {}).get("visit"))
    if found is None:
        abort(_over())
    g.visiting = found
    holder = found.holder
    suggest_language(holder.participant.language)
    g.zone = holder.organisation.zone
    if permission != POLL and found.needs_touch(now()):
        with state().database.transaction() as session:
            touch(session, found.visit.id, now())
        found.visit.last_seen_at = now()
    if permission == ENTER:
        return None
    return _first_prove(found) or (_first_consent(found) if permission == READ else None)


def _first_prove(found: Visiting) -> AnyResponse | None:
    if not factors.demanded_to_open(found.holder):
        return None
    with state().database.reading() as session:
        if factors.missing(session, found) is None:
            return None
    return _lead_to("signer.prove", found)


def _first_consent(found: Visiting) -> AnyResponse | None:
    """Nothing is read before the party has consented. Whoever is to name another does just that."""
    with state().database.reading() as session:
        if not consents.missing(session, found.holder):
            return None
    names_another = found.holder.participant.handover == HandoverPolicy.DEMANDED
    return _lead_to("signer.handover" if names_another else "signer.consent", found)


def _lead_to(endpoint: str, found: Visiting) -> AnyResponse:
    target = url_for(endpoint, visit=found.visit.id)
    if not wants_fragment():
        return redirect(target, 303)
    answer = make_response("", STOP_POLLING)
    answer.headers["HX-Redirect"] = target
    return answer


def seconds_left() -> int:
    """Until the visit is over unless it is used before."""
    return max(0, int((visiting().ends_at - now()).total_seconds()))


def _find(visit_id: UUID | None) -> Visiting | None:
    token = request.cookies.get(COOKIE, "")
    if visit_id is None or not looks_like_token(token):
        return None
    with state().database.reading() as session:
        return find_visit(session, token_sha256(token), visit_id, now())


def _over() -> Response:
    """Idle too long, another browser, a replaced link, somebody else's visit: all alike."""
    if wants_fragment():
        if request.method == "POST":  # nothing of it is kept, and nobody may think it was
            return make_response("", GONE)
        return make_response(render_template("signer/over_fragment.html"), STOP_POLLING)
    typed = "\n".join(_typed()) if request.method == "POST" else ""
    idle_minutes = int(SIGNER_IDLE.total_seconds()) // 60
    holder = _corrected()
    page = render_template(
        "signer/over.html", typed=typed, idle_minutes=idle_minutes, corrected=holder
    )
    return make_response(page, 404 if holder is None else GONE)


def _corrected() -> Holder | None:
    """Whose page it was, where a correction of the documents closed it: he is told why."""
    visit_id, token = (request.view_args or {}).get("visit"), request.cookies.get(COOKIE, "")
    if visit_id is None or not looks_like_token(token):
        return None
    with state().database.reading() as session:
        holder = overtaken_visit(session, token_sha256(token), visit_id, now())
    if holder is not None:
        suggest_language(holder.participant.language)
        g.zone = holder.organisation.zone
    return holder


def _typed() -> list[str]:
    """Texts of the form that somebody would have to type again."""
    return [
        value
        for name, value in request.form.items()
        if value and (name in {"reason", "question"} or name.startswith("field-"))
    ]


def cookie_token() -> str:
    """The token that this browser's visits share; a new one unless its visits still live."""
    token = request.cookies.get(COOKIE, "")
    if looks_like_token(token):
        with state().database.reading() as session:
            if cookie_is_live(session, token_sha256(token), now()):
                return token
    return secrets.token_urlsafe(TOKEN_BYTES)


def set_cookie(response: Response, token: str) -> None:
    """Bound to this host, unseen by scripts, gone with the browser."""
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Lax", path="/")
