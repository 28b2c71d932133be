"""The closed vocabularies: one word per concept, in code, tables, pages and mails.

The values are stored in tables and sent between the rooms: never rename one, add beside it.
"""

from enum import StrEnum


class Language(StrEnum):
    """Languages of pages, mails and PDFs. Japanese is the source language."""

    JA = "ja"
    EN = "en"


class Role(StrEnum):
    """What a member (利用者) of an organisation may do. Roles add up."""

    ADMIN = "admin"
    CLERK = "clerk"
    APPROVER = "approver"
    """Acts on requests that come by mail; sees no envelope besides."""
    VIEWER = "viewer"
    """Sees sent envelopes, changes nothing."""
    AUDITOR = "auditor"
    """Ledger, register, evidence and operation log, to read and to export."""
    OPERATOR = "operator"


class PartyKind(StrEnum):
    """A side of the contract (当事者)."""

    OWN = "own"
    COUNTERPARTY = "counterparty"


class ParticipantKind(StrEnum):
    """Why a person takes part (関係者)."""

    SIGNER = "signer"
    APPROVER = "approver"
    REVIEWER = "reviewer"
    RECIPIENT = "recipient"


class SlotKind(StrEnum):
    """Which act fills a slot (枠). Only SIGN makes a PDF signature."""

    SIGN = "sign"
    APPROVE = "approve"
    CONFIRM = "confirm"


class HandoverPolicy(StrEnum):
    """Whether an asked person may name somebody else instead (他の人に依頼する)."""

    ALLOWED = "allowed"
    DEMANDED = "demanded"
    """The addressee only knows who is in charge: he must name that person."""
    REFUSED = "refused"


SLOT_KIND_OF: dict[ParticipantKind, SlotKind] = {
    ParticipantKind.SIGNER: SlotKind.SIGN,
    ParticipantKind.APPROVER: SlotKind.APPROVE,
    ParticipantKind.REVIEWER: SlotKind.CONFIRM,
}
"""A recipient (受領者) fills no slot: he is handed the finished documents only."""


class SlotState(StrEnum):
    """Where one slot stands.

    ACTED means that the act is accepted and its signature is being made; DONE that every
    effect of the act is stored and verified.
    """

    WAITING = "waiting"
    ASKED = "asked"
    ACTED = "acted"
    DONE = "done"
    DECLINED = "declined"
    RELEASED = "released"
    """No longer needed: the rule was met by others, or the envelope ended."""


class StageRule(StrEnum):
    """How many slots of a stage (段階) must be filled."""

    ALL = "all"
    ANY = "any"
    N_OF = "n_of"


class EnvelopeState(StrEnum):
    """Machine states of an envelope (封筒). The words on pages come from domain.states."""

    DRAFT = "draft"
    SENDING = "sending"
    RUNNING = "running"
    SENT_BACK = "sent_back"
    COMPLETING = "completing"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    IMPORTING = "importing"
    """A file from elsewhere (取込) that is looked at: nowhere but among the imports yet."""
    STAMPING = "stamping"
    """It was taken, stands in the register, and waits for its time-stamp; then it is DONE."""
    DELETED = "deleted"
    """By two people, after its retention: what it was is left, and nothing of its content."""
    DISCARDED = "discarded"
    """A draft that was given up (破棄): number, title and ledger are left."""


ENDED = frozenset(
    {
        EnvelopeState.DONE,
        EnvelopeState.DECLINED,
        EnvelopeState.WITHDRAWN,
        EnvelopeState.EXPIRED,
        EnvelopeState.DELETED,
        EnvelopeState.DISCARDED,
    }
)
"""States in which no act is accepted any more."""

GONE = frozenset({EnvelopeState.DELETED, EnvelopeState.DISCARDED})
"""States in which lists and pages know nothing of it any more."""

IMPORTS = frozenset({EnvelopeState.IMPORTING, EnvelopeState.STAMPING})
"""States of what was concluded elsewhere, in which nobody is asked for any act either."""


class DocumentState(StrEnum):
    """Where an uploaded document stands before the envelope is sent."""

    UPLOADING = "uploading"
    CHECKING = "checking"
    MENDABLE = "mendable"
    """A repaired copy could be sent, if the sender agrees to what it would lack."""
    READY = "ready"
    REFUSED = "refused"


class RevisionKind(StrEnum):
    """What an incremental update (更新) of a document added."""

    UPLOAD = "upload"
    REPAIRED = "repaired"
    """The copy that the sender agreed to; the upload before it is kept as evidence."""
    VERSION = "version"
    SIGNATURE = "signature"
    ARCHIVE = "archive"
    IMPORTED = "imported"
    """The bytes of a contract from elsewhere, as they came: nothing is ever added to them."""


