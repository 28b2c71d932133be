"""Conditions of the register on own fields, as they stand in a URL.

A name says the field's type, which never changes: `own-money-<id>-from`. So whoever holds a URL
asks the same, whatever became of the definition since.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.deals import read_amount, read_day
from domain.forms import FormCheck
from domain.own_fields import (
    MAX_VALUE_CHARACTERS,
    RANGED,
    OwnField,
    OwnKind,
    read_decimal,
    scaled,
)
from domain.refusals import Words

MAX_OWN_CONDITIONS = 40
YES, NO = "yes", "no"
NONE = "none"
"""The edge of what was not filled in. A box has none: that it is not ticked is NO."""
_NAME = re.compile(
    r"own-(text|number|money|date|choice|check)-"
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:-(from|to|none))?"
)
NEVER = Words(
    "「未入力」と同じ項目の条件は、一緒には指定できません。どちらかを外してください。",
    "This cannot be asked together with “not entered” of the same. Take one of them away.",
)
_TURNED = Words(
    "範囲の終わりが、始まりより前（または小さい値）になっています。",
    "The range ends before it begins.",
)


@dataclass(frozen=True)
class OwnCondition:
    """What one field is asked for. Bounds are included; ISO days or scaled whole numbers."""

    kind: OwnKind
    field: str
    text: str = ""
    """A part of a text, a whole choice, or YES and NO of a box."""
    least: int | None = None
    most: int | None = None
    since: str = ""
    until: str = ""
    blank: bool = False
    """Of those in which it was not filled in."""

    @property
    def valued(self) -> bool:
        """Whether a value is asked for."""
        numbers = self.least is not None or self.most is not None
        return bool(self.text or self.since or self.until or numbers)

    @property
    def narrows(self) -> bool:
        """Whether anything is asked."""
        return self.valued or self.blank


def condition_name(field: OwnField, edge: str = "") -> str:
    """Of its input: `edge` is `from` or `to` of a range, or NONE."""
    return f"own-{field.kind}-{field.id}" + (f"-{edge}" if edge else "")


def read_names(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What a query string asks of own fields, in order of their names; the rest is ignored."""
    found = [
        (name, value[:MAX_VALUE_CHARACTERS])
        for name, value in values.items()
        if value and _NAME.fullmatch(name)
    ]
    return tuple(sorted(found)[:MAX_OWN_CONDITIONS])


def check_conditions(check: FormCheck, typed: Iterable[tuple[str, str]]) -> list[OwnCondition]:
    """The conditions with their types; what is wrong is added to the check, by its name."""
    found: dict[str, OwnCondition] = {}
    for name, value in typed:
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        kind, field, edge = OwnKind(match[1]), match[2], match[3] or ""
        before = found.get(field, OwnCondition(kind, field))
        found[field] = _with(check, name, before, edge, value)
    return [_ordered(check, one) for one in found.values() if one.narrows]


def _with(check: FormCheck, name: str, known: OwnCondition, edge: str, value: str) -> OwnCondition:
    values = vars(known)
    if edge == NONE:
        return OwnCondition(**values | {"blank": known.kind is not OwnKind.CHECK})
    if known.kind not in RANGED:
        return OwnCondition(**values | {"text": value.strip()})
    if known.kind is OwnKind.DATE:
        day = read_day(check, name, value)
        side = "since" if edge == "from" else "until"
        return OwnCondition(**values | {side: day.isoformat() if day else ""})
    money = known.kind is OwnKind.MONEY
    number = read_amount(check, name, value) if money else read_decimal(check, name, value)
    side = "least" if edge == "from" else "most"
    return OwnCondition(
        **values | {side: None if number is None else scaled(known.kind, str(number))}
    )


def _ordered(check: FormCheck, one: OwnCondition) -> OwnCondition:
    numbers = one.least is not None and one.most is not None and one.most < one.least
    if numbers or (one.since and one.until and one.until < one.since):
        check.problems.setdefault(f"own-{one.kind}-{one.field}-to", _TURNED)
    if one.blank and one.valued:
        edge = "-from" if one.kind in RANGED else ""
        check.problems.setdefault(f"own-{one.kind}-{one.field}{edge}", NEVER)
    return one


def labels_of(typed: Iterable[tuple[str, str]], fields: Iterable[OwnField]) -> dict[str, list[str]]:
    """What the fields that are asked for are called, for whoever reads the conditions later."""
    known = {field.id: field for field in fields}
    asked = {match[2] for name, _ in typed if (match := _NAME.fullmatch(name))}
    return {
        key: [known[key].label.ja, known[key].label.en] for key in sorted(asked) if key in known
    }


def conditions_said(query: Mapping[str, object], *, ja: bool) -> list[str]:
    """Each condition in words, from a query with the labels beside it."""
    labels = query.get(LABELS)
    names = labels if isinstance(labels, Mapping) else {}
    found = []
    for name, value in sorted(query.items()):
        match = _NAME.fullmatch(name)
        if match is None or not value:
            continue
        both = names.get(match[2]) or ("独自項目", "own field")
        label = both[0 if ja else 1]
        edge = match[3] or ""
        if edge == NONE and match[1] == OwnKind.CHECK:
            continue  # a box has no such condition
        if edge == NONE:
            found.append(f"{label}が未入力" if ja else f"{label} not entered")
            continue
        if edge:
            says = {"from": ("から", "from"), "to": ("まで", "to")}[edge]
            found.append(f"{label} {value} {says[0]}" if ja else f"{label} {says[1]} {value}")
            continue
        told = {YES: ("はい", "yes"), NO: ("いいえ", "no")}.get(str(value))
        said = told[0 if ja else 1] if told and match[1] == OwnKind.CHECK else value
        found.append(f"{label}「{said}」" if ja else f"{label} “{said}”")
    return found


LABELS = "own_labels"
"""In the conditions of a ZIP: what the fields were called when it was asked for."""
