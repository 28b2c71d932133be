"""Who may open a route, and the headers of every answer. Deny by default.

Each view bears `@may("envelope.send")` or `@public`; a view without either is never reached and
keeps the application from starting.
"""

import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from flask import Flask, Response, abort, current_app, g, request
from flask_wtf import CSRFProtect
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from domain import permissions
from domain.kinds import Role
from domain.limits import MIB
from webapp.state import Guard, state

PUBLIC = "public"
MEMBER = "member"
"""Any active member with a finished login."""

PERMISSIONS: dict[str, frozenset[Role]] = {
    name: permission.roles for name, permission in permissions.PERMISSIONS.items()
}
"""What each role opens: domain.permissions is the law. Operators see no document, no title and no
name of a person."""

View = TypeVar("View", bound=Callable[..., object])
FilesFactory = Callable[..., object]

csrf = CSRFProtect()


def may(permission: str, *, keeps_awake: bool = True) -> Callable[[View], View]:
    """The view needs this permission.

    `keeps_awake=False` is for pages that ask again by themselves: they must not keep a login
    alive that nobody uses.
    """

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]  # marks live on the function
        view.keeps_awake = keeps_awake  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Anybody may open the view."""
    return may(PUBLIC, keeps_awake=False)(view)


def receives_files(prepare: Callable[..., FilesFactory]) -> Callable[[View], View]:
    """The view takes uploads: `prepare(**view arguments)` checks and answers a stream factory.

    It runs after the permission and before a single byte of the body is read, so that a file
    reaches the vault's stream or nothing at all.
    """

    def mark(view: View) -> View:
        view.prepare_files = prepare  # type: ignore[attr-defined]  # marks live on the function
        return view

    return mark


MAX_LONG_FORM_BYTES = 4 * MIB
"""Five hundred fields with labels and guidance in Japanese, percent-encoded."""


def takes_long_forms(view: View) -> View:
    """The view's form is a list: it may be longer than other forms, for who has the permission."""
    view.long_form = True  # type: ignore[attr-defined]  # marks live on the function
    return view


def takes_foreign_posts(view: View) -> View:
    """Another site's page posts to the view, by its purpose: it must prove by itself that what
    comes was asked for by this browser."""
    view.foreign_posts = True  # type: ignore[attr-defined]  # marks live on the function
    csrf.exempt(view)
    return view


def register_guard(app: Flask, word: str, check: Guard) -> None:
    """Permissions that begin with `word.` are decided by `check(permission)`, which aborts.

    For people without an account: the holder of a link has no role.
    """
    app.extensions["musubi"].guards[word] = check


def permission_of(app: Flask, endpoint: str) -> str | None:
    """What the endpoint's view demands; None when it was forgotten."""
    if endpoint.rpartition(".")[2] == "static":
        return PUBLIC
    return getattr(app.view_functions[endpoint], "permission", None)


def check_every_route(app: Flask) -> None:
    """Raise LookupError when a route bears no permission, or one that nobody defined."""
    known = {PUBLIC, *PERMISSIONS}
    for rule in app.url_map.iter_rules():
        permission = permission_of(app, rule.endpoint)
        if permission in known:
            continue
        word = (permission or "").partition(".")[0]
        if word not in app.extensions["musubi"].guards:
            problem = f"{rule.rule} ({rule.endpoint}) has no known permission: {permission}"
            raise LookupError(problem)


def _guard() -> BaseResponse | None:
    if request.endpoint is None:
        return None  # 404 and 405 have their own pages
    view = view_of_request()
    permission = getattr(view, "permission", None)
    if request.endpoint.rpartition(".")[2] == "static":
        permission = PUBLIC
    if permission is None:
        abort(403)
    word = permission.partition(".")[0]
    answer = None
    if permission != PUBLIC:
        guard = state().guards.get(word)
        answer = guard(permission) if guard else state().guards[MEMBER](permission)
    if answer is None:
        let_long_form()
    prepare = getattr(view, "prepare_files", None)
    if answer is None and prepare is not None and request.method == "POST":
        g.file_streams = prepare(**(request.view_args or {}))
        _bound_what_is_no_file()
    return answer


def _bound_what_is_no_file() -> None:
    """A body that holds no file is read whole: what files may weigh is not for it."""
    if request.mimetype == "application/x-www-form-urlencoded":
        usual = int(current_app.config["MAX_CONTENT_LENGTH"])
        request.max_content_length = min(usual, request.max_content_length or usual)


def let_long_form() -> None:
    """Where the view takes long forms, whoever asks may send one."""
    if getattr(view_of_request(), "long_form", False):
        request.max_content_length = request.max_form_memory_size = MAX_LONG_FORM_BYTES


def is_for_members() -> bool:
    """Whether this request's view is opened by a login, and not by a link or by anybody."""
    permission = getattr(view_of_request(), "permission", PUBLIC) if request.endpoint else PUBLIC
    guards = state().guards
    return permission != PUBLIC and guards.get(permission.partition(".")[0]) in {
        None,
        guards[MEMBER],
    }


def view_of_request() -> Callable[..., object]:
    """The function behind this request's endpoint, which carries its marks."""
    return current_app.view_functions[request.endpoint or ""]


def _refuse_foreign_posts() -> None:
    """Fetch metadata, beside the token: a browser that says "cross-site" is believed.

    Origin would be `null` for our own forms, because pages send no referrer.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.endpoint is not None and getattr(view_of_request(), "foreign_posts", False):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)


POLICY: Mapping[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "worker-src": ("'self'",),
    "manifest-src": ("'self'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
    "base-uri": ("'none'",),
    "object-src": ("'none'",),
}

FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


def nonce() -> str:
    """This response's nonce, for the rare inline script or style."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def widen(directive: str, *sources: str) -> None:
    """One page needs more than the policy gives: `widen("script-src", "'wasm-unsafe-eval'")`."""
    extra: dict[str, tuple[str, ...]] = g.setdefault("csp_extra", {})
    extra[directive] = (*extra.get(directive, ()), *sources)


def policy_text() -> str:
    """Content-Security-Policy of this response."""
    extra: dict[str, tuple[str, ...]] = g.get("csp_extra", {})
    granted = g.get("csp_nonce")
    parts = []
    for directive, sources in POLICY.items():
        allowed = [*sources, *extra.get(directive, ())]
        if granted and directive in {"script-src", "style-src"}:
            allowed.append(f"'nonce-{granted}'")
        parts.append(f"{directive} {' '.join(allowed)}")
    return "; ".join(parts)


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy_text())
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = FEATURES
    headers["X-Frame-Options"] = "DENY"
    if state().settings.base_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static" or response.status_code >= HTTPStatus.BAD_REQUEST:
        headers["Cache-Control"] = "no-store"
    return response


def init_security(app: Flask) -> None:
    """Guard first, token second: a stranger's upload is not even read."""
    app.before_request(_refuse_foreign_posts)
    app.before_request(_guard)
    csrf.init_app(app)
    app.after_request(_headers)
    app.jinja_env.globals.update(csp_nonce=nonce)


def not_found() -> NotFound:
    """What a foreign id gets: the same answer as an id that does not exist."""
    return NotFound()
