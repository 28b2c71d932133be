"""Whose mailbox this browser has shown to be his: the cookie, and the guard of `mailbox.use`."""

import secrets
from typing import cast

from flask import Response, abort, g, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from domain.mailbox import IDLE
from identity.links import looks_like_token, token_sha256
from storage import mailbox_visits
from storage.tables import MailboxVisit
from webapp.signer.visiting import TOKEN_BYTES, now
from webapp.state import state

COOKIE = "__Host-musubi-mailbox"
USE = "mailbox.use"
POLL = "mailbox.poll"
"""Asked by a page by itself: it keeps no visit awake."""


def visit() -> MailboxVisit:
    """The visit that the guard found."""
    return cast("MailboxVisit", g.mailbox_visit)


def guard(permission: str) -> AnyResponse | None:
    """Let the browser of a visit through; anybody else gets one and the same page."""
    found = open_visit()
    if found is None:
        abort(_over())
    g.mailbox_visit = found
    if permission != POLL and mailbox_visits.needs_touch(found, now()):
        with state().database.transaction() as session:
            mailbox_visits.touch(session, found.id, now())
        found.last_seen_at = now()
    return None


def seconds_left() -> int:
    """Until the visit is over unless it is used before."""
    return max(0, int((mailbox_visits.ends_at(visit()) - now()).total_seconds()))


def open_visit() -> MailboxVisit | None:
    """This browser's visit, while it lasts."""
    digest = browser_sha256()
    if not digest:
        return None
    with state().database.reading() as session:
        return mailbox_visits.find(session, digest, now())


def browser_sha256() -> str:
    """Hash of this browser's token; empty without one."""
    token = request.cookies.get(COOKIE, "")
    return token_sha256(token) if looks_like_token(token) else ""


def browser_token() -> str:
    """This browser's token; a new one for whoever comes first."""
    token = request.cookies.get(COOKIE, "")
    return token if looks_like_token(token) else new_token()


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def set_cookie(response: Response, token: str) -> None:
    """Bound to this host, unseen by scripts, gone with the browser."""
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Lax", path="/")


def idle_minutes() -> int:
    """After how many minutes without use a visit is over."""
    return int(IDLE.total_seconds()) // 60


def _over() -> Response:
    """Idle too long, another browser, ended, never begun: all alike."""
    body = render_template("mailbox/over.html", idle_minutes=idle_minutes())
    return make_response(body, 404)
