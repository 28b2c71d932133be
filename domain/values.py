"""What a person enters into the fields of his slot: checked, normalised, and drawn.

A value is as domain.kinds.FieldKind says; a field that was left empty has none.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from domain.forms import printable, too_long
from domain.kinds import FieldKind, Language
from domain.lettering import Lettering, lettering_words
from domain.limits import MAX_VALUE_CHARACTERS
from domain.refusals import Words

CHECKED = "on"
_YEARS = range(1900, 2200)
_DATE = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?")
_ERA_DATE = re.compile(
    r"(令和|平成|昭和|[RHS])\s?(\d{1,2}|元)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?",
    re.IGNORECASE,
)
_BEFORE_ERA = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True)
class AskedField:
    """A field as its person is asked for it. `width` and `height` are points."""

    id: str
    kind: FieldKind
    label: str
    required: bool
    options: tuple[str, ...] = ()
    max_characters: int | None = None
    width: float = 0.0
    height: float = 0.0

    @property
    def limit(self) -> int:
        """How many characters a text may have."""
        return self.max_characters or MAX_VALUE_CHARACTERS


@dataclass(frozen=True)
class CheckedValues:
    """Values by field id, and what is wrong with them by field id; never both for one field."""

    values: dict[str, str]
    problems: dict[str, Words]
    missing: frozenset[str]
    """Required fields without a value: among the problems."""


def check_values(
    asked: Iterable[AskedField],
    typed: Mapping[str, str],
    lettering: Lettering,
    language: Language,
) -> CheckedValues:
    """One person's values; `typed` may hold anything, and what was not asked for is left out.

    `language` is the one in which dates are drawn, which decides whether they fit.
    """
    values: dict[str, str] = {}
    problems: dict[str, Words] = {}
    missing: set[str] = set()
    for field in asked:
        if field.kind is FieldKind.SIGNATURE:
            continue
        try:
            value = settled(field, typed.get(field.id, ""), lettering)
        except _Wrong as wrong:
            problems[field.id] = wrong.words
            continue
        if not value:
            if field.required:
                problems[field.id] = _MISSING[field.kind]
                missing.add(field.id)
        elif (words := _undrawable(field, value, lettering, language)) is not None:
            problems[field.id] = words
        else:
            values[field.id] = value
    return CheckedValues(values, problems, frozenset(missing))


def drawn_text(kind: FieldKind, value: str, language: Language) -> str:
    """What is drawn for a value: `2026年11月25日` or `25 November 2026` for a date, nothing for
    a checkbox and a choice, whose drawing is a mark."""
    if kind in {FieldKind.CHECKBOX, FieldKind.RADIO, FieldKind.SIGNATURE}:
        return ""
    return shown_text(kind, value, language)


def shown_text(kind: FieldKind, value: str, language: Language) -> str:
    """A value as people read it in a list; a checkbox has no text of its own."""
    if kind is not FieldKind.DATE:
        return "" if kind is FieldKind.CHECKBOX else value
    day = date.fromisoformat(value)
    if language is Language.EN:
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


class _Wrong(Exception):
    """A value that cannot be, in words."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


_MISSING = {
    FieldKind.TEXT: Words("入力してください。", "Please fill this in."),
    FieldKind.MULTILINE: Words("入力してください。", "Please fill this in."),
    FieldKind.CHECKBOX: Words("チェックを入れてください。", "Please tick this box."),
    FieldKind.RADIO: Words("1つ選んでください。", "Please choose one."),
    FieldKind.DROPDOWN: Words("1つ選んでください。", "Please choose one."),
    FieldKind.DATE: Words("日付を入力してください。", "Please enter a date."),
}
_DATE_FORM = Words(
    "日付を「2026年11月25日」または「2026-11-25」の形で入力してください。",
    "Enter the date like 2026-11-25.",
)
_NO_SUCH_DAY = Words(
    "暦にない日付です。年月日を確認してください。", "There is no such day. Check the date."
)
_OPTION = Words("一覧から選んでください。", "Choose one of the list.")
_CONTROL = Words(
    "使用できない文字（制御文字）が含まれています。入力し直してください。",
    "This contains characters that cannot be used (control characters).",
)
_LINE = Words(
    "この欄は1行です。改行を取り除いてください。",
    "This field holds one line. Remove the line breaks.",
)


def settled(field: AskedField, typed: str, lettering: Lettering) -> str:
    """The value that was meant, "" for none. Raises _Wrong."""
    if field.kind in {FieldKind.TEXT, FieldKind.MULTILINE}:
        return _text(field, typed, lettering)
    if field.kind is FieldKind.DATE:
        return _date(typed)
    choices = (CHECKED,) if field.kind is FieldKind.CHECKBOX else field.options
    if typed and typed not in choices:
        raise _Wrong(_OPTION)
    return typed


def _text(field: AskedField, typed: str, lettering: Lettering) -> str:
    clean = lettering.normalised(typed).strip()
    if any(not printable(character) for character in clean if character != "\n"):
        raise _Wrong(_CONTROL)
    if field.kind is FieldKind.TEXT and "\n" in clean:
        raise _Wrong(_LINE)
    if len(clean) > field.limit:
        raise _Wrong(too_long(field.limit, len(clean)))
    return clean


def _date(typed: str) -> str:
    text = unicodedata.normalize("NFKC", typed[:40]).strip()
    if not text:
        return ""
    if era := _ERA_DATE.fullmatch(text):
        years = 1 if era[2] == "元" else int(era[2])
        parts = (_BEFORE_ERA[era[1].upper()] + years, int(era[3]), int(era[4]))
    elif plain := _DATE.fullmatch(text):
        parts = (int(plain[1]), int(plain[2]), int(plain[3]))
    else:
        raise _Wrong(_DATE_FORM)
    try:
        day = date(*parts)
    except ValueError:
        raise _Wrong(_NO_SUCH_DAY) from None
    if day.year not in _YEARS:
        raise _Wrong(_NO_SUCH_DAY)
    return day.isoformat()


def _undrawable(
    field: AskedField, value: str, lettering: Lettering, language: Language
) -> Words | None:
    text = drawn_text(field.kind, value, language)
    if not text:
        return None
    problem = lettering.problem(
        text, field.width, field.height, multiline=field.kind is FieldKind.MULTILINE
    )
    return lettering_words(problem) if problem is not None else None
