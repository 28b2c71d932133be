"""What a sender demands of a field beyond its kind, and what it has to do with other fields.

Other fields are those of the same person, in whichever document of the envelope. Where a rule names
one, it does so by whatever its holder goes by: the key of a draft's row, the name of a sent field
(`FIELD_0007`; with its document's id and a slash before it where that is another document), or its
id while values are checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.attachments import Accepts
from domain.events import Json
from domain.facts import Source
from domain.field_conditions import Condition, Relation
from domain.numbers import plain
from domain.patterns import TextPattern
from domain.refusals import Words


class Operation(StrEnum):
    """How a number is computed. Stored: never rename one."""

    SUM = "sum"
    PRODUCT = "product"
    TAX_10 = "tax10"
    TAX_8 = "tax8"


class Rounding(StrEnum):
    """What becomes of decimals that a computed field has no room for."""

    DOWN = "down"
    """切り捨て, towards zero: what Japanese tax law lets everybody do."""
    HALF_UP = "half_up"
    UP = "up"


OPERATION_WORDS = {
    Operation.SUM: Words("合計する", "Sum"),
    Operation.PRODUCT: Words("掛け合わせる", "Product"),
    Operation.TAX_10: Words("消費税額（10%）を求める", "Consumption tax of 10 %"),
    Operation.TAX_8: Words("消費税額（8%）を求める", "Consumption tax of 8 %"),
}
ROUNDING_WORDS = {
    Rounding.DOWN: Words("切り捨て", "Round down"),
    Rounding.HALF_UP: Words("四捨五入", "Round half up"),
    Rounding.UP: Words("切り上げ", "Round up"),
}


@dataclass(frozen=True)
class Computation:
    """A field that nobody types into: its value follows from others."""

    operation: Operation
    terms: tuple[str, ...]
    rounding: Rounding = Rounding.DOWN


@dataclass(frozen=True)
class FieldRules:
    """All of it. What is at its default is not stored, so that a field without rules is stored,
    hashed and recorded as fields were before there were any."""

    guide: str = ""
    """A line of help under the field."""
    pattern: TextPattern | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    decimals: int = 0
    fixed: bool = False
    """The person cannot change what was filled in for him."""
    condition: Condition | None = None
    computation: Computation | None = None
    accepts: Accepts = Accepts.ANY
    """Which files can be attached."""
    source: Source | None = None
    """What of the person is filled in at first."""

    @property
    def names(self) -> tuple[str, ...]:
        """The other fields that this one depends on."""
        source = (self.condition.field,) if self.condition else ()
        return (*source, *(self.computation.terms if self.computation else ()))

    def renamed(self, names: Mapping[str, str]) -> "FieldRules":
        """The same rules with other fields called by other names; an unknown one keeps its own."""
        condition, computation = self.condition, self.computation
        if condition is not None:
            condition = replace(condition, field=names.get(condition.field, condition.field))
        if computation is not None:
            terms = tuple(names.get(term, term) for term in computation.terms)
            computation = replace(computation, terms=terms)
        return replace(self, condition=condition, computation=computation)

    def as_json(self) -> dict[str, Json]:
        """What a row keeps, and what hashes are made over."""
        found: dict[str, Json] = {}
        if self.guide:
            found["guide"] = self.guide
        if self.pattern is not None:
            found["pattern"] = self.pattern.value
        if self.least is not None:
            found["least"] = plain(self.least)
        if self.most is not None:
            found["most"] = plain(self.most)
        if self.decimals:
            found["decimals"] = self.decimals
        if self.fixed:
            found["fixed"] = True
        if self.condition is not None:
            found["condition"] = _condition_json(self.condition)
        if self.computation is not None:
            found["computation"] = {
                "operation": self.computation.operation.value,
                "rounding": self.computation.rounding.value,
                "terms": list(self.computation.terms),
            }
        if self.accepts is not Accepts.ANY:
            found["accepts"] = self.accepts.value
        return found | ({"source": self.source.value} if self.source else {})


NO_RULES = FieldRules()


def _condition_json(condition: Condition) -> dict[str, Json]:
    """A condition on a choice is kept as it was when there were no others."""
    found: dict[str, Json] = {"field": condition.field, "value": condition.value}
    if condition.relation is not Relation.IS:
        found["relation"] = condition.relation.value
    return found


def rules_of(stored: Mapping[str, Any]) -> FieldRules:
    """The rules that a row keeps."""
    condition, computation = stored.get("condition"), stored.get("computation")
    return FieldRules(
        guide=stored.get("guide", ""),
        pattern=TextPattern(stored["pattern"]) if "pattern" in stored else None,
        least=Decimal(stored["least"]) if "least" in stored else None,
        most=Decimal(stored["most"]) if "most" in stored else None,
        decimals=stored.get("decimals", 0),
        fixed=stored.get("fixed", False),
        condition=_condition_of(condition) if condition else None,
        computation=Computation(
            Operation(computation["operation"]),
            tuple(computation["terms"]),
            Rounding(computation["rounding"]),
        )
        if computation
        else None,
        accepts=Accepts(stored.get("accepts", Accepts.ANY)),
        source=Source(stored["source"]) if "source" in stored else None,
    )


def _condition_of(stored: Mapping[str, Any]) -> Condition:
    relation = Relation(stored.get("relation", Relation.IS))
    return Condition(stored["field"], stored["value"], relation)
