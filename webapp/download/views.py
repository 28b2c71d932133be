"""`/d/<token>` from the completion mail, and the page from which everybody takes his files."""

from collections.abc import Iterator
from uuid import UUID

from flask import Response, abort, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from domain.kinds import EnvelopeState, LinkPurpose
from runtime.zips import Member, safe_names, stream_zip
from storage.handed_in import HandedIn
from storage.recipients import chosen_for
from storage.standing import Holder, Standing
from webapp.download.blueprint import blueprint
from webapp.download.queries import (
    Finished,
    attachment_file_of,
    attachments_for,
    finished_for,
    note_attachments,
    note_download,
)
from webapp.security import may, public
from webapp.signer.evidence_file import evidence_answer, evidence_bytes
from webapp.signer.links import exchange, look_up, masked, unknown_link
from webapp.signer.ranges import SANDBOX, content_disposition, send_stored, stream
from webapp.signer.visiting import GONE, READ, now, seconds_left, visiting
from webapp.state import state

PART = 206
HANDED_OVER = frozenset({200, PART})
"""Answers that send bytes of a file."""


@blueprint.get("/d/<token>")
@public
def show_link(token: str) -> Response:
    """What may be fetched, and one button. Writes nothing."""
    holder = look_up(token, LinkPurpose.DOWNLOAD)
    if holder is None:
        return unknown_link(token)
    if holder.standing is not Standing.OPEN:
        return _closed(holder)
    with state().database.reading() as session:
        finished = finished_for(session, holder)
        attached = attachments_for(session, state().vault, holder)
    page = render_template(
        "download/link.html",
        holder=holder,
        finished=finished,
        attached=attached,
        mail=masked(holder.participant.mail),
        days=state().settings.download_days,
    )
    return make_response(page)


@blueprint.post("/d/<token>")
@public
def open_link(token: str) -> AnyResponse:
    """Make a visit and leave the token behind."""
    holder = look_up(token, LinkPurpose.DOWNLOAD)
    if holder is None:
        return unknown_link(token)
    if holder.standing is not Standing.OPEN and not holder.late_download:
        return _closed(holder)
    return exchange(holder, "download.files")


@blueprint.get("/download/<uuid:visit>/")
@may(READ)
def files(visit: UUID) -> Response:
    """Every document, all of them at once, and the evidence."""
    _require_open()
    holder = visiting().holder
    page = render_template(
        "download/files.html",
        visit=visit,
        holder=holder,
        finished=_finished(),
        attached=_attached(),
        whole=_gets_all(),
        days=state().settings.download_days,
        seconds_left=seconds_left(),
        open_until=visiting().ends_at,
    )
    return make_response(page)


@blueprint.get("/download/<uuid:visit>/documents/<uuid:document>/file")
@may(READ)
def document_file(visit: UUID, document: UUID) -> Response:
    """One finished PDF."""
    del visit  # the guard has read it
    _require_open()
    item = next((item for item in _finished() if item.document.id == document), None)
    if item is None:
        abort(404)
    return _noted(send_stored(item.file), (item,))


@blueprint.get("/download/<uuid:visit>/attachments/<uuid:attachment>/file")
@may(READ)
def attachment_file(visit: UUID, attachment: UUID) -> Response:
    """One file that somebody attached and signed for."""
    del visit  # the guard has read it
    _require_open()
    item = next((item for item in _attached() if item.row.id == attachment), None)
    if item is None:
        abort(404)
    return _noted(send_stored(attachment_file_of(item)), (), (item,))


@blueprint.get("/download/<uuid:visit>/all.zip")
@may(READ)
def all_files(visit: UUID) -> Response:
    """Every finished PDF, what people attached, and the evidence, as one file."""
    del visit  # the guard has read it
    _require_open()
    holder, finished, attached = visiting().holder, _finished(), _attached()
    record = evidence_bytes(holder.envelope, holder.participant) if _gets_all() else None
    members = _members(finished, attached, record)
    moment = holder.envelope.ended_at or now()
    body = () if request.method == "HEAD" else stream_zip(members, moment, holder.organisation.zone)
    answer = _attachment(body, "application/zip", f"{holder.envelope.number}.zip")
    return _noted(answer, finished, attached)


@blueprint.get("/download/<uuid:visit>/evidence.json")
@may(READ)
def evidence(visit: UUID) -> Response:
    """Hashes, acts and the ledger."""
    del visit  # the guard has read it
    _require_open()
    if not _gets_all():
        abort(404)
    holder = visiting().holder
    return evidence_answer(holder.envelope, holder.participant)


def _require_open() -> None:
    """The window is judged by the date in the database at each request. After it, the guard has
    asked for the code that this visit's mailbox got."""
    holder = visiting().holder
    if not (holder.download_open(now()) or holder.late_download):
        abort(_closed(holder))


def _closed(holder: Holder) -> Response:
    over = holder.envelope_state is EnvelopeState.DONE
    page = render_template(
        "download/closed.html",
        holder=holder,
        over=over,
        mail=masked(holder.participant.mail) if holder.late_download else "",
        days=state().settings.download_days,
    )
    return make_response(page, GONE)


def _finished() -> tuple[Finished, ...]:
    with state().database.reading() as session:
        return finished_for(session, visiting().holder)


def _attached() -> tuple[HandedIn, ...]:
    with state().database.reading() as session:
        return attachments_for(session, state().vault, visiting().holder)


def _gets_all() -> bool:
    """The evidence tells of every document: who gets some of them does not get it."""
    with state().database.reading() as session:
        return not chosen_for(session, visiting().holder.participant.id)


def _noted(
    answer: Response, finished: tuple[Finished, ...], attached: tuple[HandedIn, ...] = ()
) -> Response:
    """The answer, once the hand-over that it makes is in the ledger. A further part of what this
    visit was handed, fetched by a program that resumes, is no further hand-over."""
    if request.method == "HEAD" or answer.status_code not in HANDED_OVER:
        return answer
    resumed = answer.status_code == PART
    with state().database.transaction() as session:
        note_download(session, visiting(), finished, now(), resumed=resumed)
        note_attachments(session, visiting(), attached, now(), resumed=resumed)
    return answer


def _members(
    finished: tuple[Finished, ...], attached: tuple[HandedIn, ...], record: bytes | None
) -> Iterator[Member]:
    # Taken here: the application context is gone when the server reads on.
    database, vault = state().database, state().vault
    names = safe_names(item.file.name for item in finished)

    def members() -> Iterator[Member]:
        for name, item in zip(names, finished, strict=True):
            yield name, stream(database, vault, item.file, 0, item.file.size)
        for handed in attached:
            file = attachment_file_of(handed)
            yield handed.path, stream(database, vault, file, 0, file.size)
        if record is not None:
            yield "evidence.json", (record,)

    return members()


def _attachment(body: Iterator[bytes] | bytes | tuple[()], kind: str, name: str) -> Response:
    answer = Response(body, mimetype=kind)
    answer.headers["Content-Disposition"] = content_disposition(name)
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer
