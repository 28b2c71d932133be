"""Consents to electronic means (承諾): what an organisation asks for, and what parties said."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class ConsentVersion(Base):
    """One version of an organisation's text (domain.consents.ConsentText). Rows never change."""

    __tablename__ = "consent_versions"
    __table_args__ = (UniqueConstraint("organisation_id", "version"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    version: Mapped[int]
    ja: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text, default="")
    lasting: Mapped[bool]
    sha256: Mapped[Sha256]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]


class Consent(Base):
    """What a party said (domain.consents.ConsentKind), by one of its people. A withdrawal names
    the consent that it ends. Rows never change, but for the time-stamp, which is added once."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("nonce"), UniqueConstraint("withdraws_id"))

    id: Mapped[Key]
    nonce: Mapped[str] = mapped_column(String(80))
    """Of the form, and the number among what it ended: sent twice, it is one."""
    kind: Mapped[Word]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"), index=True)
    party_id: Mapped[UUID] = mapped_column(ForeignKey("parties.id"), index=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("consent_versions.id"), index=True)
    means: Mapped[int]
    """Version of what the service told of its means (domain.consents.MEANS)."""
    language: Mapped[Word]
    """Of the text that was shown."""
    mail: Mapped[str] = mapped_column(String(254))
    """Address of the person then; an address may be corrected later."""
    withdraws_id: Mapped[UUID | None]
    """The consent that a withdrawal ends."""
    evidence: Mapped[dict[str, Any]]
    """As an act's: method, visit, link, address and agent, what was proved besides the link."""
    statement: Mapped[str] = mapped_column(Text)
    """Canonical JSON: what the hash and the time-stamp are over."""
    statement_sha256: Mapped[Sha256]
    at: Mapped[datetime]
    """Of the POST."""
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    """RFC 3161, DER, over the statement."""
    token_time: Mapped[datetime | None]
    tsa: Mapped[str | None] = mapped_column(String(100))
