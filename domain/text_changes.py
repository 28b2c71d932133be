"""What changed in the words of a page: parts that were taken out, put in, or stayed.

Japanese has no blanks between words, so a word here is a run of one kind of letter (漢字, かな,
カナ, Latin, a whole number): what changed is shown in pieces that people read, not by letters.
Where a line breaks, and how wide a blank is, belongs to the page's look and counts for nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import Match, SequenceMatcher
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

from domain.limits import COMPARED_STEPS

_WIDE = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60"
_BROKEN = re.compile(f"(?<=[{_WIDE}])\\s+(?=[{_WIDE}])")
"""The end of a line, or room, within Japanese, which is no blank."""
_RADICALS = {
    point: unified
    for point in (*range(0x2E80, 0x2FE0), *range(0xF900, 0xFB00))
    if len(unified := unicodedata.normalize("NFKC", chr(point))) == 1
}
_WORD = re.compile(
    "[0-9０-９]+(?:[.,．，][0-9０-９]+)*"
    "|[A-Za-zＡ-Ｚａ-ｚ\u00c0-\u024f]+"
    "|[\u3400-\u9fff々〆ヶ]+"
    "|[ァ-ヺー]+"
    "|[ぁ-ゖ]+"
    "|\\S"
)
_SHORT = 2
"""Letters that stayed between two changes and are shown as changed with them: less is confetti."""
_KANA = 0x3040
"""Before it are figures, Latin letters and marks, which stay whole."""
_AFFIX = 2
"""Letters at least that two words begin or end with before the rest alone counts as changed."""
_AROUND = 24
"""Letters of what stayed that are shown on either side of a change."""
_WORDS_EACH = 1_000
"""Words of a page, above which frequent ones are no landmarks: a table of figures stays quick."""


class Change(StrEnum):
    """What became of a part."""

    SAME = "same"
    OUT = "out"
    IN = "in"
    GAP = "gap"
    """Some of what stayed, which is left out."""


_WORD_STEPS = 4
"""That a word takes by itself; each of its likes on the other side takes one more."""


class TooMuch(Exception):
    """Comparing takes more steps than it may."""


class Steps:
    """How many steps comparing may still take: words looked at, and their likes on the other side.

    The likes grow with the square of a page's words, and a page of few different words is looked
    through again for every piece that stayed.
    """

    def __init__(self, count: int = COMPARED_STEPS) -> None:
        self.left = count

    def spend(self, count: int) -> None:
        """Raises TooMuch when there are none left."""
        self.left -= count
        if self.left < 0:
            raise TooMuch


class Part(NamedTuple):
    """A piece of a page's words."""

    change: Change
    text: str


def even(text: str) -> str:
    """The words in one line, letters that only look alike made the same (radicals, 康煕部首)."""
    unified = text.translate(_RADICALS)
    return " ".join(_BROKEN.sub("", unified).split())


def text_changes(before: str, after: str, steps: Steps | None = None) -> tuple[Part, ...]:
    """Parts in reading order, with what stands around them; empty where the words are the same.

    Raises TooMuch where it would take more than these steps.
    """
    one, two = _words(even(before)), _words(even(after))
    parts = _joined(_settled(_compared(one, two, steps or Steps())))
    if all(part.change is Change.SAME for part in parts):
        return ()
    return tuple(_shortened(parts))


def _words(line: str) -> list[tuple[str, str]]:
    """Each with the blank that follows it, which is shown and not compared."""
    found = list(_WORD.finditer(line))
    ends = [match.start() for match in found[1:]] + [len(line)]
    return [
        (match.group(), line[match.end() : end]) for match, end in zip(found, ends, strict=True)
    ]


class _Matcher(SequenceMatcher[str]):
    """Counts its steps before it takes them."""

    b2j: dict[str, list[int]]

    def __init__(self, one: Sequence[str], two: Sequence[str], steps: Steps) -> None:
        many = max(len(one), len(two)) > _WORDS_EACH
        super().__init__(None, one, two, autojunk=many)
        self._steps = steps
        self._taken = [0, *accumulate(_WORD_STEPS + len(self.b2j.get(word, ())) for word in one)]

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> Match:
        """As inherited; raises TooMuch instead where that would take too long."""
        self._steps.spend(self._taken[-1 if ahi is None else ahi] - self._taken[alo])
        return super().find_longest_match(alo, ahi, blo, bhi)


