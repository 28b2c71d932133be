"""What comparing the pages of a corrected document asks of storage/ and of signing/."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.page_changes import Look
from domain.page_pairs import PagePair


class ComparisonDesk(Protocol):
    """Rows and pictures of a corrected document and of the one before."""

    def to_compare(self, document_id: UUID) -> tuple[PagePair, ...]:
        """Pages whose pictures differ in their bytes; empty where nothing is left to do."""

    def pictures(
        self, document_id: UUID, pairs: Sequence[PagePair]
    ) -> tuple[tuple[bytes, bytes], ...]:
        """Of each pair the picture before and the picture now, as intake drew them."""

    def keep(self, document_id: UUID, looks: Sequence[tuple[PagePair, Look]]) -> None:
        """What was seen. The first answer stays."""


class PictureComparer(Protocol):
    """Holds pictures of pages against each other, in a capped child process."""

    def differ(self, pictures: Sequence[tuple[bytes, bytes]]) -> tuple[Look, ...]:
        """How each second picture looks against the first. Raises Refusal where one cannot be
        read within bounds."""
