"""By what letters envelopes are found without looking at every one."""

from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base


class NameMark(Base):
    """Two letters that stand together in an envelope's title (`t図書`) or in its partner's name
    (`p青山`), or its partner's code, whole and evened (`ca-1`).

    The database keeps these itself, by triggers on envelopes and deals: nobody else writes here.
    """

    __tablename__ = "name_marks"
    __table_args__ = ({"sqlite_with_rowid": False},)

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(51), primary_key=True)
    envelope_id: Mapped[UUID] = mapped_column(primary_key=True)
