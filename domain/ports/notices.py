"""What the mailing activity asks of notices/ and identity/."""

from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.imports import DueImports
from domain.kinds import CODE_KINDS, Language, LinkPurpose, NoticeKind, ParticipantKind
from domain.mail_texts import NO_WORDS, MailWords
from domain.questions import QuestionKind
from domain.refusals import RefusalCode
from domain.terms import Milestone

TIMED_OUT = "4.4.7"
"""RFC 3463, 3.5: "delivery time expired"."""


@dataclass(frozen=True)
class LostMail:
    """A mail that did not arrive, as the sender is told of it."""

    kind: NoticeKind
    name: str
    mail: str
    status: str = ""
    """RFC 3463 code such as `5.1.1`; empty when the server gave none."""
    correctable: bool = False
    """Whether the envelope's page lets the sender correct the address and ask anew."""
    number: str = ""
    """Of a code by SMS: the number, masked."""

    @property
    def timed_out(self) -> bool:
        """A code that nobody refused: it could not be sent while it was worth something. A server's
        report on any other mail may have the same status."""
        return self.kind in CODE_KINDS and self.status == TIMED_OUT


@dataclass(frozen=True)
class AskedQuestion:
    """A question, with the answer once there is one; `text` may be empty for a wrong person."""

    kind: QuestionKind
    name: str
    company: str
    text: str
    answer: str = ""


@dataclass(frozen=True)
class EndingTerm:
    """Which day of a concluded contract comes, and what becomes of it then."""

    milestone: Milestone
    day: date
    ends_on: date
    renews: bool
    partner: str


@dataclass(frozen=True)
class PendingNotice:
    """Everything that one mail says, except the link's token.

    `link_id` is None for mails without a link. `deadline_at` and `download_until` are shown with
    the zone's name.
    """

    notice_id: UUID
    message_id: str
    kind: NoticeKind
    language: Language
    to_name: str
    to_mail: str
    organisation: str
    contact: str
    zone: str
    queued_at: datetime
    to_company: str = ""
    envelope_number: str = ""
    """Empty, with all that is said of an envelope, in mails that belong to none."""
    title: str = ""
    documents: tuple[str, ...] = ()
    message: str = ""
    deadline_at: datetime | None = None
    download_until: datetime | None = None
    link_id: UUID | None = None
    link_purpose: LinkPurpose | None = None
    link_generation: int = 0
    actor_name: str = ""
    """Who declined, withdrew, or whose act was refused."""
    reason: str = ""
    refusal: RefusalCode | None = None
    trial: bool = False
    """True while certificates are for testing: the mail says 試験用."""
    participant_kind: ParticipantKind = ParticipantKind.SIGNER
    """Chooses the word: 署名依頼, 承認依頼 or 確認依頼."""
    to_sender: bool = False
    """True for the member who sent the envelope: he logs in instead of following a link."""
    envelope_id: UUID | None = None
    """The page that a sender's mail leads to."""
    reply_to: str = ""
    """Address of the organisation's contact; empty when it has none."""
    lost: LostMail | None = None
    """Set for kind BOUNCED."""
    handed_over_by: str = ""
    """In a request: who named the reader, with `reason`. Empty in any other mail."""
    deputy_of: str = ""
    """In what a deputy is asked: in whose absence. Empty for everybody else."""
    successor: str = ""
    """Set for kind HANDED_OVER: whom `actor_name` named."""
    corrected: tuple[str, ...] = ()
    """Set for kind CORRECTED: titles of the documents that were replaced."""
    back_to: int = 0
    """Set for kind SENT_BACK: the number of the stage it was sent back to, 0 for the sender."""
    gate: str = ""
    """Set for kind GATE_WAITING: what the route waits for."""
    by_sender: bool = False
    """In a mail of kind DOWNLOAD: the sender ordered it, since the completion mail was lost."""
    gate_since: datetime | None = None
    """In a reminder of a gate: since when it waits."""
    participant_id: UUID | None = None
    """The reader, if he is a participant: his mails have a check word."""
    question: AskedQuestion | None = None
    """Set for kinds QUESTION and ANSWERED."""
    party: str = ""
    """Set for kind CONSENT_WITHDRAWN: for whom `actor_name` took the consent back."""
    asked_files: tuple[str, ...] = ()
    """In a request or reminder: what the sender calls the files that the reader is to attach."""
    asks_consent: bool = False
    """In a request or reminder: whether his party has to consent before he reads."""
    to_number: str = ""
    """Set for kind SMS_CODE: E.164 of the mobile number."""
    term: EndingTerm | None = None
    """Set for kind TERM_ENDING."""
    more_terms: int = 0
    """Set for kind TERMS_ENDING: how many contracts it stands for."""
    own: MailWords = NO_WORDS
    """What the organisation wrote itself for mails of this kind, its variables not yet put in."""
    from_name: str = ""
    """差出人の表示名 of the organisation; empty: the installation's, as the address always is."""
    imports: DueImports | None = None
    """Set for kind IMPORT_DUE."""


class MailDelayed(Exception):
    """A passing failure: refused connection, 4xx, time-out. Try again."""


class MailRefused(Exception):
    """5xx for this recipient: trying again will not help."""


class LinkMint(Protocol):
    """Derives link tokens. Only the envelopes worker holds the link key."""

    def token(self, link_id: UUID, generation: int) -> str:
        """URL-safe token of 256 bits."""


class CheckMint(Protocol):
    """Derives check words (確認のことば)."""

    def word(self, participant_id: UUID, mail: str) -> str:
        """The same for every mail of one envelope to one address."""


class IssuedCode(NamedTuple):
    """A one-time code, and what the database holds of it."""

    code: str
    stored: str


class CodeMint(Protocol):
    """Derives one-time codes. Only the envelopes worker holds the key."""

    def issue(self, code_id: UUID) -> IssuedCode:
        """The same digits for the same id; the hash has a salt of its own each time."""


class MailboxMint(Protocol):
    """Derives codes for あなたの文書. Only the envelopes worker holds the key."""

    def issue(self, code_id: UUID) -> IssuedCode:
        """As CodeMint does, with fewer digits."""


class InvitationMint(Protocol):
    """Derives tokens of invitations. Only the envelopes worker holds the key."""

    def issue(self, invitation_id: UUID, generation: int) -> IssuedCode:
        """The same token for the same invitation and generation, and its SHA-256."""


class ResetMint(Protocol):
    """Derives tokens of links to a new password. Only the envelopes worker holds the key."""

    def issue(self, reset_id: UUID) -> IssuedCode:
        """The same token for the same request, and its SHA-256."""


class MailComposer(Protocol):
    """Turns a notice into a mail: text and HTML, one language."""

    def compose(self, notice: PendingNotice, token: str | None, code: str = "") -> EmailMessage:
        """`code` is the one-time code of a notice of kind CODE or MAILBOX. Header injection is
        impossible: built by email.message with policy SMTP."""


class Postman(Protocol):
    """Hands a mail to the next server."""

    def deliver(self, message: EmailMessage, notice_id: UUID) -> None:
        """Raises MailDelayed or MailRefused. The notice's id names the mail's return path."""
