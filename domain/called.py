"""Whom a document means by a name: one of the people who sign, or nobody for certain."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.kinds import PartyKind
from domain.text_search import letters

_SIDES = {
    PartyKind.OWN: "発注者 委託者 注文者 自社 当方 client customer",
    PartyKind.COUNTERPARTY: "受注者 受託者 請負者 請負人 相手方 貴社 contractor vendor supplier",
}
"""What sides are called. 甲 and 乙 are whom the contract says, and it says so in a sentence."""
_HONORIFICS = re.compile("(?:様|殿|御中|さん)$")
_NUMBER = re.compile(r"(?:署名者|signer|person|第)?#?(\d{1,2})(?:人目|番|番目)?")
_NUMBERED = re.compile(r"(?:署名者|signer|person)#?(\d{1,2})")
"""In a form's own names, where bare numbers count rows."""
_LATIN = re.compile("[a-z0-9\u00c0-\u024f]")
_BETWEEN = re.compile(r"[\s,、・·]+")
_NAME_PARTS = re.compile(r"[\s._/\-:：\[\]()（）]+")
_INDEX = re.compile(r"\[\d+\]")
_LOOKED_AT = 8
"""Parts of a name in a form, from its end: what comes before them are tables and pages."""


@dataclass(frozen=True)
class Someone:
    """Who may have fields: his key, and what the document may call him."""

    key: str
    names: tuple[str, ...]
    party: PartyKind | None = None


class Called:
    """People by what they are called. Names are made comparable once, and each is asked for once:
    a form has hundreds of them."""

    def __init__(self, people: Sequence[Someone]) -> None:
        self._people = people
        self._names = [(one.key, name, even_name(name)) for one in people for name in one.names]
        self._whole: dict[str, set[str]] = {}
        for key, _, even in self._names:
            self._whole.setdefault(even, set()).add(key)
        words = {side: [*map(even_name, text.split())] for side, text in _SIDES.items()}
        self._sides = {
            word: {one.key for one in people if one.party == side}
            for side, rows in words.items()
            for word in rows
        }
        self._known: dict[tuple[str, bool], str] = {}

    def meant(self, name: str) -> str:
        """The key of the one person whom a mark in the text calls so; "" where it could be several.

        Whole names first, then places in the order, then sides of the contract, then parts of
        names.
        """
        return self._of(name, form=False)

    def meant_by(self, name: str) -> tuple[str, str]:
        """Which part of the name of a form's input is somebody, and his key; "" and "" where none
        is, or several are. Parts of people's names and bare numbers say nothing there."""
        parts = dict.fromkeys(reversed(parts_of(name)))
        keys = {
            part: key
            for part in [*parts][:_LOOKED_AT]
            if not part.isdigit() and (key := self._of(part, form=True))
        }
        return next(iter(keys.items())) if len(set(keys.values())) == 1 else ("", "")

    def _of(self, name: str, *, form: bool) -> str:
        if (name, form) not in self._known:
            self._known[name, form] = self._looked_up(name, form=form)
        return self._known[name, form]

    def _looked_up(self, name: str, *, form: bool) -> str:
        wanted = even_name(name)
        if not wanted:
            return ""
        if wanted in self._whole:
            return _only(self._whole[wanted])
        number = (_NUMBERED if form else _NUMBER).fullmatch(letters(name))
        if number:
            at = int(number[1])
            return self._people[at - 1].key if 1 <= at <= len(self._people) else ""
        if wanted in self._sides:
            return _only(self._sides[wanted])
        return "" if form else _only(self._in_part(wanted))

    def _in_part(self, wanted: str) -> set[str]:
        """Whose names have it in them. A name that is longer than his may be somebody else's."""
        if len(wanted) < 2:
            return set()
        return {
            key for key, name, even in self._names if wanted in even and _stands_in(wanted, name)
        }


def parts_of(name: str) -> list[str]:
    """Of the name of a form's input, without the numbers of its rows."""
    return [part for part in _NAME_PARTS.split(_INDEX.sub("", name)) if part]


def even_name(name: str) -> str:
    """One for all ways to write it."""
    return _HONORIFICS.sub("", letters(name))


def _only(keys: Collection[str]) -> str:
    return next(iter(keys)) if len(keys) == 1 else ""


def _stands_in(wanted: str, name: str) -> bool:
    """Whether a part of a name is one: Latin words from their beginning to their end."""
    even, cuts = "", {0}
    for word in _BETWEEN.split(name):
        even += letters(word)
        cuts.add(len(even))
    at = even.find(wanted)
    while at >= 0:
        if all(end in cuts or not _parts_a_word(even, end) for end in (at, at + len(wanted))):
            return True
        at = even.find(wanted, at + 1)
    return False


def _parts_a_word(even: str, at: int) -> bool:
    return bool(_LATIN.match(even[at - 1 : at]) and _LATIN.match(even[at : at + 1]))
