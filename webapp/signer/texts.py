"""A document as words: a page to read without pictures, and finding a place in it."""

import re
from dataclasses import dataclass
from uuid import UUID

from flask import Response, render_template, request

from domain.finding import MAX_QUERY_CHARACTERS, find
from domain.limits import FOUND_PLACES
from domain.text_search import Place
from storage.shown import ShownDocument
from storage.texts import texts_of
from webapp.changes import page_runs
from webapp.errors import wants_fragment
from webapp.page_sizes import page_size
from webapp.security import may
from webapp.signer.blueprint import blueprint
from webapp.signer.files import note_viewed, shown_or_gone
from webapp.signer.pages import number_of, page
from webapp.signer.visiting import READ
from webapp.state import state

_KANA = re.compile("[\u3041-\u30fa]")


@dataclass(frozen=True)
class Worded:
    """A document with its number among the tabs, from 1, and the words of its pages."""

    number: int
    shown: ShownDocument
    texts: tuple[str | None, ...]

    @property
    def unread(self) -> str:
        """Pages without words to search in: scans, and what intake did not look at. `1-3, 7`."""
        return page_runs(number for number, text in enumerate(self.texts, start=1) if not text)

    def tongue(self, page: int) -> str:
        """For a voice that reads aloud: Japanese where there is kana, else unknown."""
        return "ja" if _KANA.search(self.texts[page - 1] or "") else ""

    def size(self, page: int) -> tuple[int, int]:
        """Width and height of the page, from 1, in points."""
        return page_size(self.shown.document, page)

    def has_picture(self, page: int) -> bool:
        """Whether intake drew a picture of the page, from 1."""
        return self.shown.document.picture(page) is not None


@dataclass(frozen=True)
class Search:
    """What was asked, and where it stands."""

    query: str
    places: tuple[Place, ...]

    @property
    def cut(self) -> bool:
        """Whether there may be more."""
        return len(self.places) == FOUND_PLACES


@blueprint.get("/sign/<uuid:visit>/documents/<uuid:document>/text")
@may(READ)
def document_text(visit: UUID, document: UUID) -> Response:
    """All pages as words, for screen readers, small screens and slow lines."""
    del visit  # the guard has read it
    worded = _worded(document)
    note_viewed(document)
    return page("signer/text.html", worded=worded, search=_search(worded), limit=_LIMIT)


@blueprint.get("/sign/<uuid:visit>/documents/<uuid:document>/find")
@may(READ)
def find_in_document(visit: UUID, document: UUID) -> Response:
    """Where the words stand: below the search of the reader, or as a page of its own."""
    worded = _worded(document)
    search = _search(worded)
    if not wants_fragment():
        return page("signer/text.html", worded=worded, search=search, limit=_LIMIT)
    body = render_template(
        "signer/found.html", visit=visit, worded=worded, search=search, to_text=False
    )
    return Response(body)


_LIMIT = MAX_QUERY_CHARACTERS


def _worded(document: UUID) -> Worded:
    shown = shown_or_gone(document)
    with state().database.reading() as session:
        texts = texts_of(state().vault, session, shown.document)
    return Worded(number_of(document), shown, texts)


def _search(worded: Worded) -> Search | None:
    query = request.args.get("q", "").strip()[:MAX_QUERY_CHARACTERS]
    return Search(query, find(worded.texts, query)) if query else None
