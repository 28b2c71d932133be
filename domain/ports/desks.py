"""What activities ask of storage/. Every method is one transaction and may be repeated safely."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.attachments import Accepts
from domain.crops import Crop
from domain.mends import Mend
from domain.messages import (
    ActDecision,
    ActFacts,
    ActRef,
    Ending,
    EnvelopePlan,
    HindranceChange,
    LinkRenewal,
    NoticeOrder,
    Snapshot,
    StageOpening,
)
from domain.ports.notices import PendingNotice
from domain.ports.signatures import (
    CheckedFile,
    DraftSignature,
    FilledField,
    InspectedPdf,
    PlacedField,
    SignatureLook,
    Timestamp,
)
from domain.refusals import RefusalCode


class ActDesk(Protocol):
    """Acts as rows: facts for the route, and the route's decisions."""

    def facts(self, envelope_id: UUID, act_id: UUID, known: int) -> ActFacts:
        """What the rows say, with the answers behind number `known`; an act of another envelope is
        UNKNOWN_ACT. Never raises Refusal."""

    def record(self, decision: ActDecision) -> None:
        """Answer the act, write its ledger event, project the snapshot."""

    def unanswered(self, envelope_id: UUID) -> tuple[ActRef, ...]:
        """Acts that were posted but not answered yet, oldest first."""


class EnvelopeDesk(Protocol):
    """The projection of workflow state that pages read."""

    def plan(self, envelope_id: UUID) -> EnvelopePlan:
        """The route of the current version, as stored when it was sent."""

    def open_stage(self, opening: StageOpening) -> None:
        """Slots are asked; links for their participants exist afterwards (no token yet)."""

    def project(self, snapshot: Snapshot) -> None:
        """Apply a snapshot if it is newer than what is stored."""

    def hinder(self, change: HindranceChange) -> None:
        """Begin or end a hindrance such as タイムスタンプ待ち."""

    def end(self, ending: Ending) -> None:
        """Done, declined, withdrawn or expired: project, write the event, revoke act links."""

    def return_to_draft(
        self, envelope_id: UUID, refusal: RefusalCode, document_id: UUID | None
    ) -> None:
        """Preparation failed: the sender sees why and can replace the document."""

    def renew_links(self, renewal: LinkRenewal) -> None:
        """Raise the generation of people's act links, once per act."""

    def close_download(self, envelope_id: UUID) -> None:
        """The download window is over: revoke the download links."""

    def keep_history(self, envelope_id: UUID, history: bytes) -> None:
        """Store the decoded workflow history (JSON) in the vault."""


class IntakeDesk(Protocol):
    """Uploaded documents before sending."""

    def read(self, document_id: UUID) -> bytes:
        """The uploaded bytes."""

    def kept_as_it_is(self, document_id: UUID) -> bool:
        """Whether it was concluded elsewhere: then nobody signs it, and nothing is added to it."""

    def agreed(self, document_id: UUID) -> frozenset[Mend]:
        """What a repaired copy may lack, as the sender has agreed; empty without consent."""

    def accept(self, document_id: UUID, inspected: InspectedPdf) -> None:
        """The document may be sent; its page images, and its repaired copy if it needed one, are
        stored."""

    def undrawn(self, document_id: UUID) -> range:
        """Numbers, from 0, of the pages of an accepted document that may still get an image; empty
        where there is nobody left to look at them."""

    def base(self, document_id: UUID) -> bytes:
        """What versions are made from: the upload, or its repaired copy."""

    def add_images(self, document_id: UUID, first: int, images: Sequence[bytes]) -> None:
        """Images of further pages, from `first` on, or UNDRAWABLE; nothing where these pages have
        some."""

    def corrects(self, document_id: UUID) -> bool:
        """Whether it is to replace a document of a sent envelope."""

    def offer_repair(self, document_id: UUID, mends: frozenset[Mend]) -> None:
        """Only a repaired copy may be sent: the draft says what it would lack, and asks."""

    def refuse(self, document_id: UUID, code: RefusalCode) -> None:
        """The document may not be sent; the draft says why."""