def _compared(
    one: Sequence[tuple[str, str]], two: Sequence[tuple[str, str]], steps: Steps
) -> list[Part]:
    first, second = [word for word, _ in one], [word for word, _ in two]
    found: list[Part] = []
    for tag, i1, i2, j1, j2 in _Matcher(first, second, steps).get_opcodes():
        if tag == "equal":
            found.append(Part(Change.SAME, _text(two[j1:j2])))
        else:
            found += _trimmed(_text(one[i1:i2]), _text(two[j1:j2]))
    return found


def _text(words: Iterable[tuple[str, str]]) -> str:
    return "".join(word + blank for word, blank in words)


def _trimmed(out: str, put: str) -> list[Part]:
    """What two words begin or end with alike stays, unless that is a letter or part of a figure. A
    letter stays too where all the rest was only put in, or only taken out."""
    ahead = _alike(out, put)
    behind = _alike(out[ahead:][::-1], put[ahead:][::-1])
    shorter = min(len(out), len(put)) - ahead - behind
    if (ahead or behind) and shorter:
        more = _alike(out[ahead:], put[ahead:], least=shorter)
        less = _alike(out[ahead:][::-1], put[ahead:][::-1], least=behind + shorter)
        if more >= shorter:
            ahead += shorter
        elif less >= behind + shorter:
            behind += shorter
    parts = [
        Part(Change.SAME, put[:ahead]),
        Part(Change.OUT, out[ahead : len(out) - behind]),
        Part(Change.IN, put[ahead : len(put) - behind]),
        Part(Change.SAME, put[len(put) - behind :]),
    ]
    return [part for part in parts if part.text]


def _alike(out: str, put: str, least: int = _AFFIX) -> int:
    count = 0
    for one, two in zip(out, put, strict=False):
        if one != two or ord(one) < _KANA or "０" <= one <= "９":
            break
        count += 1
    return count if count >= least else 0


def _settled(parts: Sequence[Part]) -> list[Part]:
    """Scraps that stayed between two changes are changed with them."""
    found: list[Part] = []
    for at, part in enumerate(parts):
        inside = 0 < at < len(parts) - 1
        scrap = part.change is Change.SAME and len(part.text.strip()) < _SHORT
        if inside and scrap and part.text.strip() not in _MARKS:
            found += [Part(Change.OUT, part.text), Part(Change.IN, part.text)]
        else:
            found.append(part)
    return found


_MARKS = frozenset("。、，．・：（）「」\n")
"""Between two of these a sentence changed, and the next by itself."""


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Of neighbours that changed, first all that was taken out, then all that was put in."""
    found: list[Part] = []
    out = put = ""
    for part in [*parts, Part(Change.SAME, "")]:
        if part.change is Change.OUT:
            out += part.text
        elif part.change is Change.IN:
            put += part.text
        else:
            if out:
                found.append(Part(Change.OUT, out))
            if put:
                found.append(Part(Change.IN, put))
            out = put = ""
            if found and found[-1].change is Change.SAME:
                found[-1] = Part(Change.SAME, found[-1].text + part.text)
            elif part.text:
                found.append(part)
    return found


def _shortened(parts: Sequence[Part]) -> Iterable[Part]:
    for at, part in enumerate(parts):
        if part.change is not Change.SAME:
            yield part
            continue
        head = "" if at == 0 else part.text[:_AROUND]
        tail = "" if at == len(parts) - 1 else part.text[-_AROUND:]
        if len(part.text) <= len(head) + len(tail):
            yield part
            continue
        if head:
            yield Part(Change.SAME, head)
        yield Part(Change.GAP, "…")
        if tail:
            yield Part(Change.SAME, tail)
