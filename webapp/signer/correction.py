"""What a signer is told of a correction: which documents, when and why; that he is asked anew."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from storage.comparisons import Comparison, changes_between, origin_in, version_seen
from storage.corrections import correction_before, replaced_by
from storage.standing import Holder
from storage.tables import Act, Document
from storage.vault import Vault
from webapp.changes import Pictures


@dataclass(frozen=True)
class CorrectionNews:
    """The correction that made the version he reads."""

    titles: tuple[str, ...]
    reason: str
    at: datetime
    anew: bool
    """Whether he had read or acted on a version before."""
    comparisons: tuple[Comparison, ...] = ()
    """What changed since the version that he knows. Whoever reads for the first time is shown
    nothing of what was replaced: it may have been the wrong file."""


def correction_news(session: Session, vault: Vault, holder: Holder) -> CorrectionNews | None:
    """None on the version that was sent first."""
    row = correction_before(session, holder.envelope)
    if row is None:
        return None
    act = session.get_one(Act, row.act_id)
    named = replaced_by(act.evidence)
    anew = str(holder.participant.id) in row.concerned
    seen = version_seen(session, holder.envelope, holder.participant.id) if anew else None
    comparisons = (
        changes_between(session, vault, holder.envelope.id, seen, holder.envelope.version)
        if seen
        else ()
    )
    documents = [session.get_one(Document, part.replacement_id) for part in named]
    return CorrectionNews(
        titles=tuple(item.title for item in sorted(documents, key=lambda item: item.position)),
        reason=act.reason,
        at=act.posted_at,
        anew=anew,
        comparisons=comparisons,
    )


def known_before(session: Session, holder: Holder, document_id: UUID) -> Document | None:
    """The document that he knows, and that the named one of the current version goes back to."""
    row = correction_before(session, holder.envelope)
    if row is None or str(holder.participant.id) not in row.concerned:
        return None
    seen = version_seen(session, holder.envelope, holder.participant.id)
    document = session.get(Document, document_id)
    if seen is None or document is None or document.envelope_id != holder.envelope.id:
        return None
    found = origin_in(session, document, holder.envelope.id, seen)
    return found if found is not None and found.id != document.id else None


def change_pictures(visit: UUID) -> Pictures:
    """Both by the new document's id: that of the old one opens nothing here."""

    def found(endpoint: str, comparison: Comparison, page: int) -> str:
        return url_for(endpoint, visit=visit, document=comparison.after.id, page=page)

    return Pictures(
        lambda comparison, page: found("signer.document_page_before", comparison, page),
        lambda comparison, page: found("signer.document_page", comparison, page),
    )
