"""Versions of a sent envelope's documents: what was replaced by what, and the bytes of before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Response, abort, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.operations import Operation
from storage import corrections
from storage.comparisons import changes_between
from storage.repairs import to_prepare
from storage.tables import Act, Correction, Document, Envelope, Member, Revision
from storage.versions import documents_of_version
from webapp.changes import Pictures
from webapp.recording import records
from webapp.security import may
from webapp.sender import blueprint
from webapp.sender.scope import envelope_or_404
from webapp.signer.ranges import StoredFile, send_stored
from webapp.state import state


@dataclass(frozen=True)
class DocumentOfVersion:
    """A document as one version had it; hashes (SHA-256) of the PDF that was read, and of the last
    revision where signatures followed it."""

    document: Document
    base_sha256: str
    last_sha256: str
    signatures: int
    corrected: bool
    """It was uploaded for this version."""
    kept: bool
    """There are bytes to fetch; a version that could not be prepared has none."""


@dataclass(frozen=True)
class VersionOnPage:
    """One version; the correction that made it, unless it was sent first."""

    number: int
    documents: tuple[DocumentOfVersion, ...]
    current: bool
    since: datetime | None = None
    reason: str = ""
    by: str = ""


def versions_of(session: Session, envelope: Envelope) -> tuple[VersionOnPage, ...]:
    """Newest first; empty while nothing was corrected."""
    made = corrections.corrections_so_far(session, envelope.id)
    if not made:
        return ()
    later = tuple(_version(session, envelope, row) for row in reversed(made))
    first = made[0].from_version
    sent = VersionOnPage(
        first, _documents(session, envelope, first), current=False, since=envelope.sent_at
    )
    return (*later, sent)


def _version(session: Session, envelope: Envelope, row: Correction) -> VersionOnPage:
    act = session.get_one(Act, row.act_id)
    member = session.get(Member, act.member_id) if act.member_id else None
    return VersionOnPage(
        row.to_version,
        _documents(session, envelope, row.to_version),
        current=row.to_version == envelope.version,
        since=row.created_at,
        reason=act.reason,
        by=member.name if member else "",
    )


def _documents(session: Session, envelope: Envelope, version: int) -> tuple[DocumentOfVersion, ...]:
    return tuple(
        _document(session, document, version)
        for document in documents_of_version(session, envelope.id, version)
    )


def _document(session: Session, document: Document, version: int) -> DocumentOfVersion:
    rows = revisions_in(session, document.id, version)
    base = rows[0].sha256 if rows else to_prepare(session, document.id).sha256
    return DocumentOfVersion(
        document,
        base,
        rows[-1].sha256 if rows else base,
        sum(row.kind == "signature" for row in rows),
        document.replaces_id is not None and document.from_version == version,
        bool(rows),
    )


def revisions_in(session: Session, document_id: UUID, version: int) -> Sequence[Revision]:
    """Revisions of one version of a document, in order."""
    return session.scalars(
        select(Revision)
        .where(Revision.document_id == document_id, Revision.version == version)
        .order_by(Revision.number)
    ).all()


def page_pictures(envelope_id: UUID) -> Pictures:
    """Of both documents: readers of an envelope read whatever it ever had."""

    def found(document: Document, page: int) -> str:
        return url_for(
            "sender.document_page", envelope_id=envelope_id, document_id=document.id, page=page
        )

    return Pictures(
        lambda comparison, page: found(comparison.before, page),
        lambda comparison, page: found(comparison.after, page),
    )


@blueprint.get("/envelopes/<uuid:envelope_id>/versions/<int:version>/changes")
@may("document.read")
@records(Operation.DOCUMENT_OPENED)
def version_changes(envelope_id: UUID, version: int) -> str:
    """What a correction changed, page by page."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        known = versions_of(session, envelope) if version <= envelope.version else ()
        found = next((row for row in known if row.number == version and row.reason), None)
        if found is None:
            abort(404)
        comparisons = changes_between(session, state().vault, envelope.id, version - 1, version)
    return render_template(
        "sender/version_changes.html",
        envelope=envelope,
        version=found,
        comparisons=comparisons,
        pictures=page_pictures(envelope.id),
    )


@blueprint.get(
    "/envelopes/<uuid:envelope_id>/versions/<int:version>/documents/<uuid:document_id>/file"
)
@may("document.read")
@records(Operation.DOCUMENT_OPENED)
def version_file(envelope_id: UUID, version: int, document_id: UUID) -> Response:
    """The last bytes of a version, with the signatures that were made on it: kept for ever."""
    with state().database.reading() as session:
        envelope = envelope_or_404(session, envelope_id)
        found = {row.id: row for row in documents_of_version(session, envelope.id, version)}
        document = found.get(document_id) if 1 <= version <= envelope.version else None
        rows = revisions_in(session, document_id, version) if document is not None else ()
    if document is None or not rows:
        abort(404)
    last = rows[-1]
    return send_stored(StoredFile(last.blob_id, last.size, last.sha256, document.file_name))
