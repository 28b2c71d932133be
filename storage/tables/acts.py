"""Acts, the links and visits that prove who acted, and what binds a signature to an act."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Link(Base):
    """A mailed link. The token is derived from `id` and `generation` by the process that mails it;
    only its SHA-256 is stored. Revoked once acted, replaced or ended."""

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("participant_id", "purpose"),)

    id: Mapped[Key]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"))
    purpose: Mapped[Word]
    generation: Mapped[int] = mapped_column(default=1)
    token_sha256: Mapped[Sha256 | None] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_why: Mapped[Word | None]
    corrected_sha256: Mapped[Sha256 | None] = mapped_column(index=True)
    """Hash of the token that a correction killed: whoever follows it is told to look for the newer
    mail."""
    renewed_by: Mapped[UUID | None]
    """The act that raised the generation last; a repeated step raises it once."""


class PastLink(Base):
    """A token that was mailed once and replaced since: whoever holds it may ask for the new one,
    which goes to the registered address."""

    __tablename__ = "past_links"

    token_sha256: Mapped[Sha256] = mapped_column(primary_key=True)
    link_id: Mapped[UUID] = mapped_column(ForeignKey("links.id"), index=True)
    generation: Mapped[int]
    replaced_at: Mapped[datetime]


class Visit(Base):
    """A link opened by a POST in one browser: the signer's session for one participant.

    One browser may hold visits of several envelopes; they share the cookie's token.
    """

    __tablename__ = "visits"

    id: Mapped[Key]
    cookie_sha256: Mapped[Sha256] = mapped_column(index=True)
    link_id: Mapped[UUID] = mapped_column(ForeignKey("links.id"), index=True)
    generation: Mapped[int]
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"), index=True)
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")
    viewed: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of documents whose bytes this visit has fetched."""
    login_id: Mapped[UUID | None]
    """The member's login that opened it from his own list; None: a link did. Refers to a row of
    login_sessions."""


class OneTimeCode(Base):
    """A code that somebody asked for in one visit, for one moment. The code is derived from `id` by
    the process that mails it; only its Argon2id hash is stored, and it works once."""

    __tablename__ = "one_time_codes"

    id: Mapped[Key]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"))
    factor: Mapped[Word] = mapped_column(default="mail_code", server_default="mail_code")
    """How it is sent: a domain Factor of SENT_FACTORS."""
    moment: Mapped[Word]
    requested_at: Mapped[datetime]
    code_hash: Mapped[str | None] = mapped_column(String(200))
    issued_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[Word | None]
    """`used` or `replaced`; a code that nobody used just grows too old."""


class FactorProof(Base):
    """A factor that somebody passed in one visit. `act_nonce` names the act that it was passed
    for; it is None for what opened the visit. Rows are never changed."""

    __tablename__ = "factor_proofs"

    id: Mapped[Key]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"))
    factor: Mapped[Word]
    moment: Mapped[Word]
    tries: Mapped[int]
    """How many it took, this one included."""
    act_nonce: Mapped[str | None] = mapped_column(String(64))
    said: Mapped[dict[str, Any] | None]
    """What evidence and ledger say of it besides: `number`, masked, or the `member`."""
    passed_at: Mapped[datetime]


class Act(Base):
    """What a person did (行為): written before anything is done about it.

    `evidence` holds method, visit, link generation, address, agent, and what was shown:
    `{"method": "link", "visit_id", "address", "agent", "documents": [{"document_id",
    "sha256"}]}`. `consumed_at` is set in the transaction that stores the signature intents:
    an act signs once.
    """

    __tablename__ = "acts"

    id: Mapped[Key]
    nonce: Mapped[str] = mapped_column(String(64), unique=True)
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    participant_id: Mapped[UUID | None] = mapped_column(ForeignKey("participants.id"), index=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    slot_id: Mapped[UUID | None] = mapped_column(ForeignKey("slots.id"), index=True)
    kind: Mapped[Word]
    version: Mapped[int]
    version_sha256: Mapped[Sha256]
    """Over the version's documents as the person read them; see domain.evidence."""
    values_sha256: Mapped[Sha256]
    reason: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[Word] = mapped_column(default="ja")
    evidence: Mapped[dict[str, Any]]
    posted_at: Mapped[datetime]
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    accepted: Mapped[bool | None]
    refusal: Mapped[Word | None]
    answer_order: Mapped[int | None]
    consumed_at: Mapped[datetime | None]


class SignatureIntent(Base):
    """What is about to be signed for one act on one document, and how far it got.

    Rows are never deleted. `sealed_tail` is the revision's new bytes with an empty /Contents,
    sealed under the document's data key; it is cleared once the stamped revision is stored.
    """

    __tablename__ = "signature_intents"
    __table_args__ = (UniqueConstraint("act_id", "document_id"),)

    id: Mapped[Key]
    act_id: Mapped[UUID] = mapped_column(ForeignKey("acts.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"), index=True)
    base_revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id"))
    field_name: Mapped[str] = mapped_column(String(40))
    key_label: Mapped[str] = mapped_column(String(64))
    certificate_sha256: Mapped[Sha256]
    algorithm: Mapped[str] = mapped_column(String(32))
    document_digest: Mapped[Sha256]
    signed_attributes: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_tail: Mapped[bytes | None] = mapped_column(LargeBinary)
    layout: Mapped[dict[str, Any]]
    """Offsets of the reserved /Contents region, as the child reported them."""
    created_at: Mapped[datetime]
    sign_calls: Mapped[int] = mapped_column(default=0)
    """C_Sign calls begun for this row: every use of the key is accounted for."""
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime | None]
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    token_time: Mapped[datetime | None]
    tsa: Mapped[str | None] = mapped_column(String(100))
    revision_id: Mapped[UUID | None] = mapped_column(ForeignKey("revisions.id"))