class StampDesk(Protocol):
    """Stamp images of signers, and logos, between upload and use."""

    def read(self, stamp_id: UUID) -> bytes:
        """The picture as uploaded."""

    def keeps_paper(self, stamp_id: UUID) -> bool:
        """Whether it is a logo, whose ground belongs to it."""

    def crop(self, stamp_id: UUID) -> Crop | None:
        """What its sender cut off at the sides."""

    def accept(self, stamp_id: UUID, image: bytes) -> None:
        """The cleaned PNG may be chosen."""

    def refuse(self, stamp_id: UUID, code: RefusalCode) -> None:
        """It may not; the page says why."""


class AttachmentDesk(Protocol):
    """Files that signers attach, between upload and use."""

    def read(self, attachment_id: UUID) -> tuple[bytes, Accepts]:
        """The file as uploaded, and the kinds that its field takes."""

    def accept(self, attachment_id: UUID, checked: CheckedFile) -> None:
        """It takes the place of what was there before it."""

    def refuse(self, attachment_id: UUID, code: RefusalCode) -> None:
        """It does not; the page says why."""


@dataclass(frozen=True)
class PreparedDocument:
    """One document to prepare: its uploaded bytes are read by id, its fields are placed."""

    document_id: UUID
    fields: tuple[PlacedField, ...]


class PreparationDesk(Protocol):
    """The version's base revisions."""

    def unprepared(self, envelope_id: UUID) -> tuple[PreparedDocument, ...]:
        """Documents of the current version that have no base revision yet, in tab order."""

    def read_upload(self, document_id: UUID) -> bytes:
        """The bytes that a version is made from: as uploaded, or as repaired."""

    def store_version(self, document_id: UUID, data: bytes) -> None:
        """Store the base revision (number 0 of the version)."""

    def prepared(self, envelope_id: UUID) -> None:
        """Every document has its base revision: write the event."""


@dataclass(frozen=True)
class SigningDocument:
    """One document that an act signs: the values that its person entered into the slot's fields,
    and what the signature shows if its field is visible."""

    document_id: UUID
    base_revision_id: UUID
    field_name: str
    fills: tuple[FilledField, ...] = ()
    look: SignatureLook | None = None


@dataclass(frozen=True)
class SigningTask:
    """What an act allows: the words of the signature and the documents."""

    act_id: UUID
    reason: str
    location: str
    posted_at: datetime
    documents: tuple[SigningDocument, ...]


@dataclass(frozen=True)
class StoredIntent:
    """How far one document's signature got."""

    intent_id: UUID
    document_id: UUID
    base_revision_id: UUID
    draft: DraftSignature
    signature: bytes | None
    timestamp: Timestamp | None
    revision_id: UUID | None


class SigningDesk(Protocol):
    """The only way to a signature: it leads through an act row.

    Kept by storage/, called by the signing worker only. A forged message ends here.
    """

    def authorise(self, envelope_id: UUID, act_id: UUID) -> SigningTask:
        """Read the act: kind sign, accepted by the route, this participant's slot, this version,
        evidence complete. Raises Refusal otherwise. Documents in tab order, each with its newest
        revision as base. An act that was consumed by its own intents may go on."""

    def intents(self, act_id: UUID) -> tuple[StoredIntent, ...]:
        """Intents of an act, in tab order; empty before `intend`."""

    def intend(self, task: SigningTask, drafts: Sequence[tuple[UUID, DraftSignature]]) -> None:
        """Consume the act and insert one intent per document (document id, draft), in one
        transaction. Refuses (Refusal ALREADY_ACTED) an act that was consumed before."""

    def begin_call(self, intent_id: UUID) -> None:
        """Count one C_Sign call before it is made."""

    def store_signature(self, intent_id: UUID, signature: bytes) -> None:
        """Store the value before anything else is done with it."""

    def store_timestamp(self, intent_id: UUID, timestamp: Timestamp) -> None:
        """Store the checked token."""

    def store_revision(self, intent_id: UUID, tail: bytes) -> UUID:
        """Store the signed revision (predecessor + tail) in the vault and as a row."""

    def read_revision(self, revision_id: UUID) -> bytes:
        """Stored bytes, through the vault."""

    def finish(self, act_id: UUID) -> None:
        """Every document of the act is signed, stamped and verified: slot done, event."""


