"""Files of a request, each in a vault stream of its own."""

from collections.abc import Callable
from typing import IO, cast
from uuid import UUID

from flask import g, request

from domain.kinds import EnvelopeState
from domain.limits import MAX_ENVELOPE_BYTES, MIB
from domain.refusals import Refusal, RefusalCode
from storage.tables import Document
from storage.uploads import Upload, begin_upload, finish_upload
from webapp.login import member, now
from webapp.requests import ReceivedFile, Swallow, arrived_files
from webapp.sender.scope import draft_or_404, envelope_or_404
from webapp.state import state
from webapp.tries import count_upload

MAX_REQUEST_BYTES = MAX_ENVELOPE_BYTES + MIB
_COUNTED = frozenset({"sender.upload", "sender.correct_document"})


def prepare_files(envelope_id: UUID) -> Callable[[str], IO[bytes]]:
    """Check that the draft may take files, before the body is read."""
    with state().database.reading() as session:
        if envelope_or_404(session, envelope_id).state != EnvelopeState.DRAFT:
            raise Refusal(RefusalCode.ALREADY_SENT)
    return receive()


def receive() -> Callable[[str], IO[bytes]]:
    """Each file of this request goes into a stream of its own."""
    if request.endpoint in _COUNTED:
        count_upload(member().id)
    request.max_content_length = MAX_REQUEST_BYTES
    g.uploads = []
    return _open


def _open(file_name: str) -> IO[bytes]:
    if not file_name:  # a file field that was left empty
        return cast("IO[bytes]", Swallow())
    upload = begin_upload(state().vault, file_name)
    g.uploads.append(upload)
    return cast("IO[bytes]", ReceivedFile(upload))


def store_files(envelope_id: UUID) -> list[Document]:
    """Every file of this request becomes a document.

    Raises Refusal TOO_MANY_DOCUMENTS; UPLOAD_BROKEN_OFF if a file did not arrive to its end,
    before anything is stored.
    """
    stored = []
    for upload in arrived():
        with state().database.transaction() as session:
            envelope = draft_or_404(session, envelope_id)
            stored.append(finish_upload(session, envelope, upload, member(), now()))
    return stored


def arrived() -> list[Upload]:
    """Files of this request, whole. Raises Refusal UPLOAD_BROKEN_OFF: half a contract is no
    contract."""
    whole = [cast("Upload", upload) for _, upload in arrived_files()]
    if len(whole) != len(g.get("uploads", [])):
        raise Refusal(RefusalCode.UPLOAD_BROKEN_OFF)
    return whole
