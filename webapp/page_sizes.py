"""Sizes of pages as they are shown, so that nothing jumps when their pictures come."""

from storage.tables import Document

A4 = (595.0, 842.0)
"""Points; for a page whose size intake did not keep."""


def page_size(document: Document, number: int) -> tuple[int, int]:
    """Width and height of a page, from 1, in whole points; A4 where nobody has measured it."""
    sizes = document.page_sizes
    width, height = sizes[number - 1] if number <= len(sizes) else A4
    return max(1, round(width)), max(1, round(height))
