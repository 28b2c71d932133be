"""Corrections (訂正) on their way: corrected PDFs that wait for their sender's confirmation.

A corrected document is a document of its own, checked like every upload, that begins with the
version to come. Until the sender confirms, nobody else is shown it and nothing else changes. The
confirmation is an act; desks/corrections.py carries it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from domain.corrections import Replacement, corrected_sha256
from domain.events import Event
from domain.kinds import ENDED, FILLING_ACTS, ActKind, DocumentState, EnvelopeState
from domain.refusals import Refusal, RefusalCode
from storage import correction_fields, ledger
from storage.coming_fields import Coming, Judged, coming
from storage.repairs import same_pdf, to_prepare
from storage.senders import shares_a_decision
from storage.tables import (
    Act,
    Correction,
    Document,
    Envelope,
    Link,
    Member,
    Participant,
    Revision,
    Visit,
)
from storage.versions import documents_of_version

EVIDENCE = "corrections"
"""Name, in an act's evidence, of the list of what is replaced by what."""


@dataclass(frozen=True)
class Corrected:
    """A document of the current version, and its correction if one was uploaded."""

    document: Document
    replacement: Document | None
    fits: bool = True
    """Whether the fields of the one have their places on the other."""
    same: bool = False
    """The same PDF: only its fields are corrected."""
    moved: bool = False
    """Whether any field was placed otherwise than before."""

    @property
    def ready(self) -> bool:
        """It may be confirmed."""
        checked = self.replacement is not None and self.replacement.state == DocumentState.READY
        return checked and self.fits and (self.moved or not self.same)


def corrections_of(session: Session, envelope: Envelope) -> tuple[Corrected, ...]:
    """Every document of the current version, in the order of the tabs."""
    uploaded = {
        row.replaces_id: row
        for row in session.scalars(
            select(Document)
            .where(
                Document.envelope_id == envelope.id,
                Document.removed_at.is_(None),
                Document.from_version == envelope.version + 1,
            )
            .order_by(Document.created_at)
        )
    }
    if any(row.placed is not None for row in uploaded.values()):
        return _placed_anew(session, envelope, coming(session, envelope))
    return tuple(
        _with_fields(
            session,
            _corrected(session, envelope, document, uploaded.get(document.id), None),
            moved=False,
        )
        for document in documents_of_version(session, envelope.id)
    )


def _placed_anew(session: Session, envelope: Envelope, known: Coming) -> tuple[Corrected, ...]:
    """The same where fields may have been placed anew, and were read."""
    judged = correction_fields.judged_of(session, envelope, known)
    return tuple(
        _with_fields(
            session,
            _corrected(session, envelope, document, known.replacements.get(document.id), judged),
            moved=known.moved(document),
        )
        for document in known.documents
    )


def replacement_of(session: Session, envelope: Envelope, document: Document) -> Document | None:
    """The correction of it that was uploaded and not refused."""
    row = session.scalars(
        _uploaded(envelope, document).order_by(Document.created_at.desc(), Document.id).limit(1)
    ).first()
    return None if row is None or row.state == DocumentState.REFUSED else row


def _uploaded(envelope: Envelope, document: Document) -> Select[Document]:
    """Corrections of it that wait for their confirmation; there is one, as a rule."""
    return select(Document).where(
        Document.envelope_id == envelope.id,
        Document.replaces_id == document.id,
        Document.from_version == envelope.version + 1,
        Document.removed_at.is_(None),
    )


def _with_fields(session: Session, row: Corrected, *, moved: bool) -> Corrected:
    if row.replacement is None or row.replacement.state == DocumentState.REFUSED:
        return row
    same = same_pdf(session, row.document.id, row.replacement.id)
    return replace(row, same=same, moved=moved)


def _corrected(
    session: Session,
    envelope: Envelope,
    document: Document,
    replacement: Document | None,
    judged: Judged | None,
) -> Corrected:
    if replacement is None or replacement.state != DocumentState.READY:
        return Corrected(document, replacement)
    if replacement.placed is not None and judged is not None:
        return Corrected(document, replacement, not judged.problems_on(replacement))
    fits = correction_fields.fits(session, envelope, document, replacement)
    return Corrected(document, replacement, fits)