@dataclass(frozen=True)
class ArchiveTask:
    """A document whose signatures are complete."""

    document_id: UUID
    revision_id: UUID
    signature_fields: tuple[str, ...]
    """Names of the signature fields that must be filled, exactly."""


@dataclass(frozen=True)
class RenewalTask:
    """A completed document whose archive data are to be renewed at `fresher_at` or later."""

    document_id: UUID
    revision_id: UUID
    signature_fields: tuple[str, ...]
    fresher_at: datetime


class ArchiveDesk(Protocol):
    """Completion: DSS and archive timestamp per document; fresher ones later."""

    def unarchived(self, envelope_id: UUID) -> tuple[ArchiveTask, ...]:
        """Documents without an archive revision. Raises Refusal NOT_ALLOWED while a stage's rule
        is unmet in the rows: a message alone completes nothing."""

    def archived(self, envelope_id: UUID) -> tuple[UUID, ...]:
        """The newest revisions of documents that have an archive revision."""

    def read_revision(self, revision_id: UUID) -> bytes:
        """Stored bytes, through the vault."""

    def store_archive(
        self,
        document_id: UUID,
        base_revision_id: UUID,
        tail: bytes,
        fresher_at: datetime | None = None,
    ) -> UUID:
        """Store the archive revision (predecessor + tail). With `fresher_at`, the start of the
        document's ArchiveWorkflow is committed too."""

    def renewal(self, document_id: UUID) -> RenewalTask | None:
        """What is planned for a document; None when nothing is (or it is not known). Raises
        Refusal NOT_ALLOWED for one that is not archived."""

    def store_renewal(
        self, document_id: UUID, base_revision_id: UUID, tail: bytes, fresher_at: datetime | None
    ) -> UUID:
        """Store one more archive revision, and when the next one follows."""

    def postpone_renewal(
        self, document_id: UUID, fresher_at: datetime, problem: str = ""
    ) -> datetime:
        """Nothing newer yet: plan it again. A `problem` is shown to operators until a renewal of
        the document is stored. Returns `fresher_at`."""


class NoticeDesk(Protocol):
    """Mails as rows. The row is inserted before the mail is sent, and makes it once."""

    def enqueue(self, order: NoticeOrder) -> tuple[PendingNotice, ...]:
        """Insert what is missing; return every notice of the order that is not sent yet."""

    def token_issued(self, link_id: UUID, generation: int, token_sha256: str) -> None:
        """The mailing activity derived the link's token: keep its hash."""

    def sent(self, notice_id: UUID) -> None:
        """The next server accepted the mail."""

    def delayed(self, notice_id: UUID, error: str) -> None:
        """This try failed; another follows."""

    def failed(self, notice_id: UUID, error: str) -> None:
        """The server refused the mail for good, or time ran out."""


class CodeDesk(Protocol):
    """One-time codes as rows: the code itself is never among them."""

    def due(self, code_id: UUID) -> PendingNotice | None:
        """The mail that is to be sent; None for a code that was mailed, used, replaced, or that
        nobody waits for any more."""

    def issued(self, code_id: UUID, stored: str) -> bool:
        """Keep the hash before the mail goes out; the first one stays. False: not due any more."""

    def give_up(self, code_id: UUID) -> None:
        """It was tried as long as it was worth something: what is not sent yet has failed, and the
        sender is told. A repeat changes nothing."""


