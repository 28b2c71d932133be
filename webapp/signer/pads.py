"""A phone as the pad of a computer: the code on the signer's screen, and the page behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, cast
from uuid import UUID

import segno
from flask import (
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from domain.limits import MAX_DOCUMENT_BYTES
from domain.refusals import Refusal, RefusalCode
from identity.links import looks_like_token, pad_token, token_sha256
from storage import pads
from storage.incoming import Incoming
from storage.stamps import begin_stamp
from webapp.language import say, suggest_language
from webapp.requests import ReceivedFile, Swallow, arrived_files
from webapp.security import may, public, receives_files
from webapp.signer.blueprint import blueprint
from webapp.signer.pages import asked_now, page
from webapp.signer.visiting import POLL, STOP_POLLING, caller, now, visiting
from webapp.state import state
from webapp.tries import count_unknown_link

GONE = 410
_MINUTES = int(pads.PAD_LASTS.total_seconds()) // 60


@dataclass(frozen=True)
class PadCode:
    """What the signer's screen shows: an address, and a picture of it as a `data:` URI."""

    id: UUID
    address: str
    picture: str
    minutes: int = _MINUTES


def _token(pad_id: UUID) -> str:
    return pad_token(current_app.config["SECRET_KEY"], pad_id)


def _hash_of(pad_id: UUID) -> str:
    return token_sha256(_token(pad_id))


def begin_pad() -> None:
    """A new code; says so where there were too many."""
    try:
        with state().database.transaction() as session:
            pads.begin(session, visiting(), _hash_of, now())
    except Refusal:
        flash(say("QRコードを表示できる回数の上限です。この画面で書いてください。"), "error")


def pad_now() -> PadCode | None:
    """The code that waits for a drawing."""
    with state().database.reading() as session:
        pad_id = pads.open_pad(session, visiting().visit.id, now())
    if pad_id is None:
        return None
    path = url_for("signer.pad", token=_token(pad_id))
    address = state().settings.base_url.rstrip("/") + path
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4)
    return PadCode(pad_id, address, picture)


@blueprint.get("/sign/<uuid:visit>/pads/<uuid:pad>")
@may(POLL)
def pad_state(visit: UUID, pad: UUID) -> Response:
    """The choice of looks as it is kept, with what was drawn, once it came; 204 before."""
    del visit  # the guard has read it
    asked = asked_now()
    if asked.look is None or not visiting().holder.may_act:
        return make_response("", STOP_POLLING)
    code = pad_now()
    if code is not None and code.id == pad:
        return make_response("", 204)
    number = request.args.get("number", 1, type=int)
    return page("signer/look.html", asked=asked, number=number, missing=False, at=now(), pad=code)


@blueprint.get("/pad/<token>")
@public
def pad(token: str) -> Response:
    """On the phone: a place to draw. Writes nothing."""
    found = _find(token)
    if found is None:
        count_unknown_link()
        return _over(sent=False)
    holder = found.visiting.holder
    suggest_language(holder.participant.language)
    return make_response(render_template("signer/pad.html", holder=holder))


def prepare_drawing(token: str) -> Callable[[str], IO[bytes]]:
    """Where the picture goes, before the body is read."""
    request.max_content_length = MAX_DOCUMENT_BYTES
    g.uploads = []
    g.pad = _find(token)
    return _open


def _find(token: str) -> pads.OpenPad | None:
    # A text of the wrong shape takes the same way, so that answers take the same time.
    shaped = token if looks_like_token(token) else ""
    with state().database.reading() as session:
        return pads.find(session, token_sha256(shaped), now())


def _open(file_name: str) -> IO[bytes]:
    if not file_name or g.uploads or g.pad is None:
        return cast("IO[bytes]", Swallow())
    upload = begin_stamp(state().vault)
    g.uploads.append(upload)
    return cast("IO[bytes]", ReceivedFile(upload))


@blueprint.post("/pad/<token>")
@public
@receives_files(prepare_drawing)
def post_pad(token: str) -> AnyResponse:
    """Keep the drawing; the computer's page finds it."""
    if g.pad is None:
        count_unknown_link()
        return _over(sent=False)
    suggest_language(g.pad.visiting.holder.participant.language)
    arrived = arrived_files()
    if not arrived:
        flash(say("署名がまだ書かれていません。"), "error")
        return redirect(url_for("signer.pad", token=token), 303)
    try:
        with state().database.transaction() as session:
            upload = cast("Incoming", arrived[0][1])
            pads.draw(session, state().vault, g.pad, upload, caller(), now())
    except Refusal as refusal:
        return _over(sent=refusal.code is RefusalCode.ALREADY_ACTED)
    return redirect(url_for("signer.pad_sent"), 303)


@blueprint.get("/pad-sent")
@public
def pad_sent() -> Response:
    """Back to the computer."""
    return _over(sent=True)


def _over(*, sent: bool) -> Response:
    body = render_template("signer/pad_over.html", sent=sent)
    return make_response(body, 200 if sent else GONE)
