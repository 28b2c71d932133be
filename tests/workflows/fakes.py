"""Ports kept in memory, so that workflow tests run the real activities without any effect."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from threading import Event
from uuid import UUID, uuid4

from domain.kinds import ActKind, Language, LinkPurpose, NoticeKind, SlotKind, StageRule
from domain.mends import Mend
from domain.messages import (
    ActDecision,
    ActFacts,
    ActRef,
    AnsweredAct,
    CorrectionHalt,
    Ending,
    EnvelopePlan,
    HindranceChange,
    LinkRenewal,
    NoticeOrder,
    SlotPlan,
    Snapshot,
    StageOpening,
    StagePlan,
)
from domain.page_changes import SAME_LOOK, Look
from domain.page_pairs import PagePair
from domain.ports.desks import (
    ArchiveTask,
    PreparedDocument,
    RenewalTask,
    SigningDocument,
    SigningTask,
    StoredIntent,
)
from domain.ports.notices import PendingNotice
from domain.ports.signatures import (
    DraftSignature,
    InspectedPdf,
    PlacedField,
    SignatureText,
    Timestamp,
    TimestampUnavailable,
)
from domain.refusals import Refusal, RefusalCode


def plan_of(
    *stages: Sequence[SlotKind],
    deadline_at: datetime | None = None,
    sent_at: datetime | None = None,
) -> EnvelopePlan:
    """A plan with one participant per slot."""
    now = sent_at or datetime.now(UTC)
    return EnvelopePlan(
        envelope_id=uuid4(),
        version=1,
        stages=tuple(
            StagePlan(
                stage_id=uuid4(),
                need=len(kinds),
                slots=tuple(
                    SlotPlan(slot_id=uuid4(), kind=kind, participant_ids=(uuid4(),))
                    for kind in kinds
                ),
            )
            for kinds in stages
        ),
        deadline_at=deadline_at or now + timedelta(days=30),
    )


def shared(*people: UUID, need: int = 1, kind: SlotKind = SlotKind.SIGN) -> StagePlan:
    """Any one of these people, or `need` of them: as many slots, each with all as candidates."""
    return StagePlan(
        stage_id=uuid4(),
        rule=StageRule.ANY if need == 1 else StageRule.N_OF,
        need=need,
        slots=tuple(
            SlotPlan(slot_id=uuid4(), kind=kind, participant_ids=people) for _ in range(need)
        ),
    )


def gate() -> StagePlan:
    """A stage without persons, which a member opens."""
    return StagePlan(stage_id=uuid4(), need=0, slots=(), gate=True)


@dataclass
class World:
    """Everything that the fakes remember, in the order in which it happened."""

    plan: EnvelopePlan
    acts: dict[UUID, ActFacts] = field(default_factory=dict)
    decisions: dict[UUID, ActDecision] = field(default_factory=dict)
    snapshots: list[Snapshot] = field(default_factory=list)
    openings: list[StageOpening] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    hindrances: list[HindranceChange] = field(default_factory=list)
    renewals: list[LinkRenewal] = field(default_factory=list)
    halts: list[CorrectionHalt] = field(default_factory=list)
    concerned: tuple[UUID, ...] = ()
    orders: list[NoticeOrder] = field(default_factory=list)
    order_times: list[datetime] = field(default_factory=list)
    signed: list[UUID] = field(default_factory=list)
    archived: int = 0
    closed: int = 0
    histories: list[bytes] = field(default_factory=list)
    returned: list[RefusalCode] = field(default_factory=list)
    unpreparable: bool = False
    tsa_failures: int = 0
    now: datetime | None = None
    story: list[str] = field(default_factory=list)
    answered: list[AnsweredAct] = field(default_factory=list)
    """What rows say that an earlier task of the workflow decided, though history does not."""
    held: dict[UUID, Event] = field(default_factory=dict)
    """Acts whose facts are read only when somebody lets them."""
    slow: dict[UUID, Event] = field(default_factory=dict)
    """Acts whose answers are written only when somebody lets them."""

    def post(
        self,
        position: int,
        kind: ActKind,
        *,
        posted_at: datetime | None = None,
        refusal: RefusalCode | None = None,
        deadline_at: datetime | None = None,
        successor_id: UUID | None = None,
        participant_id: UUID | None = None,
        version: int | None = None,
        back_to: int | None = None,
    ) -> ActRef:
        """An act row of the participant of the slot at `position` of the whole route."""
        slot = [slot for stage in self.plan.stages for slot in stage.slots][position]
        facts = ActFacts(
            act_id=uuid4(),
            kind=kind,
            posted_at=posted_at or datetime.now(UTC),
            version=version or self.plan.version,
            slot_id=slot.slot_id,
            participant_id=participant_id or slot.participant_ids[0],
            refusal=refusal,
            deadline_at=deadline_at,
            successor_id=successor_id,
            stage_id=None if back_to is None else self.plan.stages[back_to].stage_id,
        )
        self.acts[facts.act_id] = facts
        return ActRef(act_id=facts.act_id)

    def readdress_recipient(self, posted_at: datetime) -> ActRef:
        """The correction of the address of somebody who fills no slot."""
        facts = ActFacts(
            act_id=uuid4(),
            kind=ActKind.READDRESS,
            posted_at=posted_at,
            version=1,
            about_id=uuid4(),
        )
        self.acts[facts.act_id] = facts
        return ActRef(act_id=facts.act_id)

    def open_gate(self, position: int, posted_at: datetime) -> ActRef:
        """The act that opens the gate at `position` of the stages."""
        facts = ActFacts(
            act_id=uuid4(),
            kind=ActKind.OPEN_GATE,
            posted_at=posted_at,
            version=1,
            stage_id=self.plan.stages[position].stage_id,
        )
        self.acts[facts.act_id] = facts
        return ActRef(act_id=facts.act_id)

    def notices(self) -> Counter[NoticeKind]:
        """How many orders of each kind went out."""
        return Counter(order.kind for order in self.orders)


class FakeActDesk:
    """domain.ports.desks.ActDesk."""

    def __init__(self, world: World) -> None:
        self._world = world

    def facts(self, envelope_id: UUID, act_id: UUID, known: int) -> ActFacts:
        """The posted row with the answers that it has behind `known`, or an unknown act."""
        unknown = ActFacts(
            act_id=act_id,
            kind=ActKind.SIGN,
            posted_at=datetime.now(UTC),
            version=1,
            refusal=RefusalCode.UNKNOWN_ACT,
        )
        if act_id in self._world.held:
            self._world.held[act_id].wait(10)
        found = self._world.acts.get(act_id, unknown)
        before = tuple(act for act in self._world.answered if act.order > known)
        return found.model_copy(update={"before": before})

    def record(self, decision: ActDecision) -> None:
        """Keep the answer."""
        if decision.act_id in self._world.slow:
            self._world.slow[decision.act_id].wait(10)
        self._world.decisions[decision.act_id] = decision
        self._world.story.append("recorded")

    def unanswered(self, envelope_id: UUID) -> tuple[ActRef, ...]:
        """Posted acts without a decision."""
        return tuple(
            ActRef(act_id=act_id)
            for act_id in self._world.acts
            if act_id not in self._world.decisions
        )


class FakeEnvelopeDesk:
    """domain.ports.desks.EnvelopeDesk."""

    def __init__(self, world: World) -> None:
        self._world = world

    def plan(self, envelope_id: UUID) -> EnvelopePlan:
        """The world's plan."""
        return self._world.plan

    def open_stage(self, opening: StageOpening) -> None:
        """Keep the opening."""
        self._world.openings.append(opening)
        self._world.story.append("opened")

    def project(self, snapshot: Snapshot) -> None:
        """Keep the snapshot."""
        self._world.snapshots.append(snapshot)

    def hinder(self, change: HindranceChange) -> None:
        """Keep the change."""
        self._world.hindrances.append(change)

    def end(self, ending: Ending) -> None:
        """Keep the ending."""
        self._world.endings.append(ending)
        self._world.story.append("ended")

    def return_to_draft(
        self, envelope_id: UUID, refusal: RefusalCode, document_id: UUID | None
    ) -> None:
        """Keep the reason."""
        self._world.returned.append(refusal)

    def renew_links(self, renewal: LinkRenewal) -> None:
        """Keep the renewal."""
        self._world.renewals.append(renewal)
        self._world.story.append("renewed")

    def close_download(self, envelope_id: UUID) -> None:
        """Count."""
        self._world.closed += 1

    def keep_history(self, envelope_id: UUID, history: bytes) -> None:
        """Keep the bytes."""
        self._world.histories.append(history)


