"""What travels between the rooms through Temporal: ids, hashes, times and words, nothing personal.

One frozen model per message. Fields grow only with defaults, because histories of running
envelopes are replayed through these classes for months.
"""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.kinds import (
    ActKind,
    EnvelopeState,
    HindranceKind,
    NoticeKind,
    SlotKind,
    SlotState,
    StageRule,
)
from domain.limits import DOWNLOAD_DAYS, REMINDER_DAYS
from domain.refusals import RefusalCode


class Message(BaseModel):
    """Base of everything that is stored in a workflow history."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Untrusted(Message):
    """What the codec makes of a payload that no holder of the key wrote. Handlers refuse it."""

    untrusted: Literal[True]


class EnvelopeRef(Message):
    """Names an envelope."""

    envelope_id: UUID


class DocumentRef(Message):
    """Names one uploaded document."""

    document_id: UUID


class StampRef(Message):
    """Names one uploaded stamp image."""

    stamp_id: UUID


class AttachmentRef(Message):
    """Names one file that a signer attached."""

    attachment_id: UUID


class CodeRef(Message):
    """Names one one-time code that somebody asked for; never the code itself."""

    code_id: UUID


class InvitationRef(Message):
    """Names one invitation of a member; never its link."""

    invitation_id: UUID


class FactorResetRef(Message):
    """Names one reset of a member's second factor that he is told of."""

    reset_id: UUID


class PasswordResetRef(Message):
    """Names one request for a new password; never its link."""

    reset_id: UUID


class ConsentRef(Message):
    """Names one consent, or one withdrawal, that is to be time-stamped."""

    consent_id: UUID


class ConsentOutcome(Message):
    """Whether there was anything to time-stamp."""

    stamped: bool


class DeletionRef(Message):
    """Names a deletion that two people have decided."""

    deletion_id: UUID


class DeletionOutcome(Message):
    """Whether there was anything to remove."""

    erased: bool


class ImportRef(Message):
    """Names one imported contract that is to be time-stamped."""

    envelope_id: UUID


class ImportOutcome(Message):
    """Whether there was anything to time-stamp."""

    stamped: bool


class VerificationRef(Message):
    """Names one verification of a period."""

    run_id: UUID


class VerificationOutcome(Message):
    """How many documents of the run are not verified yet."""

    left: int = 0


class DisclosureRef(Message):
    """Names one ZIP for the tax office."""

    disclosure_id: UUID


class DisclosurePlan(Message):
    """The verification that comes before it; None where nothing is left to do."""

    run_id: UUID | None = None


class ActRef(Message):
    """All that a person's act is on the wire: authority lies in the row that it names."""

    act_id: UUID


class SlotPlan(Message):
    """One place in a stage, and who may fill it."""

    slot_id: UUID
    kind: SlotKind
    participant_ids: tuple[UUID, ...]


class StagePlan(Message):
    """Slots that are open in parallel. `need` counts the slots that must be filled."""

    stage_id: UUID
    rule: StageRule = StageRule.ALL
    need: int
    slots: tuple[SlotPlan, ...]
    gate: bool = False
    """Without slots: it waits until a member opens it."""
    deadline_days: int | None = None
    """Its own deadline: the end of that many days after it was opened."""
    reminder_days: tuple[int, ...] | None = None
    """Days of its own after which somebody asked is reminded; None: as in the whole envelope."""
    returned_by: UUID | None = None
    """The sending back for which its people are asked once more."""


class ActFacts(Message):
    """What the database knows of an act before the route decides.

    `refusal` is set where rows alone say no: unknown act, evidence incomplete, not allowed.
    """

    act_id: UUID
    kind: ActKind
    posted_at: AwareDatetime
    version: int
    slot_id: UUID | None = None
    """The slot that the act fills, or that a reminder is about."""
    participant_id: UUID | None = None
    refusal: RefusalCode | None = None
    deadline_at: AwareDatetime | None = None
    """Where an extension moves the deadline."""
    successor_id: UUID | None = None
    """Whom a hand-over asks instead."""
    stage_id: UUID | None = None
    """The gate that is opened, or the stage that it is sent back to."""
    about_id: UUID | None = None
    """Which candidate of the slot a reminder is for; None: all of them."""
    before: tuple["AnsweredAct", ...] = ()
    """What rows say was answered, and the asking workflow does not know: its task was lost after
    it had written the answers. Oldest first; the act itself may be among them."""


class AnsweredAct(Message):
    """An act that a workflow answered before, as its row remembers it."""

    facts: ActFacts
    accepted: bool
    refusal: RefusalCode | None = None
    order: int
    decided_at: AwareDatetime
    carried_out: bool
    """Every effect is stored; for a signature, all its revisions."""


