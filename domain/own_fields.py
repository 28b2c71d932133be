"""契約の種類ごとの独自項目: what an organisation notes of contracts besides 取引情報, by kind.

A kind's definition is a list of fields, kept version by version. A field keeps its id and its type
for good and is never taken out: one that is not wanted any more is retired, so that contracts of
before keep what was entered.

A value is kept as text, and an empty one is not kept: days as ISO texts, numbers in their shortest
form, a ticked box as "1".
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.deals import read_amount, read_day
from domain.forms import CHOICE, FormCheck
from domain.kinds import Language
from domain.refusals import Words

MAX_VALUE_CHARACTERS = 200
MAX_LABEL_CHARACTERS = 60
MAX_GUIDE_CHARACTERS = 200
MAX_CHOICES = 50
MAX_OWN_FIELDS = 40
"""Of one kind, retired ones included."""
SCALE = 4
"""Decimal places of a number."""
MAX_EVEN = 600
"""Of a text as it is searched: some letters become many."""
MAX_NUMBER = 10**12
"""Scaled, it still fits into 64 bits."""
TICKED = "1"
PREFIX = "own-"
"""Before a field's id in a form."""
SHOWN = "shown-own-"
"""Before the id of a field that a form shows: a box that is not ticked sends nothing."""
_NUMBER = re.compile(r"-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")


class OwnKind(StrEnum):
    """Types of fields. Stored: never rename one."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    CHECK = "check"


OWN_KIND_WORDS = {
    OwnKind.TEXT: Words("文字", "Text"),
    OwnKind.NUMBER: Words("数値", "Number"),
    OwnKind.MONEY: Words("金額（円）", "Amount (yen)"),
    OwnKind.DATE: Words("日付", "Date"),
    OwnKind.CHOICE: Words("選択肢から1つ", "One of a list"),
    OwnKind.CHECK: Words("チェック", "Box to tick"),
}
RANGED = frozenset({OwnKind.NUMBER, OwnKind.MONEY, OwnKind.DATE})
"""Searched from a value to a value."""
NUMBER_FORM = Words(
    f"数値は、半角の数字で入力してください。小数は{SCALE}桁までです。例：12.5",
    f"Write a number in digits, with at most {SCALE} decimal places. Example: 12.5",
)


@dataclass(frozen=True)
class OwnField:
    """One field of a kind's definition."""

    id: str
    """A UUID as text; the same in all versions."""
    kind: OwnKind
    ja: str
    en: str = ""
    required: bool = False
    guide_ja: str = ""
    guide_en: str = ""
    choices: tuple[str, ...] = ()
    retired: bool = False

    @property
    def label(self) -> Words:
        """Where nobody wrote English, the Japanese says it."""
        return Words(self.ja, self.en or self.ja)

    @property
    def guide(self) -> Words:
        """The sentence beside it; may be empty."""
        return Words(self.guide_ja, self.guide_en or self.guide_ja)

    @property
    def name(self) -> str:
        """Of its input."""
        return f"{PREFIX}{self.id}"

    def as_json(self) -> dict[str, Any]:
        """As a version keeps it."""
        return {
            "id": self.id, "kind": self.kind.value, "ja": self.ja, "en": self.en,
            "required": self.required, "guide_ja": self.guide_ja, "guide_en": self.guide_en,
            "choices": list(self.choices), "retired": self.retired,
        }  # fmt: skip


def own_field(stored: Mapping[str, Any]) -> OwnField:
    """From a version."""
    return OwnField(
        id=str(stored["id"]),
        kind=OwnKind(stored["kind"]),
        ja=str(stored.get("ja", "")),
        en=str(stored.get("en", "")),
        required=bool(stored.get("required")),
        guide_ja=str(stored.get("guide_ja", "")),
        guide_en=str(stored.get("guide_en", "")),
        choices=tuple(str(one) for one in stored.get("choices", ())),
        retired=bool(stored.get("retired")),
    )


# -- values --------------------------------------------------------------------------------------


