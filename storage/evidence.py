"""evidence.json: what an envelope's acts, documents and ledger say, for those who hold its files.

Everything that is needed to check the record by oneself is in it: hashes of every revision, each
act with its method and time, and the chained ledger (storage.ledger.export).
"""

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.consent_words import MEANS
from domain.events import utc_text
from domain.kinds import FILLING_ACTS, EnvelopeState, ParticipantKind
from domain.refusals import Refusal
from domain.stamp_proofs import Stamped
from storage import consents, deputies, ledger, questions, stamp_proofs
from storage.corrections import corrections_so_far
from storage.evidence_readers import WITHHELD, may_read_reason, told
from storage.filling import thaw
from storage.handed_in import handed_in
from storage.tables import (
    Act,
    ActFilling,
    ConsentVersion,
    Deal,
    Document,
    Envelope,
    Field,
    Imported,
    Organisation,
    Participant,
    Party,
    Revision,
    Slot,
    Stage,
)
from storage.vault import Vault

FORMAT = "musubi-evidence-1"


def evidence_record(
    session: Session, vault: Vault, envelope_id: UUID, *, reader: Participant | None
) -> dict[str, Any]:
    """The record of one envelope as JSON values; times are UTC text.

    `reader` None is the sending organisation, which gets everything. A participant gets no
    network address or user agent of anybody, and not who approved or reviewed inside another
    party, nor their reasons: they are roles to him, as on the pages. The ledger holds one hash
    over an act's whole evidence, which only the full record recomputes.

    What somebody entered into his fields is there for the sender and for himself, and for everybody
    once the documents that show it are complete. Questions are for the sender and whoever asked.
    """
    envelope = session.get_one(Envelope, envelope_id)
    organisation = session.get_one(Organisation, envelope.organisation_id)
    return {
        "format": FORMAT,
        "envelope": {
            "id": str(envelope.id),
            "number": envelope.number,
            "title": envelope.title,
            "organisation": organisation.name,
            "state": envelope.state,
            "version": envelope.version,
            "sent_at": _time(envelope.sent_at),
            "deadline_at": _time(envelope.deadline_at),
            "ended_at": _time(envelope.ended_at),
            "download_until": _time(envelope.download_until),
        },
        "documents": _documents(session, envelope),
        "corrections": _corrections(session, envelope),
        "participants": _participants(session, envelope, reader),
        "acts": _acts(session, vault, envelope, reader),
        "attachments": _attachments(session, vault, envelope, reader),
        "consents": _consents(session, envelope, reader),
        "questions": _questions(session, envelope, reader),
        **_import(session, envelope_id),
        "ledger": ledger.export(session, envelope_id),
    }


def _import(session: Session, envelope_id: UUID) -> dict[str, Any]:
    """Of a contract from elsewhere: whence, and the time-stamp over its bytes as they came. Nothing
    in the record of one that was sent from here."""
    row = session.get(Imported, envelope_id)
    if row is None:
        return {}
    received = session.scalar(select(Deal.received_on).where(Deal.envelope_id == envelope_id))
    return {
        "import": {
            "document": str(row.document_id),
            "way": row.way,
            "sha256": row.sha256,
            "received_on": received.isoformat() if received else None,
            "limit_on": row.limit_on.isoformat() if row.limit_on else None,
            "late": row.late,
            "late_reason": row.late_reason,
            "taken_at": _time(row.taken_at),
            "token": base64.b64encode(row.token).decode() if row.token else None,
            "token_time": _time(row.token_time),
            "tsa": row.tsa,
            "proofs": stamp_proofs.told(session, Stamped.IMPORT, envelope_id),
        }
    }


def _time(moment: Any) -> str | None:  # noqa: ANN401 - a datetime or None
    return utc_text(moment) if moment is not None else None


def _documents(session: Session, envelope: Envelope) -> list[dict[str, Any]]:
    """Of every version: what a correction replaced stays evidence."""
    documents = session.scalars(
        select(Document)
        .where(
            Document.envelope_id == envelope.id,
            Document.removed_at.is_(None),
            Document.from_version <= envelope.version,
        )
        .order_by(Document.position, Document.from_version)
    ).all()
    return [
        {
            "id": str(document.id),
            "title": document.title,
            "file_name": document.file_name,
            "pages": document.pages,
            "from_version": document.from_version,
            "until_version": document.until_version,
            "replaces": str(document.replaces_id) if document.replaces_id else None,
            "fields": _fields(session, document),
            "revisions": _revisions(session, document.id),
        }
        for document in documents
    ]


