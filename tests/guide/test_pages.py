"""The guide and the manuals show every picture that `make guide` draws, and say the same in both
languages."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from domain.kinds import Language
from tests.guide.labels import FILE, known

DOCS = Path(__file__).parents[2] / "docs"


class Book(NamedTuple):
    """A guide or manual: its texts are `<folder>/<name>.<language>.md`, its pictures beside them in
    a folder for each language."""

    folder: Path
    name: str
    pictures: str

    def text(self, language: Language) -> str:
        """What it says."""
        return (self.folder / f"{self.name}.{language.value}.md").read_text(encoding="utf-8")

    def drawn(self, language: Language) -> Path:
        """Where its pictures are."""
        return self.folder / language.value / self.pictures


BOOKS = (
    Book(DOCS / "guide", "signer", ""),
    Book(DOCS / "manual", "clerk", "clerk"),
    Book(DOCS / "manual", "admin", "admin"),
    Book(DOCS / "manual", "approver", "approver"),
)
EACH = [(book, language) for book in BOOKS for language in Language]
PICTURE = re.compile(r"!\[([^\]]+)\]\((?P<file>[^)]+)\)")
QUOTED = {Language.JA: re.compile("「([^」]+)」"), Language.EN: re.compile("“([^”]+)”")}
FEWEST = 30
"""Words that the pictures of the shortest book show."""
NO_LABELS = {"開封", "署名依頼"}
"""Quoted as words for what happens and for a mail; no page's button is called so."""


def _shown(book: Book, language: Language) -> list[str]:
    return [found["file"] for found in PICTURE.finditer(book.text(language))]


@pytest.mark.parametrize(("book", "language"), EACH)
def test_each_picture_is_shown_once_and_in_order(book: Book, language: Language) -> None:
    drawn = sorted(
        file.relative_to(book.folder).as_posix() for file in book.drawn(language).glob("*.png")
    )
    assert _shown(book, language) == drawn
    assert drawn


@pytest.mark.parametrize("book", BOOKS)
def test_both_languages_show_the_same_steps(book: Book) -> None:
    japanese, english = (_shown(book, language) for language in (Language.JA, Language.EN))
    assert [name.removeprefix("ja/") for name in japanese] == [
        name.removeprefix("en/") for name in english
    ]


@pytest.mark.parametrize(("book", "language"), EACH)
def test_what_the_guide_quotes_stands_on_a_page(book: Book, language: Language) -> None:
    """A button that is called otherwise now is called so in the guide as well."""
    joined = book.text(language).replace("\n", "" if language is Language.JA else " ")
    assert set(QUOTED[language].findall(joined)) - NO_LABELS <= known(language)


@pytest.mark.parametrize(("book", "language"), EACH)
def test_what_the_pictures_show_still_stands_on_the_pages(book: Book, language: Language) -> None:
    """The pictures are as old as their words: `make guide` keeps what it photographed as text.

    It fails where a title, a button or a term that a picture shows was renamed or taken away. A
    hash over templates and styles would tell of new buttons too, but also of every colour and
    comment; each such change would cost a journey through a whole stack and some megabytes of
    pictures, and whoever pays that daily stops looking at them.
    """
    kept = (book.drawn(language) / FILE).read_text(encoding="utf-8").splitlines()
    gone = set(kept) - known(language)
    assert not gone, f"No page says this any more: run `make guide` and look at it. {gone}"
    assert len(kept) > FEWEST