def posted_own(form: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What a form says of own fields, by their ids; "" for one that it shows and that is empty."""
    found = {
        name[len(SHOWN) :]: form.get(PREFIX + name[len(SHOWN) :], "")[:MAX_VALUE_CHARACTERS * 2]
        for name in form
        if name.startswith(SHOWN) and is_field_id(name[len(SHOWN) :])
    }  # fmt: skip
    return tuple(sorted(found.items()))


def is_field_id(text: str) -> bool:
    """A UUID in its one spelling."""
    with suppress(ValueError):
        return str(UUID(text)) == text
    return False


def filled(own: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Without what is empty, in order."""
    return tuple(sorted((key, value) for key, value in own if value.strip()))


def check_own(
    check: FormCheck,
    fields: Sequence[OwnField],
    typed: Mapping[str, str],
    before: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Values as they are kept, by field; what is wrong is added to the check, by its input's name.

    `before` are the values of a contract that was sent. Its required fields may stay empty where
    they were: they may have been required later, and nobody may know.
    """
    found = {}
    for field in fields:
        known = (before or {}).get(field.id, "")
        if field.retired or (field.id not in typed and before is not None):
            value = known
        else:
            value = _checked(check, field, typed.get(field.id, ""), known)
        if value:
            found[field.id] = value
        elif field.required and not field.retired and (before is None or known):
            check.problems.setdefault(field.name, missing(field))
    return found


def missing(field: OwnField) -> Words:
    """Beside a required field that is empty."""
    label = field.label
    if field.kind is OwnKind.CHECK:
        return Words(f"「{label.ja}」を確かめて、チェックを付けてください。", f"Tick “{label.en}”.")
    if field.kind is OwnKind.CHOICE:
        return Words(f"「{label.ja}」を選んでください。", f"Choose “{label.en}”.")
    return Words(f"「{label.ja}」を入力してください。", f"Enter “{label.en}”.")


def _checked(check: FormCheck, field: OwnField, typed: str, known: str) -> str:
    name = field.name
    match field.kind:
        case OwnKind.TEXT:
            return check.line(name, typed, None, MAX_VALUE_CHARACTERS)
        case OwnKind.DATE:
            day = read_day(check, name, typed)
            return day.isoformat() if day else ""
        case OwnKind.MONEY:
            amount = read_amount(check, name, typed)
            return "" if amount is None else str(amount)
        case OwnKind.NUMBER:
            number = read_decimal(check, name, typed)
            return "" if number is None else plain_number(number)
        case OwnKind.CHECK:
            return TICKED if typed else ""
    if typed and typed not in field.choices and typed != known:  # taken off the list since
        check.problems[name] = CHOICE
    return typed


def read_decimal(check: FormCheck, name: str, typed: str) -> Decimal | None:
    """A number, however wide its digits; None where nothing was typed."""
    text = unicodedata.normalize("NFKC", typed[:100])
    clean = re.sub(r"\s+", "", re.sub("[−‐―ー–]", "-", text))
    if not clean:
        return None
    if _NUMBER.fullmatch(clean):
        number = Decimal(clean.replace(",", ""))
        places = number.as_tuple().exponent
        if isinstance(places, int) and -places <= SCALE and abs(number) <= MAX_NUMBER:
            return number
    check.problems[name] = NUMBER_FORM
    return None


def plain_number(number: Decimal) -> str:
    """`12.5`, `1000`: without exponent and without zeros behind."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def scaled(kind: OwnKind, value: str | Decimal) -> int:
    """How a number or an amount is compared, as a whole number."""
    number = Decimal(value)
    return int(number if kind is OwnKind.MONEY else number.scaleb(SCALE))


def evened_text(text: str) -> str:
    """As texts are searched: width, case and blanks do not count."""
    even = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())
    return even[:MAX_EVEN]


def value_words(field: OwnField, value: str) -> Words:
    """A value for people."""
    if field.kind is OwnKind.CHECK:
        return Words("はい", "Yes") if value else Words("いいえ", "No")
    if not value:
        return Words("―", "―")
    if field.kind is OwnKind.MONEY:
        return Words(f"{int(value):,}円", f"JPY {int(value):,}")
    if field.kind is OwnKind.NUMBER:
        whole, point, rest = value.partition(".")
        text = f"{'-' if value.startswith('-') else ''}{abs(int(whole)):,}{point}{rest}"
        return Words(text, text)
    if field.kind is OwnKind.DATE:
        day = date.fromisoformat(value)
        return Words(f"{day.year}年{day.month}月{day.day}日", f"{day.day} {day:%b %Y}")
    return Words(value, value)


def value_text(field: OwnField, value: str, language: Language) -> str:
    """The same in one language."""
    return value_words(field, value).in_language(language)
