"""The first page, health and language."""

from flask import Response, make_response, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from domain.clocks import ClockDiffers
from domain.kinds import Language
from webapp import language
from webapp.login import allows, safe_path, signed_in
from webapp.public.blueprint import blueprint
from webapp.security import public
from webapp.state import state

_YEAR_SECONDS = 365 * 24 * 60 * 60
_PLACES = (
    ("envelope.read", "sender.envelopes"),
    ("operations.read", "ops.overview_page"),
    ("account.use", "sender.account"),
)
"""Where people work: the first place that their roles open."""


@blueprint.get("/")
@public
def home() -> BaseResponse:
    """The page where this person works."""
    found = signed_in()
    if found is None:
        return redirect(url_for("sender.login"), code=303)
    return redirect(url_for(next(page for need, page in _PLACES if allows(need))), code=303)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return _plain("ok", 200)


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """The process can work: its database answers, and agrees on the time."""
    try:
        state().database.check()
        state().clock.check()
    except SQLAlchemyError:
        return _plain("database unavailable", 503)
    except ClockDiffers:
        return _plain("clock differs", 503)
    return _plain("ok", 200)


@blueprint.post("/language")
@public
def choose_language() -> BaseResponse:
    """Remember the reader's choice and go back to his page."""
    answer = redirect(safe_path(request.form.get("next", "")) or url_for("public.home"), code=303)
    wanted = request.form.get("language", "")
    if wanted in set(Language):
        answer.set_cookie(
            language.COOKIE,
            wanted,
            max_age=_YEAR_SECONDS,
            secure=True,
            httponly=True,
            samesite="Lax",
            path="/",
        )
    return answer


def _plain(text: str, status: int) -> Response:
    answer = make_response(f"{text}\n", status)
    answer.mimetype = "text/plain"
    return answer
