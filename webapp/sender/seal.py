"""A member's own seal (登録印影): seen, made from the name or sent, replaced, removed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import IO, cast
from uuid import UUID

from flask import (
    Response,
    abort,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from domain.kinds import DocumentState
from domain.limits import MAX_DOCUMENT_BYTES
from domain.refusals import WORDS, Refusal, RefusalCode
from runtime.seal_drawing import SealForm
from storage import member_seals
from storage.incoming import Incoming
from storage.seal_cropping import crop_own
from storage.stamps import begin_stamp
from storage.tables import Blob, MemberSeal
from webapp.cropping import asked_crop, of_again, typed_crop
from webapp.language import say, words
from webapp.login import member, now
from webapp.requests import ReceivedFile, Swallow, arrived_files
from webapp.seal_making import SealOffer, made_seal, seal_offer
from webapp.security import may, receives_files
from webapp.sender import blueprint
from webapp.signer.ranges import StoredFile, send_stored
from webapp.state import state
from webapp.tries import count_upload


@dataclass(frozen=True)
class SealPage:
    """What is registered, and what became of the picture that came last."""

    registered: MemberSeal | None
    newest: MemberSeal | None
    offer: SealOffer
    square: bool = False
    """The form that was chosen."""
    crop: Mapping[str, str] = field(default_factory=dict)
    """The numbers that were typed, wherever something is wrong."""
    sent_errors: Mapping[str, str] = field(default_factory=dict)
    again_errors: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with them: of a picture that was sent, and of the registered one."""

    @property
    def errors(self) -> dict[str, str]:
        """Both, by the ids of their fields."""
        return {**self.sent_errors, **of_again(self.again_errors)}

    @property
    def checking(self) -> bool:
        """Whether a picture is still being cleaned."""
        return self.newest is not None and self.newest.state == DocumentState.CHECKING

    @property
    def refusal(self) -> str:
        """Why the last picture cannot be used; empty: it can."""
        code = self.newest.refusal if self.newest is not None else None
        return words(WORDS[RefusalCode(code)]) if code else ""

    @property
    def mark(self) -> str:
        """Changes whenever the page looks different."""
        return f"{self.newest.id}-{self.newest.state}" if self.newest is not None else "none"


def seal_page() -> SealPage:
    """Of who is logged in."""
    mine = member()
    with state().database.reading() as session:
        registered = member_seals.registered(session, mine)
        newest = member_seals.newest(session, mine)
    return SealPage(registered, newest, seal_offer(mine.name, ""))


def prepare_picture() -> Callable[[str], IO[bytes]]:
    """Where the picture goes, before the body is read. What is too large is read to its end, so
    that the answer is a sentence."""
    request.max_content_length = MAX_DOCUMENT_BYTES
    g.uploads = []
    return _open


def _open(file_name: str) -> IO[bytes]:
    if not file_name or g.uploads:
        return cast("IO[bytes]", Swallow())
    upload = begin_stamp(state().vault)
    g.uploads.append(upload)
    return cast("IO[bytes]", ReceivedFile(upload))


@blueprint.get("/account/seal")
@may("account.use")
def own_seal() -> str:
    """The registered seal, and ways to another one."""
    return render_template("sender/seal.html", page=seal_page())


@blueprint.post("/account/seal")
@may("account.use")
@receives_files(prepare_picture)
def register_seal() -> BaseResponse:
    """A picture that was sent, or one made of the typed name."""
    count_upload(member().id)
    errors: dict[str, str] = {}
    made = request.form.get("action") == "make"
    upload = made_seal() if made else _sent()
    crop = None if made else asked_crop(errors)
    if upload is None or errors:
        if upload is not None:
            upload.abandon()
        page = replace(_typed_again(), sent_errors=errors)
        return make_response(render_template("sender/seal.html", page=page), 422)
    try:
        with state().database.transaction() as session:
            member_seals.finish_seal(session, member(), upload, now(), crop)
    except Refusal:
        _say_enough()
    return redirect(url_for("sender.own_seal"), code=303)


@blueprint.post("/account/seal/<uuid:seal_id>/crop")
@may("account.use")
def crop_seal(seal_id: UUID) -> BaseResponse:
    """The registered picture, cropped once more; it stays until the closer one is clean."""
    with state().database.reading() as session:
        _registered_or_404(session, seal_id)
    count_upload(member().id)
    errors: dict[str, str] = {}
    crop = asked_crop(errors, some=True)
    if errors:
        page = replace(seal_page(), crop=typed_crop(), again_errors=errors)
        return make_response(render_template("sender/seal.html", page=page), 422)
    try:
        with state().database.transaction() as session:
            crop_own(session, state().vault, member(), seal_id, crop, now())
    except LookupError:
        abort(404)
    except Refusal:
        _say_enough()
    return redirect(url_for("sender.own_seal"), code=303)


def _say_enough() -> None:
    flash(say("画像を追加できる回数の上限に達しました。明日もう一度お試しください。"), "error")


def _typed_again() -> SealPage:
    """What was typed stays."""
    page = replace(seal_page(), crop=typed_crop())
    text = request.form.get("seal-text", page.offer.text)[: page.offer.limit]
    square = request.form.get("seal-form") == SealForm.SQUARE
    return replace(page, offer=replace(page.offer, text=text), square=square)


def _sent() -> Incoming | None:
    arrived = arrived_files()
    if not arrived:
        flash(say("印影の画像を選んでください。"), "error")
        return None
    return cast("Incoming", arrived[0][1])


@blueprint.post("/account/seal/remove")
@may("account.use")
def remove_seal() -> BaseResponse:
    """It is offered no more. Envelopes that were signed with it keep their copies."""
    with state().database.transaction() as session:
        removed = member_seals.remove(session, member(), now())
    if removed:
        flash(say("登録した印影を削除しました。署名済みの文書の印影は変わりません。"), "success")
    return redirect(url_for("sender.own_seal"), code=303)


@blueprint.get("/account/seal/state")
@may("account.use", keeps_awake=False)
def seal_state() -> Response:
    """What became of the picture; 204 while nothing has."""
    page = seal_page()
    if request.args.get("seen") == page.mark:
        return make_response("", 204)
    return make_response(render_template("sender/seal_state.html", page=page))


@blueprint.get("/account/seal/<uuid:seal_id>.png")
@may("account.use")
def seal_picture(seal_id: UUID) -> Response:
    """The cleaned picture, for its own member only."""
    with state().database.reading() as session:
        blob = session.get_one(Blob, _registered_or_404(session, seal_id))
    file = StoredFile(blob.id, blob.size, blob.sha256, "seal.png", "image/png")
    return send_stored(file, way="inline")


def _registered_or_404(session: Session, seal_id: UUID) -> UUID:
    """The blob of the member's own seal; no other seal exists here."""
    found = member_seals.registered(session, member())
    if found is None or found.id != seal_id or found.image_blob_id is None:
        abort(404)
    return found.image_blob_id
