"""Rules of a field as a sender typed them: checked one by one, and against the other fields."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from domain import rule_words
from domain.attachments import Accepts
from domain.depending import circles
from domain.facts import Source
from domain.field_kinds import STEERING, WITH_FACTS, WITH_PATTERN, WITH_RANGE, WITH_SOURCE
from domain.field_rules import Computation, Condition, FieldRules, Operation, Rounding
from domain.forms import CHOICE, printable, too_long
from domain.kinds import FieldKind
from domain.limits import MAX_DECIMALS, MAX_GUIDE_CHARACTERS, MAX_TERMS
from domain.numbers import NotANumber, number_of, plain
from domain.patterns import TextPattern
from domain.refusals import Words
from domain.settling import CHECKED
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
        condition=_condition(row),
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


def _condition(row: TypedField) -> Condition | None:
    """Not looked at here: whether there is such a field, the other rows tell."""
    key, _, value = row.shown_if.partition(":")
    return Condition(key, value) if row.shown_if else None


def _computation(row: TypedField, operation: Operation, object_: Objection) -> Computation:
    terms = tuple(dict.fromkeys(row.terms.split()))
    rounding = _choice(row, "rounding", Rounding, object_)
    if not terms:
        object_("terms", rule_words.NO_TERMS)
    elif len(terms) > MAX_TERMS:
        object_("terms", rule_words.MANY_TERMS)
    return Computation(operation, terms[:MAX_TERMS], rounding or Rounding.DOWN)


def between(typed: Sequence[TypedField], found: Sequence["DraftField"]) -> dict[str, Words]:
    """What is wrong with rules that name other fields, by `field-<key>-<part>`."""
    known = {row.key for row in typed}
    fields = {field.key: field for field in found}
    problems: dict[str, Words] = {}
    for field in found:
        for part, words in _references(field, fields, known):
            problems.setdefault(f"field-{field.key}-{part}", words)
    for key in circles({key: field.rules.names for key, field in fields.items()}):
        part = "terms" if fields[key].rules.computation else "shown_if"
        problems.setdefault(f"field-{key}-{part}", rule_words.CIRCLE)
    return problems


def _references(
    field: "DraftField", fields: Mapping[str, "DraftField"], known: set[str]
) -> list[tuple[str, Words]]:
    found = []
    condition, computation = field.rules.condition, field.rules.computation
    if condition is not None:
        words = _other(field, condition.field, fields, known) or _value(condition, fields)
        found.append(("shown_if", words))
    for term in computation.terms if computation else ():
        other = fields.get(term)
        wrong = other is not None and other.kind not in WITH_RANGE
        words = _other(field, term, fields, known)
        found.append(("terms", words or (rule_words.NOT_A_TERM if wrong else None)))
    return [(part, words) for part, words in found if words is not None]


def _other(
    field: "DraftField", key: str, fields: Mapping[str, "DraftField"], known: set[str]
) -> Words | None:
    """A row with something else wrong is complained of at its own place."""
    if key not in known:
        return rule_words.GONE
    other = fields.get(key)
    if other is None:
        return None
    if (other.person, other.document) != (field.person, field.document):
        return rule_words.ELSEWHERE
    return None


def _value(condition: Condition, fields: Mapping[str, "DraftField"]) -> Words | None:
    other = fields.get(condition.field)
    if other is None:
        return None
    if other.kind not in STEERING:
        return rule_words.NOT_STEERING
    values = (CHECKED,) if other.kind is FieldKind.CHECKBOX else other.options
    return None if condition.value in values else rule_words.NO_SUCH_VALUE


def typed_rules(rules: FieldRules) -> dict[str, str]:
    """The same as a form shows them."""
    condition, computation = rules.condition, rules.computation
    rounding = computation.rounding if computation else None
    return {
        "guide": rules.guide,
        "pattern": rules.pattern.value if rules.pattern else "",
        "least": plain(rules.least) if rules.least is not None else "",
        "most": plain(rules.most) if rules.most is not None else "",
        "decimals": str(rules.decimals or ""),
        "fixed": CHECKED if rules.fixed else "",
        "shown_if": f"{condition.field}:{condition.value}" if condition else "",
        "operation": computation.operation.value if computation else "",
        "terms": " ".join(computation.terms) if computation else "",
        "rounding": rounding.value if rounding and rounding is not Rounding.DOWN else "",
        "accepts": rules.accepts.value if rules.accepts is not Accepts.ANY else "",
        "source": rules.source.value if rules.source else "",
    }
