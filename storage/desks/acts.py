"""Acts: what rows say of them, and the route's answers."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event, Json, canonical
from domain.kinds import FILLING_ACTS, ActKind, LinkPurpose
from domain.messages import ActDecision, ActFacts, ActRef, AnsweredAct
from domain.refusals import Refusal, RefusalCode
from storage import (
    corrected_contacts,
    deputies,
    gates,
    handovers,
    ledger,
    mandates,
    places,
    readdressing,
    returns,
)
from storage.database import Database
from storage.desks import links, projection, proof
from storage.desks.plan import answered_of, facts_of
from storage.desks.rows import SYSTEM, actor_of, locked_envelope
from storage.locks import locked
from storage.tables import Act, Envelope, Slot, SlotCandidate, Stage

_HALTS = {
    ActKind.SEND_BACK: Event.ENVELOPE_SENT_BACK,
    ActKind.RESUME: Event.ENVELOPE_RESUMED,
}
_NEVER = datetime.fromtimestamp(0, UTC)


class StoredActDesk:
    """domain.ports.desks.ActDesk on the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def facts(self, envelope_id: UUID, act_id: UUID, known: int) -> ActFacts:
        """What the rows say, with the answers behind number `known`; an act of another envelope is
        UNKNOWN_ACT. Never raises Refusal.

        An answered act keeps its answer, as long as it is its person's own. A workflow whose task
        was lost asks again after the answer was recorded and carried out, and the rows that the
        act itself changed would speak against it now: the envelope would then wait for ever. And
        what it asks about first may be another act than the one that was answered first.
        """
        with self._database.reading() as session:
            act = session.get(Act, act_id)
            envelope = session.get(Envelope, envelope_id)
            if act is None or envelope is None or act.envelope_id != envelope_id:
                return _unknown(act_id)
            found = facts_of(act, _objection(session, act, envelope))
            before = _answers_after(session, envelope, known)
            return found.model_copy(update={"before": before})

    def record(self, decision: ActDecision) -> None:
        """Answer the act, write its ledger event, project the snapshot.

        Raises Refusal UNKNOWN_ACT for an act of another envelope. The first answer stays.
        """
        with self._database.transaction() as session:
            envelope = locked_envelope(session, decision.snapshot.envelope_id)
            act = locked(session, Act, decision.act_id)
            if act is None or act.envelope_id != envelope.id:
                raise Refusal(RefusalCode.UNKNOWN_ACT)
            new = act.answered_at is None
            if new and decision.accepted:
                corrected_contacts.mend(session, envelope, act, decision.decided_at)
            if new:
                _answer(session, act, decision)
            projection.apply(session, envelope, decision.snapshot, decision.decided_at)
            if new:
                _note(session, envelope, act, decision)

    def unanswered(self, envelope_id: UUID) -> tuple[ActRef, ...]:
        """Acts that were posted but not answered yet, oldest first."""
        with self._database.reading() as session:
            found = session.scalars(
                select(Act.id)
                .where(Act.envelope_id == envelope_id, Act.answered_at.is_(None))
                .order_by(Act.posted_at, Act.id)
            )
            return tuple(ActRef(act_id=act_id) for act_id in found)


def _objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    if not _was_answered(session, act):
        return proof.objection(session, act, envelope)
    if act.refusal:
        return RefusalCode(act.refusal)
    genuine = proof.is_genuine(session, act, envelope)
    return None if genuine else RefusalCode.EVIDENCE_INCOMPLETE


def _answers_after(session: Session, envelope: Envelope, known: int) -> tuple[AnsweredAct, ...]:
    """Answers that rows have in earnest; numbers go on from version to version."""
    acts = session.scalars(
        select(Act)
        .where(Act.envelope_id == envelope.id, Act.answer_order > known)
        .order_by(Act.answer_order)
    )
    return tuple(
        found
        for act in acts
        if _was_answered(session, act)
        and (act.refusal or proof.is_genuine(session, act, envelope))
        and (found := answered_of(session, act)) is not None
    )