class FakeCorrectionDesk:
    """domain.ports.corrections.CorrectionDesk."""

    def __init__(self, world: World) -> None:
        self._world = world

    def begin_version(self, envelope_id: UUID, act_id: UUID) -> EnvelopePlan:
        """The same people in new slots; once per act."""
        plan = self._world.plan
        if plan.corrected_by != act_id:
            stages = tuple(
                stage.model_copy(
                    update={
                        "stage_id": uuid4(),
                        "slots": tuple(
                            slot.model_copy(update={"slot_id": uuid4()}) for slot in stage.slots
                        ),
                    }
                )
                for stage in plan.stages
            )
            self._world.plan = plan.model_copy(
                update={
                    "version": plan.version + 1,
                    "stages": stages,
                    "corrected_by": act_id,
                    "concerned": self._world.concerned,
                }
            )
            self._world.story.append("corrected")
        return self._world.plan

    def halt(self, halt: CorrectionHalt) -> None:
        """Keep the reason."""
        self._world.halts.append(halt)
        self._world.story.append("halted")


class FakeReturnDesk:
    """domain.ports.returns.ReturnDesk."""

    def __init__(self, world: World) -> None:
        self._world = world

    def begin_round(self, envelope_id: UUID, act_id: UUID) -> EnvelopePlan:
        """The same people in new slots from the stage on that the act names; once per act."""
        plan, facts = self._world.plan, self._world.acts[act_id]
        if all(stage.returned_by != act_id for stage in plan.stages):
            first = [stage.stage_id for stage in plan.stages].index(facts.stage_id or envelope_id)
            last = next(
                index
                for index, stage in enumerate(plan.stages)
                if facts.slot_id in {slot.slot_id for slot in stage.slots}
            )
            stages = list(plan.stages)
            for index in range(first, last + 1):
                slots = tuple(
                    slot.model_copy(update={"slot_id": uuid4()}) for slot in stages[index].slots
                )
                changes = {"stage_id": uuid4(), "slots": slots, "returned_by": act_id}
                stages[index] = stages[index].model_copy(update=changes)
            self._world.plan = plan.model_copy(update={"stages": tuple(stages)})
            self._world.story.append("reopened")
        return self._world.plan


