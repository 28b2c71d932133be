"""Ledger events (証跡): tags, and the hash that chains them.

A tag reads `subject:action`. Tags are stored for decades: a retired one stays here as a comment.
"""

import hashlib
import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None

GENESIS = "0" * 64
"""Previous hash of the first event of a chain."""


class Event(StrEnum):
    """Every act and every effect that an auditor will ask for."""

    DOCUMENT_UPLOADED = "document:uploaded"
    DOCUMENT_CHECKED = "document:checked"
    DOCUMENT_MENDABLE = "document:mendable"
    DOCUMENT_REPAIR_AGREED = "document:repair_agreed"
    DOCUMENT_REPAIRED = "document:repaired"
    DOCUMENT_REFUSED = "document:refused"
    DOCUMENT_REMOVED = "document:removed"
    ENVELOPE_CREATED = "envelope:created"
    ENVELOPE_DISCARDED = "envelope:discarded"
    ENVELOPE_MADE_ANEW = "envelope:made_anew"
    ENVELOPE_SENT = "envelope:sent"
    ENVELOPE_PREPARED = "envelope:prepared"
    ENVELOPE_UNPREPARABLE = "envelope:unpreparable"
    STAGE_OPENED = "stage:opened"
    LINK_ISSUED = "link:issued"
    LINK_OPENED = "link:opened"
    LINK_ASKED = "link:asked"
    LINK_REVOKED = "link:revoked"
    FACTOR_PASSED = "factor:passed"
    FACTOR_REFUSED = "factor:refused"
    PASSKEY_REGISTERED = "passkey:registered"
    PASSKEY_REMOVED = "passkey:removed"
    VISIT_ENDED = "visit:ended"
    DOCUMENT_VIEWED = "document:viewed"
    ATTACHMENT_UPLOADED = "attachment:uploaded"
    ATTACHMENT_CHECKED = "attachment:checked"
    ATTACHMENT_REFUSED = "attachment:refused"
    ATTACHMENT_REMOVED = "attachment:removed"
    ATTACHMENT_DOWNLOADED = "attachment:downloaded"
    ACT_ACCEPTED = "act:accepted"
    ACT_REFUSED = "act:refused"
    PARTICIPANT_REPLACED = "participant:replaced"
    PARTICIPANT_CORRECTED = "participant:corrected"
    SIGNATURE_DRAWN = "signature:drawn"
    SIGNATURE_INTENDED = "signature:intended"
    SIGNATURE_MADE = "signature:made"
    SIGNATURE_STAMPED = "signature:stamped"
    TIMESTAMP_AWAITED = "timestamp:awaited"
    TIMESTAMP_RESUMED = "timestamp:resumed"
    ARCHIVE_STAMPED = "archive:stamped"
    ARCHIVE_PLANNED = "archive:planned"
    ARCHIVE_RENEWED = "archive:renewed"
    NOTICE_SENT = "notice:sent"
    NOTICE_FAILED = "notice:failed"
    NOTICE_BOUNCED = "notice:bounced"
    NOTICE_HELD = "notice:held"
    NOTICE_AGAIN = "notice:again"
    NOTICE_SETTLED = "notice:settled"
    ENVELOPE_SENT_BACK = "envelope:sent_back"
    ENVELOPE_RESUMED = "envelope:resumed"
    STAGES_REOPENED = "stage:reopened"
    ENVELOPE_CORRECTED = "envelope:corrected"
    CORRECTION_FAILED = "envelope:correction_failed"
    QUESTION_ASKED = "question:asked"
    QUESTION_ANSWERED = "question:answered"
    DEAL_CHANGED = "deal:changed"
    DEALS_EXPORTED = "deals:exported"
    VERIFICATION_ASKED = "verification:asked"
    VERIFICATION_FINISHED = "verification:finished"
    DISCLOSURE_ASKED = "disclosure:asked"
    DISCLOSURE_READY = "disclosure:ready"
    DELETION_PROPOSED = "deletion:proposed"
    DELETION_CONFIRMED = "deletion:confirmed"
    DELETION_REFUSED = "deletion:refused"
    DELETION_DONE = "deletion:done"
    IMPORT_TAKEN = "import:taken"
    IMPORT_STAMPED = "import:stamped"
    IMPORT_DROPPED = "import:dropped"
    IMPORT_EXPLAINED = "import:explained"
    CONTACT_ADDED = "contact:added"
    CONTACT_CHANGED = "contact:changed"
    CONTACT_RETIRED = "contact:retired"
    CONTACT_RESTORED = "contact:restored"
    CONTACTS_MERGED = "contacts:merged"
    CONTACTS_IMPORTED = "contacts:imported"
    CONTACTS_EXPORTED = "contacts:exported"
    CONSENT_GIVEN = "consent:given"
    CONSENT_WITHDRAWN = "consent:withdrawn"
    CONSENT_STAMPED = "consent:stamped"
    STAMP_RENEWED = "stamp:renewed"
    GATE_OPENED = "gate:opened"
    ENVELOPE_COMPLETED = "envelope:completed"
    ENVELOPE_DECLINED = "envelope:declined"
    ENVELOPE_WITHDRAWN = "envelope:withdrawn"
    ENVELOPE_EXPIRED = "envelope:expired"
    DOWNLOAD_OPENED = "download:opened"
    DOCUMENT_DOWNLOADED = "document:downloaded"
    DOWNLOAD_CLOSED = "download:closed"
    MAILBOX_OPENED = "mailbox:opened"
    MAILBOX_REFUSED = "mailbox:refused"
    MAILBOX_CLOSED = "mailbox:closed"
    HISTORY_EXPORTED = "history:exported"
    OPERATOR_NEEDED = "operator:needed"
    KIND_SAVED = "kind:saved"
    KIND_RETIRED = "kind:retired"
    KIND_RESTORED = "kind:restored"
    CHAIN_SAVED = "chain:saved"
    CHAIN_RENAMED = "chain:renamed"
    CHAIN_STOPPED = "chain:stopped"
    CHAIN_OFFERED = "chain:offered"
    TEMPLATE_SAVED = "template:saved"
    TEMPLATE_CHANGED = "template:changed"
    TEMPLATE_RETIRED = "template:retired"
    TEMPLATE_RESTORED = "template:restored"
    ABSENCE_ENTERED = "absence:entered"
    ABSENCE_CANCELLED = "absence:cancelled"
    MANDATE_ENTERED = "mandate:entered"
    MANDATE_ENDED = "mandate:ended"
    DEPUTY_ASKED = "participant:deputised"
    ORGANISATION_CHANGED = "organisation:changed"
    MEMBER_CREATED = "member:created"
    MEMBER_LOGGED_IN = "member:logged_in"
    MEMBER_LOGIN_REFUSED = "member:login_refused"
    MEMBER_LOGGED_OUT = "member:logged_out"
    MEMBER_TOTP_ENROLLED = "member:totp_enrolled"
    MEMBER_PASSKEY_ADDED = "member:passkey_added"
    MEMBER_PASSKEY_REMOVED = "member:passkey_removed"
    MEMBER_FACTORS_RESET = "member:factors_reset"
    MEMBER_PASSWORD_CHANGED = "member:password_changed"  # noqa: S105 - a tag
    MEMBER_RESET_ASKED = "member:reset_asked"
    MEMBER_PASSWORD_RESET = "member:password_reset"  # noqa: S105 - a tag
    MEMBER_LOGINS_ENDED = "member:logins_ended"
    SEAL_REGISTERED = "seal:registered"
    SEAL_REMOVED = "seal:removed"
    OFFICIAL_SEAL_ADDED = "official_seal:added"
    OFFICIAL_SEAL_CHANGED = "official_seal:changed"
    OFFICIAL_SEAL_RETIRED = "official_seal:retired"
    OFFICIAL_SEAL_USED = "official_seal:used"
    OFFICIAL_SEAL_EXPORTED = "official_seal:exported"
    RECOVERY_MADE = "member:recovery_made"
    RECOVERY_USED = "member:recovery_used"
    MEMBER_CHANGED = "member:changed"
    MEMBER_RETIRED = "member:retired"
    MEMBER_FOLLOWED = "member:followed"
    MEMBER_INVITED = "member:invited"
    INVITATION_ACCEPTED = "invitation:accepted"
    INVITATION_REVOKED = "invitation:revoked"
    DEPARTMENT_SAVED = "department:saved"
    DEPARTMENT_REMOVED = "department:removed"
    SYSTEM_SEEDED = "system:seeded"


def canonical(value: Json) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces: the same bytes for the same value, for ever."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def utc_text(moment: datetime) -> str:
    """`2026-11-23T07:47:04.123456Z`; a naive datetime is a bug and raises ValueError."""
    if moment.tzinfo is None:
        message = "a ledger time must know its zone"
        raise ValueError(message)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event_hash(  # noqa: PLR0913 - one argument per part of an event
    *,
    previous: str,
    sequence: int,
    tag: str,
    at: datetime,
    envelope_id: UUID | None,
    actor: str,
    data: Json,
) -> str:
    """SHA-256 (hex) over the canonical form of one event and the hash before it.

    The same function chains the events of an envelope and those of the whole installation;
    `sequence` counts from 1 within the chain.
    """
    return hashlib.sha256(
        canonical(
            {
                "actor": actor,
                "at": utc_text(at),
                "data": data,
                "envelope": str(envelope_id) if envelope_id else None,
                "previous": previous,
                "sequence": sequence,
                "tag": tag,
            }
        )
    ).hexdigest()
