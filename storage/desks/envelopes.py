"""The projection of workflow state that pages read, and the plan that the workflow follows."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import (
    ENDED,
    MAIL_BOUNCED,
    MAIL_FAILED,
    RENEWAL_INVALID,
    WORKFLOW_GONE,
    DocumentState,
    EnvelopeState,
    HindranceKind,
    LinkPurpose,
    RevisionKind,
)
from domain.messages import (
    Ending,
    EnvelopePlan,
    HindranceChange,
    LinkRenewal,
    Snapshot,
    StageOpening,
)
from domain.refusals import Refusal, RefusalCode
from storage import deals, ledger
from storage.database import Database
from storage.desks import links, projection
from storage.desks.plan import plan_of
from storage.desks.rows import (
    SYSTEM,
    actor_of,
    documents_in_order,
    known_envelope,
    locked_envelope,
    newest_revision,
    now,
)
from storage.tables import (
    Act,
    Document,
    Envelope,
    Hindrance,
    Participant,
    Slot,
    SlotCandidate,
    Stage,
)
from storage.vault import Vault

_ENDING_EVENT = {
    EnvelopeState.DONE: Event.ENVELOPE_COMPLETED,
    EnvelopeState.DECLINED: Event.ENVELOPE_DECLINED,
    EnvelopeState.WITHDRAWN: Event.ENVELOPE_WITHDRAWN,
    EnvelopeState.EXPIRED: Event.ENVELOPE_EXPIRED,
}


_MAIL = (MAIL_FAILED, MAIL_BOUNCED)
"""Reasons of lost mail."""


class StoredEnvelopeDesk:
    """domain.ports.desks.EnvelopeDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def plan(self, envelope_id: UUID) -> EnvelopePlan:
        """The route of the current version. Raises Refusal if the envelope is not under way."""
        with self._database.reading() as session:
            return plan_of(session, known_envelope(session, envelope_id))

    def open_stage(self, opening: StageOpening) -> None:
        """Slots are asked; links for their participants exist afterwards (no token yet)."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, opening.snapshot.envelope_id)
            stage = session.get(Stage, opening.stage_id)
            if stage is None or stage.envelope_id != envelope.id:
                raise Refusal(RefusalCode.NOT_ALLOWED)
            if stage.opened_at is None and EnvelopeState(envelope.state) not in ENDED:
                _open(session, envelope, stage)
            projection.apply(session, envelope, opening.snapshot, now())

    def project(self, snapshot: Snapshot) -> None:
        """Apply a snapshot if it is newer than what is stored."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, snapshot.envelope_id)
            projection.apply(session, envelope, snapshot, now())

    def hinder(self, change: HindranceChange) -> None:
        """Begin or end a hindrance such as タイムスタンプ待ち."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, change.envelope_id)
            _hinder(session, envelope, change, now())

    def end(self, ending: Ending) -> None:
        """Done, declined, withdrawn or expired: project, write the event, revoke act links.

        Raises Refusal NOT_ALLOWED for DONE while a document lacks its archive timestamp.
        """
        state = ending.snapshot.state
        with self._database.transaction() as session:
            envelope = locked_envelope(session, ending.snapshot.envelope_id)
            if envelope.ended_at is not None:
                return
            if state not in ENDED or (
                state is EnvelopeState.DONE and not _archived(session, envelope)
            ):
                raise Refusal(RefusalCode.NOT_ALLOWED)
            projection.apply(session, envelope, ending.snapshot, ending.at)
            envelope.ended_at = ending.at
            _exchange_links(session, envelope, state, ending.at)
            _endof_steps(session, envelope, ending.at)
            if state is EnvelopeState.DONE:
                deals.conclude(session, envelope, ending.at)
            _note_ending(session, envelope, ending)

    def return_to_draft(
        self, envelope_id: UUID, refusal: RefusalCode, document_id: UUID | None
    ) -> None:
        """Preparation failed: the sender sees why and can replace the document.

        Rows of the route stay until the draft is sent again, which replaces them; nobody was asked.
        """
        with self._database.transaction() as session:
            envelope = locked_envelope(session, envelope_id)
            if envelope.state != EnvelopeState.SENDING:
                return
            moment = now()
            envelope.state, envelope.refusal = EnvelopeState.DRAFT.value, refusal.value
            envelope.changed_at = moment
            envelope.projected_sequence = 0
            document = session.get(Document, document_id) if document_id else None
            if document is not None and document.envelope_id == envelope.id:
                document.state, document.refusal = DocumentState.REFUSED.value, refusal.value
            data = {"refusal": refusal, "document": document_id, "version": envelope.version}
            _note(session, Event.ENVELOPE_UNPREPARABLE, envelope, moment, data)

    def renew_links(self, renewal: LinkRenewal) -> None:
        """Raise the generation of people's act links, once per act."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, renewal.envelope_id)
            if EnvelopeState(envelope.state) not in ENDED:
                links.renew(session, envelope, renewal.participant_ids, renewal.act_id, now())

    def close_download(self, envelope_id: UUID) -> None:
        """The download window is over: revoke the download links."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, envelope_id)
            if envelope.download_closed_at is not None or envelope.state != EnvelopeState.DONE:
                return
            moment = now()
            envelope.download_closed_at = moment
            people = _participants(session, envelope)
            links.revoke(session, envelope, people, LinkPurpose.DOWNLOAD, links.CLOSED, moment)
            _note(session, Event.DOWNLOAD_CLOSED, envelope, moment, {})

    def keep_history(self, envelope_id: UUID, history: bytes) -> None:
        """Store the decoded history (JSON) in the vault, under the first document's key."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, envelope_id)
            documents = documents_in_order(session, envelope_id)
            if envelope.history_blob_id is not None or not documents:
                return
            envelope.history_blob_id = self._vault.put(session, documents[0].id, history)
            session.flush()
            data = {"sha256": hashlib.sha256(history).hexdigest(), "size": len(history)}
            _note(session, Event.HISTORY_EXPORTED, envelope, now(), data)


