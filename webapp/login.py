"""Which member asks: the login cookie, and what a page may do without one."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, make_response, redirect, request, url_for

from domain.limits import MEMBER_ABSOLUTE
from identity.sessions import is_live, token_sha256
from storage import people
from storage.tables import LoginSession, Member, Organisation
from webapp import security
from webapp.state import state

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

COOKIE = "__Host-musubi"
_TOUCH_SECONDS = 60
"""A login's last use is written once a minute at most: reading pages should not write rows."""


def now() -> datetime:
    """This moment, aware UTC."""
    return datetime.now(UTC)


def member() -> Member:
    """The member who asks; only behind `@may`."""
    found: Member = g.member
    return found


def login() -> LoginSession:
    """The login on this browser; only behind `@may`."""
    found: LoginSession = g.login
    return found


def load_member() -> None:
    """Fill `g.member`, `g.login` and `g.organisation`, or None each.

    A login whose second factor is outstanding counts as `g.half_login` only.
    """
    g.member = g.login = g.organisation = g.half_login = None
    token = request.cookies.get(COOKIE)
    if not token or request.endpoint == "static":
        return
    with state().database.reading() as session:
        row = people.login_by_token(session, token_sha256(token))
        if row is None or not is_live(row[0].created_at, row[0].last_seen_at, now()):
            return
        login, found = row
        if found.totp_sealed is not None and login.second_factor_at is None:
            g.half_login = (login, found)
            return
        g.login, g.member = login, found
        g.organisation = session.get_one(Organisation, found.organisation_id)
    g.zone = g.organisation.zone


def decide(permission: str) -> "BaseResponse | None":
    """Let the member in, send a stranger to the login, refuse the rest."""
    if g.member is None:
        return _to_login()
    if not security.allows(g.member.roles, permission):
        abort(403)
    _keep_awake(g.login)
    return None


def _to_login() -> "BaseResponse":
    page = request.full_path.rstrip("?") if request.method == "GET" else ""
    if request.headers.get("HX-Request") == "true":
        current = urlsplit(request.headers.get("HX-Current-URL", "")).path
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = url_for("sender.login", next=safe_path(current))
        return answer
    return redirect(url_for("sender.login", next=safe_path(page) or None), code=303)


def safe_path(path: str) -> str:
    """A path on this host, or nothing: no redirect leaves the service."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    if not plain or not path.startswith("/") or path.startswith("//"):
        return ""
    parts = urlsplit(path)
    return "" if parts.scheme or parts.netloc else path


def _keep_awake(login: LoginSession) -> None:
    view = security.view_of_request()
    moment = now()
    if not getattr(view, "keeps_awake", True):
        return
    if (moment - login.last_seen_at).total_seconds() < _TOUCH_SECONDS:
        return
    with state().database.transaction() as session:
        people.touch_login(session, login.id, moment)


def set_cookie(response: Response, token: str) -> None:
    """`__Host-`: Secure, no Domain, Path=/; no script reads it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(MEMBER_ABSOLUTE.total_seconds()),
        secure=True,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def init_login(app: Flask) -> None:
    """Know the member before anything is decided."""
    app.before_request(load_member)
    security.register_guard(app, security.MEMBER, decide)
    app.context_processor(lambda: {"current_member": g.get("member")})
    app.jinja_env.globals.update(may=_may)


def _may(permission: str) -> bool:
    found = g.get("member")
    return found is not None and security.allows(found.roles, permission)
