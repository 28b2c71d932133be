"""Who is absent, and who acts as deputy meanwhile."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key


class Absence(Base):
    """One member's absence, both days included, in the organisation's zone.

    It never changes; it is cancelled, once. Whoever was asked as a deputy meanwhile stays asked.
    """

    __tablename__ = "absences"
    __table_args__ = (Index(None, "organisation_id", "ends_on"),)

    id: Mapped[Key]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    deputy_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    entered_by: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[UUID | None]