def _note(
    session: Session, tag: Event, envelope: Envelope, at: datetime, data: dict[str, Any]
) -> None:
    ledger.append(
        session,
        tag,
        at=at,
        actor=SYSTEM,
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data=data,
    )


def _open(session: Session, envelope: Envelope, stage: Stage) -> None:
    moment = now()
    stage.opened_at = moment
    people = session.scalars(
        select(SlotCandidate.participant_id)
        .join(Slot, Slot.id == SlotCandidate.slot_id)
        .where(Slot.stage_id == stage.id)
        .order_by(Slot.position, SlotCandidate.participant_id)
    ).all()
    data = {"stage": stage.id, "position": stage.position, "version": stage.version}
    _note(session, Event.STAGE_OPENED, envelope, moment, data)
    links.issue(session, envelope, dict.fromkeys(people), LinkPurpose.ACT, moment)


def _hinder(
    session: Session, envelope: Envelope, change: HindranceChange, moment: datetime
) -> None:
    openings = session.scalars(
        select(Hindrance).where(
            Hindrance.envelope_id == envelope.id,
            Hindrance.kind == change.kind.value,
            *_own_to_others(change),
            Hindrance.ended_at.is_(None),
        )
    ).all()
    if change.begins == bool(openings):
        return
    if change.begins:
        kind, reason = change.kind.value, change.reason
        session.add(Hindrance(envelope_id=envelope.id, kind=kind, reason=reason, since=moment))
    for opening in openings:
        opening.ended_at = moment
    session.flush()
    tag = _hindrance_event(change)
    if tag is not None:
        _note(session, tag, envelope, moment, {"reason": change.reason})


def _own_to_others(change: HindranceChange) -> tuple[ColumnElement[bool], ...]:
    """Mail hinders by itself, whatever a step does: who could not send what is lost already says
    nothing new."""
    return (Hindrance.reason.in_(_MAIL),) if change.reason in _MAIL else of_steps()


def of_steps() -> tuple[ColumnElement[bool], ...]:
    """Neither mail, nor a renewal that does not verify, nor a lost workflow, which the watch shows
    until its round has seen it back: no step of the envelope ends these."""
    renewal = Hindrance.reason.not_like(f"{RENEWAL_INVALID}:%")
    return renewal, Hindrance.reason.not_in((*_MAIL, WORKFLOW_GONE))


def _endof_steps(session: Session, envelope: Envelope, at: datetime) -> None:
    """What a step of an earlier workflow waited for hinders nothing that has ended."""
    for opening in session.scalars(
        select(Hindrance).where(
            Hindrance.envelope_id == envelope.id, Hindrance.ended_at.is_(None), *of_steps()
        )
    ):
        opening.ended_at = at


def _hindrance_event(change: HindranceChange) -> Event | None:
    if change.kind is HindranceKind.TIMESTAMP:
        return Event.TIMESTAMP_AWAITED if change.begins else Event.TIMESTAMP_RESUMED
    return Event.OPERATOR_NEEDED if change.begins else None


def _archived(session: Session, envelope: Envelope) -> bool:
    newest = [
        newest_revision(session, document.id, envelope.version)
        for document in documents_in_order(session, envelope.id)
    ]
    return bool(newest) and all(
        revision is not None and revision.kind == RevisionKind.ARCHIVE for revision in newest
    )


def _participants(session: Session, envelope: Envelope) -> Sequence[UUID]:
    return session.scalars(
        select(Participant.id)
        .where(Participant.envelope_id == envelope.id, Participant.left_at.is_(None))
        .order_by(Participant.position)
    ).all()


def _exchange_links(
    session: Session, envelope: Envelope, state: EnvelopeState, at: datetime
) -> None:
    """Nobody acts any more; after completion everybody downloads instead."""
    people = _participants(session, envelope)
    links.revoke(session, envelope, people, LinkPurpose.ACT, state.value, at)
    if state is EnvelopeState.DONE:
        links.issue(session, envelope, people, LinkPurpose.DOWNLOAD, at)


def _note_ending(session: Session, envelope: Envelope, ending: Ending) -> None:
    act = session.get(Act, ending.act_id) if ending.act_id else None
    revisions = [
        newest_revision(session, document.id, envelope.version)
        for document in documents_in_order(session, envelope.id)
    ]
    ledger.append(
        session,
        _ENDING_EVENT[ending.snapshot.state],
        at=ending.at,
        actor=actor_of(act) if act is not None else SYSTEM,
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={
            "act": act.id if act is not None else None,
            "version": envelope.version,
            "documents": [
                {"document": revision.document_id, "sha256": revision.sha256}
                for revision in revisions
                if revision is not None
            ],
        },
        once=f"end:{envelope.id}",
    )