def _corrections(session: Session, envelope: Envelope) -> list[dict[str, Any]]:
    """Which version followed which, by which act, and what took the place of what."""
    return [
        {
            "act": str(row.act_id),
            "from_version": row.from_version,
            "version": row.to_version,
            "at": utc_text(row.created_at),
            "documents": row.documents,
            "concerned": row.concerned,
        }
        for row in corrections_so_far(session, envelope.id)
    ]


def _consents(
    session: Session, envelope: Envelope, reader: Participant | None
) -> list[dict[str, Any]]:
    """What parties said of electronic means, with the text that they read and the time-stamp over
    the statement. A consent of an earlier envelope is here if acts of this one stand on it; its
    person is an id, as everywhere."""
    rows = consents.rows_for_evidence(session, envelope.id)
    hidden = WITHHELD if reader is not None else frozenset[str]()
    versions = {row.version_id: session.get_one(ConsentVersion, row.version_id) for row in rows}
    return [
        {
            "id": str(row.id),
            "kind": row.kind,
            "party": session.get_one(Party, row.party_id).name,
            "participant": str(row.participant_id),
            "text": {
                "version": versions[row.version_id].version,
                "ja": versions[row.version_id].ja,
                "en": versions[row.version_id].en,
                "lasting": versions[row.version_id].lasting,
                "sha256": versions[row.version_id].sha256,
            },
            "means": [
                {"label": item.label._asdict(), "text": item.text._asdict()}
                for item in MEANS[row.means]
            ],
            "language": row.language,
            "withdraws": str(row.withdraws_id) if row.withdraws_id else None,
            "at": utc_text(row.at),
            "evidence": {k: v for k, v in row.evidence.items() if k not in hidden},
            "statement": row.statement,
            "statement_sha256": row.statement_sha256,
            "token": base64.b64encode(row.token).decode() if row.token else None,
            "token_time": _time(row.token_time),
            "tsa": row.tsa,
            "proofs": stamp_proofs.told(session, Stamped.CONSENT, row.id),
        }
        for row in rows
    ]


def _questions(
    session: Session, envelope: Envelope, reader: Participant | None
) -> list[dict[str, Any]]:
    """What was asked and answered: whoever asked has his own, the sender everybody's. The ledger
    has the hashes of these words."""
    rows = questions.of_envelope(session, envelope.id)
    return [
        {
            "id": str(row.id),
            "kind": row.kind,
            "participant": str(row.participant_id),
            "text": row.text,
            "asked_at": utc_text(row.asked_at),
            "answer": row.answer,
            "answered_at": _time(row.answered_at),
            "answered_by": str(row.answered_by) if row.answered_by else None,
        }
        for row in rows
        if reader is None or row.participant_id == reader.id
    ]


def _revisions(session: Session, document_id: UUID) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Revision)
        .where(Revision.document_id == document_id)
        .order_by(Revision.version, Revision.number)
    )
    return [
        {
            "version": row.version,
            "number": row.number,
            "kind": row.kind,
            "sha256": row.sha256,
            "size": row.size,
            "act": str(row.act_id) if row.act_id else None,
            "created_at": utc_text(row.created_at),
        }
        for row in rows
    ]


def _participants(
    session: Session, envelope: Envelope, reader: Participant | None
) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Participant, Party)
        .join(Party, Party.id == Participant.party_id)
        .where(Participant.envelope_id == envelope.id)
        .order_by(Participant.position)
    )
    return [
        {
            "id": str(participant.id),
            "kind": participant.kind,
            **_person(participant, reader),
            "party": {"kind": party.kind, "name": party.name},
            "predecessor": str(participant.predecessor_id) if participant.predecessor_id else None,
            "left_at": _time(participant.left_at),
            **_as_deputy(session, participant, reader),
        }
        for participant, party in rows
    ]


