"""What rows allow the signing worker to do, and what they say is done."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.evidence import LOCATION, signature_reason
from domain.kinds import (
    ACT_OF_SLOT,
    ENDED,
    FILLING_ACTS,
    ActKind,
    EnvelopeState,
    FieldKind,
    SlotKind,
    SlotState,
)
from domain.ports.desks import SigningDocument, SigningTask
from domain.refusals import Refusal, RefusalCode
from storage import deputies, gates, passkey_acts
from storage.desks import proof, signing_fills
from storage.desks.rows import documents_in_order, newest_revision
from storage.tables import (
    Act,
    Document,
    Envelope,
    Field,
    Organisation,
    Participant,
    Revision,
    SignatureIntent,
    Slot,
    Stage,
)
from storage.vault import Vault

_SIGNABLE = (ENDED - {EnvelopeState.DONE}) | {EnvelopeState.RUNNING, EnvelopeState.SENT_BACK}
"""An act that was accepted while the envelope ran is carried out, even if another act has ended
or halted the envelope since: its person did sign."""
_FILLED = frozenset({SlotState.ASKED.value, SlotState.ACTED.value})


def task_of(session: Session, vault: Vault, envelope_id: UUID, act_id: UUID) -> SigningTask:
    """Read the act and everything it stands on. Raises Refusal unless every part is there.

    An act whose signatures are all stored allows nothing more: its task has no documents.
    """
    act = session.get(Act, act_id)
    envelope = session.get(Envelope, envelope_id)
    if act is None or envelope is None or act.envelope_id != envelope_id:
        raise Refusal(RefusalCode.UNKNOWN_ACT)
    slot = _slot_of(session, act)
    fills = signing_fills.NOTHING  # what was drafted already is not drafted again
    if act.consumed_at is None:
        _check_unconsumed(session, act, envelope, slot)
        passkey_acts.check_sealed(session, vault, act, envelope)
        fills = signing_fills.fills_of(session, vault, envelope, act, slot)
    participant = session.get_one(Participant, act.participant_id)
    organisation = session.get_one(Organisation, envelope.organisation_id)
    return SigningTask(
        act_id=act.id,
        reason=signature_reason(
            participant.name,
            participant.mail,
            act.posted_at,
            organisation.zone,
            stands_in.ja if (stands_in := deputies.stands_in(session, participant)) else "",
        ),
        location=LOCATION,
        posted_at=act.posted_at,
        documents=_documents(session, act, envelope, slot, fills),
    )


def _slot_of(session: Session, act: Act) -> Slot:
    """The slot that the act fills, as the route accepted it."""
    if act.kind != ActKind.SIGN or act.accepted is not True or act.answered_at is None:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    slot = session.get(Slot, act.slot_id) if act.slot_id else None
    if slot is None or slot.envelope_id != act.envelope_id or slot.kind != SlotKind.SIGN:
        raise Refusal(RefusalCode.NOT_YOUR_SLOT)
    if slot.participant_id != act.participant_id or not proof.is_candidate(session, act, slot):
        raise Refusal(RefusalCode.NOT_YOUR_SLOT)
    return slot


def _check_unconsumed(session: Session, act: Act, envelope: Envelope, slot: Slot) -> None:
    """Everything that must hold before the key is used for this act."""
    objection = proof.objection(session, act, envelope)
    if objection is not None:
        raise Refusal(objection)
    if EnvelopeState(envelope.state) not in _SIGNABLE and not _is_corrected(session, envelope):
        raise Refusal(RefusalCode.ENVELOPE_ENDED)
    stage = session.get_one(Stage, slot.stage_id)
    if (
        stage.version != envelope.version
        or stage.opened_at is None
        or gates.closed_before(session, stage)
    ):
        raise Refusal(RefusalCode.NOT_YOUR_TURN)
    if slot.state not in _FILLED or _other_accepted(session, act):
        raise Refusal(RefusalCode.ALREADY_ACTED)
    if envelope.deadline_at is not None and act.posted_at > envelope.deadline_at:
        raise Refusal(RefusalCode.AFTER_DEADLINE)


def _is_corrected(session: Session, envelope: Envelope) -> bool:
    """A correction was accepted and is not carried out yet: what was signed before it is made
    first, on the version that it was read on."""
    if envelope.state != EnvelopeState.SENDING:
        return False
    found = session.scalar(
        select(Act.id)
        .where(
            Act.envelope_id == envelope.id,
            Act.version == envelope.version,
            Act.kind == ActKind.CORRECT.value,
            Act.accepted.is_(True),
        )
        .limit(1)
    )
    return found is not None


def _other_accepted(session: Session, act: Act) -> bool:
    """A slot is filled once: by the accepted act that was answered first. Another candidate's
    decline fills nothing."""
    found = session.scalar(
        select(Act.id)
        .where(
            Act.slot_id == act.slot_id,
            Act.kind.in_([kind.value for kind in FILLING_ACTS]),
            Act.accepted.is_(True),
            Act.id != act.id,
            or_(
                Act.kind != ActKind.DECLINE.value,
                Act.participant_id == act.participant_id,
            ),
        )
        .limit(1)
    )
    return found is not None


def _documents(
    session: Session, act: Act, envelope: Envelope, slot: Slot, fills: signing_fills.Fills
) -> tuple[SigningDocument, ...]:
    intents = {intent.document_id: intent for intent in intents_of(session, act)}
    found: list[SigningDocument] = []
    for document in documents_in_order(session, envelope.id, act.version):
        intent = intents.get(document.id)
        if intent is not None and intent.revision_id is not None:
            continue
        field = _field(session, document, act.version, slot)
        base = (
            session.get(Revision, intent.base_revision_id)
            if intent is not None
            else newest_revision(session, document.id, act.version)
        )
        if base is None:
            raise Refusal(RefusalCode.VERSION_REPLACED)
        found.append(
            SigningDocument(
                document.id,
                base.id,
                field.name,
                fills.of(document.id),
                fills.look_on(document.id),
            )
        )
    return tuple(found)


def _field(session: Session, document: Document, version: int, slot: Slot) -> Field:
    field = session.scalar(
        select(Field).where(
            Field.document_id == document.id,
            Field.version == version,
            Field.slot_id == slot.id,
            Field.kind == FieldKind.SIGNATURE.value,
        )
    )
    if field is None:
        raise Refusal(RefusalCode.NOT_YOUR_SLOT)
    return field


def intents_of(session: Session, act: Act) -> Sequence[SignatureIntent]:
    """What the act was consumed for."""
    return session.scalars(select(SignatureIntent).where(SignatureIntent.act_id == act.id)).all()


def signature_under_way(session: Session, document_id: UUID) -> bool:
    """Another act's signature on the document is intended and not stored yet."""
    found = session.scalar(
        select(SignatureIntent.id)
        .where(SignatureIntent.document_id == document_id, SignatureIntent.revision_id.is_(None))
        .limit(1)
    )
    return found is not None


