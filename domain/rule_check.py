"""Rules of a field as a sender typed them: checked one by one, and against the other fields."""

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from domain import rule_words
from domain.attachments import Accepts
from domain.depending import circles
from domain.facts import Source
from domain.field_conditions import (
    RELATIONS,
    WITH_VALUE,
    Condition,
    Relation,
    condition_from,
    condition_typed,
)
from domain.field_kinds import WITH_FACTS, WITH_PATTERN, WITH_RANGE, WITH_SOURCE
from domain.field_rules import Computation, FieldRules, Operation, Rounding
from domain.forms import CHOICE, printable, too_long
from domain.kinds import FieldKind
from domain.lettering import Lettering
from domain.limits import MAX_DECIMALS, MAX_GUIDE_CHARACTERS, MAX_TERMS
from domain.numbers import NotANumber, number_of, plain
from domain.patterns import TextPattern
from domain.refusals import Words
from domain.settling import CHECKED, AskedField, Wrong, settled
from domain.typed_fields import TypedField

if TYPE_CHECKING:
    from domain.fields import DraftField

Choice = TypeVar("Choice", bound=StrEnum)
Objection = Callable[[str, Words], None]
"""Takes the part of the row and what is wrong with it."""


def check_rules(row: TypedField, kind: FieldKind, object_: Objection) -> FieldRules:
    """The rules that a field of this kind can have; what another kind left behind is no matter."""
    if kind is FieldKind.SIGNATURE:
        return FieldRules()
    numeric = kind in WITH_RANGE
    operation = _choice(row, "operation", Operation, object_) if numeric else None
    source = _choice(row, "source", Source, object_) if kind in WITH_SOURCE else None
    rules = FieldRules(
        guide=_guide(row, object_),
        pattern=_choice(row, "pattern", TextPattern, object_) if kind in WITH_PATTERN else None,
        least=_bound(row, "least", object_) if numeric else None,
        most=_bound(row, "most", object_) if numeric else None,
        decimals=_decimals(row, object_) if kind is FieldKind.NUMBER else 0,
        fixed=row.fixed == CHECKED and (kind in WITH_FACTS or source is not None),
        condition=condition_from(row.shown_if, row.shown_value),
        computation=_computation(row, operation, object_) if operation else None,
        accepts=_accepts(row, object_) if kind is FieldKind.ATTACHMENT else Accepts.ANY,
        source=source,
    )
    if rules.least is not None and rules.most is not None and rules.least > rules.most:
        object_("most", rule_words.TURNED_AROUND)
    return rules


def _guide(row: TypedField, object_: Objection) -> str:
    clean = unicodedata.normalize("NFC", row.guide).strip()
    if not all(map(printable, clean)):
        object_("guide", rule_words.CONTROL)
    elif len(clean) > MAX_GUIDE_CHARACTERS:
        object_("guide", too_long(MAX_GUIDE_CHARACTERS, len(clean)))
    return clean


def _choice(row: TypedField, part: str, kind: type[Choice], object_: Objection) -> Choice | None:
    typed = getattr(row, part)
    if not typed:
        return None
    try:
        return kind(typed)
    except ValueError:
        object_(part, CHOICE)
        return None


def _accepts(row: TypedField, object_: Objection) -> Accepts:
    return _choice(row, "accepts", Accepts, object_) or Accepts.ANY


def _bound(row: TypedField, part: str, object_: Objection) -> Decimal | None:
    try:
        return number_of(FieldKind(row.kind), getattr(row, part))
    except NotANumber as found:
        object_(part, found.words)
        return None


def _decimals(row: TypedField, object_: Objection) -> int:
    digits = unicodedata.normalize("NFKC", row.decimals).strip()
    if not digits:
        return 0
    if digits.isascii() and digits.isdigit() and len(digits) == 1 and int(digits) <= MAX_DECIMALS:
        return int(digits)
    object_("decimals", rule_words.DECIMALS)
    return 0


def _computation(row: TypedField, operation: Operation, object_: Objection) -> Computation:
    terms = tuple(dict.fromkeys(row.terms.split()))
    rounding = _choice(row, "rounding", Rounding, object_)
    if not terms:
        object_("terms", rule_words.NO_TERMS)
    elif len(terms) > MAX_TERMS:
        object_("terms", rule_words.MANY_TERMS)
    return Computation(operation, terms[:MAX_TERMS], rounding or Rounding.DOWN)


