"""Which documents belong to which version (版) of an envelope.

A document belongs to the versions from `from_version` to `until_version`; one that a correction
replaced ends with the version before it, and stays there as evidence. A corrected document that
its sender has not confirmed yet begins with the version to come: nobody is shown it.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.tables import Document, Envelope


def of_version(version: int | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The condition under which a document belongs to a version: a number, or a column."""
    return and_(
        Document.removed_at.is_(None),
        Document.from_version <= version,
        or_(Document.until_version.is_(None), Document.until_version >= version),
    )


def documents_of_version(
    session: Session, envelope_id: UUID, version: int | None = None
) -> Sequence[Document]:
    """Documents of a version, of the current one by default, in the order of the tabs."""
    return session.scalars(
        select(Document)
        .join(Envelope, Envelope.id == Document.envelope_id)
        .where(
            Document.envelope_id == envelope_id,
            of_version(Envelope.version if version is None else version),
        )
        .order_by(Document.position, Document.created_at)
    ).all()
