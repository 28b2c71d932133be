"""Correcting (訂正) documents after sending: which PDF can take the place of which."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from domain.events import Json, canonical
from domain.fields import EDGE_TOLERANCE, PlacedOn, Rect
from domain.kinds import FieldKind


class Replacement(NamedTuple):
    """A document, and the one that takes its place; hashes (SHA-256) of what is read of the first
    and of what the new version is made from."""

    document_id: UUID
    sha256: str
    replacement_id: UUID
    replacement_sha256: str
    fields_sha256: str = ""
    """Over fields that were placed anew on the second; empty where those of before stay."""

    def as_json(self) -> dict[str, Json]:
        """What evidence and rows keep of it."""
        anew: dict[str, Json] = {"fields_sha256": self.fields_sha256} if self.fields_sha256 else {}
        return {
            "document": str(self.document_id),
            "sha256": self.sha256,
            "replacement": str(self.replacement_id),
            "replacement_sha256": self.replacement_sha256,
        } | anew


def corrected_sha256(replacements: Iterable[Replacement]) -> str:
    """One hash over all that a correction replaces: the confirmation shows it, the act carries it,
    so that nothing changes between the two."""
    rows: list[Json] = [replacement.as_json() for replacement in sorted(replacements)]
    return hashlib.sha256(canonical(rows)).hexdigest()


class KeptField(NamedTuple):
    """A field as it stands on the document before: kind, page from 0, rectangle in points."""

    kind: FieldKind
    page: int
    rect: Rect | None


def all_fit(fields: Sequence[KeptField], onto: PlacedOn) -> bool:
    """Whether every field of the document before has the same place on the new one."""
    return all(_fits(row, onto) for row in fields)


def _fits(row: KeptField, onto: PlacedOn) -> bool:
    if row.rect is None:
        return True
    if onto.signed and row.kind is not FieldKind.SIGNATURE:
        return False
    if row.page >= len(onto.page_sizes):
        return False
    width, height = onto.page_sizes[row.page]
    if not onto.is_free(row.page, row.rect):
        return False
    x, y, across, down = row.rect
    return x + across <= width + EDGE_TOLERANCE and y + down <= height + EDGE_TOLERANCE
