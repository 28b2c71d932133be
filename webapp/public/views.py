"""The first page, health and language."""

from uuid import UUID

from flask import Response, abort, make_response, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from domain.clocks import ClockDiffers
from domain.kinds import Language
from storage import logos
from storage.tables import Blob
from webapp import language
from webapp.login import allows, is_outside, outside, safe_path, signed_in
from webapp.public.blueprint import blueprint
from webapp.security import public
from webapp.signer.ranges import StoredFile, send_stored
from webapp.state import state

_YEAR_SECONDS = 365 * 24 * 60 * 60
_PLACES = (
    ("envelope.read", "sender.envelopes"),
    ("operations.read", "ops.overview_page"),
    ("task.use", "waiting.tasks"),
    ("account.use", "sender.account"),
)
"""Where people work: the first place that their roles open."""


@blueprint.get("/")
@public
def home() -> BaseResponse:
    """The page where this person works."""
    found = signed_in()
    if found is None:
        return outside() if is_outside() else redirect(url_for("sender.login"), code=303)
    # Whoever has no role at all is told so where his account is, in words.
    place = next((page for need, page in _PLACES if allows(need)), "sender.account")
    return redirect(url_for(place), code=303)


@blueprint.get("/logo/<uuid:logo_id>.png")
@public
def logo_image(logo_id: UUID) -> Response:
    """An organisation's logo: it stands on pages of people without an account."""
    with state().database.reading() as session:
        row = logos.shown(session, logo_id)
        if row is None or row.image_blob_id is None:
            abort(404)
        blob = session.get_one(Blob, row.image_blob_id)
    return send_stored(
        StoredFile(blob.id, blob.size, blob.sha256, "logo.png", "image/png"), way="inline"
    )


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
