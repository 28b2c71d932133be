"""Which page of a corrected document stands for which page of the one before."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from domain.text_changes import even

_WEIGHED = 60
"""Pages of one stretch that are compared each with each; longer ones are taken in their order."""
_ALIKE = 0.25
"""Share of what two pages have in common, from which on one is taken for the other's successor."""
_READ = 5_000
"""Characters of a page that are looked at to weigh it: a full one has about two thousand."""
_RUN = 3
"""Characters that are looked for together."""


class PageMark(NamedTuple):
    """What a page is known by: its words ("" without any, None not looked at), and the hash of its
    picture ("" where none was drawn)."""

    text: str | None
    picture: str = ""


class PagePair(NamedTuple):
    """Numbers from 1: a page and its successor; None where one was added or taken out."""

    before: int | None
    after: int | None


def pair_pages(before: Sequence[PageMark], after: Sequence[PageMark]) -> tuple[PagePair, ...]:
    """In the order of the new document; a page that was taken out stands where it stood.

    Pages with the same words (or, without words, the same picture) hold the rest in place. Between
    them pages go together whose words are alike, else by their order.
    """
    one = [_key(mark, "before", number) for number, mark in enumerate(before)]
    two = [_key(mark, "after", number) for number, mark in enumerate(after)]
    found: list[PagePair] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [
                PagePair(i + 1, j + 1) for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
            ]
        else:
            stretch = _stretch(before[i1:i2], after[j1:j2])
            found += [
                PagePair(None if i is None else i1 + i + 1, None if j is None else j1 + j + 1)
                for i, j in stretch
            ]
    return tuple(found)


def _key(mark: PageMark, side: str, number: int) -> str:
    words = even(mark.text or "")
    if words:
        return f"text:{words}"
    return f"picture:{mark.picture}" if mark.picture else f"{side}:{number}"


def _stretch(
    before: Sequence[PageMark], after: Sequence[PageMark]
) -> Iterator[tuple[int | None, int | None]]:
    if len(before) == len(after) or max(len(before), len(after)) > _WEIGHED:
        for number in range(max(len(before), len(after))):
            i = number if number < len(before) else None
            j = number if number < len(after) else None
            yield i, j
        return
    yield from _weighed(before, after)


def _weighed(
    before: Sequence[PageMark], after: Sequence[PageMark]
) -> list[tuple[int | None, int | None]]:
    """The pairing, in order, that has most in common in all."""
    one, two = [_runs(mark) for mark in before], [_runs(mark) for mark in after]
    best = [[0.0] * (len(two) + 1) for _ in range(len(one) + 1)]
    alike = [[_alike(first, second) for second in two] for first in one]
    for i in range(len(one) - 1, -1, -1):
        for j in range(len(two) - 1, -1, -1):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= _ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    found: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < len(one) and j < len(two):
        paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= _ALIKE else -1.0
        if paired >= best[i][j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            found.append((i, None))
            i += 1
        else:
            found.append((None, j))
            j += 1
    found += [(left, None) for left in range(i, len(one))]
    found += [(None, left) for left in range(j, len(two))]
    return found


def _runs(mark: PageMark) -> frozenset[str] | None:
    words = even(mark.text or "").replace(" ", "")[:_READ]
    if not words:
        return None
    return frozenset(words[at : at + _RUN] for at in range(max(1, len(words) - _RUN + 1)))


def _alike(one: frozenset[str] | None, two: frozenset[str] | None) -> float:
    """From 0 to 1. Of pages without words nothing is known but their order."""
    if one is None or two is None:
        return _ALIKE if one is two else 0.0
    return len(one & two) / len(one | two)
