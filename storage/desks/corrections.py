"""A correction is carried out: rows of version n+1 take the place of those of n.

Nothing of version n goes: its documents, revisions, acts and slots stay as they were, and a
document that was replaced says until when it counted.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import ActKind, EnvelopeState, LinkPurpose
from domain.messages import CorrectionHalt, EnvelopePlan
from domain.refusals import Refusal, RefusalCode
from storage import (
    correction_fields,
    corrections,
    filling,
    ledger,
    recipients,
)
from storage.database import Database
from storage.desks import links, projection, route_copies
from storage.desks.plan import plan_of
from storage.desks.route_copies import columns
from storage.desks.rows import SYSTEM, actor_of, locked_envelope, now
from storage.standing import CORRECTED
from storage.tables import (
    Act,
    Correction,
    Document,
    Envelope,
    Field,
    Link,
    Participant,
    Slot,
    Stage,
)
from storage.vault import Vault
from storage.versions import documents_of_version

_NOT_COPIED_FIELD = frozenset({"id", "document_id", "version", "slot_id", "rules"})


class StoredCorrectionDesk:
    """domain.ports.corrections.CorrectionDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def begin_version(self, envelope_id: UUID, act_id: UUID) -> EnvelopePlan:
        """Write version n+1 and return its plan; a repeated step only returns it.

        Raises Refusal UNKNOWN_ACT or NOT_ALLOWED unless the act is an accepted correction of the
        current version.
        """
        with self._database.transaction() as session:
            envelope = locked_envelope(session, envelope_id)
            known = session.scalar(select(Correction).where(Correction.act_id == act_id))
            if known is None:
                act = _accepted(session, envelope, act_id)
                _begin(session, self._vault, envelope, act, now())
            elif known.envelope_id != envelope.id:
                raise Refusal(RefusalCode.UNKNOWN_ACT)
            session.flush()
            return plan_of(session, envelope)

    def halt(self, halt: CorrectionHalt) -> None:
        """The new version could not be prepared: it stands still, and its sender sees why."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, halt.snapshot.envelope_id)
            if envelope.state != EnvelopeState.SENDING:
                return
            moment = now()
            projection.apply(session, envelope, halt.snapshot, moment)
            envelope.refusal = halt.refusal.value
            document = session.get(Document, halt.document_id) if halt.document_id else None
            if document is not None and document.envelope_id == envelope.id:
                document.refusal = halt.refusal.value
            ledger.append(
                session,
                Event.CORRECTION_FAILED,
                at=moment,
                actor=SYSTEM,
                envelope_id=envelope.id,
                organisation_id=envelope.organisation_id,
                data={
                    "version": envelope.version,
                    "refusal": halt.refusal,
                    "document": halt.document_id,
                },
                once=f"halted:{envelope.id}:{envelope.version}",
            )


def _accepted(session: Session, envelope: Envelope, act_id: UUID) -> Act:
    act = session.get(Act, act_id)
    if act is None or act.envelope_id != envelope.id:
        raise Refusal(RefusalCode.UNKNOWN_ACT)
    right = act.kind == ActKind.CORRECT and act.accepted is True
    if not right or act.version != envelope.version:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    return act


def _begin(session: Session, vault: Vault, envelope: Envelope, act: Act, at: datetime) -> None:
    named = corrections.replaced_by(act.evidence)
    concerned = corrections.concerned_by(session, envelope)
    correction = Correction(
        envelope_id=envelope.id,
        act_id=act.id,
        from_version=envelope.version,
        to_version=envelope.version + 1,
        documents=[row.as_json() for row in named],
        concerned=[str(person) for person in concerned],
        created_at=at,
    )
    session.add(correction)
    replaced = {row.document_id: row.replacement_id for row in named}
    _replace_documents(session, envelope, replaced)
    slots = _copy_route(session, envelope)
    staying = _copy_fields(session, envelope, replaced, slots)
    route_copies.close(session, slots)
    _carry(session, vault, envelope, slots, staying, at)
    _kill_links(session, envelope, at)
    envelope.version += 1
    envelope.state, envelope.refusal = EnvelopeState.SENDING.value, None
    envelope.next_reminder_at, envelope.changed_at = None, at
    session.flush()
    _note(session, envelope, act, correction, at)


def _replace_documents(session: Session, envelope: Envelope, replaced: Mapping[UUID, UUID]) -> None:
    for document_id in replaced:
        session.get_one(Document, document_id).until_version = envelope.version
    recipients.choose_instead(session, replaced)
    # An upload that nobody confirmed does not slip in with the next version.
    left = session.scalars(
        select(Document).where(
            Document.envelope_id == envelope.id,
            Document.from_version == envelope.version + 1,
            Document.id.not_in(list(replaced.values())),
            Document.removed_at.is_(None),
        )
    )
    for document in left:
        document.removed_at = now()
    session.flush()


def _copy_route(session: Session, envelope: Envelope) -> dict[UUID, Slot]:
    """The same stages and slots, all of them waiting again; by the id of the slot before."""
    stages = session.scalars(
        select(Stage)
        .where(Stage.envelope_id == envelope.id, Stage.version == envelope.version)
        .order_by(Stage.position)
    ).all()
    return route_copies.copied(session, envelope, stages, version=envelope.version + 1)


def _copy_fields(
    session: Session,
    envelope: Envelope,
    replaced: Mapping[UUID, UUID],
    slots: Mapping[UUID, Slot],
) -> dict[UUID, UUID]:
    """Every field at its place, on the new document where there is one, or where it was placed
    anew there. Returns the ids of those on documents that stay, by the ids of before."""
    moved = correction_fields.write_placed(session, envelope, replaced, slots)
    before = [
        document
        for document in documents_of_version(session, envelope.id, envelope.version)
        if document.id not in moved.placed
    ]
    rows = session.scalars(
        select(Field).where(
            Field.document_id.in_([document.id for document in before]),
            Field.version == envelope.version,
        )
    ).all()
    copies = {}
    for row in rows:
        if row.slot_id in slots:
            target = replaced.get(row.document_id, row.document_id)
            copies[row.id] = Field(
                **columns(row, _NOT_COPIED_FIELD),
                document_id=target,
                version=envelope.version + 1,
                slot_id=slots[row.slot_id].id,
                rules=moved.rules(row, target),
            )
    session.add_all(copies.values())
    session.flush()
    staying = {row.id for row in rows if row.document_id not in replaced}
    return {before: copy.id for before, copy in copies.items() if before in staying}


def _carry(  # noqa: PLR0913 - whose, and where to
    session: Session,
    vault: Vault,
    envelope: Envelope,
    slots: Mapping[UUID, Slot],
    fields: Mapping[UUID, UUID],
    at: datetime,
) -> None:
    """What people have typed in documents that nobody corrected is theirs still: what stands in a
    corrected one they said of another text. A file stays with the field that it was sent for."""
    names = {str(before): str(after) for before, after in fields.items()}
    for slot_id, onto in slots.items():
        slot = session.get_one(Slot, slot_id)
        filling.carry(session, vault, envelope, slot, onto, at, names)


def _kill_links(session: Session, envelope: Envelope, at: datetime) -> None:
    """No link of before opens anything; who follows one learns that a correction came."""
    people = session.scalars(
        select(Participant.id).where(
            Participant.envelope_id == envelope.id, Participant.left_at.is_(None)
        )
    ).all()
    links.revoke(session, envelope, people, LinkPurpose.ACT, CORRECTED, at)
    for link in session.scalars(
        select(Link).where(Link.participant_id.in_(people), Link.purpose == LinkPurpose.ACT.value)
    ):
        link.revoked_why = CORRECTED
        link.corrected_sha256 = link.token_sha256 or link.corrected_sha256
    session.flush()


def _note(
    session: Session, envelope: Envelope, act: Act, correction: Correction, at: datetime
) -> None:
    ledger.append(
        session,
        Event.ENVELOPE_CORRECTED,
        at=at,
        actor=actor_of(act),
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "act": act.id,
            "from_version": correction.from_version,
            "version": correction.to_version,
            "documents": correction.documents,
            "concerned": correction.concerned,
        },
        once=f"corrected:{act.id}",
    )