def _was_answered(session: Session, act: Act) -> bool:
    """With the event that the answer wrote: a row that only says so is judged like any other."""
    return act.answered_at is not None and ledger.noted(session, _event_of(act))


def _event_of(act: Act) -> str:
    """Names the ledger's event of the answer, which is written once."""
    return f"act:{act.id}"


def _unknown(act_id: UUID) -> ActFacts:
    """Nothing of a foreign act leaves the database, not even its kind."""
    return ActFacts(
        act_id=act_id,
        kind=ActKind.DECLINE,
        posted_at=_NEVER,
        version=0,
        refusal=RefusalCode.UNKNOWN_ACT,
    )


def _answer(session: Session, act: Act, decision: ActDecision) -> None:
    act.answered_at = decision.decided_at
    act.accepted = decision.accepted
    act.refusal = decision.refusal.value if decision.refusal else None
    act.answer_order = decision.order
    slot = session.get(Slot, act.slot_id) if act.slot_id else None
    if act.kind not in FILLING_ACTS:
        return
    if decision.accepted and slot is not None and slot.envelope_id == act.envelope_id:
        _bind(session, slot, act)
    session.flush()


def _bind(session: Session, slot: Slot, act: Act) -> None:
    """The slot is this person's now. Where others may still fill it, a decline binds nobody."""
    candidates = session.scalars(
        select(SlotCandidate.participant_id).where(SlotCandidate.slot_id == slot.id)
    ).all()
    alone = len(candidates) == 1 or places.one_place(session, candidates)
    if act.kind != ActKind.DECLINE or alone:
        slot.participant_id, slot.acted_at = act.participant_id, act.posted_at


def _note(session: Session, envelope: Envelope, act: Act, decision: ActDecision) -> None:
    if decision.accepted and act.slot_id is not None and act.kind in FILLING_ACTS:
        _close_links(session, envelope, act, decision.decided_at)
    ledger.append(
        session,
        Event.ACT_ACCEPTED if decision.accepted else Event.ACT_REFUSED,
        at=decision.decided_at,
        actor=actor_of(act),
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data=_event_data(act, decision),
        once=_event_of(act),
    )
    if decision.accepted and act.kind == ActKind.HAND_OVER:
        _hand_over(session, envelope, act, decision.decided_at)
    if decision.accepted and act.kind == ActKind.DEPUTISE:
        _deputise(session, envelope, act, decision.decided_at)
    if decision.accepted and act.kind == ActKind.OPEN_GATE:
        _open_gate(session, envelope, act, decision.decided_at)
    if decision.accepted and act.kind == ActKind.READDRESS:
        _correct(session, envelope, act, decision.decided_at)
    tag = _HALTS.get(ActKind(act.kind))
    if decision.accepted and tag is not None:
        ledger.append(
            session,
            tag,
            at=decision.decided_at,
            actor=actor_of(act),
            envelope_id=envelope.id,
            organisation_id=envelope.organisation_id,
            data={"act": act.id, "version": act.version, **_back_to(session, act)},
            once=f"{tag.value}:{act.id}",
        )


def _back_to(session: Session, act: Act) -> dict[str, Any]:
    """The stage that it is sent back to, where it is not its sender."""
    stage_id = proof.evidence_id(act.evidence, returns.EVIDENCE)
    stage = session.get(Stage, stage_id) if stage_id and act.kind == ActKind.SEND_BACK else None
    return {"stage": stage.id, "position": stage.position} if stage is not None else {}


def _open_gate(session: Session, envelope: Envelope, act: Act, at: datetime) -> None:
    """By which resolution the route goes on: in the act's evidence, and in the ledger."""
    stage_id = proof.evidence_id(act.evidence, "stage_id")
    stage = session.get(Stage, stage_id) if stage_id else None
    resolution = gates.resolution_of(act.evidence)
    if stage is None or stage.envelope_id != envelope.id or resolution is None:
        return
    stage.gate_act_id = act.id
    ledger.append(
        session,
        Event.GATE_OPENED,
        at=at,
        actor=actor_of(act),
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "act": act.id,
            "stage": stage.id,
            "title": stage.gate_title,
            "number": resolution.number,
            "day": resolution.day.isoformat(),
            **_instead(session, act),
        },
        once=f"gate:{stage.id}",
    )


