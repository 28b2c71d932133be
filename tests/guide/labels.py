"""Which words in a picture are the pages' own, and no person's or document's."""

from pathlib import Path

from playwright.sync_api import Page

from domain.kinds import Language
from runtime.i18n import read_catalogue

FILE = "labels.txt"
"""Beside the pictures: what `make guide` photographed, as text."""
_NAMED = "h1, h2, h3, button, a, dt, label, summary"


def known(language: Language) -> set[str]:
    """All that a page or a mail can say."""
    found: set[str] = set()
    for message in read_catalogue(Language.EN):
        texts = message.id if language is Language.JA else message.string
        found |= {texts} if isinstance(texts, str) else set(texts or ())
    return found - {""}


class Labels:
    """The titles, buttons and terms of all pages that one camera has seen."""

    def __init__(self, language: Language) -> None:
        self._known = known(language)
        self._seen: set[str] = set()

    def note(self, page: Page) -> None:
        """Those of the open page, as far as they can be seen."""
        texts = [part.strip() for part in page.locator(f":is({_NAMED}):visible").all_inner_texts()]
        self._seen |= self._known & set(texts)

    def write(self, folder: Path) -> None:
        """One a line."""
        (folder / FILE).write_text("".join(f"{text}\n" for text in sorted(self._seen)), "utf-8")
