"""Verifications of a period (期間検証): who asked for what and when, and what was found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key, Sha256, Word


class Verification(Base):
    """One run. Kept for good; its report is a blob under the run's own data key."""

    __tablename__ = "verifications"
    __table_args__ = (Index(None, "organisation_id", "asked_at"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    language: Mapped[Word]
    """Of the report."""
    asked: Mapped[dict[str, Any]]
    """{"basis", "since", "until"}; see domain.verification.Period. Or {"basis", "conditions"}; see
    domain.disclosure."""
    asked_at: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    """When its documents were written down; what is concluded later is not part of it."""
    moved_at: Mapped[datetime]
    """When anything happened last: a run that stands still is started again."""
    finished_at: Mapped[datetime | None]
    documents: Mapped[int] = mapped_column(default=0)
    checked: Mapped[int] = mapped_column(default=0)
    problems: Mapped[int] = mapped_column(default=0)
    """Documents with any."""
    trial: Mapped[bool] = mapped_column(default=False)
    """Some signature or time-stamp is of the test authority."""
    chains: Mapped[dict[str, Any] | None]
    """domain.verification.LedgerFindings."""
    report_blob_id: Mapped[UUID | None] = mapped_column(ForeignKey("blobs.id"))
    report_sha256: Mapped[Sha256 | None]
    report_size: Mapped[int] = mapped_column(BigInteger, default=0)


class VerificationItem(Base):
    """One document of a run, and what was found of it."""

    __tablename__ = "verification_items"
    __table_args__ = (Index("ix_verification_items_result", "run_id", "wrong", "position"),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("verifications.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    envelope_id: Mapped[UUID] = mapped_column(ForeignKey("envelopes.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id"))
    revision_id: Mapped[UUID | None] = mapped_column(ForeignKey("revisions.id"))
    """The newest one when the run was planned; None: there was none."""
    checked_at: Mapped[datetime | None]
    findings: Mapped[list[Any]] = mapped_column(default=list)
    """Codes of domain.findings.Finding."""
    wrong: Mapped[bool] = mapped_column(default=False)
    """Whether there are any."""
    signatures: Mapped[int] = mapped_column(default=0)
    stamps: Mapped[list[Any]] = mapped_column(default=list)
    """domain.verification.Stamp, oldest first."""
    trial: Mapped[bool] = mapped_column(default=False)