def _as_deputy(
    session: Session, participant: Participant, reader: Participant | None
) -> dict[str, Any]:
    """Of a deputy (代決): in whose absence, and the words that pages and mails say."""
    stands_in = deputies.stands_in(session, participant)
    if stands_in is None:
        return {}
    known = is_named_to(participant, reader)
    return {
        "deputy_of": str(participant.deputy_of),
        "absence": str(participant.absence_id),
        "acts_as": stands_in.ja if known else None,
    }


def is_named_to(participant: Participant, reader: Participant | None) -> bool:
    """Who signed is part of the contract; who approved inside the other party is not."""
    return (
        reader is None
        or participant.kind == ParticipantKind.SIGNER
        or participant.party_id == reader.party_id
    )


def _person(participant: Participant, reader: Participant | None) -> dict[str, str | None]:
    known = is_named_to(participant, reader)
    return {
        "name": participant.name if known else None,
        "mail": participant.mail if known else None,
        "company": participant.company if known else None,
    }


def _fields(session: Session, document: Document) -> list[dict[str, Any]]:
    """What was asked: an act's values are kept under these ids, and drawn under these names."""
    rows = session.scalars(
        select(Field).where(Field.document_id == document.id).order_by(Field.version, Field.name)
    )
    return [
        {
            "id": str(row.id),
            "version": row.version,
            "name": row.name,
            "kind": row.kind,
            "slot": str(row.slot_id),
            "page": row.page + 1,
            "rect": row.rect,
            "label": row.label,
            "required": row.required,
            "options": row.options,
        }
        | ({"rules": row.rules} if row.rules else {})
        for row in rows
    ]


def _acts(
    session: Session, vault: Vault, envelope: Envelope, reader: Participant | None
) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Act).where(Act.envelope_id == envelope.id).order_by(Act.posted_at)
    )
    undone = _undone(session, envelope)
    return [
        {
            "id": str(row.id),
            "kind": row.kind,
            "participant": str(row.participant_id) if row.participant_id else None,
            "member": str(row.member_id) if row.member_id else None,
            "slot": str(row.slot_id) if row.slot_id else None,
            "version": row.version,
            "version_sha256": row.version_sha256,
            "values_sha256": row.values_sha256,
            "values": _values(session, vault, envelope, row, reader),
            "reason": row.reason if may_read_reason(session, row, reader) else None,
            "posted_at": utc_text(row.posted_at),
            "answered_at": _time(row.answered_at),
            "accepted": row.accepted,
            "refusal": row.refusal,
            "evidence": told(session, row, reader),
        }
        | ({"undone_by": str(undone[row.slot_id])} if _is_undone(row, undone) else {})
        for row in rows
    ]


def _is_undone(act: Act, undone: Mapping[UUID | None, UUID]) -> bool:
    return act.accepted is True and act.kind in FILLING_ACTS and act.slot_id in undone


def _undone(session: Session, envelope: Envelope) -> dict[UUID | None, UUID]:
    """Places that count no more, with the sendings back that asked their stages anew."""
    rows = session.execute(
        select(Slot.id, Stage.ended_by)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(Stage.envelope_id == envelope.id, Stage.ended_by.is_not(None))
    )
    return {slot_id: act_id for slot_id, act_id in rows if act_id is not None}


def _attachments(
    session: Session, vault: Vault, envelope: Envelope, reader: Participant | None
) -> list[dict[str, Any]]:
    """Files that people handed in, for whoever may read the values that name them: the hash over an
    act's values holds each one's hash. `path` is where the ZIP of everything has it."""
    return [
        {
            "act": str(item.act_id),
            "participant": str(item.person.id),
            "field": str(item.field.id),
            "label": item.field.label,
            "name": item.file.name,
            "kind": item.file.kind.value,
            "size": item.file.size,
            "sha256": item.file.sha256,
            "path": item.path,
        }
        for item in handed_in(session, vault, envelope)
        if reader is None or item.person.id == reader.id or envelope.state == EnvelopeState.DONE
    ]


def _values(
    session: Session, vault: Vault, envelope: Envelope, act: Act, reader: Participant | None
) -> dict[str, str] | None:
    """By field id; None where they are not this reader's to see, or are not what was sealed."""
    if session.get(ActFilling, act.id) is None:
        return {}
    own = reader is not None and act.participant_id == reader.id
    if reader is not None and not own and envelope.state != EnvelopeState.DONE:
        return None
    try:
        return thaw(session, vault, envelope, act)
    except Refusal:
        return None