class FieldKind(StrEnum):
    """Kinds of input fields (入力欄). The comment says what a filled field's value is.

    A field that was left empty has no value at all; it is never the empty string.
    """

    SIGNATURE = "signature"
    """No value of its own: the act fills it."""
    TEXT = "text"
    """One line, NFC."""
    MULTILINE = "multiline"
    """Lines separated by LF, NFC."""
    CHECKBOX = "checkbox"
    """`on`."""
    RADIO = "radio"
    """The words of the chosen option. One field for the whole group."""
    DROPDOWN = "dropdown"
    """The words of the chosen option."""
    DATE = "date"
    """ISO 8601: `2026-11-25`."""
    NUMBER = "number"
    """Digits without grouping, a point before decimals, none of them a needless zero: `-1234.5`."""
    MONEY = "money"
    """Whole yen, as NUMBER: `1234567`."""
    NAME = "name"
    """One line, NFC; what the person is called, until he changes it."""
    MAIL = "mail"
    """A mail address; the person's own, until he changes it."""
    COMPANY = "company"
    """One line, NFC; the person's company, until he changes it."""
    ATTACHMENT = "attachment"
    """A file of the person's own, as domain.attachments.Attached writes it: id, kind, name, size,
    SHA-256."""


class Look(StrEnum):
    """What a visible signature shows, as its person chose."""

    NAME = "name"
    """Name, company and day in type."""
    STAMP = "stamp"
    """The person's own stamp image (印影), with name and day beside it."""


class ActKind(StrEnum):
    """What a person does (行為). Every one of them is a row before it is a message."""

    SIGN = "sign"
    APPROVE = "approve"
    CONFIRM = "confirm"
    DECLINE = "decline"
    HAND_OVER = "hand_over"
    """The asked person names somebody of his own side, who is asked instead."""
    DEPUTISE = "deputise"
    """Somebody asked is absent: his deputy is asked besides him (代決). No button writes it, but
    the absence that he, or an administrator, entered."""
    SEND_BACK = "send_back"
    """An asked person of the own side wants it changed first: everything stands still until the
    sender has decided, or an earlier stage is asked anew."""
    WITHDRAW = "withdraw"
    REMIND = "remind"
    """The sender reminds one person now: same link."""
    REREQUEST = "rerequest"
    """The sender asks one person anew: a new link, the old one dies."""
    READDRESS = "readdress"
    """The sender corrects an address and asks anew there: a new link, the old one dies."""
    FRESH_LINK = "fresh_link"
    """The asked person himself wants a new link, to his registered address; the old one dies."""
    EXTEND = "extend"
    """The sender moves the deadline to a later day."""
    RESUME = "resume"
    """The sender goes on unchanged after a sending back."""
    CORRECT = "correct"
    """The sender replaces documents: a new version, on which everybody is asked anew."""
    OPEN_GATE = "open_gate"
    """What a gate waited for is there: its number and day, entered by who was named for it."""


MEMBER_ACTS = frozenset(
    {
        ActKind.WITHDRAW,
        ActKind.REMIND,
        ActKind.REREQUEST,
        ActKind.EXTEND,
        ActKind.RESUME,
        ActKind.CORRECT,
        ActKind.OPEN_GATE,
        ActKind.READDRESS,
    }
)
"""Acts of the sending organisation's members. None of them fills a slot."""


FILLING_ACTS = frozenset({ActKind.SIGN, ActKind.APPROVE, ActKind.CONFIRM, ActKind.DECLINE})
"""Acts after which nobody is waited for in the slot any more."""


ACT_OF_SLOT: dict[SlotKind, ActKind] = {
    SlotKind.SIGN: ActKind.SIGN,
    SlotKind.APPROVE: ActKind.APPROVE,
    SlotKind.CONFIRM: ActKind.CONFIRM,
}


class LinkPurpose(StrEnum):
    """What a mailed link opens."""

    ACT = "act"
    DOWNLOAD = "download"
    INVITATION = "invitation"
    """To become a member; its row is an invitation, not a link."""
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a word
    """To choose a new password; its row is a request of the member's, not a link."""