def between(
    keys: Collection[str], found: Sequence["DraftField"], lettering: Lettering
) -> dict[str, Words]:
    """What is wrong with rules that name other fields, by `field-<key>-<part>`.

    `keys` are those of all rows; those that are not among `found` are complained of elsewhere.
    """
    known = frozenset(keys)
    fields = {field.key: field for field in found}
    problems: dict[str, Words] = {}
    for field in found:
        for part, words in _references(field, fields, known, lettering):
            problems.setdefault(f"field-{field.key}-{part}", words)
    for key in circles({key: field.rules.names for key, field in fields.items()}):
        part = "terms" if fields[key].rules.computation else "shown_if"
        problems.setdefault(f"field-{key}-{part}", rule_words.CIRCLE)
    return problems


def _references(
    field: "DraftField",
    fields: Mapping[str, "DraftField"],
    known: Collection[str],
    lettering: Lettering,
) -> list[tuple[str, Words]]:
    found = []
    condition, computation = field.rules.condition, field.rules.computation
    if condition is not None:
        words = _other(field, condition.field, fields, known) or _option(condition, fields)
        found.append(("shown_if", words))
        if words is None:
            found.append(("shown_value", _value(condition, fields, lettering)))
    for term in computation.terms if computation else ():
        other = fields.get(term)
        wrong = other is not None and other.kind not in WITH_RANGE
        words = _other(field, term, fields, known)
        found.append(("terms", words or (rule_words.NOT_A_TERM if wrong else None)))
    return [(part, words) for part, words in found if words is not None]


def _other(
    field: "DraftField", key: str, fields: Mapping[str, "DraftField"], known: Collection[str]
) -> Words | None:
    """A row with something else wrong is complained of at its own place."""
    if key not in known:
        return rule_words.GONE
    other = fields.get(key)
    return rule_words.ELSEWHERE if other is not None and other.person != field.person else None


def _option(condition: Condition, fields: Mapping[str, "DraftField"]) -> Words | None:
    other = fields.get(condition.field)
    if other is None:
        return None
    if condition.relation not in RELATIONS.get(other.kind, ()):
        return rule_words.NOT_STEERING
    if condition.relation is not Relation.IS:
        return None
    values = (CHECKED,) if other.kind is FieldKind.CHECKBOX else other.options
    return None if condition.value in values else rule_words.NO_SUCH_VALUE


def _value(
    condition: Condition, fields: Mapping[str, "DraftField"], lettering: Lettering
) -> Words | None:
    """A value that the other field can never have would hide a field for ever."""
    other = fields.get(condition.field)
    if other is None or condition.relation not in WITH_VALUE:
        return None
    try:
        return None if _settled(condition, other, lettering) else rule_words.NO_VALUE
    except Wrong as wrong:
        return wrong.words


def _settled(condition: Condition, other: "DraftField", lettering: Lettering) -> str:
    """The value as the other field would keep it. Raises Wrong."""
    asked = AskedField(
        other.key,
        other.kind,
        other.label,
        other.required,
        other.options,
        other.max_characters,
        rules=other.rules,
    )
    return settled(asked, condition.value, lettering)


def with_settled(
    found: Sequence["DraftField"], known: Sequence["DraftField"], lettering: Lettering
) -> tuple["DraftField", ...]:
    """The same with every condition's value as the field that it looks at keeps its own; for fields
    with which nothing is wrong. `known` are all that may be named."""
    fields = {field.key: field for field in known}
    return tuple(_with_settled(field, fields, lettering) for field in found)


def _with_settled(
    field: "DraftField", fields: Mapping[str, "DraftField"], lettering: Lettering
) -> "DraftField":
    condition = field.rules.condition
    other = fields.get(condition.field) if condition else None
    if condition is None or other is None or condition.relation not in WITH_VALUE:
        return field
    value = _settled(condition, other, lettering)
    return replace(field, rules=replace(field.rules, condition=replace(condition, value=value)))


def typed_rules(rules: FieldRules) -> dict[str, str]:
    """The same as a form shows them."""
    computation = rules.computation
    rounding = computation.rounding if computation else None
    return {
        "guide": rules.guide,
        "pattern": rules.pattern.value if rules.pattern else "",
        "least": plain(rules.least) if rules.least is not None else "",
        "most": plain(rules.most) if rules.most is not None else "",
        "decimals": str(rules.decimals or ""),
        "fixed": CHECKED if rules.fixed else "",
        **condition_typed(rules.condition),
        "operation": computation.operation.value if computation else "",
        "terms": " ".join(computation.terms) if computation else "",
        "rounding": rounding.value if rounding and rounding is not Rounding.DOWN else "",
        "accepts": rules.accepts.value if rules.accepts is not Accepts.ANY else "",
        "source": rules.source.value if rules.source else "",
    }
