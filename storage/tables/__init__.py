"""The typed tables, one file per business noun. Importing this package loads them all."""

from storage.tables.absences import Absence
from storage.tables.acts import (
    Act,
    FactorProof,
    Link,
    OneTimeCode,
    PastLink,
    SignatureIntent,
    Visit,
)
from storage.tables.attachments import Attachment
from storage.tables.base import Base, UtcDateTime
from storage.tables.chains import ChainUse
from storage.tables.consents import Consent, ConsentVersion
from storage.tables.contacts import Contact, ContactChange, ContactImport
from storage.tables.corrections import Correction
from storage.tables.deals import Deal, DealChange
from storage.tables.documents import Blob, DataKey, Document, Field, Revision
from storage.tables.envelopes import (
    Envelope,
    Hindrance,
    Participant,
    ParticipantDocument,
    Party,
    Slot,
    SlotCandidate,
    Stage,
)
from storage.tables.filling import ActFilling, Stamp, TypedValues
from storage.tables.ledger import LedgerEvent, LedgerHead
from storage.tables.mailbox import MailboxCode, MailboxVisit
from storage.tables.members import Department, Invitation
from storage.tables.notices import Attempt, Notice, OutboxItem
from storage.tables.operations import OperationEntry, OperationHead
from storage.tables.organisations import Chain, LoginSession, Member, Organisation
from storage.tables.pads import Pad
from storage.tables.passkeys import Passkey, PasskeyChallenge
from storage.tables.questions import Question
from storage.tables.recovery import MemberRecoveryCode
from storage.tables.seals import MemberSeal
from storage.tables.templates import Template, TemplateFile, TemplateVersion
from storage.tables.turns import FormTurn

__all__ = [
    "Absence",
    "Act",
    "ActFilling",
    "Attachment",
    "Attempt",
    "Base",
    "Blob",
    "Chain",
    "ChainUse",
    "Consent",
    "ConsentVersion",
    "Contact",
    "ContactChange",
    "ContactImport",
    "Correction",
    "DataKey",
    "Deal",
    "DealChange",
    "Department",
    "Document",
    "Envelope",
    "FactorProof",
    "Field",
    "FormTurn",
    "Hindrance",
    "Invitation",
    "LedgerEvent",
    "LedgerHead",
    "Link",
    "LoginSession",
    "MailboxCode",
    "MailboxVisit",
    "Member",
    "MemberRecoveryCode",
    "MemberSeal",
    "Notice",
    "OneTimeCode",
    "OperationEntry",
    "OperationHead",
    "Organisation",
    "OutboxItem",
    "Pad",
    "Participant",
    "ParticipantDocument",
    "Party",
    "Passkey",
    "PasskeyChallenge",
    "PastLink",
    "Question",
    "Revision",
    "SignatureIntent",
    "Slot",
    "SlotCandidate",
    "Stage",
    "Stamp",
    "Template",
    "TemplateFile",
    "TemplateVersion",
    "TypedValues",
    "UtcDateTime",
    "Visit",
]
