"""Corrected documents: what their pictures showed against those of the documents before."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from domain.kinds import DocumentState
from domain.limits import COMPARED_PICTURES
from domain.page_changes import Look
from domain.page_pairs import PagePair, pair_pages
from storage.comparisons import as_kept, marks_of
from storage.database import Database
from storage.desks.rows import locked_envelope
from storage.locks import locked
from storage.tables import Document
from storage.vault import Vault


class StoredComparisonDesk:
    """domain.ports.comparisons.ComparisonDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def to_compare(self, document_id: UUID) -> tuple[PagePair, ...]:
        """Of pages whose pictures are the same bytes nobody needs to look at one."""
        with self._database.reading() as session:
            after = session.get(Document, document_id)
            before = _before(session, after)
            if after is None or before is None or after.compared is not None:
                return ()
            one = marks_of(session, self._vault, before)
            two = marks_of(session, self._vault, after)
        found = []
        for pair in pair_pages(one, two):
            if pair.before is None or pair.after is None:
                continue
            pictures = one[pair.before - 1].picture, two[pair.after - 1].picture
            if all(pictures) and pictures[0] != pictures[1]:
                found.append(pair)
        return tuple(found[:COMPARED_PICTURES])

    def pictures(
        self, document_id: UUID, pairs: Sequence[PagePair]
    ) -> tuple[tuple[bytes, bytes], ...]:
        """Raises LookupError where a page has none."""
        with self._database.reading() as session:
            after = session.get(Document, document_id)
            before = _before(session, after)
            if after is None or before is None:
                raise LookupError(str(document_id))
            return tuple(
                (
                    self._picture(session, before, pair.before or 0),
                    self._picture(session, after, pair.after or 0),
                )
                for pair in pairs
            )

    def keep(self, document_id: UUID, looks: Sequence[tuple[PagePair, Look]]) -> None:
        """Also that nothing was to be looked at. The first answer stays."""
        with self._database.transaction() as session:
            known = session.get(Document, document_id)
            if known is None:
                raise LookupError(str(document_id))
            locked_envelope(session, known.envelope_id)
            document = locked(session, Document, document_id)
            fit = document is not None and document.state == DocumentState.READY
            if fit and document is not None and document.compared is None:
                document.compared = as_kept(looks)

    def _picture(self, session: Session, document: Document, page: int) -> bytes:
        key = document.picture(page)
        if key is None:
            raise LookupError(str(document.id))
        return self._vault.read(session, key)


def _before(session: Session, document: Document | None) -> Document | None:
    """The document that it replaces."""
    if document is None or document.replaces_id is None or document.removed_at is not None:
        return None
    return session.get(Document, document.replaces_id)
