"""Files that a signer attaches: they arrive with the form of the reading page, are shown with what
became of them, and can be looked at, replaced and removed until he signs."""

from collections.abc import Callable
from functools import partial
from typing import cast
from uuid import UUID

from flask import Flask, Response, abort, flash, make_response, request
from sqlalchemy.orm import Session

from domain.attachments import MEDIA_TYPES, FileKind
from domain.kinds import DocumentState
from domain.limits import MAX_ATTACHMENT_BYTES
from domain.refusals import WORDS, Refusal, RefusalCode
from storage.attachments import AttachmentUpload, finish_attachment, is_proven, remove_attachment
from storage.handed_in import handed_in
from storage.recipients import chosen_for
from storage.tables import Attachment
from webapp.language import words
from webapp.requests import arrived_files
from webapp.security import may
from webapp.signer.asking import FILE, Asked
from webapp.signer.blueprint import blueprint
from webapp.signer.links import closed
from webapp.signer.pages import asked_now, page
from webapp.signer.ranges import StoredFile, send_picture, send_stored
from webapp.signer.visiting import POLL, READ, STOP_POLLING, now, visiting
from webapp.state import state

STAMP = "stamp"
"""The name of the control for a picture of a seal."""
REMOVE = "detach-"
"""What the button that removes a file says, before the field's id."""


def arrived_by_control() -> dict[str, AttachmentUpload]:
    """What came whole, by the name of its control; of two for one control the last."""
    return {name: cast("AttachmentUpload", upload) for name, upload in arrived_files()}


def keep_attachments(arrived: dict[str, AttachmentUpload]) -> None:
    """Have them checked, and remove what the button says. What cannot be kept is told by the page;
    whatever else was typed or sent is."""
    for name, upload in arrived.items():
        if name.startswith(FILE):
            upload.field_id = name.removeprefix(FILE)
            _or_say(partial(_finish, upload))
    action = request.form.get("action", "")
    if action.startswith(REMOVE):
        _or_say(partial(_remove, action.removeprefix(REMOVE)))


def _finish(upload: AttachmentUpload, session: Session) -> None:
    finish_attachment(session, visiting(), upload, now())


def _remove(field_id: str, session: Session) -> None:
    remove_attachment(session, visiting(), field_id, now())


def _or_say(step: Callable[[Session], None]) -> None:
    try:
        with state().database.transaction() as session:
            step(session)
    except Refusal as refusal:
        flash(words(WORDS[refusal.code]), "error")


def field_of(action: str) -> str | None:
    """The id of the field whose file a button is about; None for other buttons."""
    for prefix in (FILE, REMOVE):
        if action.startswith(prefix):
            return action.removeprefix(prefix)
    return None


def attachment_fragment(key: str, asked: Asked, number: int) -> Response:
    """What lies at one field now."""
    row = next((row for row in asked.inputs if str(row.row.field.id) == key), None)
    if row is None or row.file is None:
        return make_response("", STOP_POLLING)
    facts = {"row": row, "asked": asked, "number": number, "missing": False, "fragment": True}
    return page("signer/attachment.html", **facts)


@blueprint.get("/sign/<uuid:visit>/attached/<uuid:field>")
@may(POLL)
def attachment_state(visit: UUID, field: UUID) -> Response:
    """What became of the file at a field; 204 while nothing has."""
    del visit  # the guard has read it
    if not visiting().holder.may_act:
        return make_response("", STOP_POLLING)
    asked = asked_now()
    row = next((row for row in asked.inputs if row.row.field.id == field), None)
    if row is not None and request.args.get("seen") == row.file_mark:
        return make_response("", 204)
    return attachment_fragment(str(field), asked, request.args.get("number", 1, type=int))


@blueprint.get("/sign/<uuid:visit>/attachments/<uuid:attachment>/file")
@may(READ)
def attachment_file(visit: UUID, attachment: UUID) -> Response:
    """A file that one has attached oneself, or that somebody has handed in."""
    del visit  # the guard has read it
    row = _readable(attachment)
    assert row.blob_id is not None
    assert row.sha256 is not None
    kind = MEDIA_TYPES[FileKind(str(row.kind))]
    return send_stored(StoredFile(row.blob_id, row.size, row.sha256, row.name, kind))


@blueprint.get("/sign/<uuid:visit>/attachments/<uuid:attachment>/picture")
@may(READ)
def attachment_picture(visit: UUID, attachment: UUID) -> Response:
    """What it looks like: a picture of it that a child has made."""
    del visit  # the guard has read it
    row = _readable(attachment)
    if row.preview_blob_id is None:
        abort(404)
    return send_picture(row.preview_blob_id, row.name)


def _readable(attachment: UUID) -> Attachment:
    """One's own as it was found good, or what an accepted act handed in with a document that this
    person reads; 404 for any other, the closed page afterwards."""
    holder = visiting().holder
    if not holder.may_read:
        abort(closed(holder))
    with state().database.reading() as session:
        row = session.get(Attachment, attachment)
        own = row is not None and row.participant_id == holder.participant.id
        if row is not None and own and _is_good(row):
            return row if is_proven(session, state().vault, row) else abort(404)
        chosen = chosen_for(session, holder.participant.id)
        for item in handed_in(session, state().vault, holder.envelope):
            seen = not chosen or item.field.document_id in chosen
            if seen and item.row.id == attachment:
                return item.row
    return abort(404)


def _is_good(row: Attachment) -> bool:
    return row.state == DocumentState.READY and row.removed_at is None


def refusal_words(row: Attachment) -> str:
    """Why a file was refused."""
    return words(WORDS[RefusalCode(row.refusal)]) if row.refusal else ""


def size_text(size: int) -> str:
    """`1.2 MB`, `340 kB`."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, size // 1_000)} kB"


def init_attaching(app: Flask) -> None:
    """Words for the template."""
    app.jinja_env.globals.update(
        refusal_words=refusal_words,
        size_text=size_text,
        too_heavy_words=lambda: words(WORDS[RefusalCode.ATTACHMENT_TOO_LARGE]),
        attachment_limit=MAX_ATTACHMENT_BYTES,
    )