# -- before the confirmation -------------------------------------------------------------------


def check_correctable(session: Session, envelope: Envelope) -> None:
    """Raise Refusal unless the sender may correct now, as far as rows tell."""
    state = EnvelopeState(envelope.state)
    if state in ENDED or state is EnvelopeState.COMPLETING:
        raise Refusal(RefusalCode.ENVELOPE_ENDED)
    if state is EnvelopeState.SENDING or _is_posted(session, envelope):
        raise Refusal(RefusalCode.CORRECTION_UNDER_WAY)
    if state not in {EnvelopeState.RUNNING, EnvelopeState.SENT_BACK}:
        raise Refusal(RefusalCode.NOT_ALLOWED)


def _is_posted(session: Session, envelope: Envelope) -> bool:
    """What somebody has confirmed already, nobody changes under his hands."""
    found = session.scalar(
        select(Act.id).where(
            Act.envelope_id == envelope.id,
            Act.version == envelope.version,
            Act.kind == ActKind.CORRECT.value,
            or_(Act.accepted.is_(None), Act.accepted.is_(True)),
        )
    )
    return found is not None


def correctable(
    session: Session, organisation_id: UUID, envelope_id: UUID, document_id: UUID | None = None
) -> tuple[Envelope, Document | None]:
    """The envelope, locked, and the document of its current version that is named.

    Raises LookupError for a foreign or unknown id; Refusal as `check_correctable`.
    """
    envelope = session.scalar(
        select(Envelope)
        .where(Envelope.id == envelope_id, Envelope.organisation_id == organisation_id)
        .with_for_update()
    )
    if envelope is None:
        raise LookupError(str(envelope_id))
    check_correctable(session, envelope)
    if document_id is None:
        return envelope, None
    for document in documents_of_version(session, envelope.id):
        if document.id == document_id:
            return envelope, document
    raise LookupError(str(document_id))


def forget(
    session: Session, envelope: Envelope, document: Document, member: Member, now: datetime
) -> list[Any] | None:
    """Take an uploaded correction of `document` back; its row stays for the ledger. Returns how its
    fields were placed anew, if they were, for another try."""
    rows = session.scalars(_uploaded(envelope, document))
    placed: list[Any] | None = None
    for row in rows.all():
        row.removed_at = now
        ledger.append(
            session,
            Event.DOCUMENT_REMOVED,
            at=now,
            actor=f"member:{member.id}",
            envelope_id=envelope.id,
            data={"document": row.id},
        )
        placed = row.placed
    return placed


# -- the act -----------------------------------------------------------------------------------


def replacements_of(session: Session, envelope: Envelope) -> tuple[Replacement, ...]:
    """What a confirmation given now would replace. Raises Refusal NOTHING_CORRECTED while an
    uploaded correction cannot be used, or when there is none; FIELDS_DO_NOT_FIT."""
    known = coming(session, envelope)
    rows = [row for row in _placed_anew(session, envelope, known) if row.replacement is not None]
    if any(not row.fits for row in rows):
        raise Refusal(RefusalCode.FIELDS_DO_NOT_FIT)
    if not rows or not all(row.ready for row in rows):
        raise Refusal(RefusalCode.NOTHING_CORRECTED)
    judged = correction_fields.judged_of(session, envelope, known)
    return tuple(
        Replacement(
            row.document.id,
            _read_sha256(session, row.document, envelope.version),
            row.replacement.id,
            to_prepare(session, row.replacement.id).sha256,
            correction_fields.sha256_of(known, judged, row.document),
        )
        for row in rows
        if row.replacement is not None
    )


def _read_sha256(session: Session, document: Document, version: int) -> str:
    """Of the base that people read; of the upload where the version never had one."""
    found = session.scalar(
        select(Revision.sha256).where(
            Revision.document_id == document.id, Revision.version == version, Revision.number == 0
        )
    )
    return found or to_prepare(session, document.id).sha256


