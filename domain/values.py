"""What a person enters into the fields of his slot: checked, normalised, and drawn.

A value is as domain.kinds.FieldKind says; a field that was left empty has none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from decimal import Decimal

from domain.attachments import attached_of, drawn_name, short_text
from domain.computing import computed
from domain.depending import in_order
from domain.field_conditions import Condition, holds
from domain.field_kinds import WITH_RANGE
from domain.field_rules import Computation
from domain.kinds import FieldKind, Language
from domain.lettering import Lettering, lettering_words
from domain.limits import MAX_DIGITS
from domain.numbers import TOO_LARGE, plain, written
from domain.refusals import Words
from domain.settling import AskedField, Wrong, range_problem, settled

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
class CheckedValues:
    """Values by field id, and what is wrong with them by field id; never both for one field."""

    values: dict[str, str]
    problems: dict[str, Words]
    missing: frozenset[str]
    """Required fields without a value: among the problems."""
    hidden: frozenset[str] = frozenset()
    """Fields that are not asked for, because of what another one says: without value or problem."""


def check_values(
    asked: Iterable[AskedField],
    typed: Mapping[str, str],
    lettering: Lettering,
    language: Language,
) -> CheckedValues:
    """One person's values; `typed` may hold anything, and what was not asked for is left out.

    `language` is the one in which dates are drawn, which decides whether they fit.
    """
    fields = {field.id: field for field in asked if field.kind is not FieldKind.SIGNATURE}
    check = _Check(fields, typed, lettering, language)
    for key in in_order({key: field.rules.names for key, field in fields.items()}):
        check.settle(fields[key])
    return CheckedValues(
        check.values, check.problems, frozenset(check.missing), frozenset(check.hidden)
    )


@dataclass
class _Check:
    """Values as they are settled, each field after those that it depends on."""

    fields: Mapping[str, AskedField]
    typed: Mapping[str, str]
    lettering: Lettering
    language: Language
    values: dict[str, str] = dataclass_field(default_factory=dict)
    problems: dict[str, Words] = dataclass_field(default_factory=dict)
    missing: set[str] = dataclass_field(default_factory=set)
    hidden: set[str] = dataclass_field(default_factory=set)

    def settle(self, field: AskedField) -> None:
        """Find a field's value, or what is wrong with it."""
        condition = field.rules.condition
        if condition is not None and not self._holds(condition):
            self.hidden.add(field.id)
            return
        try:
            value = self._value(field)
        except Wrong as wrong:
            self.problems[field.id] = wrong.words
            return
        if not value:
            if field.required and field.computation is None:
                self.problems[field.id] = _MISSING[field.kind]
                self.missing.add(field.id)
        elif (words := undrawable(field, value, self.lettering, self.language)) is not None:
            self.problems[field.id] = words
        else:
            self.values[field.id] = value

    def _holds(self, condition: Condition) -> bool:
        source = self.fields.get(condition.field)
        value = self.values.get(condition.field, "")
        return source is not None and holds(condition, source.kind, value)

    def _value(self, field: AskedField) -> str:
        if field.computation is None:
            return settled(field, self.typed.get(field.id, ""), self.lettering)
        return self._computed(field, field.computation)

    def _computed(self, field: AskedField, computation: Computation) -> str:
        """Empty while a term cannot be read: half a sum would be believed."""
        if any(term in self.problems and term not in self.missing for term in computation.terms):
            return ""
        terms = [self._term(term) for term in computation.terms]
        result = computed(computation, terms, field.rules.decimals)
        if result is None:
            return ""
        problem = _RESULT_TOO_LARGE if abs(result) >= TOO_LARGE else range_problem(field, result)
        if problem is not None:
            raise Wrong(_of_result(problem))
        return plain(result)

    def _term(self, key: str) -> Decimal | None:
        value = self.values.get(key)
        numeric = key in self.fields and self.fields[key].kind in WITH_RANGE
        return Decimal(value) if value and numeric else None


_RESULT_TOO_LARGE = Words(
    f"結果が大きすぎます（整数部分は{MAX_DIGITS}桁まで）。もとの数字を確認してください。",
    f"The result is too large (at most {MAX_DIGITS} digits). Check the numbers it is made of.",
)


def _of_result(problem: Words) -> Words:
    """The same, said of something that nobody typed."""
    return Words(f"自動計算の結果：{problem.ja}", f"Computed result: {problem.en}")


_MISSING = dict.fromkeys(FieldKind, Words("入力してください。", "Please fill this in.")) | {
    FieldKind.CHECKBOX: Words("チェックを入れてください。", "Please tick this box."),
    FieldKind.RADIO: Words("1つ選んでください。", "Please choose one."),
    FieldKind.DROPDOWN: Words("1つ選んでください。", "Please choose one."),
    FieldKind.DATE: Words("日付を入力してください。", "Please enter a date."),
    FieldKind.MONEY: Words("金額を入力してください。", "Please enter an amount."),
    FieldKind.MAIL: Words("メールアドレスを入力してください。", "Please enter a mail address."),
    FieldKind.ATTACHMENT: Words("ファイルを添付してください。", "Please attach a file."),
}


def drawn_text(kind: FieldKind, value: str, language: Language) -> str:
    """What is drawn for a value: `2026年11月25日` or `25 November 2026` for a date, nothing for
    a checkbox and a choice, whose drawing is a mark."""
    if kind in {FieldKind.CHECKBOX, FieldKind.RADIO, FieldKind.SIGNATURE}:
        return ""
    return shown_text(kind, value, language)


def drawn_in(field: AskedField, value: str, lettering: Lettering, language: Language) -> str:
    """What is drawn for a value into its own box, which may have too little room for a file's
    whole name."""
    if field.kind is FieldKind.ATTACHMENT:
        return drawn_name(attached_of(value), lettering, field.width, field.height)
    return drawn_text(field.kind, value, language)


def shown_text(kind: FieldKind, value: str, language: Language) -> str:
    """A value as people read it in a list; a checkbox has no text of its own."""
    if kind in WITH_RANGE:
        return written(kind, Decimal(value), language)
    if kind is FieldKind.ATTACHMENT:
        return short_text(attached_of(value))
    if kind is not FieldKind.DATE:
        return "" if kind is FieldKind.CHECKBOX else value
    day = date.fromisoformat(value)
    if language is Language.EN:
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def undrawable(
    field: AskedField, value: str, lettering: Lettering, language: Language
) -> Words | None:
    """Why a value cannot stand in its box."""
    if field.kind is FieldKind.ATTACHMENT:
        return None  # as much as there is room for
    text = drawn_text(field.kind, value, language)
    if not text:
        return None
    problem = lettering.problem(
        text, field.width, field.height, multiline=field.kind is FieldKind.MULTILINE
    )
    return lettering_words(problem) if problem is not None else None
