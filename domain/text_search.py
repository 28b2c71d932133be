"""Searching the text of documents: what is typed, how letters are compared, where words stand.

Whatever the decrypted text holds the keyed index names as a candidate. The index has letters as
they were written, in one width, case and kana: which shapes of kanji and forms of companies are the
same grows by the year, and an index that knew them would have to be made anew, by decrypting every
document while searches miss half of them. So it is a search that asks for all ways to write its
words (`grams_asked`). Long-vowel marks count here, unlike in partners' names: ー is all that parts
コート from こと.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from domain.refusals import Words
from domain.variants import (
    BU,
    LONG_FORM,
    SELECTORS,
    VARIANTS,
    before,
    behind,
    one_shape,
    shorts_of,
    spellings,
    written_out,
)

MAX_TEXT_QUERY_CHARACTERS = 100
MAX_WORDS = 8
MAX_GRAMS = 16
"""Of one search: each is looked up, and a few tell texts apart as well as many."""
PLACES_SHOWN = 3
"""Of one document in a list of results."""
MAX_EVEN_TITLE_CHARACTERS = 400
"""Some letters are several when they are evened; what is beyond is not searched."""
NO_LETTERS = Words(
    "本文から探すことばを入力してください。記号や空白だけでは探せません。",
    "Enter words to look for in the text. Signs and blanks alone find nothing.",
)
TOO_MANY_WORDS = Words(
    f"本文から一度に探せることばは{MAX_WORDS}個までです。",
    f"The text can be searched for {MAX_WORDS} words at once.",
)

_AROUND = 30
"""Characters of a hit's surroundings on either side."""
_BETWEEN = r"\s,、・·\u00ad\u200b" + SELECTORS
"""What may stand between any two letters: a line may break anywhere in Japanese."""
_DROPPED = re.compile(f"[{_BETWEEN}]+")
_PHRASE = re.compile(r'"([^"]*)"|([^"\s]+)|"')
_INDEXED_FORMS = {
    "株": "株式会社",
    "有": "有限会社",
    "合": "合同会社",
    "名": "合名会社",
    "資": "合資会社",
    "医": "医療法人",
    "学": "学校法人",
    "福": "社会福祉法人",
    "社": "社団法人",
    "財": "財団法人",
}
"""In brackets, which the index has written out."""
_INDEXED_FORM = re.compile(rf"\(([{''.join(_INDEXED_FORMS)}])\)")
_BROKEN = re.compile("(?<=[\u3000-\u9fff\uf900-\ufaff])\\s*\n\\s*(?=[\u3000-\u9fff\uf900-\ufaff])")
"""The end of a line within Japanese, which is no blank."""
_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


@dataclass(frozen=True)
class Place:
    """One hit: the page from 1, and the words with what stands around them."""

    page: int
    before: str
    words: str
    after: str
    at: int = 0
    """Letters of the page before it."""


def words_of(query: str) -> tuple[str, ...]:
    """Each blank parts two words, and all are looked for; what stands in quotation marks is one
    phrase. Words of signs alone are left out."""
    text = re.sub("[“”„″]", '"', _narrow(query[:MAX_TEXT_QUERY_CHARACTERS]))
    found = (whole or single for whole, single in _PHRASE.findall(text))
    return tuple(dict.fromkeys(word for word in found if letters(word)))


def letters(text: str) -> str:
    """As texts are compared: width, case, kana, old shapes of kanji, blanks and breaks of lines do
    not count, and (株) is 株式会社."""
    return written_out(one_shape(_bare(text)))


def _bare(text: str) -> str:
    return _DROPPED.sub("", _narrow(text).lower().translate(_TO_KATAKANA))


def grams_of(text: str) -> set[str]:
    """Every letter, and every two that stand together, as the index keeps them."""
    even = _INDEXED_FORM.sub(lambda found: _INDEXED_FORMS[found[1]], _bare(text))
    return {*even, *(even[at : at + 2] for at in range(len(even) - 1))}


