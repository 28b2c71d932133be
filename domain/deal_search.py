"""What the register of transactions is narrowed to: read from a URL, checked, and empty by default.

Every condition holds besides the others (AND). A range leaves out what was not entered; what was
not entered is asked for by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from domain.choices import chosen
from domain.deals import (
    MAX_CODE_CHARACTERS,
    MAX_KIND_CHARACTERS,
    MAX_PARTNER_CHARACTERS,
    read_amount,
    read_day,
)
from domain.forms import FormCheck, FormProblems
from domain.imports import Origin
from domain.kinds import EnvelopeState
from domain.limits import MAX_TITLE_CHARACTERS
from domain.lists import Headings
from domain.own_search import NEVER, OwnCondition, check_conditions, read_names
from domain.refusals import Words
from domain.text_search import (
    MAX_TEXT_QUERY_CHARACTERS,
    MAX_WORDS,
    NO_LETTERS,
    TOO_MANY_WORDS,
    words_of,
)


class Blank(StrEnum):
    """Which values were not entered."""

    MADE_ON = "made_on"
    AMOUNT = "amount"
    PARTNER = "partner"
    KIND = "kind"


class Sort(StrEnum):
    """By what the results are ordered; within that by number."""

    NEWEST = "newest"
    OLDEST = "oldest"
    LARGEST = "largest"
    SMALLEST = "smallest"
    PARTNER = "partner"
    PARTNER_DOWN = "partner-down"
    KIND = "kind"
    KIND_DOWN = "kind-down"
    TITLE = "title"
    TITLE_DOWN = "title-down"
    NUMBER = "number"
    NUMBER_DOWN = "number-down"
    ENDING = "ending"
    ENDING_DOWN = "ending-down"
    STATE = "state"
    STATE_DOWN = "state-down"


SORT_WORDS = {
    Sort.NEWEST: Words("取引年月日の新しい順", "Newest first"),
    Sort.OLDEST: Words("取引年月日の古い順", "Oldest first"),
    Sort.LARGEST: Words("金額の大きい順", "Largest amount first"),
    Sort.SMALLEST: Words("金額の小さい順", "Smallest amount first"),
    Sort.PARTNER: Words("取引先の順", "By partner"),
    Sort.PARTNER_DOWN: Words("取引先の逆順", "By partner, backwards"),
    Sort.KIND: Words("契約の種類の順", "By kind of contract"),
    Sort.KIND_DOWN: Words("契約の種類の逆順", "By kind of contract, backwards"),
    Sort.TITLE: Words("封筒名の順", "By title"),
    Sort.TITLE_DOWN: Words("封筒名の逆順", "By title, backwards"),
    Sort.NUMBER: Words("封筒番号の小さい順", "Lowest envelope number first"),
    Sort.NUMBER_DOWN: Words("封筒番号の大きい順", "Highest envelope number first"),
    Sort.ENDING: Words("契約期間の終わりの早い順", "Earliest end of term first"),
    Sort.ENDING_DOWN: Words("契約期間の終わりの遅い順", "Latest end of term first"),
    Sort.STATE: Words("状態の順", "By state"),
    Sort.STATE_DOWN: Words("状態の逆順", "By state, backwards"),
}
PLACES = {
    state: 10 * place
    for place, state in enumerate(
        (
            EnvelopeState.DRAFT,
            EnvelopeState.SENDING,
            EnvelopeState.RUNNING,
            EnvelopeState.SENT_BACK,
            EnvelopeState.COMPLETING,
            EnvelopeState.STAMPING,
            EnvelopeState.DONE,
            EnvelopeState.DECLINED,
            EnvelopeState.WITHDRAWN,
            EnvelopeState.EXPIRED,
            EnvelopeState.DELETED,
        ),
        start=1,
    )
}
"""States of what stands in the register, in the order of an envelope's life. The database keeps
each one's number beside its deal (migration 0071): a state between others needs another."""
HEADINGS = {
    "made_on": (Sort.OLDEST.value, Sort.NEWEST.value),
    "partner": (Sort.PARTNER.value, Sort.PARTNER_DOWN.value),
    "amount": (Sort.SMALLEST.value, Sort.LARGEST.value),
    "kind": (Sort.KIND.value, Sort.KIND_DOWN.value),
    "title": (Sort.TITLE.value, Sort.TITLE_DOWN.value),
    "state": (Sort.STATE.value, Sort.STATE_DOWN.value),
}
_DOWNWARD = frozenset({"made_on", "amount"})
"""The newest and the largest are looked for first."""
BLANK_WORDS = {
    Blank.MADE_ON: Words("取引年月日が未入力", "No date"),
    Blank.AMOUNT: Words("取引金額が未入力", "No amount"),
    Blank.PARTNER: Words("取引先が未入力", "No partner"),
    Blank.KIND: Words("契約の種類が未入力", "No kind of contract"),
}
_TURNED = Words(
    "範囲の終わりが、始まりより前（または小さい値）になっています。",
    "The range ends before it begins.",
)


