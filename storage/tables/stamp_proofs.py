"""What keeps the detached time-stamps of imports and consents provable (domain.stamp_proofs)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Sha256, Word


class StampProof(Base):
    """What is kept with one token. Number 0 is the first, which stands in its subject's own row;
    each further one is over the manifest. Rows never change, but for when to look again."""

    __tablename__ = "stamp_proofs"
    __table_args__ = (Index(None, "kind", "renew_at"),)

    kind: Mapped[Word] = mapped_column(primary_key=True)
    """domain.stamp_proofs.Stamped"""
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    manifest: Mapped[str] = mapped_column(Text, default="")
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    """RFC 3161, DER; None with number 0."""
    token_time: Mapped[datetime | None]
    tsa: Mapped[str | None] = mapped_column(String(200))
    before: Mapped[list[Any]] = mapped_column(default=list)
    """[[kind, SHA-256], ...] of `proof_data`: of the token before, right before this one."""
    data: Mapped[list[Any]] = mapped_column(default=list)
    """Likewise, of this one's authority."""
    ends_at: Mapped[datetime]
    """When the first certificate of its authority's chain ends: from then on it proves nothing by
    itself."""
    renew_at: Mapped[datetime | None]
    """When somebody looks again; None where there is a next one, or none would help."""
    created_at: Mapped[datetime]


class ProofDatum(Base):
    """A certificate, an OCSP response or a CRL (DER): many time-stamps share one."""

    __tablename__ = "proof_data"

    sha256: Mapped[Sha256] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
