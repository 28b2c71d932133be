"""Entering values and a stamp image: one form that works without scripts and saves itself with.

Every button of the form keeps everything that is typed before it does what it says.
"""

from collections.abc import Callable, Mapping
from typing import IO, cast
from uuid import UUID

from flask import Response, abort, flash, g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from domain.kinds import LinkPurpose
from domain.limits import MAX_ATTACHMENTS, MAX_ENVELOPE_BYTES
from domain.refusals import WORDS, Refusal
from storage.attachments import AttachmentUpload, begin_attachment
from storage.entering import enter
from storage.incoming import Incoming
from storage.stamps import finish_stamp, stamp_of
from storage.tables import Blob, MemberSeal, OfficialSeal, Participant, Stamp
from webapp.errors import wants_fragment
from webapp.language import say, words
from webapp.requests import ReceivedFile, Swallow
from webapp.seal_making import made_seal
from webapp.security import may, receives_files
from webapp.signer.attaching import (
    STAMP,
    arrived_by_control,
    attachment_fragment,
    field_of,
    keep_attachments,
)
from webapp.signer.blueprint import blueprint
from webapp.signer.forms import FIELD, entered_from
from webapp.signer.leaving import PAUSE, leave
from webapp.signer.pads import begin_pad, pad_now
from webapp.signer.pages import asked_now, in_vain, page, shut, to
from webapp.signer.ranges import StoredFile, send_stored
from webapp.signer.reader import reader_page
from webapp.signer.sealing import (
    OFFICIAL,
    known_seals,
    official_of,
    registered_seal,
    seal_of_before,
    take_official,
)
from webapp.signer.visiting import ACT, GONE, POLL, READ, STOP_POLLING, now, visiting
from webapp.state import state

CONFLICT = 409
PICTURES = ("stamp", "seal", "again", "mine", "pad", OFFICIAL)
"""Buttons that make a picture of a seal, or a way to one."""
_MAKERS = {"seal": made_seal, "again": seal_of_before, "mine": registered_seal}


def prepare_files(visit: UUID) -> Callable[[str], IO[bytes]]:
    """Where files go, before the body is read. Phones make large ones: as much as a document is
    read to its end, so that the answer is a sentence and what was typed is kept."""
    del visit  # the guard has read it
    request.max_content_length = MAX_ENVELOPE_BYTES
    g.uploads = []
    return _open


def _open(file_name: str) -> IO[bytes]:
    """One file; which control it came from, the parser says only afterwards. A control that was
    left empty, and whatever else comes, is forgotten."""
    full = len(g.uploads) > MAX_ATTACHMENTS
    if not file_name or full or not visiting().holder.may_act or not _takes_files():
        return cast("IO[bytes]", Swallow())
    upload = begin_attachment(state().vault, "", file_name)
    g.uploads.append(upload)
    return cast("IO[bytes]", ReceivedFile(upload))


def _takes_files() -> bool:
    asked = asked_now()
    return asked.look is not None or asked.files


@blueprint.post("/sign/<uuid:visit>/fields")
@may(ACT)
@receives_files(prepare_files)
def enter_fields(visit: UUID) -> AnyResponse:
    """Keep the form, and the files if there are any; then go where the button says."""
    arrived = arrived_by_control()
    make = _MAKERS.get(request.form.get("action", "")) if _wants_a_look() else None
    upload = make() if make is not None else _stamp_of(arrived.pop(STAMP, None))
    taken = _takes_official()
    entered = entered_from(request.form, pictured=upload is not None or taken)
    try:
        with state().database.transaction() as session:
            kept = enter(session, state().vault, visiting(), entered, now())
    except Refusal:
        return _not_kept(visit)
    pauses = request.form.get("action") == PAUSE
    if not visiting().holder.may_act:  # it was sent back: kept for later
        return leave(visit) if pauses else _elsewhere(visit)
    if upload is not None:
        _keep_stamp(upload)
    keep_attachments(arrived)
    if kept.disputed and not _brings_a_part():
        return _both(kept.disputed)
    if pauses:
        return leave(visit)
    if request.form.get("action") == "pad" and asked_now().look is not None:
        begin_pad()
    return _fragment() if wants_fragment() else _next(visit)


def _brings_a_part() -> bool:
    """Whether a script puts the answer into a part of the page: the form's next one will tell."""
    action = request.form.get("action", "")
    part = action.partition("-")[0] in PICTURES or field_of(action) is not None
    return part and wants_fragment()


def _both(disputed: Mapping[str, str]) -> Response:
    """The page again, with what its form says and what another page wrote in the same fields
    since it showed them. Sent again, the form counts: now both were shown."""
    if wants_fragment():
        return make_response("", CONFLICT)
    answer = reader_page(asked_now().disputed(disputed), _number(), disputed=True)
    answer.status_code = CONFLICT
    return answer


