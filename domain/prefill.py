"""What is filled in for a person before he types: facts of the envelope's row and of his contact.

What would break a field's own rules is not filled in, and its sender is told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.facts import SOURCE_WORDS, Source, fact_of
from domain.field_kinds import WITH_FACTS, WITH_SOURCE
from domain.field_rules import FieldRules
from domain.fields import DraftField
from domain.kinds import FieldKind, Language
from domain.lettering import Lettering
from domain.refusals import Words
from domain.settling import AskedField, Wrong, settled
from domain.values import undrawable


@dataclass(frozen=True)
class Facts:
    """What is known of a person, with which fields are filled in for him."""

    name: str = ""
    mail: str = ""
    company: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    """Of his contact, by Source."""

    def of(self, source: Source) -> str:
        """One of them; empty: not known."""
        row = {"name": self.name, "mail": self.mail, "company": self.company}
        return fact_of(source, row, self.known)


def source_of(kind: FieldKind, rules: FieldRules) -> Source | None:
    """With what a field is filled in; None: with nothing."""
    if kind in WITH_FACTS:
        return Source(kind.value)
    return rules.source if kind in WITH_SOURCE else None


def prefilled(
    asked: Iterable[AskedField], typed: Mapping[str, str], facts: Facts, lettering: Lettering
) -> dict[str, str]:
    """What was typed, with the facts where nothing has been typed yet or nothing may be.

    A field that its person emptied is empty. Nobody is held to a fact that is not known, or that
    his field cannot show.
    """
    found = dict(typed)
    for one in asked:
        source = source_of(one.kind, one.rules)
        if source is None:
            continue
        if one.id not in typed or is_fixed(one, facts, lettering):
            found[one.id] = _first(one, facts.of(source), lettering)
    return found


def given(
    asked: Iterable[AskedField], values: Mapping[str, str], facts: Facts, lettering: Lettering
) -> frozenset[str]:
    """Fields that still hold what their sender had filled in from the address book, by id."""
    return frozenset(
        one.id
        for one in asked
        if one.kind in WITH_SOURCE
        and one.rules.source is not None
        and values.get(one.id)
        and values[one.id] == _first(one, facts.of(one.rules.source), lettering)
    )


def _first(one: AskedField, value: str, lettering: Lettering) -> str:
    """What the person himself is a fact of stands in its field whatever is wrong with it, where he
    sees and mends it; a contact's value only where it can stay."""
    if one.kind in WITH_FACTS or not value:
        return value
    return "" if problem(one, value, lettering) is not None else value


def is_fixed(one: AskedField, facts: Facts, lettering: Lettering) -> bool:
    """Whether the person cannot change what is filled in for him."""
    source = source_of(one.kind, one.rules)
    if not one.rules.fixed or source is None:
        return False
    value = facts.of(source)
    return bool(value) and problem(one, value, lettering) is None


def problem(one: AskedField, value: str, lettering: Lettering) -> Words | None:
    """Why a value cannot be the field's."""
    try:
        found = settled(one, value, lettering)
    except Wrong as wrong:
        return wrong.words
    return undrawable(one, found, lettering, Language.JA) if found else None


def sender_note(made: DraftField, facts: Facts, lettering: Lettering) -> Words | None:
    """What the sender is told of a field that will not be filled in as he meant it."""
    source = source_of(made.kind, made.rules)
    if source is None:
        return None
    name, value = SOURCE_WORDS[source], facts.of(source)
    if not value:
        return Words(
            f"この人の「{name.ja}」が分からないため、空欄のまま届きます。",
            f"{name.en} of this person is not known: the field arrives empty.",
        )
    wrong = problem(asked_of(made), value, lettering)
    if wrong is None:
        return None
    return Words(
        f"「{name.ja}」の値「{value}」は自動入力できません。{wrong.ja}",
        f"{name.en} “{value}” cannot be filled in. {wrong.en}",
    )


def asked_of(made: DraftField) -> AskedField:
    """What a person is asked for by a draft's field; its key is the id."""
    return AskedField(
        id=made.key,
        kind=made.kind,
        label=made.label,
        required=made.required,
        options=made.options,
        max_characters=made.max_characters,
        width=made.rect[2] if made.rect else 0.0,
        height=made.rect[3] if made.rect else 0.0,
        rules=made.rules,
    )