@dataclass(frozen=True)
class TypedSearch:
    """The URL's values, as typed."""

    since: str = ""
    until: str = ""
    least: str = ""
    most: str = ""
    partner: str = ""
    kind: str = ""
    number: str = ""
    title: str = ""
    text: str = ""
    origin: str = ""
    blank: tuple[str, ...] = ()
    sort: str = ""
    own: tuple[tuple[str, str], ...] = ()
    """Conditions on own fields, by their names in the URL (domain.own_search)."""

    @classmethod
    def read(cls, values: Mapping[str, str], blank: Sequence[str]) -> "TypedSearch":
        """From a query string; unknown names are ignored."""
        names = [one.name for one in fields(cls) if one.name not in {"blank", "own"}]
        texts = {name: values.get(name, "")[:MAX_TITLE_CHARACTERS] for name in names}
        return cls(**texts, blank=tuple(blank[: len(Blank)]), own=read_names(values))

    def as_query(self) -> dict[str, str | tuple[str, ...]]:
        """For a URL, without what is empty."""
        known = {name: value for name, value in vars(self).items() if value and name != "own"}
        return known | dict(self.own)

    @property
    def headings(self) -> Headings:
        """Of the register's table."""
        order = chosen(Sort, self.sort, Sort.NEWEST)
        return Headings(order.value, Sort.NEWEST.value, HEADINGS, _DOWNWARD)


@dataclass(frozen=True)
class Search:
    """The checked conditions; None and empty: any."""

    since: date | None = None
    until: date | None = None
    least: int | None = None
    most: int | None = None
    partner: str = ""
    """As typed: searched in evened names, and as a whole evened code."""
    kind: str = ""
    number: str = ""
    """Any part of a contract's number, or the beginning of an envelope's or its earlier one's."""
    title: str = ""
    text: str = ""
    """Words that a document says, all of them; see domain.text_search.words_of."""
    origin: Origin | None = None
    blank: frozenset[Blank] = frozenset()
    sort: Sort = Sort.NEWEST
    own: tuple[OwnCondition, ...] = ()


def check_search(typed: TypedSearch) -> Search:
    """Raises FormProblems, by the name of the field."""
    check = FormCheck()
    blank = frozenset(Blank(word) for word in typed.blank if word in set(Blank))
    search = Search(
        since=read_day(check, "since", typed.since),
        until=read_day(check, "until", typed.until),
        least=read_amount(check, "least", typed.least),
        most=read_amount(check, "most", typed.most),
        partner=check.line("partner", typed.partner, None, MAX_PARTNER_CHARACTERS),
        kind=check.line("kind", typed.kind, None, MAX_KIND_CHARACTERS),
        number=check.line("number", typed.number, None, MAX_CODE_CHARACTERS),
        title=check.line("title", typed.title, None, MAX_TITLE_CHARACTERS),
        text=check.line("text", typed.text, None, MAX_TEXT_QUERY_CHARACTERS),
        origin=chosen(Origin, typed.origin, None),
        blank=blank,
        sort=chosen(Sort, typed.sort, Sort.NEWEST),
        own=tuple(check_conditions(check, typed.own)),
    )
    _check_text(check, search.text)
    _check_together(check, search)
    if check.problems:
        raise FormProblems(check.problems)
    return search


def _check_text(check: FormCheck, text: str) -> None:
    words = words_of(text)
    if text and not words:
        check.problems.setdefault("text", NO_LETTERS)
    if len(words) > MAX_WORDS:
        check.problems.setdefault("text", TOO_MANY_WORDS)


def _check_together(check: FormCheck, search: Search) -> None:
    if search.since and search.until and search.until < search.since:
        check.problems.setdefault("until", _TURNED)
    if search.least is not None and search.most is not None and search.most < search.least:
        check.problems.setdefault("most", _TURNED)
    narrowed = {
        Blank.MADE_ON: ("since", bool(search.since or search.until)),
        Blank.AMOUNT: ("least", search.least is not None or search.most is not None),
        Blank.PARTNER: ("partner", bool(search.partner)),
        Blank.KIND: ("kind", bool(search.kind)),
    }
    for word in search.blank:
        name, given = narrowed[word]
        if given:
            check.problems.setdefault(name, NEVER)
