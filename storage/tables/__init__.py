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
from storage.tables.deletions import Deletion
from storage.tables.disclosures import Disclosure, SaidEnvelope
from storage.tables.documents import Blob, DataKey, Document, Field, Revision, VaultRound
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
from storage.tables.imports import ImportBatch, Imported
from storage.tables.ledger import LedgerEvent, LedgerHead
from storage.tables.logos import OrganisationLogo
from storage.tables.mail_texts import MailTextVersion
from storage.tables.mailbox import MailboxCode, MailboxVisit
from storage.tables.mandates import Mandate, MandateEnd
from storage.tables.member_passkeys import FactorReset, MemberPasskey, SpentChallenge
from storage.tables.members import Department, Invitation
from storage.tables.names import NameMark
from storage.tables.notices import Attempt, Notice, OutboxItem
from storage.tables.official_seals import OfficialSeal, OfficialSealUse
from storage.tables.operations import OperationEntry, OperationHead
from storage.tables.organisations import Chain, LoginSession, Member, Organisation
from storage.tables.own_fields import ContractKind, ContractKindVersion, DealValue
from storage.tables.pads import Pad
from storage.tables.passkeys import Passkey, PasskeyChallenge
from storage.tables.password_resets import PasswordReset
from storage.tables.questions import Question
from storage.tables.recovery import MemberRecoveryCode
from storage.tables.register_lists import ListedEnvelope, RegisterList
from storage.tables.saved_views import SavedView
from storage.tables.seals import MemberSeal
from storage.tables.sso import SsoArrival, SsoAssertion, SsoConnection, SsoDomain, SsoIdentity
from storage.tables.stamp_proofs import ProofDatum, StampProof
from storage.tables.templates import Template, TemplateFile, TemplateVersion
from storage.tables.text_index import TextBucket, TextEntry
from storage.tables.turns import FormTurn
from storage.tables.verifications import Verification, VerificationItem

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
    "ContractKind",
    "ContractKindVersion",
    "Correction",
    "DataKey",
    "Deal",
    "DealChange",
    "DealValue",
    "Deletion",
    "Department",
    "Disclosure",
    "Document",
    "Envelope",
    "FactorProof",
    "FactorReset",
    "Field",
    "FormTurn",
    "Hindrance",
    "ImportBatch",
    "Imported",
    "Invitation",
    "LedgerEvent",
    "LedgerHead",
    "Link",
    "ListedEnvelope",
    "LoginSession",
    "MailTextVersion",
    "MailboxCode",
    "MailboxVisit",
    "Mandate",
    "MandateEnd",
    "Member",
    "MemberPasskey",
    "MemberRecoveryCode",
    "MemberSeal",
    "NameMark",
    "Notice",
    "OfficialSeal",
    "OfficialSealUse",
    "OneTimeCode",
    "OperationEntry",
    "OperationHead",
    "Organisation",
    "OrganisationLogo",
    "OutboxItem",
    "Pad",
    "Participant",
    "ParticipantDocument",
    "Party",
    "Passkey",
    "PasskeyChallenge",
    "PasswordReset",
    "PastLink",
    "ProofDatum",
    "Question",
    "RegisterList",
    "Revision",
    "SaidEnvelope",
    "SavedView",
    "SignatureIntent",
    "Slot",
    "SlotCandidate",
    "SpentChallenge",
    "SsoArrival",
    "SsoAssertion",
    "SsoConnection",
    "SsoDomain",
    "SsoIdentity",
    "Stage",
    "Stamp",
    "StampProof",
    "Template",
    "TemplateFile",
    "TemplateVersion",
    "TextBucket",
    "TextEntry",
    "TypedValues",
    "UtcDateTime",
    "VaultRound",
    "Verification",
    "VerificationItem",
    "Visit",
]
