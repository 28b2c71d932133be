"""Passkeys that people registered, and the challenges that they are asked to sign."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Passkey(Base):
    """A passkey of one mail address in one organisation. Rows are never deleted, and what was
    registered is never changed. `sealed` proves that this service wrote the row: whoever only
    writes into the database cannot make one."""

    __tablename__ = "passkeys"
    __table_args__ = (
        UniqueConstraint("organisation_id", "credential_sha256"),
        Index("ix_passkeys_owner", "organisation_id", "mail"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    mail: Mapped[str] = mapped_column(String(254))
    """As storage.people.normal_mail writes it."""
    rp_id: Mapped[str] = mapped_column(String(253))
    """The host that it was made for; it works for no other."""
    user_handle: Mapped[UUID]
    """The same for all passkeys of an address: authenticators file them under it."""
    credential_sha256: Mapped[Sha256]
    credential_id: Mapped[str] = mapped_column(Text)
    public_key: Mapped[str] = mapped_column(Text)
    """A COSE_Key; base64url, as the id."""
    transports: Mapped[list[Any]] = mapped_column(default=list)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"))
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"))
    """Who registered it, and in which visit."""
    agent: Mapped[str] = mapped_column(String(300), default="")
    registered_at: Mapped[datetime]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None]
    """The member who removed it."""


class PasskeyChallenge(Base):
    """What one visit asked an authenticator to sign: for registering, for opening, or for one act.
    It is used once, and soon."""

    __tablename__ = "passkey_challenges"

    id: Mapped[Key]
    """Salt of the challenge, and kept with the act."""
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participants.id"))
    moment: Mapped[Word]
    act_nonce: Mapped[str | None] = mapped_column(String(64))
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
