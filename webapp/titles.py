"""Titles of an envelope's documents where one of them is named beside others."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from storage.tables import Document


def distinct_titles(documents: Sequence[Document]) -> dict[UUID, str]:
    """By id; two of one title bear their numbers too."""
    counts = Counter(document.title for document in documents)
    return {
        document.id: document.title if counts[document.title] == 1 else f"{number} {document.title}"
        for number, document in enumerate(documents, 1)
    }
