"""Searching the text of documents: what is typed, how letters are compared, where words stand.

One evening of letters serves the keyed index and the decrypted text, so that whatever the text
holds the index names as a candidate. Long-vowel marks count here, unlike in partners' names: ー is
all that parts コート from こと.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from domain.refusals import Words

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
TOO_MANY_CANDIDATES = Words(
    "本文の候補が多すぎるため、まとめて出力できません。期間や取引先などの条件を足して、"
    "絞り込んでください。",
    "Too many documents may say this to take the whole result out. Add conditions, such as a "
    "period or a partner.",
)

_AROUND = 30
"""Characters of a hit's surroundings on either side."""
_BETWEEN = r"\s,、・·\u00ad\u200b"
"""What may stand between any two letters: a line may break anywhere in Japanese."""
_DROPPED = re.compile(f"[{_BETWEEN}]+")
_PHRASE = re.compile(r'"([^"]*)"|([^"\s]+)|"')
_COMPANY_FORMS = {
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
_SHORT_FORM = re.compile(rf"\(([{''.join(_COMPANY_FORMS)}])\)")
_LONG_FORM = re.compile("|".join(_COMPANY_FORMS.values()))
_SHORT = {form: short for short, form in _COMPANY_FORMS.items()}
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
    """As texts are compared: width, case, kana, blanks and breaks of lines do not count, and
    (株) is 株式会社."""
    even = _narrow(text).lower().translate(_TO_KATAKANA)
    bare = _DROPPED.sub("", even)
    return _SHORT_FORM.sub(lambda found: _COMPANY_FORMS[found[1]], bare)


def grams_of(text: str) -> set[str]:
    """Every letter, and every two that stand together."""
    even = letters(text)
    return {*even, *(even[at : at + 2] for at in range(len(even) - 1))}


def grams_asked(words: Sequence[str]) -> tuple[str, ...]:
    """What a text that holds all words has at the least: of each word pairs that cover it, the
    single letter of a word of one."""
    found: dict[str, None] = {}
    for word in words:
        even = letters(word)
        starts = [*range(0, len(even) - 1, 2), len(even) - 2] if len(even) > 1 else [0]
        found.update(dict.fromkeys(even[at : at + 2] for at in starts))
    return tuple(islice(found, MAX_GRAMS))


def pattern_of(word: str) -> re.Pattern[str]:
    """Finds the word in text that `even_page` made."""
    parts, even, at = [], letters(word), 0
    for form in _LONG_FORM.finditer(even):
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
    if "ァ" <= letter <= "ヶ":
        return f"[{letter}{chr(ord(letter) - 0x60)}]"
    return re.escape(letter)


def _company_form(form: str) -> str:
    between = f"[{_BETWEEN}]*"
    short = between.join((r"\(", _SHORT[form], r"\)"))
    return f"(?:{between.join(form)}|{short})"


def _narrow(text: str) -> str:
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)
