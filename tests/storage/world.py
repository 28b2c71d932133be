"""An organisation, an envelope on its way, and people who act on it: through the real writers."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.corrections import corrected_sha256
from domain.drafts import CheckedDraft, Order, Person
from domain.evidence import NOTHING_FILLED
from domain.kinds import (
    ActKind,
    EnvelopeState,
    Language,
    LinkPurpose,
    ParticipantKind,
    PartyKind,
    Role,
)
from domain.messages import ActDecision, EnvelopePlan, Snapshot, StageOpening
from domain.ports.desks import SigningTask
from domain.ports.signatures import DraftSignature, InspectedPdf, Timestamp
from domain.route import Route
from storage import corrections, drafts, people, posting, sending, shown, uploads, visits
from storage.database import Database, open_database
from storage.desks import (
    StoredActDesk,
    StoredArchiveDesk,
    StoredCorrectionDesk,
    StoredEnvelopeDesk,
    StoredIntakeDesk,
    StoredNoticeDesk,
    StoredPreparationDesk,
    StoredRelayDesk,
    StoredReturnDesk,
    StoredSigningDesk,
    StoredStampDesk,
    proof,
)
from storage.tables import (
    Act,
    ActFilling,
    Document,
    Envelope,
    LedgerEvent,
    Link,
    LoginSession,
    Member,
    Participant,
    Slot,
    Stage,
    Visit,
)
from storage.vault import BlobFiles, Vault
from tests.storage.vaults import SoftWrapper

UPLOAD = b"%PDF-1.7 a contract\n%%EOF\n"
FIELDS = b"% empty fields\n"
RESERVED = 64
CALLER = visits.Caller("192.0.2.7", "a browser")

SIGNER = ParticipantKind.SIGNER
APPROVER = ParticipantKind.APPROVER
RECIPIENT = ParticipantKind.RECIPIENT


def person(name: str, kind: ParticipantKind = SIGNER, **changes: Any) -> Person:
    words: dict[str, Any] = {
        "name": name,
        "mail": f"{name}@example.jp",
        "company": "青山建設",
        "party": PartyKind.COUNTERPARTY,
        "kind": kind,
        "language": Language.JA,
    }
    return Person(**(words | changes))


@dataclass
class World:
    """The rows of one organisation, its desks, and a vault without a token."""

    database: Database
    vault: Vault
    member_id: UUID = field(default_factory=uuid4)
    organisation_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.acts = StoredActDesk(self.database)
        self.envelopes = StoredEnvelopeDesk(self.database, self.vault)
        self.intake = StoredIntakeDesk(self.database, self.vault)
        self.corrections = StoredCorrectionDesk(self.database, self.vault)
        self.returns = StoredReturnDesk(self.database, self.vault)
        self.preparation = StoredPreparationDesk(self.database, self.vault)
        self.signing = StoredSigningDesk(self.database, self.vault)
        self.archive = StoredArchiveDesk(self.database, self.vault)
        self.stamps = StoredStampDesk(self.database, self.vault)
        self.relay = StoredRelayDesk(self.database)
        self.notices = StoredNoticeDesk(self.database, "https://sign.example.jp:8443", trial=True)

    # -- sending -------------------------------------------------------------------------------

    def found(self) -> "World":
        with self.database.transaction() as session:
            organisation = people.create_organisation(
                session, "あおば市", now(), name_en="Aoba City"
            )
            organisation.contact_department = "契約課"
            organisation.contact_phone = "03-0000-0000"
            self.organisation_id = organisation.id
        self.member_id = self.join("clerk", Role.CLERK)
        return self

    def join(self, name: str, *roles: Role, organisation_id: UUID | None = None) -> UUID:
        new = people.NewMember(f"{name}@aoba.example.jp", f"{name}さん", "hash", roles)
        with self.database.transaction() as session:
            return people.create_member(
                session, organisation_id or self.organisation_id, new, now()
            ).id

    def draft(self, documents: int = 1) -> UUID:
        with self.database.transaction() as session:
            member = session.get_one(Member, self.member_id)
            envelope_id = drafts.create_draft(session, member, now()).id
        for number in range(documents):
            self.upload(envelope_id, f"契約書{number}.pdf", UPLOAD + str(number).encode())
        return envelope_id

    def upload(self, envelope_id: UUID, name: str, data: bytes) -> UUID:
        upload = uploads.begin_upload(self.vault, name)
        upload.write(data)
        with self.database.transaction() as session:
            envelope = session.get_one(Envelope, envelope_id)
            member = session.get_one(Member, self.member_id)
            return uploads.finish_upload(session, envelope, upload, member, now()).id

    def check(self, envelope_id: UUID) -> None:
        for document in self.documents(envelope_id):
            self.intake.accept(document, InspectedPdf(1, ((595.0, 842.0),), (b"png",)))

    def send(
        self, *who: Person, order: Order = Order.SEQUENCE, envelope_id: UUID | None = None
    ) -> UUID:
        """State sending, every document checked."""
        envelope_id = envelope_id or self.draft()
        self.check(envelope_id)
        checked = CheckedDraft("工事請負契約", "よろしく", 30, order, None, who)
        with self.database.transaction() as session:
            envelope = session.get_one(Envelope, envelope_id)
            member = session.get_one(Member, self.member_id)
            sending.send(session, envelope, checked, member, now())
        return envelope_id

    def correct(
        self, document_id: UUID, data: bytes, *, check: bool = True, fields_only: bool = False
    ) -> UUID:
        """A corrected PDF is uploaded, and found good."""
        upload = uploads.begin_upload(self.vault, "訂正版.pdf")
        upload.write(data)
        with closing(_Abandoned(upload)), self.database.transaction() as session:
            replaced = session.get_one(Document, document_id)
            member = session.get_one(Member, self.member_id)
            envelope, _ = corrections.correctable(
                session, self.organisation_id, replaced.envelope_id, document_id
            )
            corrections.forget(session, envelope, replaced, member, now())
            made = uploads.finish_correction(
                session, envelope, replaced, upload, member, now(), fields_only=fields_only
            )
        if check:
            self.intake.accept(made.id, InspectedPdf(1, ((595.0, 842.0),), (b"png",)))
        return made.id

    def confirmed(self, envelope_id: UUID) -> str:
        """What the confirmation's page carries."""
        with self.reading() as session:
            envelope = session.get_one(Envelope, envelope_id)
            return corrected_sha256(corrections.replacements_of(session, envelope))

    def prepare(self, envelope_id: UUID) -> None:
        for document in self.preparation.unprepared(envelope_id):
            upload = self.preparation.read_upload(document.document_id)
            self.preparation.store_version(document.document_id, upload + FIELDS)
        self.preparation.prepared(envelope_id)

    # -- reading -------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.database.reading() as session:
            yield session

    def envelope(self, envelope_id: UUID) -> Envelope:
        with self.reading() as session:
            return session.get_one(Envelope, envelope_id)

    def documents(self, envelope_id: UUID) -> list[UUID]:
        with self.reading() as session:
            return [row.id for row in drafts.documents_of(session, envelope_id)]

    def participant(self, envelope_id: UUID, name: str) -> Participant:
        with self.reading() as session:
            return session.scalars(
                select(Participant).where(
                    Participant.envelope_id == envelope_id, Participant.name == name
                )
            ).one()

    def slot(self, envelope_id: UUID, name: str) -> Slot:
        participant = self.participant(envelope_id, name)
        with self.reading() as session:
            return session.scalars(
                select(Slot)
                .join(Stage, Stage.id == Slot.stage_id)
                .join(Envelope, Envelope.id == Slot.envelope_id)
                .where(Slot.participant_id == participant.id, Stage.version == Envelope.version)
            ).one()

    def link(self, envelope_id: UUID, name: str, purpose: LinkPurpose) -> Link | None:
        participant = self.participant(envelope_id, name)
        with self.reading() as session:
            return session.scalar(
                select(Link).where(
                    Link.participant_id == participant.id, Link.purpose == purpose.value
                )
            )

    def tags(self, envelope_id: UUID) -> list[str]:
        with self.reading() as session:
            return list(
                session.scalars(
                    select(LedgerEvent.tag)
                    .where(LedgerEvent.envelope_id == envelope_id)
                    .order_by(LedgerEvent.sequence)
                )
            )

    def member(self, session: Session, member_id: UUID) -> Member:
        return session.get_one(Member, member_id)

    def set(self, table: type[Any], key: UUID, **values: object) -> None:
        """Columns of a row, as a thief of the database writes them."""
        with self.database.transaction() as session:
            row = session.get_one(table, key)
            for name, value in values.items():
                setattr(row, name, value)

    def disarm(self) -> None:
        """Take the triggers away that keep evidence as it was: an owner of the database can."""
        with self.database.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                for table in ("acts", "act_fillings", "attachments", "factor_proofs", "passkeys"):
                    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                return
            names = connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            for name in names:
                connection.execute(text(f"DROP TRIGGER {name}"))

    # -- acting --------------------------------------------------------------------------------

    def visit(self, envelope_id: UUID, name: str) -> UUID:
        link = self.link(envelope_id, name, LinkPurpose.ACT)
        assert link is not None
        visit = Visit(
            cookie_sha256="c" * 64,
            link_id=link.id,
            generation=link.generation,
            participant_id=link.participant_id,
            opened_at=now(),
            last_seen_at=now(),
        )
        with self.database.transaction() as session:
            session.add(visit)
        return visit.id

    def post(
        self,
        envelope_id: UUID,
        name: str,
        kind: ActKind = ActKind.SIGN,
        filled_sha256: str = NOTHING_FILLED,
        back_to: UUID | None = None,
    ) -> UUID:
        """What the confirmation page's form does."""
        visit_id = self.visit(envelope_id, name)
        with self.reading() as session:
            visiting = visits.find_visit(session, "c" * 64, visit_id, now())
            assert visiting is not None
            read = shown.shown_sha256(
                shown.shown_documents(session, session.get_one(Envelope, envelope_id))
            )
        posted = posting.PostedAct(
            kind,
            uuid4().hex,
            read,
            CALLER,
            reason="理由です",
            filled_sha256=filled_sha256,
            back_to=back_to,
        )
        return posting.post_act(self.database, self.vault, visiting, posted, now())

    def withdraw(self, envelope_id: UUID, member_id: UUID | None = None, **login: Any) -> UUID:
        """A withdrawal as a row, whoever posted it."""
        member_id = member_id or self.member_id
        words: dict[str, Any] = {
            "member_id": member_id,
            "token_sha256": uuid4().hex * 2,
            "created_at": now() - timedelta(minutes=1),
            "last_seen_at": now(),
        }
        row = LoginSession(**(words | login))
        with self.database.transaction() as session:
            session.add(row)
            session.flush()
            act = Act(
                nonce=uuid4().hex,
                envelope_id=envelope_id,
                member_id=member_id,
                kind=ActKind.WITHDRAW.value,
                version=session.get_one(Envelope, envelope_id).version,
                version_sha256="0" * 64,
                values_sha256="0" * 64,
                reason="内容を改めます",
                evidence={"method": "login", "session_id": str(row.id)},
                posted_at=now(),
            )
            session.add(act)
        return act.id

    def forge_act(self, act_id: UUID, **changes: Any) -> UUID:
        """A copy of an act with some columns changed: what a thief of the database writes."""
        with self.database.transaction() as session:
            act = session.get_one(Act, act_id)
            words = {column.name: getattr(act, column.name) for column in Act.__table__.columns}
            fresh = {"id": uuid4(), "nonce": uuid4().hex}
            copy = Act(**(words | fresh | changes))
            if copy.evidence.get("person_sha256") and copy.participant_id is not None:
                # he knows how the hashes are made, but has no key of the vault
                copy.evidence = {**copy.evidence, "person_sha256": proof.person_of(session, copy)}
            session.add(copy)
            filling = session.get(ActFilling, act_id)
            if filling is not None:
                session.flush()
                session.add(ActFilling(act_id=copy.id, sealed=filling.sealed))
        return copy.id