def _takes_official() -> bool:
    """Whether a seal of the organisation is taken now. Who may not use it is told so; one of
    another organisation is none."""
    key = official_of(request.form.get("action", ""))
    if key is None or not _wants_a_look():
        return False
    try:
        take_official(key)
    except Refusal as refusal:
        flash(words(WORDS[refusal.code]), "error")
        return False
    except LookupError:
        abort(404)
    return True


def _wants_a_look() -> bool:
    return visiting().holder.may_act and asked_now().look is not None


def _stamp_of(file: AttachmentUpload | None) -> Incoming | None:
    """The picture of a seal, if one came and is wanted."""
    if file is None or asked_now().look is None:
        return None
    return stamp_of(file)


def _keep_stamp(upload: Incoming) -> None:
    try:
        with state().database.transaction() as session:
            person = session.get_one(Participant, visiting().holder.participant.id)
            finish_stamp(session, person, upload, now())
    except Refusal:
        flash(say("画像を追加できる回数の上限に達しました。前の画像を使ってください。"), "error")


def _not_kept(visit: UUID) -> AnyResponse:
    """Nothing of the form is kept, and nobody may think it was: why, with what was typed. A script
    says that a button of the form shows it."""
    if in_vain() and wants_fragment():
        return make_response("", GONE)
    return _elsewhere(visit) if wants_fragment() else shut(visit)


def _elsewhere(visit: UUID) -> AnyResponse:
    """To the page that says why nothing can be entered now."""
    if not wants_fragment():
        return to("signer.done", visit)
    answer = make_response("", 200)
    answer.headers["HX-Redirect"] = url_for("signer.done", visit=visit)
    return answer


def _number() -> int:
    """Of the document whose form it is."""
    return request.values.get("number", 1, type=int)


def _fragment() -> Response:
    """What changed, for the page's script; after an upload the whole choice of looks."""
    action = request.form.get("action", "")
    template = "look" if action.partition("-")[0] in PICTURES else "saved"
    if (key := field_of(action)) is not None:
        return attachment_fragment(key, asked_now(), _number())
    asked = asked_now()
    return page(
        f"signer/{template}.html",
        asked=asked,
        number=_number(),
        shown=asked.marks(_number(), request.form),
        missing=bool(request.form.get("check")),
        at=now(),
        pad=pad_now() if template == "look" else None,
    )


def _next(visit: UUID) -> AnyResponse:
    """To where the button leads."""
    number = _number()
    verb, _, rest = request.form.get("action", "save").partition("-")
    asked = asked_now()
    wrong = asked.first_wrong if verb == "finish" else None
    if wrong is not None:
        shown = number if asked.errors(number, missing=True) else wrong
        target = url_for("signer.read", visit=visit, document=shown, check=1)
    elif verb == "finish":
        target = url_for("signer.confirm", visit=visit)
    elif verb == "document":
        target = url_for("signer.read", visit=visit, document=rest)
    elif (key := field_of(request.form.get("action", ""))) is not None:
        target = url_for("signer.read", visit=visit, document=number, _anchor=f"{FIELD}{key}")
    else:
        part = "look" if verb in PICTURES else "fields"
        saved = None if verb in PICTURES else 1
        target = url_for("signer.read", visit=visit, document=number, saved=saved, _anchor=part)
    return redirect(target, 303)


@blueprint.get("/sign/<uuid:visit>/stamp")
@may(POLL)
def stamp_state(visit: UUID) -> Response:
    """What became of the newest picture; 204 while nothing has."""
    del visit  # the guard has read it
    asked = asked_now()
    look = asked.look
    if look is None or not visiting().holder.may_act:
        return make_response("", STOP_POLLING)
    if request.args.get("seen") == look.mark:
        return make_response("", 204)
    return page("signer/stamp_state.html", asked=asked, number=_number(), missing=False)


@blueprint.get("/sign/<uuid:visit>/stamps/<uuid:stamp>.png")
@may(READ)
def stamp_picture(visit: UUID, stamp: UUID) -> Response:
    """The cleaned picture, for its own person only."""
    del visit  # the guard has read it
    holder = visiting().holder
    with state().database.reading() as session:
        found: Stamp | MemberSeal | OfficialSeal | None = session.get(Stamp, stamp)
        if not isinstance(found, Stamp) or found.participant_id != holder.participant.id:
            found = known_seals().picture(stamp)
        if found is None or found.image_blob_id is None or holder.link.purpose != LinkPurpose.ACT:
            abort(404)
        blob = session.get_one(Blob, found.image_blob_id)
    return send_stored(
        StoredFile(blob.id, blob.size, blob.sha256, "stamp.png", "image/png"), way="inline"
    )
