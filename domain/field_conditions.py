"""When a field is asked for: what another field of the same person must say (条件)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.kinds import FieldKind


class Relation(StrEnum):
    """How the other field's value is looked at. Stored: never rename one."""

    IS = "is"
    """This option was chosen; the box is ticked."""
    FILLED = "filled"
    """It has a value, whatever it is."""
    EQUAL = "equal"
    LEAST = "least"
    """The value or more; for a day, that day or later."""
    MOST = "most"


_CHOSEN, _ORDERED = (
    (Relation.IS,),
    (Relation.FILLED, Relation.EQUAL, Relation.LEAST, Relation.MOST),
)
RELATIONS: Mapping[FieldKind, tuple[Relation, ...]] = {
    FieldKind.CHECKBOX: _CHOSEN,
    FieldKind.RADIO: _CHOSEN,
    FieldKind.DROPDOWN: _CHOSEN,
    FieldKind.TEXT: (Relation.FILLED, Relation.EQUAL),
    FieldKind.MULTILINE: (Relation.FILLED,),
    FieldKind.COMPANY: (Relation.FILLED,),
    FieldKind.DATE: _ORDERED,
    FieldKind.NUMBER: _ORDERED,
    FieldKind.MONEY: _ORDERED,
}
"""What can be a condition. A name and a mail address are filled in for everybody."""
STEERING = frozenset(RELATIONS)
WITH_VALUE = frozenset({Relation.EQUAL, Relation.LEAST, Relation.MOST})
"""Their value is typed by the sender."""


@dataclass(frozen=True)
class Condition:
    """A field is asked for only while this holds. `value` is as the other field keeps its own."""

    field: str
    value: str
    relation: Relation = Relation.IS


def holds(condition: Condition, kind: FieldKind, value: str) -> bool:
    """Whether it does; `value` is the other field's, "" for none."""
    if not value:
        return False
    match condition.relation:
        case Relation.FILLED:
            return True
        case Relation.IS | Relation.EQUAL:
            return value == condition.value
        case Relation.LEAST:
            return _order(kind, value) >= _order(kind, condition.value)
        case Relation.MOST:
            return _order(kind, value) <= _order(kind, condition.value)


def _order(kind: FieldKind, value: str) -> tuple[Decimal, str]:
    """Days compare as they are kept, year first."""
    return (Decimal(0), value) if kind is FieldKind.DATE else (Decimal(value), "")


_TYPED = re.compile(r"([^:?]*)([:?]?)(.*)", re.DOTALL)


def condition_from(shown_if: str, shown_value: str) -> Condition | None:
    """What a form says: `<key>:<option>`, or `<key>?<relation>` beside a value."""
    found = _TYPED.fullmatch(shown_if)
    if not shown_if or found is None:
        return None
    key, mark, rest = found.groups()
    if mark == "?" and rest in set(Relation):
        relation = Relation(rest)
        return Condition(key, shown_value.strip() if relation in WITH_VALUE else "", relation)
    return Condition(key, rest)


def condition_typed(condition: Condition | None) -> dict[str, str]:
    """The same as a form shows it."""
    if condition is None:
        return {"shown_if": "", "shown_value": ""}
    if condition.relation is Relation.IS:
        return {"shown_if": f"{condition.field}:{condition.value}", "shown_value": ""}
    shown_if = f"{condition.field}?{condition.relation.value}"
    return {"shown_if": shown_if, "shown_value": condition.value}