@dataclass
class _Abandoned:
    """A stream that nobody finished is closed, as the end of a request does it."""

    upload: uploads.Upload

    def close(self) -> None:
        self.upload.abandon()


@dataclass
class Journey:
    """An envelope with the route that its workflow would hold."""

    world: World
    envelope_id: UUID
    plan: EnvelopePlan
    route: Route

    @classmethod
    def begin(cls, world: World, *who: Person, **options: Any) -> "Journey":
        """Sent, prepared, first stage open."""
        envelope_id = world.send(*who, **options)
        plan = world.envelopes.plan(envelope_id)
        world.prepare(envelope_id)
        journey = cls(world, envelope_id, plan, Route.of(plan))
        journey.open()
        return journey

    def open(self) -> StageOpening:
        stage = self.route.open_next_stage(now())
        assert stage is not None
        opening = StageOpening(
            stage_id=stage.stage_id,
            slot_ids=tuple(slot.slot_id for slot in stage.slots),
            snapshot=self.route.snapshot(),
        )
        self.world.envelopes.open_stage(opening)
        return opening

    def decide(self, act_id: UUID) -> ActDecision:
        """Answered and recorded; a workflow whose task was lost asks again, and answers alike."""
        before = deepcopy(self.route)
        decision = self.decision(act_id)
        self.world.acts.record(decision)
        again = before.decide(self.world.acts.facts(self.envelope_id, act_id, 0))
        assert (again.answer.accepted, again.answer.refusal, again.order) == (
            decision.accepted,
            decision.refusal,
            decision.order,
        )
        return decision

    def decision(self, act_id: UUID) -> ActDecision:
        """What the route answers; recorded by the caller."""
        verdict = self.route.decide(self.world.acts.facts(self.envelope_id, act_id, 0))
        return ActDecision(
            act_id=act_id,
            accepted=verdict.answer.accepted,
            refusal=verdict.answer.refusal,
            order=verdict.order,
            decided_at=now(),
            snapshot=self.route.snapshot(),
        )

    def act(self, name: str, kind: ActKind = ActKind.SIGN) -> UUID:
        """Posted and answered."""
        act_id = self.world.post(self.envelope_id, name, kind)
        self.decide(act_id)
        return act_id

    def sign(self, name: str) -> UUID:
        """Posted, answered and carried out."""
        act_id = self.act(name)
        carry_out(self.world, self.envelope_id, act_id)
        slot = self.world.slot(self.envelope_id, name)
        self.route.mark_done(slot.id)
        return act_id

    def complete(self) -> Snapshot:
        """Archived; the snapshot of the end is returned, not applied."""
        self.route.start_completing()
        self.world.envelopes.project(self.route.snapshot())
        for task in self.world.archive.unarchived(self.envelope_id):
            self.world.archive.store_archive(task.document_id, task.revision_id, b"% DSS\n")
        self.route.download_until = now() + timedelta(days=14)
        self.route.finish(EnvelopeState.DONE)
        return self.route.snapshot()


