"""Which member asks: the login cookie, and what a page may do without one.

Flask-Login holds the member of a request. Its own session cookie and "remember me" are not used:
a login is a row, found by the cookie's token, so that it ends on the server.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, g, make_response, redirect, request, url_for
from flask_login import AnonymousUserMixin, LoginManager, current_user
from werkzeug.exceptions import SecurityError

from domain.limits import MEMBER_ABSOLUTE, MEMBER_IDLE
from domain.networks import lets_in
from domain.permissions import allowed
from identity.sessions import is_live, token_sha256
from runtime.telemetry import logger
from storage import people
from storage.database import OUTAGES
from storage.tables import LoginSession, Member, Organisation
from webapp import errors, form_owner, kept, security
from webapp.language import say
from webapp.state import state

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

log = logger("webapp.login")

COOKIE = "__Host-musubi"
OWN_ACCOUNT = "account.use"
OWN_ACTS = "task.use"
NETWORK = "network"
"""What was missing, in the operation log, where a member came from elsewhere."""
_TOUCH_SECONDS = 60
"""A login's last use is written once a minute at most: reading pages should not write rows."""


def now() -> datetime:
    """This moment, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class SignedIn:
    """A member with a complete login on this browser."""

    login: LoginSession
    member: Member
    organisation: Organisation
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """The login, not the member: another browser is another login."""
        return str(self.login.id)


def signed_in() -> SignedIn | None:
    """Who asks, or None."""
    found: SignedIn | AnonymousUserMixin = current_user._get_current_object()  # noqa: SLF001 - Werkzeug's public way to unwrap a proxy
    return found if isinstance(found, SignedIn) else None


def logged_in() -> SignedIn | None:
    """Whose login this browser has, also where he may not work from here."""
    return signed_in() or g.get("outside")


def member() -> Member:
    """The member who asks; only behind `@may`."""
    found: Member = current_user.member
    return found


def login() -> LoginSession:
    """The login on this browser; only behind `@may`."""
    found: LoginSession = current_user.login
    return found


def half_login() -> tuple[LoginSession, Member] | None:
    """A login on this browser whose second factor is outstanding."""
    signed_in()
    found: tuple[LoginSession, Member] | None = g.get("half_login")
    return found


def load_signed_in(request: Request) -> SignedIn | None:
    """Find the login by its cookie; Flask-Login asks once per request.

    Where the database does not answer, the page that says so asks again, and must get an answer.
    """
    token = request.cookies.get(COOKIE)
    if not token or request.endpoint == "static" or g.get("login_unknown"):
        return None
    g.login_unknown = True
    with state().database.reading() as session:
        row = people.login_by_token(session, token_sha256(token))
        g.login_unknown = False
        if row is None or not is_live(row[0].created_at, row[0].last_seen_at, now()):
            return None
        login, found = row
        if found.has_factor and login.second_factor_at is None:
            g.half_login = (login, found)
            return None
        organisation = session.get_one(Organisation, found.organisation_id)
        if not works_here(organisation, found):
            g.outside = SignedIn(login, found, organisation)
            return None
        return SignedIn(login, found, organisation)


def works_here(organisation: Organisation, found: Member) -> bool:
    """Whether this request comes from a network that the organisation allows its member."""
    return lets_in(organisation.networks, found.roles, request.remote_addr or "")


def is_outside() -> bool:
    """Whether the member who asks is logged in and somewhere else than he may be."""
    return signed_in() is None and "outside" in g


def outside() -> "BaseResponse":
    """To a member who is logged in, and somewhere else than he may be."""
    g.refused_permission = NETWORK
    return errors.page(
        403,
        say("この接続元からは利用できません"),
        say(
            "組織の管理者が、利用できるネットワークを決めています。職場のネットワークから接続するか、組織の管理者にお問い合わせください。今の接続元：%(address)s",
            address=request.remote_addr or "―",
        ),
        logs_out="outside" in g,
        kept=kept.kept_words(),
    )


def use_zone_of_member() -> None:
    """Pages show times in the zone of the member's organisation."""
    found = signed_in()
    if found is not None:
        g.zone = found.organisation.zone


def own_the_forms() -> None:
    """Pages that are made for a member say so in their forms; who came under a name that is not
    ours gets none, and no cookie."""
    if isinstance(request.routing_exception, SecurityError):
        return
    found = logged_in()
    if found is not None:
        form_owner.bind(found.member.id)


def ends_at(login: LoginSession) -> datetime:
    """When a login is over unless it is used before."""
    return min(login.last_seen_at + MEMBER_IDLE, login.created_at + MEMBER_ABSOLUTE)


def seconds_left() -> int:
    """Of the login on this browser; 0 without one."""
    found = signed_in()
    return max(0, int((ends_at(found.login) - now()).total_seconds())) if found else 0


def decide(permission: str) -> "BaseResponse | None":
    """Let the member in, send a stranger to the login, refuse the rest."""
    found = signed_in()
    if found is None:
        return outside() if is_outside() else _to_login()
    if not allowed(found.member.roles, permission):
        g.refused_permission = permission
        abort(403)
    _keep_awake(found.login)
    return _to_second_factor(found, permission) if permission != OWN_ACCOUNT else None


def _to_second_factor(found: SignedIn, permission: str) -> "BaseResponse | None":
    """Where the organisation demands a second factor, who has none is led to it, unless his
    organisation takes that of the identity provider that let him in. What somebody was typing
    when the demand was made is taken all the same, because it would be lost otherwise; but no act
    of his own is."""
    since = found.organisation.totp_since
    has_one = found.member.has_factor or found.login.sso_factor
    if since is None or has_one:
        return None
    typed = request.method == "POST" and permission != OWN_ACTS
    if typed and found.login.created_at < since:
        return None
    page = url_for("sender.second_factor_required")
    if request.headers.get("HX-Request") == "true":
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = page
        return answer
    return redirect(page, code=303)


def _to_login() -> "BaseResponse":
    """Whoever looks is led to the login. Who sends something from a page of ours gets it back, to
    be sent again; a script is told, and its page stays as it is."""
    kept.let_long_forms_be_read()
    if errors.wants_fragment() or kept.is_own():
        return errors.login_is_over()
    page = request.full_path.rstrip("?") if request.method == "GET" else ""
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
    try:
        with state().database.transaction() as session:
            people.touch_login(session, login.id, moment)
    except OUTAGES as outage:
        # Who looks while nothing can be written, an operator before all, is shown his page.
        log.warning("login_not_kept_awake", error=type(outage).__name__)
        return
    login.last_seen_at = moment


class Whence(TypedDict):
    """Where a login comes from."""

    agent: str
    address: str


def whence() -> Whence:
    """As far as HTTP tells."""
    return {
        "agent": request.headers.get("User-Agent", ""),
        "address": request.remote_addr or "",
    }


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
    manager = LoginManager()
    manager.session_protection = None  # the cookie's token is the session
    manager.request_loader(load_signed_in)
    manager.unauthorized_handler(_to_login)
    manager.init_app(app, add_context_processor=False)
    app.before_request(use_zone_of_member)
    app.before_request(own_the_forms)
    security.register_guard(app, security.MEMBER, decide)
    app.context_processor(_current_member)
    app.jinja_env.globals.update(may=allows)


def _current_member() -> dict[str, Member | None]:
    found = signed_in()
    return {"current_member": found.member if found else None}


def allows(permission: str) -> bool:
    """Whether the member who asks has the permission; False for a stranger."""
    found = signed_in()
    return found is not None and allowed(found.member.roles, permission)
