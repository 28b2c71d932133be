"""Input fields (入力欄) as a sender typed them: kept as they are; domain.fields checks them."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from domain.field_conditions import condition_from
from domain.forms import MAX_TYPED_CHARACTERS
from domain.kinds import FieldKind


@dataclass(frozen=True)
class TypedField:
    """One row of the list of fields, as typed. Pages count from 1, lengths are millimetres."""

    key: str
    document: str
    person: str = ""
    """The key of the person's row in the draft, or of his place in the chain."""
    kind: str = FieldKind.TEXT.value
    page: str = "1"
    x: str = ""
    y: str = ""
    width: str = ""
    height: str = ""
    label: str = ""
    required: bool = True
    options: str = ""
    """One per line."""
    max_characters: str = ""
    guide: str = ""
    pattern: str = ""
    least: str = ""
    most: str = ""
    decimals: str = ""
    fixed: str = ""
    """`on`, or nothing."""
    shown_if: str = ""
    """`<key>:<option>` or `<key>?<relation>` of another row; nothing: always."""
    shown_value: str = ""
    """What the other row's value is compared with, where that is no option."""
    operation: str = ""
    terms: str = ""
    """Keys of other rows, with blanks between."""
    rounding: str = ""
    accepts: str = ""
    """Which files can be attached; nothing: all that can be."""
    source: str = ""
    """What of the person is filled in at first; nothing: nothing."""

    @property
    def named(self) -> frozenset[str]:
        """Keys of the rows that its rules name."""
        condition = condition_from(self.shown_if, self.shown_value)
        source = (condition.field,) if condition else ()
        return frozenset((*source, *(self.terms.split() if self.operation else ())))

    def as_json(self) -> dict[str, Any]:
        """What the draft keeps; rules that nobody set are left out, as before there were any."""
        return {
            name: value for name, value in vars(self).items() if value or name not in RULE_PARTS
        }


RULE_PARTS = (
    "guide", "pattern", "least", "most", "decimals", "fixed", "shown_if", "shown_value",
    "operation", "terms", "rounding", "accepts", "source",
)  # fmt: skip
"""What a row says beyond kind, place and label."""


def typed_field(stored: Mapping[str, Any]) -> TypedField:
    """A row of the draft's JSON; what is missing gets its first value."""
    texts = {
        part.name: str(stored.get(part.name, part.default))[:MAX_TYPED_CHARACTERS]
        for part in fields(TypedField)
        if part.name not in {"required", "key", "document"}
    }
    return TypedField(
        key=str(stored.get("key", ""))[:64],
        document=str(stored.get("document", ""))[:64],
        required=stored.get("required", True) is True,
        **texts,
    )


def options_of(typed: str) -> tuple[str, ...]:
    """The options of a choice, from the lines that were typed."""
    lines = unicodedata.normalize("NFC", typed).splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def of_people(typed: Iterable[TypedField], people: Iterable[str]) -> tuple[TypedField, ...]:
    """The fields of these people only: with a person go his fields."""
    known = frozenset(people)
    return tuple(row for row in typed if row.person in known)
