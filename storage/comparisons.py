"""A corrected document against the one that it replaces: words and pictures of their pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kinds import FILLING_ACTS, DocumentState
from domain.page_changes import Look, PageChange, Room, Words, page_changes
from domain.page_pairs import PageMark, PagePair
from storage.corrections import Corrected, corrections_so_far
from storage.repairs import same_pdf
from storage.tables import Act, Blob, Document, Envelope, Visit
from storage.texts import texts_of
from storage.vault import Vault
from storage.versions import documents_of_version


@dataclass(frozen=True)
class Comparison:
    """What one document's correction changed, page by page."""

    before: Document
    after: Document
    pages: tuple[PageChange, ...]
    same: bool = False
    """The same PDF: its fields were corrected."""

    @property
    def changed(self) -> tuple[PageChange, ...]:
        """Pages that are known to be different."""
        return tuple(page for page in self.pages if page.changed)

    @property
    def wordless(self) -> tuple[PageChange, ...]:
        """Pages whose words could not be compared because there are none."""
        return tuple(page for page in self.pages if page.words is Words.NONE)

    @property
    def unseen(self) -> tuple[PageChange, ...]:
        """Pages on both sides whose pictures were not compared."""
        both = (page for page in self.pages if page.pair.before and page.pair.after)
        return tuple(page for page in both if page.look is None)

    @property
    def cut(self) -> bool:
        """Whether words of some pages are left out, because too much changed in all."""
        return any(page.cut for page in self.pages)


def compared(
    session: Session, vault: Vault, before: Document, after: Document, room: Room
) -> Comparison:
    """All pages of both. What the pictures showed is known once the documents worker has looked. Of
    the same PDF no page can differ, and none is read."""
    if same_pdf(session, before.id, after.id):
        return Comparison(before, after, (), same=True)
    pages = page_changes(
        marks_of(session, vault, before),
        marks_of(session, vault, after),
        looks_of(after) if after.replaces_id == before.id else {},
        room,
    )
    return Comparison(before, after, pages)


def marks_of(session: Session, vault: Vault, document: Document) -> tuple[PageMark, ...]:
    """By what each page is known."""
    hashes = _hashes(session, document)
    texts = texts_of(vault, session, document)
    return tuple(
        PageMark(text, hashes.get(document.picture(number), ""))
        for number, text in enumerate(texts, start=1)
    )


def _hashes(session: Session, document: Document) -> dict[UUID | None, str]:
    ids = {UUID(str(key)) for key in document.thumbnail_blob_ids if key}
    rows = session.execute(select(Blob.id, Blob.sha256).where(Blob.id.in_(ids)))
    return {row.id: row.sha256 for row in rows}


def looks_of(document: Document) -> dict[PagePair, Look]:
    """What its row keeps of the pictures; empty until they were compared."""
    return {
        PagePair(int(before), int(after)): Look.of(look)
        for before, after, look in document.compared or ()
    }


def as_kept(looks: Sequence[tuple[PagePair, Look]]) -> list[Any]:
    """For the row."""
    return [[pair.before, pair.after, look.as_json()] for pair, look in looks]


def changes_between(
    session: Session, vault: Vault, envelope_id: UUID, before: int, after: int
) -> tuple[Comparison, ...]:
    """Every document that is another in version `after` than in `before`, as one step, however
    many corrections lie between them."""
    room, found = Room(), []
    for document in documents_of_version(session, envelope_id, after):
        origin = origin_in(session, document, envelope_id, before)
        if origin is not None and origin.id != document.id:
            found.append(compared(session, vault, origin, document, room))
    return tuple(found)


def origin_in(
    session: Session, document: Document, envelope_id: UUID, version: int
) -> Document | None:
    """The document of an earlier version that it goes back to; itself where nothing replaced it."""
    old = {row.id for row in documents_of_version(session, envelope_id, version)}
    row: Document | None = document
    while row is not None and row.id not in old:
        row = session.get(Document, row.replaces_id) if row.replaces_id else None
    return row


def changes_to_come(
    session: Session, vault: Vault, rows: Sequence[Corrected]
) -> tuple[Comparison, ...]:
    """What an uploaded correction would change."""
    room = Room()
    return tuple(
        compared(session, vault, row.document, row.replacement, room)
        for row in rows
        if row.replacement is not None and row.replacement.state == DocumentState.READY
    )


def version_seen(session: Session, envelope: Envelope, participant_id: UUID) -> int | None:
    """The newest version before the current one that he acted on or whose pages he opened."""
    acted = session.scalar(
        select(func.max(Act.version)).where(
            Act.participant_id == participant_id,
            Act.accepted.is_(True),
            Act.kind.in_([kind.value for kind in FILLING_ACTS]),
            Act.version < envelope.version,
        )
    )
    visits = session.scalars(select(Visit).where(Visit.participant_id == participant_id))
    opened = [visit.opened_at for visit in visits if visit.viewed]
    seen, since = acted or 0, None
    for made in corrections_so_far(session, envelope.id):
        here = [at for at in opened if at < made.created_at and (since is None or at >= since)]
        if here:
            seen = max(seen, made.from_version)
        since = made.created_at
    return seen or None