class NoticeKind(StrEnum):
    """Mails that the service sends; all but SMS_CODE are mails."""

    REQUEST = "request"
    REMINDER = "reminder"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ACT_REFUSED = "act_refused"
    HANDED_OVER = "handed_over"
    """To the sender: an asked person named somebody else."""
    SENT_BACK = "sent_back"
    """To the sender: somebody of his side wants it changed first."""
    RETURNED = "returned"
    """To whoever is asked once more since it was sent back to an earlier stage, now or in turn."""
    RESUMED = "resumed"
    """To whoever is asked: it goes on as it was."""
    CORRECTED = "corrected"
    """To whoever had read or acted on a document that was corrected since."""
    GATE_WAITING = "gate_waiting"
    """To the member who may open a gate (or the sender): the route has come to it."""
    CODE = "code"
    """To whoever has to show that the mailbox is his: a one-time code."""
    SMS_CODE = "sms_code"
    """The same by SMS, to whoever has to show that the phone is his: no mail."""
    RELEASED = "released"
    """To whoever was asked and is not needed any more: others met the stage's rule."""
    BOUNCED = "bounced"
    """To the sender: a mail of the envelope did not reach somebody."""
    QUESTION = "question"
    """To the sender: an asked person has a question, or is the wrong person."""
    ANSWERED = "answered"
    """To whoever asked: the sender's answer."""
    DOWNLOAD = "download"
    """To whoever asked for the finished documents again: their link."""
    MAILBOX = "mailbox"
    """To whoever asked for the list of his documents: a one-time code. Of no envelope, and no
    row."""
    CONSENT_WITHDRAWN = "consent_withdrawn"
    """To the sender: a party does not agree to electronic means any more."""
    INVITATION = "invitation"
    """To whoever is to become a member: a link. Of no envelope, and no row."""
    PASSKEY_REGISTERED = "passkey_registered"
    """To whoever's mailbox it is: a passkey now stands for it."""
    FACTOR_RESET = "factor_reset"
    """To a member: an administrator has taken away his second factor. Of no envelope, and no
    row."""
    MEMBER_PASSKEY_ADDED = "member_passkey_added"
    MEMBER_PASSKEY_REMOVED = "member_passkey_removed"
    """To a member: a passkey opens his login now, or no longer. Of no envelope, and no row."""
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a word
    """To a member who has forgotten his password: a link. Of no envelope, and no row."""
    PASSWORD_UNUSED = "password_unused"  # noqa: S105 - a word
    """To a member who asked for a new password, and whose way in is single sign-on."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word
    """To a member: somebody who had such a link has chosen a new password."""
    TERM_ENDING = "term_ending"
    """To the sender: the last day for notice of a concluded contract comes, or its end."""
    TERMS_ENDING = "terms_ending"
    """To the sender: the same of more contracts than anybody reads mails of on one day."""
    IMPORT_DUE = "import_due"
    """To whoever imports: files have no time-stamp yet, and its limit comes or has passed."""


class NoticeState(StrEnum):
    """What is known of one mail.

    SENT means that the next server accepted it, no more. FAILED: that server refused it at once.
    BOUNCED: it was accepted and reported undeliverable later.
    """

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"


class HindranceKind(StrEnum):
    """What an envelope waits for besides people."""

    TIMESTAMP = "timestamp"
    OPERATOR = "operator"


WORKFLOW_GONE = "workflow_gone"
"""Reason of the OPERATOR hindrance of an envelope whose workflow is lost."""
MAIL_FAILED = "mail_failed"
"""Reason of the OPERATOR hindrance that a workflow begins when mails could not be sent."""
MAIL_BOUNCED = "mail_bounced"
"""Reason of the OPERATOR hindrance while a mail to somebody who is asked has not arrived, or the
one that hands the finished documents over."""
RENEWAL_INVALID = "renewal_invalid"
"""Begins the reason of the OPERATOR hindrance while a document's renewal does not verify; its id
follows after a colon."""

MAIL_KINDS = tuple(kind for kind in NoticeKind if kind is not NoticeKind.SMS_CODE)
CODE_KINDS = frozenset({NoticeKind.CODE, NoticeKind.SMS_CODE})
"""One-time codes: worth something for ten minutes."""
ASKING_KINDS = (
    NoticeKind.REQUEST,
    NoticeKind.REMINDER,
    NoticeKind.RESUMED,
    NoticeKind.CORRECTED,
    NoticeKind.RETURNED,
)
"""Mails that ask somebody to act."""
HANDING_OVER_KINDS = (NoticeKind.COMPLETED, NoticeKind.DOWNLOAD)
"""Mails with the link to what was concluded."""
LINK_PURPOSES = {
    **dict.fromkeys((*ASKING_KINDS, NoticeKind.ANSWERED), LinkPurpose.ACT),
    NoticeKind.COMPLETED: LinkPurpose.DOWNLOAD,
    NoticeKind.DOWNLOAD: LinkPurpose.DOWNLOAD,
    NoticeKind.INVITATION: LinkPurpose.INVITATION,
    NoticeKind.PASSWORD_RESET: LinkPurpose.PASSWORD_RESET,
}
"""What the link of a mail is for; mails of other kinds have none."""
