"""Which form of a page was kept last."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, Key


class FormTurn(Base):
    """The latest form that one open page sent about one thing; forgotten after a day."""

    __tablename__ = "form_turns"
    __table_args__ = (UniqueConstraint("about", "pen"),)

    id: Mapped[Key]
    about: Mapped[UUID]
    """Id of the draft or of the participant whose values they are."""
    pen: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