class MailboxDesk(Protocol):
    """Codes for あなたの文書 as rows; whose address is nobody's is due for no mail."""

    def due(self, code_id: UUID) -> PendingNotice | None:
        """The mail that is to be sent; None for a code that was mailed, used, replaced, that
        nobody waits for any more, or whose address is not known."""

    def issued(self, code_id: UUID, stored: str) -> bool:
        """Keep the hash before the mail goes out; the first one stays. False: not due any more."""

    def sent(self, code_id: UUID) -> None:
        """The next server accepted the mail."""


class InvitationDesk(Protocol):
    """Invitations of members as rows: the link itself is never among them."""

    def due(self, invitation_id: UUID) -> PendingNotice | None:
        """The mail that is to be sent; None for an invitation that was mailed, accepted, revoked,
        or that has grown too old."""

    def issued(self, invitation_id: UUID, generation: int, token_sha256: str) -> bool:
        """Keep the hash before the mail goes out. False: not due any more."""

    def sent(self, invitation_id: UUID, generation: int, *, accepted: bool) -> None:
        """Whether the next server took the mail."""


class FactorResetDesk(Protocol):
    """Resets of members' second factors as rows, each told to its member once."""

    def due(self, reset_id: UUID) -> PendingNotice | None:
        """The mail that is to be sent; None for one that was."""

    def sent(self, reset_id: UUID, *, accepted: bool) -> None:
        """Whether the next server took the mail."""


class PasswordResetDesk(Protocol):
    """Requests for a new password as rows; whose address is no member's is due for no mail."""

    def due(self, reset_id: UUID) -> PendingNotice | None:
        """The mail that is to be sent, without a link where single sign-on is the member's way in;
        None for a request that was answered, replaced or used, that has grown too old, or whose
        address is no member's."""

    def issued(self, reset_id: UUID, token_sha256: str | None) -> bool:
        """Keep the hash before the mail goes out. False: not due any more."""

    def sent(self, reset_id: UUID, *, accepted: bool) -> None:
        """Whether the next server took the mail."""


class ConsentDesk(Protocol):
    """What parties said of electronic means, and its time-stamps."""

    def unstamped(self, consent_id: UUID) -> bytes | None:
        """SHA-256 of what was said; None where it has a token already."""

    def waiting(self, envelope_id: UUID) -> Sequence[UUID]:
        """What was said in the envelope, or stands behind one of its acts, and has no token."""

    def stamped(self, consent_id: UUID, timestamp: Timestamp) -> None:
        """Keep the checked token. The first one stays."""


class DeletionDesk(Protocol):
    """What two people have deleted."""

    def erase(self, deletion_id: UUID) -> bool:
        """Remove its keys and bytes; False where nothing is left, or nobody confirmed it."""


class ImportDesk(Protocol):
    """Contracts from elsewhere (取込), and their time-stamps."""

    def unstamped(self, envelope_id: UUID) -> bytes | None:
        """SHA-256 of the bytes as they came, which are read from the vault for it; None where there
        is a token already, or nothing was taken."""

    def stamped(self, envelope_id: UUID, timestamp: Timestamp) -> None:
        """Keep the checked token. The first one stays."""


@dataclass(frozen=True)
class OutboxEntry:
    """A workflow start that was committed and not carried out yet."""

    item_id: UUID
    kind: str
    subject_id: UUID


@dataclass(frozen=True)
class WaitingAct:
    """An act that the workflow has not answered yet."""

    envelope_id: UUID
    act_id: UUID
    under_way: bool = False
    """The rows expect a workflow; if there is none, it is started again, and the act waits."""


class RelayDesk(Protocol):
    """What the relay loop carries to Temporal."""

    def starts(self, limit: int) -> tuple[OutboxEntry, ...]:
        """Oldest first."""

    def started(self, item_id: UUID) -> None:
        """Carried out."""

    def start_failed(self, item_id: UUID, error: str) -> None:
        """Not carried out; tried again."""

    def waiting_acts(self, limit: int) -> tuple[WaitingAct, ...]:
        """Unanswered, oldest first."""