class EnvelopePlan(Message):
    """The route of one version, read from the database when the workflow starts.

    `opened_at`, `answered` and `sequence` say how far an earlier workflow of the same envelope
    came, if there was one: when its stages were opened, in order, its answered acts, and the
    number of its last snapshot.
    """

    envelope_id: UUID
    version: int
    stages: tuple[StagePlan, ...]
    deadline_at: AwareDatetime
    reminder_days: tuple[int, ...] = REMINDER_DAYS
    download_days: int = DOWNLOAD_DAYS
    zone: str = "Asia/Tokyo"
    opened_at: tuple[AwareDatetime, ...] = ()
    answered: tuple[AnsweredAct, ...] = ()
    sequence: int = 0
    corrected_by: UUID | None = None
    """The correction that made this version; None for what was sent first."""
    concerned: tuple[UUID, ...] = ()
    """Participants who had read or acted on an earlier version."""
    unprepared: bool = False
    """The version's documents could not be prepared: nobody is asked until another correction."""
    answered_before: int = 0
    """How many acts were answered on earlier versions."""
    deputies: dict[UUID, UUID] = {}
    """Participants who act for somebody absent, and for whom: one place, whoever of both acts."""


class CorrectionOrder(Message):
    """Carry out an accepted correction: rows of version n+1 take the place of those of n."""

    envelope_id: UUID
    act_id: UUID


class ReturnOrder(Message):
    """Carry out an accepted sending back to a stage: it and what followed it is asked anew."""

    envelope_id: UUID
    act_id: UUID


class PreparationOutcome(Message):
    """Whether every document of the version got its signature fields."""

    refusal: RefusalCode | None = None
    document_id: UUID | None = None


class IntakeOutcome(Message):
    """Whether an uploaded document may be sent."""

    accepted: bool
    refusal: RefusalCode | None = None
    pages: int = 0
    corrects: bool = False
    """It is to replace a document: their pictures are compared afterwards."""


class PicturesOutcome(Message):
    """How many pages of a document are still to be drawn."""

    left: int = 0


class ComparisonOutcome(Message):
    """How many pairs of pages were compared."""

    pairs: int = 0


class StampOutcome(Message):
    """Whether an uploaded stamp image may be chosen."""

    accepted: bool
    refusal: RefusalCode | None = None


class AttachmentOutcome(Message):
    """Whether an attached file may be handed in."""

    accepted: bool
    refusal: RefusalCode | None = None


class SlotSnapshot(Message):
    """Where one slot stands, for projection."""

    slot_id: UUID
    state: SlotState
    asked_at: AwareDatetime | None = None


class Snapshot(Message):
    """The workflow's whole visible state; a projection applies it only if `sequence` is newer."""

    envelope_id: UUID
    sequence: int
    state: EnvelopeState
    slots: tuple[SlotSnapshot, ...] = ()
    next_reminder_at: AwareDatetime | None = None
    download_until: AwareDatetime | None = None
    deadline_at: AwareDatetime | None = None
    """Set once it differs from what was sent."""
    stage_id: UUID | None = None
    """The open stage, if it has a deadline of its own."""
    stage_deadline_at: AwareDatetime | None = None


class CorrectionHalt(Message):
    """The corrected documents could not be prepared: everything stands still."""

    snapshot: Snapshot
    refusal: RefusalCode
    document_id: UUID | None = None


class ActDecision(Message):
    """What the route decided, and the state of the envelope after it."""

    act_id: UUID
    accepted: bool
    refusal: RefusalCode | None = None
    order: int
    decided_at: AwareDatetime
    snapshot: Snapshot


class ActAnswer(Message):
    """What the person is told at once."""

    accepted: bool
    refusal: RefusalCode | None = None


class SignOrder(Message):
    """Carry out one accepted sign act over all documents of its envelope."""

    envelope_id: UUID
    act_id: UUID


class SignOutcome(Message):
    """Number of documents that now carry a verified, time-stamped signature of the act."""

    documents: int


class RenewalOutcome(Message):
    """When a completed document's archive data can be renewed; None when nothing is to come."""

    next_at: AwareDatetime | None = None


class StageOpening(Message):
    """A stage is open: these slots are asked from now on."""

    stage_id: UUID
    slot_ids: tuple[UUID, ...]
    snapshot: Snapshot


class LinkRenewal(Message):
    """The act links of these people get a new generation; the old ones open nothing any more."""

    envelope_id: UUID
    act_id: UUID
    participant_ids: tuple[UUID, ...]


REMINDING = "day:"
"""How the occasion of a reminder begins; its day follows."""


class NoticeOrder(Message):
    """Tell people something, each exactly once per `occasion`.

    `participant_ids` None means every participant and the sender. `occasion` tells two notices
    of one kind apart, e.g. `stage:<id>` or `day-7`.
    """

    envelope_id: UUID
    kind: NoticeKind
    occasion: str
    participant_ids: tuple[UUID, ...] | None = None
    act_id: UUID | None = None


class NoticeOutcome(Message):
    """How the mails of one order ended."""

    sent: int = 0
    failed: int = 0


class HindranceChange(Message):
    """The envelope begins (or ceases) to wait for something besides people."""

    envelope_id: UUID
    kind: HindranceKind
    begins: bool
    reason: str = ""
    """A short code such as `tsa_unavailable`; the words come from the catalogue."""


class Ending(Message):
    """The envelope has ended, as the snapshot's state says."""

    snapshot: Snapshot
    act_id: UUID | None = None
    at: AwareDatetime
