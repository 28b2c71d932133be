"""Who is visiting: the cookie, the guard of `visit.*` routes, and what a view may ask of both."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar, cast
from uuid import UUID

from flask import Response, abort, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
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
    is_of_login,
    left_visit,
    overtaken_visit,
    touch,
)
from storage.waiting import member_asked
from webapp.errors import wants_fragment
from webapp.language import suggest_language
from webapp.login import outside, works_here
from webapp.signer.blueprint import blueprint
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
LEFT = "visit.left"
"""The page that says that this visit was ended, in the browser that had it. One that still lasts is
led on by the view."""

CORRECTED = "visit.corrected"
"""What the page offers which says that a correction of the documents has closed this visit. One
that still lasts is led on by the view."""

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
    wanted = (request.view_args or {}).get("visit")
    if permission == CORRECTED and corrected() is not None:
        return None
    found = _find(wanted, find_visit)
    if found is None and permission == LEFT:
        found = _find(wanted, left_visit)
    if found is None:
        abort(over())
    if not _works_here(found):
        return outside()
    g.visiting = found
    holder = found.holder
    suggest_language(holder.participant.language)
    g.zone = holder.organisation.zone
    if permission == LEFT:
        return None
    if permission != POLL and found.needs_touch(now()):
        with state().database.transaction() as session:
            touch(session, found.visit.id, now())
        found.visit.last_seen_at = now()
    if permission == ENTER:
        return None
    return _first_prove(found) or (_first_consent(found) if permission == READ else None)


def _works_here(found: Visiting) -> bool:
    """Whether a member of the sending organisation may work from here, whether his login or his
    mail opened the page. Nobody restricts people of the other side."""
    organisation = found.holder.organisation
    if not organisation.networks:
        return True
    with state().database.reading() as session:
        own = member_asked(session, found.holder)
    return own is None or works_here(organisation, own)


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


_R = TypeVar("_R")


def _find(
    visit_id: UUID | None, search: Callable[[Session, str, UUID, datetime], _R | None]
) -> _R | None:
    """What this browser's token finds of a visit."""
    token = browser_sha256()
    if visit_id is None or not token:
        return None
    with state().database.reading() as session:
        return search(session, token, visit_id, now())


@blueprint.app_template_global()
def by_login() -> bool:
    """Whether this page is a member's who came from his own list: no mail has a link for him."""
    if "visiting" in g:
        return visiting().visit.login_id is not None
    if "visit_by_login" not in g:
        own = request.blueprint == "waiting"
        g.visit_by_login = own or bool(_find((request.view_args or {}).get("visit"), is_of_login))
    return cast("bool", g.visit_by_login)


def browser_sha256() -> str:
    """Hash of the token that this browser's visits share; empty without one."""
    token = request.cookies.get(COOKIE, "")
    return token_sha256(token) if looks_like_token(token) else ""


def over() -> Response:
    """Idle too long, another browser, a replaced link, somebody else's visit: all alike."""
    if wants_fragment():
        if request.method == "POST":  # nothing of it is kept, and nobody may think it was
            return make_response("", GONE)
        return make_response(render_template("signer/over_fragment.html"), STOP_POLLING)
    typed = typed_text()
    idle_minutes = int(SIGNER_IDLE.total_seconds()) // 60
    holder = corrected()
    page = render_template(
        "signer/over.html",
        typed=typed,
        idle_minutes=idle_minutes,
        corrected=holder,
        nonce=secrets.token_urlsafe(TOKEN_BYTES),
    )
    return make_response(page, 404 if holder is None else GONE)


def corrected() -> Holder | None:
    """Whose page it was, where a correction of the documents closed it: he is told why."""
    holder = _find((request.view_args or {}).get("visit"), overtaken_visit)
    if holder is not None:
        suggest_language(holder.participant.language)
        g.zone = holder.organisation.zone
    return holder


def typed_text() -> str:
    """Texts of the form that somebody would have to type again, a line each; empty without one."""
    if request.method != "POST":
        return ""
    return "\n".join(_typed())


def _typed() -> list[str]:
    return [
        value
        for name, value in request.form.items()
        if value and (name in _LONG or name.startswith(("field-", "new-")))
    ]


_LONG = frozenset({"reason", "question", "comment"})


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