def check_corrector(session: Session, envelope: Envelope, member: Member) -> None:
    """Raise Refusal CORRECTOR_DECIDES for somebody whom his own correction would be put before."""
    if shares_a_decision(session, envelope, member):
        raise Refusal(RefusalCode.CORRECTOR_DECIDES)


def evidence_of(
    session: Session, envelope: Envelope, member: Member, confirmed: str
) -> dict[str, Any]:
    """What the act's evidence keeps. Raises Refusal NOTHING_CORRECTED when that is not what the
    confirmation showed, EVERYBODY_ACTED, and as `check_correctable`, `check_corrector` and
    `replacements_of`."""
    check_correctable(session, envelope)
    check_corrector(session, envelope, member)
    replacements = replacements_of(session, envelope)
    if corrected_sha256(replacements) != confirmed:
        raise Refusal(RefusalCode.NOTHING_CORRECTED)
    return {EVIDENCE: [row.as_json() for row in replacements]}


def replaced_by(evidence: Mapping[str, Any]) -> tuple[Replacement, ...]:
    """What an act's evidence replaces; empty if it does not say so properly."""
    try:
        return tuple(
            Replacement(
                UUID(row["document"]),
                str(row["sha256"]),
                UUID(row["replacement"]),
                str(row["replacement_sha256"]),
                str(row.get("fields_sha256", "")),
            )
            for row in evidence.get(EVIDENCE, ())
        )
    except (KeyError, TypeError, ValueError):
        return ()


def objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    """Why the rows say no to a correction that was posted, or None."""
    named = replaced_by(act.evidence)
    if not named:
        return RefusalCode.EVIDENCE_INCOMPLETE
    try:
        if act.member_id is not None:
            check_corrector(session, envelope, session.get_one(Member, act.member_id))
        present = replacements_of(session, envelope)
    except Refusal as refusal:
        return refusal.code
    return None if set(named) == set(present) else RefusalCode.NOTHING_CORRECTED


# -- whom it concerns --------------------------------------------------------------------------


def concerned_by(session: Session, envelope: Envelope) -> tuple[UUID, ...]:
    """Participants who have read or acted on the current version or one before it."""
    acted = select(Act.participant_id).where(
        Act.envelope_id == envelope.id,
        Act.accepted.is_(True),
        Act.kind.in_([kind.value for kind in FILLING_ACTS]),
    )
    visits = session.execute(
        select(Visit.participant_id, Visit.viewed)
        .join(Link, Link.id == Visit.link_id)
        .join(Participant, Participant.id == Visit.participant_id)
        .where(Participant.envelope_id == envelope.id)
    )
    known = set(session.scalars(acted)) | {who for who, viewed in visits if viewed}
    people = session.scalars(
        select(Participant.id)
        .where(Participant.envelope_id == envelope.id, Participant.left_at.is_(None))
        .order_by(Participant.position)
    )
    return tuple(person for person in people if person in known)


def correction_before(session: Session, envelope: Envelope) -> Correction | None:
    """The correction that made the current version, if it is not the first."""
    return session.scalar(
        select(Correction).where(
            Correction.envelope_id == envelope.id, Correction.to_version == envelope.version
        )
    )


def corrections_so_far(session: Session, envelope_id: UUID) -> Sequence[Correction]:
    """All corrections that were carried out, oldest first."""
    return session.scalars(
        select(Correction)
        .where(Correction.envelope_id == envelope_id)
        .order_by(Correction.to_version)
    ).all()


def taken_beside(session: Session, envelope: Envelope, replaced: Document) -> int:
    """Bytes of the version to come without this document: what counts for the envelope's limit."""
    rows = corrections_of(session, envelope)
    return sum(
        (row.replacement or row.document).size for row in rows if row.document.id != replaced.id
    )


def count_of_acts(session: Session, envelope: Envelope) -> int:
    """How many signatures and other filling acts were accepted on the current version."""
    found = session.scalar(
        select(func.count())
        .select_from(Act)
        .where(
            Act.envelope_id == envelope.id,
            Act.version == envelope.version,
            Act.accepted.is_(True),
            Act.kind.in_([kind.value for kind in FILLING_ACTS]),
        )
    )
    return int(found or 0)
