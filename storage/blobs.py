"""Rows of stored files that nobody needs any more."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from storage.tables import Blob


def forget_blobs(session: Session, blobs: Iterable[UUID | None]) -> None:
    """Whoever named them names them no more; the vault's sweep removes files that no row names."""
    session.flush()
    session.execute(delete(Blob).where(Blob.id.in_([blob for blob in blobs if blob is not None])))