def grams_asked(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """What a text that holds all words has at the least, one of each: of each word pairs that cover
    it, the single letter of a word of one, each in all ways to write it."""
    plain: dict[tuple[str, ...], None] = {}
    forms: dict[tuple[str, ...], None] = {}
    for word in words:
        even, at = letters(word), 0
        for form in LONG_FORM.finditer(even):
            plain.update(dict.fromkeys(_pairs(even[at : form.start()])))
            forms[_form_asked(form.group())] = None
            at = form.end()
        plain.update(dict.fromkeys(_pairs(even[at:])))
    return tuple(islice(chain(plain, forms), MAX_GRAMS))


def _pairs(even: str) -> Iterator[tuple[str, ...]]:
    if len(even) == 1:
        yield tuple(behind(even))
    elif even:
        for at in [*range(0, len(even) - 1, 2), len(even) - 2]:
            yield _pair(even[at : at + 2])


def _pair(even: str) -> tuple[str, ...]:
    return tuple(one + other for one in before(even[0]) for other in behind(even[1]))


def _form_asked(form: str) -> tuple[str, ...]:
    """The beginning of each way to write it."""
    whole = [gram for one in spellings(form) for gram in _pair(one[:2])]
    short = [f"({one}"[-2:] if len(one) == 1 else one[:2] for one in shorts_of(form)]
    return tuple(dict.fromkeys((*whole, *short)))


def pattern_of(word: str) -> re.Pattern[str]:
    """Finds the word in text that `even_page` made."""
    parts, even, at = [], letters(word), 0
    for form in LONG_FORM.finditer(even):
        parts += [*map(_letter, even[at : form.start()]), _company_form(form.group())]
        at = form.end()
    parts += map(_letter, even[at:])
    return re.compile(f"[{_BETWEEN}]*".join(parts), re.IGNORECASE)


def even_page(text: str) -> str:
    """A page's text as it is searched and shown: one width, no breaks of lines."""
    return " ".join(_BROKEN.sub("", _narrow(text)).split())


def places(
    texts: Sequence[str | None], patterns: Sequence[re.Pattern[str]], most: int
) -> tuple[Place, ...]:
    """Where the words stand, page by page, at most so many; nothing unless all are there."""
    pages = [even_page(text or "") for text in texts]
    if not all(any(pattern.search(page) for page in pages) for pattern in patterns):
        return ()
    return tuple(islice(_places(pages, patterns), most))


def few_places(
    texts: Sequence[str | None], patterns: Sequence[re.Pattern[str]], most: int
) -> tuple[Place, ...]:
    """The same for a list of many documents: each word once, and hits in the surroundings of
    another are not repeated."""
    pages = _Evened(texts)
    firsts = [next(_places(pages, [pattern]), None) for pattern in patterns]
    if None in firsts:
        return ()
    shown: list[Place] = []
    for place in chain(firsts, _places(pages, patterns)):
        if place is not None and not any(_near(place, other) for other in shown):
            shown.append(place)
        if len(shown) == most:
            break
    return tuple(sorted(shown, key=lambda place: (place.page, place.at)))


class _Evened:
    """Pages as `even_page` makes them, each when somebody comes to it: words stand on the first
    pages more often than not."""

    def __init__(self, texts: Sequence[str | None]) -> None:
        self._texts = texts
        self._done: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for number, text in enumerate(self._texts):
            if number == len(self._done):
                self._done.append(even_page(text or ""))
            yield self._done[number]


def _near(place: Place, other: Place) -> bool:
    same = place.words == other.words
    return place.page == other.page and abs(place.at - other.at) < (2 * _AROUND if same else 1)


def _places(pages: Iterable[str], patterns: Sequence[re.Pattern[str]]) -> Iterator[Place]:
    for number, page in enumerate(pages, start=1):
        hits = [hit for pattern in patterns for hit in pattern.finditer(page)]
        for hit in sorted(hits, key=lambda hit: hit.start()):
            yield Place(
                page=number,
                before=page[max(0, hit.start() - _AROUND) : hit.start()],
                words=hit.group(),
                after=page[hit.end() : hit.end() + _AROUND],
                at=hit.start(),
            )


def _letter(letter: str) -> str:
    if letter in BU:
        return f"(?:{_kana(letter)}|{_with_small(BU[letter])})"
    if "ァ" <= letter <= "ヶ":
        return _kana(letter)
    shapes = letter + VARIANTS.get(letter, "")
    return f"[{shapes}]" if len(shapes) > 1 else re.escape(letter)


def _kana(letter: str) -> str:
    return f"[{letter}{chr(ord(letter) - 0x60)}]"


def _with_small(small: str) -> str:
    """ヴ and what has to be behind it; ュ is a letter of its own."""
    ways = [
        f"(?=[{_BETWEEN}]*{_kana(one)})" if one == "ュ" else f"[{_BETWEEN}]*{_kana(one)}"
        for one in small
    ]
    return _kana("ヴ") + (f"(?:{'|'.join(ways)})" if ways else "")


def _company_form(form: str) -> str:
    between = f"[{_BETWEEN}]*"
    ways = [between.join(map(_letter, one)) for one in spellings(form)]
    ways += [between.join((r"\(", *one, r"\)")) for one in shorts_of(form)]
    return f"(?:{'|'.join(ways)})"


def _narrow(text: str) -> str:
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)
