"""Comparing: which pages of a corrected document look different."""

from collections.abc import Sequence

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import ComparisonOutcome, DocumentRef
from domain.page_changes import Look
from domain.page_pairs import PagePair
from domain.ports.comparisons import ComparisonDesk, PictureComparer
from domain.refusals import Refusal

AT_ONCE = 8
"""Pairs in one job of a child: some megabytes, and a second."""


class ComparisonActivities:
    """Effects on corrected documents."""

    def __init__(self, desk: ComparisonDesk, comparer: PictureComparer) -> None:
        self._desk = desk
        self._comparer = comparer

    @activity.defn
    @bounded
    def compare_pages(self, document: DocumentRef) -> ComparisonOutcome:
        """Look at every pair of pages, and keep what was seen."""
        with beating():
            pairs = self._desk.to_compare(document.document_id)
            looks: list[tuple[PagePair, Look]] = []
            for start in range(0, len(pairs), AT_ONCE):
                looks += self._seen(document, pairs[start : start + AT_ONCE])
            self._desk.keep(document.document_id, looks)
            return ComparisonOutcome(pairs=len(looks))

    def _seen(
        self, document: DocumentRef, pairs: Sequence[PagePair]
    ) -> list[tuple[PagePair, Look]]:
        """A pair that ends the child stays without an answer, and the others get theirs."""
        found: list[tuple[PagePair, Look]] = []
        for some in (pairs, *([pair] for pair in pairs)):
            try:
                pictures = self._desk.pictures(document.document_id, some)
                found += zip(some, self._comparer.differ(pictures), strict=True)
            except Refusal as refusal:
                activity.logger.warning("pages not compared: %s", refusal.code.value)
            else:
                if len(some) == len(pairs):
                    return found
        return found
