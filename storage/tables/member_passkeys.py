"""Passkeys of members' logins, challenges that were answered, and second factors taken away."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256


class MemberPasskey(Base):
    """A passkey that opens a member's login. Rows are never deleted. `sealed` proves that this
    service wrote the row: whoever only writes into the database cannot make one."""

    __tablename__ = "member_passkeys"

    id: Mapped[Key]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    rp_id: Mapped[str] = mapped_column(String(253))
    """The host that it was made for; it works for no other."""
    credential_sha256: Mapped[Sha256] = mapped_column(unique=True)
    credential_id: Mapped[str] = mapped_column(Text)
    public_key: Mapped[str] = mapped_column(Text)
    """A COSE_Key; base64url, as the id."""
    transports: Mapped[list[Any]] = mapped_column(default=list)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(String(50))
    """What its owner calls it."""
    registered_at: Mapped[datetime]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[UUID | None]
    """The member who removed it: its owner, or an administrator."""


class SpentChallenge(Base):
    """A challenge that was answered: no other answer to it counts, until it is too old anyway."""

    __tablename__ = "spent_challenges"

    challenge_sha256: Mapped[Sha256] = mapped_column(primary_key=True)
    until: Mapped[datetime]


class FactorReset(Base):
    """How a member proves himself was changed (`what`: FactorChange); he is told by mail."""

    __tablename__ = "factor_resets"

    id: Mapped[Key]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    what: Mapped[str] = mapped_column(String(20), server_default="reset")
    reset_by: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    """Who did it: an administrator, or the member; None: whoever runs the machine."""
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    """The next server refused the mail."""