class FakePreparation:
    """PreparationDesk and VersionPreparer for one document."""

    def __init__(self, world: World) -> None:
        self._world = world

    def unprepared(self, envelope_id: UUID) -> tuple[PreparedDocument, ...]:
        """One document."""
        return (PreparedDocument(document_id=uuid4(), fields=()),)

    def read_upload(self, document_id: UUID) -> bytes:
        """Some bytes."""
        return b"upload"

    def store_version(self, document_id: UUID, data: bytes) -> None:
        """Nothing to keep."""

    def prepared(self, envelope_id: UUID) -> None:
        """Nothing to keep."""

    def prepare(self, data: bytes, fields: Sequence[PlacedField]) -> bytes:
        """Refuse when the world says so."""
        if self._world.unpreparable:
            raise Refusal(RefusalCode.NOT_PREPARABLE)
        return data


class NoConsents:
    """ConsentDesk and Timestamper where nobody is asked to agree to anything."""

    def waiting(self, envelope_id: UUID) -> tuple[UUID, ...]:
        del envelope_id
        return ()

    def unstamped(self, consent_id: UUID) -> bytes | None:
        raise AssertionError(consent_id)

    def stamped(self, consent_id: UUID, timestamp: Timestamp) -> None:
        raise AssertionError(consent_id)

    def stamp(self, digest: bytes) -> Timestamp:
        raise AssertionError(digest)