def now() -> datetime:
    return datetime.now(UTC)


def drafted(world: World, task: SigningTask) -> list[tuple[UUID, DraftSignature]]:
    """What signing/ would draft for a task."""
    made: list[tuple[UUID, DraftSignature]] = []
    for document in task.documents:
        base = len(world.signing.read_revision(document.base_revision_id))
        head = f"% {document.field_name} {task.reason} ".encode()
        tail = head + b"<" + b"0" * RESERVED + b">" + b" %%EOF\n"
        start = base + len(head)
        layout = {
            "contents_start": start,
            "contents_end": start + RESERVED + 2,
            "reserved": RESERVED,
        }
        digest = hashlib.sha256(tail).digest()
        draft = DraftSignature(
            document.field_name, tail, layout, digest, b"attributes", "signing-1", "f" * 64, "ecdsa"
        )
        made.append((document.document_id, draft))
    return made


def embedded(draft: DraftSignature, signature: bytes) -> bytes:
    text = signature.hex().encode().ljust(RESERVED, b"0")
    return draft.tail.replace(b"<" + b"0" * RESERVED + b">", b"<" + text + b">")


def carry_out(world: World, envelope_id: UUID, act_id: UUID) -> None:
    """What activities.signing does, with a signer that needs no key."""
    task = world.signing.authorise(envelope_id, act_id)
    world.signing.intend(task, drafted(world, task))
    for intent in world.signing.intents(act_id):
        world.signing.begin_call(intent.intent_id)
        world.signing.store_signature(intent.intent_id, b"value")
        world.signing.store_timestamp(intent.intent_id, Timestamp(b"token", now(), "TSA 1"))
        world.signing.store_revision(intent.intent_id, embedded(intent.draft, b"value"))
    world.signing.finish(act_id)


def build_world(url: str, folder: Path) -> World:
    """In a database with all tables."""
    database = open_database(url)
    vault = Vault(database, BlobFiles(folder / "blobs"), SoftWrapper(), "kek-1")
    return World(database, vault).found()


def column(world: World, table: type[Any], key: UUID, name: str) -> Any:
    with world.reading() as session:
        return getattr(cast("Any", session.get_one(table, key)), name)
