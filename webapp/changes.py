"""How pages show what a correction changed: one form for senders and for signers.

The words stand in the page (`ins` and `del`, each also said in words); pictures are fetched from
where the page's own reader may fetch them.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from flask import Flask

from domain.page_changes import PageChange
from storage.comparisons import Comparison
from webapp.language import say
from webapp.page_sizes import page_size

SHOWN_PAGES = 60
"""Changed pages of one document that are listed; of more, the files themselves tell more."""


class Pictures:
    """Where the pictures of a page before and now are fetched; None without a picture."""

    def __init__(
        self, before: Callable[[Comparison, int], str], now: Callable[[Comparison, int], str]
    ) -> None:
        self._before = before
        self._now = now

    def before(self, comparison: Comparison, change: PageChange) -> str | None:
        """Of the page that it was."""
        page = change.pair.before
        drawn = page is not None and comparison.before.picture(page) is not None
        return self._before(comparison, page) if page is not None and drawn else None

    def now(self, comparison: Comparison, change: PageChange) -> str | None:
        """Of the page that it is."""
        page = change.pair.after
        drawn = page is not None and comparison.after.picture(page) is not None
        return self._now(comparison, page) if page is not None and drawn else None


def page_runs(pages: Iterable[int]) -> str:
    """Numbers in order as people write them: `1-3, 7`."""
    runs = [[page for _, page in run] for _, run in groupby(enumerate(pages), _gap)]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _gap(numbered: tuple[int, int]) -> int:
    """The same for all of a run of pages."""
    place, page = numbered
    return page - place


def numbers_of(changes: Sequence[PageChange]) -> str:
    """Of the pages as they are now; of those that were taken out, as they were."""
    return page_runs(change.pair.after or change.pair.before or 0 for change in changes)


def headline(change: PageChange) -> str:
    """Which page, and what about it."""
    before, after = change.pair
    if before is None:
        return say("%(page)sページ：追加されたページ", page=after)
    if after is None:
        return say("前の文書の%(page)sページ：削除されたページ", page=before)
    where = say("%(page)sページ", page=after)
    if before != after:
        where = say("%(page)sページ（前の文書の%(before)sページ）", page=after, before=before)
    words = bool(change.parts) or change.cut
    if words and change.looks_different:
        return say("%(where)s：文と見た目の変更", where=where)
    if words:
        return say("%(where)s：文の変更", where=where)
    return say("%(where)s：見た目の変更", where=where)


def init_changes(app: Flask) -> None:
    """What the template of changes calls."""
    app.jinja_env.globals.update(
        change_headline=headline,
        change_pages=numbers_of,
        change_size=page_size,
        shown_changes=SHOWN_PAGES,
    )