class FakeSigning:
    """SigningDesk, ArchiveDesk, DocumentSigner and DocumentArchiver for one document."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._document = uuid4()
        self._intents: dict[UUID, StoredIntent] = {}

    def authorise(self, envelope_id: UUID, act_id: UUID) -> SigningTask:
        """Only an act that was accepted."""
        decision = self._world.decisions.get(act_id)
        if decision is None or not decision.accepted:
            raise Refusal(RefusalCode.UNKNOWN_ACT)
        return SigningTask(
            act_id=act_id,
            reason="",
            location="",
            posted_at=datetime.now(UTC),
            documents=(SigningDocument(self._document, uuid4(), "FIELD_0001"),),
        )

    def intents(self, act_id: UUID) -> tuple[StoredIntent, ...]:
        """What intend stored."""
        return (self._intents[act_id],) if act_id in self._intents else ()

    def intend(self, task: SigningTask, drafts: Sequence[tuple[UUID, DraftSignature]]) -> None:
        """Keep the draft."""
        [(document_id, draft)] = drafts
        self._intents[task.act_id] = StoredIntent(
            uuid4(), document_id, uuid4(), draft, None, None, None
        )

    def begin_call(self, intent_id: UUID) -> None:
        """Nothing to keep."""

    def store_signature(self, intent_id: UUID, signature: bytes) -> None:
        """Nothing to keep."""

    def store_timestamp(self, intent_id: UUID, timestamp: Timestamp) -> None:
        """Nothing to keep."""

    def store_revision(self, intent_id: UUID, tail: bytes) -> UUID:
        """A name for it."""
        return uuid4()

    def read_revision(self, revision_id: UUID) -> bytes:
        """Empty files everywhere."""
        return b""

    def finish(self, act_id: UUID) -> None:
        """The act is carried out."""
        self._world.signed.append(act_id)
        self._world.story.append("signed")

    def unarchived(self, envelope_id: UUID) -> tuple[ArchiveTask, ...]:
        """One document."""
        return (ArchiveTask(self._document, uuid4(), ("FIELD_0001",)),)

    def archived(self, envelope_id: UUID) -> tuple[UUID, ...]:
        """None yet."""
        return ()

    def store_archive(
        self,
        document_id: UUID,
        base_revision_id: UUID,
        tail: bytes,
        fresher_at: datetime | None = None,
    ) -> UUID:
        """Count."""
        self._world.archived += 1
        return uuid4()

    def draft(self, base: bytes, text: SignatureText) -> DraftSignature:
        """An empty draft."""
        return DraftSignature(text.field_name, b"", {}, b"", b"", "", "", "")

    def sign(self, base: bytes, draft: DraftSignature) -> bytes:
        """A value."""
        return b"value"

    def timestamp(self, signature: bytes) -> Timestamp:
        """A token, after as many failures as the world says."""
        if self._world.tsa_failures > 0:
            self._world.tsa_failures -= 1
            message = "tsa_down"
            raise TimestampUnavailable(message)
        return Timestamp(b"token", datetime.now(UTC), "tsa1")

    def embed(
        self, base: bytes, draft: DraftSignature, signature: bytes, timestamp: Timestamp
    ) -> bytes:
        """Nothing to add."""
        return b""

    def check(self, revision: bytes, field_name: str) -> None:
        """Always fine."""

    def archive(self, base: bytes, signature_fields: Sequence[str]) -> bytes:
        """Nothing to add."""
        return b""

    def fresher_at(self, archived: bytes) -> datetime | None:
        """Everything is as fresh as it can be."""
        return None

    def renew(self, base: bytes, signature_fields: Sequence[str]) -> bytes:
        """Nothing to add."""
        return b""

    def renewal(self, document_id: UUID) -> RenewalTask | None:
        """Nothing is planned."""
        return None

    def store_renewal(
        self, document_id: UUID, base_revision_id: UUID, tail: bytes, fresher_at: datetime | None
    ) -> UUID:
        """Must not happen here."""
        raise AssertionError

    def postpone_renewal(
        self, document_id: UUID, fresher_at: datetime, problem: str = ""
    ) -> datetime:
        """Must not happen here."""
        raise AssertionError


class FakeIntake:
    """IntakeDesk and DocumentInspector for one document."""

    def __init__(
        self,
        refusal: RefusalCode | None = None,
        mends: Sequence[Mend] = (),
        pages: int = 3,
        at_once: int = 15,
    ) -> None:
        self._refusal = refusal
        self._pages, self._at_once = pages, at_once
        self.drawn = 0
        """Pages that have a picture."""
        self.batches = 0
        self.mends = frozenset(mends)
        self.consent = frozenset[Mend]()
        self.replaces = False
        """Whether it corrects a document of a sent envelope."""
        self.looks: list[tuple[PagePair, Look]] | None = None
        self.deadly = 0
        """The page whose pictures no child survives."""
        self.kept = False
        self.answers: list[RefusalCode | frozenset[Mend] | int] = []
        self.accepted: InspectedPdf | None = None

    def read(self, document_id: UUID) -> bytes:
        """Some bytes."""
        return b"upload"

    def kept_as_it_is(self, document_id: UUID) -> bool:
        """Everything is to be signed, unless the test says otherwise."""
        return self.kept

    def agreed(self, document_id: UUID) -> frozenset[Mend]:
        """What the test says."""
        return self.consent

    def accept(self, document_id: UUID, inspected: InspectedPdf) -> None:
        """Keep the page count."""
        self.answers.append(inspected.pages)
        self.accepted, self.drawn = inspected, len(inspected.images)

    def undrawn(self, document_id: UUID) -> range:
        """All behind those that were drawn."""
        return range(self.drawn, self._pages)

    def base(self, document_id: UUID) -> bytes:
        """Some bytes."""
        return b"base"

    def add_images(self, document_id: UUID, first: int, images: Sequence[bytes]) -> None:
        """Behind those that were drawn."""
        assert first == self.drawn
        self.drawn += len(images)

    def corrects(self, document_id: UUID) -> bool:
        """What the test says."""
        return self.replaces

    def to_compare(self, document_id: UUID) -> tuple[PagePair, ...]:
        """All that are drawn."""
        return tuple(PagePair(page, page) for page in range(1, self.drawn + 1))

    def pictures(
        self, document_id: UUID, pairs: Sequence[PagePair]
    ) -> tuple[tuple[bytes, bytes], ...]:
        """Their numbers."""
        return tuple((b"%d" % (pair.before or 0), b"%d" % (pair.after or 0)) for pair in pairs)

    def differ(self, pictures: Sequence[tuple[bytes, bytes]]) -> tuple[Look, ...]:
        """All look the same."""
        if any(int(before) == self.deadly for before, _ in pictures):
            raise Refusal(RefusalCode.READER_CRASHED)
        return tuple(SAME_LOOK for _ in pictures)

    def keep(self, document_id: UUID, looks: Sequence[tuple[PagePair, Look]]) -> None:
        """What was seen."""
        self.looks = list(looks)

    def inspect_kept(self, data: bytes) -> InspectedPdf:
        """It stays as it came."""
        assert self.kept
        return self.inspect(data)

    def draw(self, data: bytes, pages: range, *, kept: bool = False) -> tuple[bytes, ...]:
        """Some at once."""
        assert (data, kept) == (b"base", self.kept)
        self.batches += 1
        return tuple(b"%d" % number for number in pages[: self._at_once])

    def offer_repair(self, document_id: UUID, mends: frozenset[Mend]) -> None:
        """Keep what would be lost."""
        self.answers.append(mends)

    def refuse(self, document_id: UUID, code: RefusalCode) -> None:
        """Keep the code."""
        self.answers.append(code)

    def inspect(self, data: bytes, *, repair: bool = False) -> InspectedPdf:
        """The pages, or the refusal; a copy where one is needed, which needs no other."""
        if self._refusal is not None:
            raise Refusal(self._refusal)
        needs = self.mends if data == b"upload" else frozenset[Mend]()
        if needs and not repair:
            raise Refusal(RefusalCode.MENDABLE, sorted(needs))
        return InspectedPdf(
            pages=self._pages,
            page_sizes=((595.0, 842.0),) * self._pages,
            images=(b"of " + data,),
            mends=tuple(sorted(needs)),
            repaired=b"copy" if needs else None,
        )


class FakePost:
    """NoticeDesk, LinkMint, MailComposer and Postman."""

    def __init__(self, world: World) -> None:
        self._world = world

    def enqueue(self, order: NoticeOrder) -> tuple[PendingNotice, ...]:
        """One notice per order."""
        self._world.orders.append(order)
        notice = PendingNotice(
            notice_id=uuid4(),
            message_id="<1@localhost>",
            kind=order.kind,
            language=Language.JA,
            to_name="",
            to_mail="",
            organisation="",
            contact="",
            zone="Asia/Tokyo",
            queued_at=datetime.now(UTC),
            link_id=uuid4(),
            link_purpose=LinkPurpose.ACT,
            link_generation=1,
        )
        return (notice,)

    def token_issued(self, link_id: UUID, generation: int, token_sha256: str) -> None:
        """Nothing to keep."""

    def sent(self, notice_id: UUID) -> None:
        """Nothing to keep."""

    def delayed(self, notice_id: UUID, error: str) -> None:
        """Nothing to keep."""

    def failed(self, notice_id: UUID, error: str) -> None:
        """Nothing to keep."""

    def token(self, link_id: UUID, generation: int) -> str:
        """A token."""
        return "token"

    def compose(self, notice: PendingNotice, token: str | None, code: str = "") -> EmailMessage:
        """An empty mail."""
        return EmailMessage()

    def deliver(self, message: EmailMessage, notice_id: UUID) -> None:
        """Accepted."""