def carried_out(session: Session, act: Act) -> bool:
    """Every effect of an accepted act is stored: for a signature, all its revisions."""
    if act.accepted is not True:
        return False
    if act.kind != ActKind.SIGN:
        return True
    documents = {
        document.id for document in documents_in_order(session, act.envelope_id, act.version)
    }
    stored = {
        intent.document_id for intent in intents_of(session, act) if intent.revision_id is not None
    }
    return bool(documents) and documents == stored


def stages_are_met(session: Session, envelope: Envelope) -> bool:
    """Every stage's rule is met by acts that were carried out; slot states are not trusted."""
    stages = session.scalars(
        select(Stage).where(Stage.envelope_id == envelope.id, Stage.version == envelope.version)
    ).all()
    return bool(stages) and all(_is_met(session, stage) for stage in stages)


def _is_met(session: Session, stage: Stage) -> bool:
    if stage.gate_opener is not None:
        return gates.is_open(session, stage)
    return _filled(session, stage) >= stage.need


def _filled(session: Session, stage: Stage) -> int:
    slots = session.scalars(select(Slot).where(Slot.stage_id == stage.id)).all()
    return sum(_is_filled(session, slot, stage.version) for slot in slots)


def _is_filled(session: Session, slot: Slot, version: int) -> bool:
    acts = session.scalars(
        select(Act).where(
            Act.slot_id == slot.id,
            Act.version == version,
            Act.kind == ACT_OF_SLOT[SlotKind(slot.kind)].value,
        )
    ).all()
    return any(carried_out(session, act) for act in acts)