def _instead(session: Session, act: Act) -> dict[str, Any]:
    """By which absence, and instead of whom, a deputy opened the gate; nothing of its opener."""
    absence = gates.absence_of(session, act)
    return {"absence": absence.id, "deputy_of": absence.member_id} if absence is not None else {}


def _hand_over(session: Session, envelope: Envelope, act: Act, at: datetime) -> None:
    """The new person has a link of his own; the old one opens nothing from here on."""
    successor = handovers.carry_out(session, envelope, act, at)
    if successor is None or successor.predecessor_id is None:
        return
    before = successor.predecessor_id
    links.revoke(session, envelope, [before], LinkPurpose.ACT, handovers.HANDED_OVER, at)
    ledger.append(
        session,
        Event.PARTICIPANT_REPLACED,
        at=at,
        actor=actor_of(act),
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "act": act.id,
            "participant": successor.id,
            "predecessor": before,
            "slot": act.slot_id,
        },
        once=f"replaced:{act.id}",
    )
    links.issue(session, envelope, [successor.id], LinkPurpose.ACT, at)


def _deputise(session: Session, envelope: Envelope, act: Act, at: datetime) -> None:
    """The deputy has a link of his own; that of whom he stands in for stays."""
    deputy = deputies.carry_out(session, envelope, act)
    if deputy is None:
        return
    ledger.append(
        session,
        Event.DEPUTY_ASKED,
        at=at,
        actor=SYSTEM,
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "act": act.id,
            "participant": deputy.id,
            "deputy_of": deputy.deputy_of,
            "absence": deputy.absence_id,
            "slot": act.slot_id,
        },
        once=f"deputised:{act.id}",
    )
    links.issue(session, envelope, [deputy.id], LinkPurpose.ACT, at)


def _correct(session: Session, envelope: Envelope, act: Act, at: datetime) -> None:
    """The old address's link opens nothing from the moment at which the new one holds."""
    slot_id = proof.evidence_id(act.evidence, "target_slot_id")
    recipient_id = proof.evidence_id(act.evidence, "about_id")
    named = readdressing.named(session, envelope, slot_id, recipient_id)
    person = readdressing.carry_out(session, envelope, act, named, at, slot_id)
    if person is not None:
        links.renew(session, envelope, [person.id], act.id, at)
        links.forget_past(session, person.id)


def _close_links(session: Session, envelope: Envelope, act: Act, at: datetime) -> None:
    """The slot is filled: neither its person nor another candidate is asked for it any more."""
    for person in links.idle_participants(session, envelope, [act.slot_id] if act.slot_id else []):
        why = links.ACTED if person == act.participant_id else links.RELEASED
        links.revoke(session, envelope, [person], LinkPurpose.ACT, why, at)


def personal_sha256(act: Act) -> str:
    """Binds the personal parts of an act to its ledger event.

    The nonce, which is never handed over, keeps others from guessing an address from the hash.
    """
    personal: Json = {"evidence": act.evidence, "nonce": act.nonce, "reason": act.reason}
    return hashlib.sha256(canonical(personal)).hexdigest()


def _event_data(act: Act, decision: ActDecision) -> dict[str, Any]:
    return {
        "act": act.id,
        "kind": act.kind,
        "slot": act.slot_id,
        "method": act.evidence.get("method"),
        "version": act.version,
        "version_sha256": act.version_sha256,
        "values_sha256": act.values_sha256,
        "personal_sha256": personal_sha256(act),
        "posted_at": act.posted_at,
        **_mandate(act),
        "order": decision.order,
        "refusal": decision.refusal,
    }


def _mandate(act: Act) -> dict[str, Any]:
    """By which authority to sign; events of before, and other acts, name none."""
    told = act.evidence.get(mandates.EVIDENCE)
    return {"mandate": {"id": told["id"], "sha256": told["sha256"]}} if told else {}
