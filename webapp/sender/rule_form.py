"""Rules of a field on the placing page: what can be chosen beside the other rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flask import Flask

from domain.attachments import ACCEPTS_WORDS, Accepts
from domain.facts import SOURCE_WORDS
from domain.field_conditions import RELATIONS, STEERING, Relation
from domain.field_kinds import (
    KIND_WORDS,
    WITH_FACTS,
    WITH_OPTIONS,
    WITH_PATTERN,
    WITH_RANGE,
    WITH_SOURCE,
)
from domain.field_rules import OPERATION_WORDS, ROUNDING_WORDS, Rounding
from domain.fields import is_listed
from domain.kinds import FieldKind
from domain.patterns import PATTERN_WORDS
from domain.settling import CHECKED
from domain.typed_fields import RULE_PARTS, TypedField, options_of
from webapp.language import say, words

Titles = Mapping[str, str]
"""Of documents, by their ids."""


MANY = 60
"""Rows, beyond which a page of all their conditions would be some megabytes."""


class Term(NamedTuple):
    """A row that another can be computed from."""

    key: str
    name: str
    chosen: bool


def name_of(row: TypedField) -> str:
    """What a row is called beside others."""
    if row.label.strip():
        return row.label.strip()
    return words(KIND_WORDS[FieldKind(row.kind)]) if row.kind in set(FieldKind) else row.kind


def called(row: TypedField, other: TypedField, titles: Titles) -> str:
    """What another row is called where one of `row`'s rules names it."""
    if other.document == row.document:
        return name_of(other)
    title = titles.get(other.document, "")
    return say("%(label)s（%(document)s）", label=name_of(other), document=title)


def conditions_for(
    row: TypedField, rows: Sequence[TypedField], titles: Titles
) -> list[tuple[str, str]]:
    """What `row` can depend on, and what it depends on even if that is gone.

    Where there are many rows, each would list all others: then texts and numbers are offered by the
    page's script alone, in the row that somebody opens.
    """
    found = [("", say("いつも入力する"))]
    named, many = row.named, len(rows) > MANY
    for other in _others(row, rows, STEERING):
        if not many or other.key in named or RELATIONS[FieldKind(other.kind)] == (Relation.IS,):
            found += _conditions_on(other, called(row, other, titles))
    if row.shown_if not in {value for value, _ in found}:
        found.append((row.shown_if, say("（なくなった入力欄または選択肢）")))
    return found


def _conditions_on(other: TypedField, name: str) -> Iterator[tuple[str, str]]:
    kind = FieldKind(other.kind)
    if kind is FieldKind.CHECKBOX:
        yield f"{other.key}:{CHECKED}", say("「%(label)s」にチェックがあるとき", label=name)
    for option in options_of(other.options) if kind in WITH_OPTIONS else ():
        text = say("「%(label)s」が「%(value)s」のとき", label=name, value=option)
        yield f"{other.key}:{option}", text
    for relation in RELATIONS[kind]:
        if relation is not Relation.IS:
            yield f"{other.key}?{relation.value}", _when(relation, kind, name)


def _when(relation: Relation, kind: FieldKind, name: str) -> str:
    """A condition whose value stands beside it, in words."""
    match relation:
        case Relation.EQUAL:
            return say("「%(label)s」が次の値と同じとき", label=name)
        case Relation.LEAST if kind is FieldKind.DATE:
            return say("「%(label)s」が次の日以降のとき", label=name)
        case Relation.LEAST:
            return say("「%(label)s」が次の値以上のとき", label=name)
        case Relation.MOST if kind is FieldKind.DATE:
            return say("「%(label)s」が次の日以前のとき", label=name)
        case Relation.MOST:
            return say("「%(label)s」が次の値以下のとき", label=name)
        case _:
            return say("「%(label)s」に入力があるとき", label=name)


def terms_for(row: TypedField, rows: Sequence[TypedField], titles: Titles) -> list[Term]:
    """What `row` can be computed from, and what it is computed from even if that is gone."""
    chosen = row.terms.split()
    found = [
        Term(other.key, called(row, other, titles), other.key in chosen)
        for other in _others(row, rows, WITH_RANGE)
    ]
    known = {term.key for term in found}
    gone = say("（なくなった入力欄）")
    return found + [Term(key, gone, chosen=True) for key in chosen if key not in known]


def _others(
    row: TypedField, rows: Sequence[TypedField], kinds: frozenset[FieldKind]
) -> Iterator[TypedField]:
    """Of the same person, those beside it first."""
    there = (
        other
        for other in rows
        if other.key != row.key and other.person == row.person and other.kind in kinds
    )
    return iter(sorted(there, key=lambda other: other.document != row.document))


def told_beside(rows: Sequence[TypedField], shown: str, titles: Titles) -> list[dict[str, object]]:
    """Rows of other documents than the shown one, for the page's script."""
    here = TypedField("", shown)
    return [
        {
            "key": row.key,
            "person": row.person,
            "kind": row.kind,
            "name": called(here, row, titles),
            "options": options_of(row.options),
        }
        for row in rows
        if row.document != shown
    ]


def has_rules(row: TypedField) -> bool:
    """Whether the folded part of the row says anything."""
    parts = {*RULE_PARTS, "max_characters"} - {"shown_value"}  # says nothing alone
    return any(getattr(row, part) for part in parts)


def init_rules(app: Flask) -> None:
    """Choices and kinds, for the template and its script."""
    app.jinja_env.globals.update(
        pattern_choices=lambda: (
            [("", say("自由に入力"))]
            + [(key.value, words(text)) for key, text in PATTERN_WORDS.items()]
        ),
        operation_choices=lambda: (
            [("", say("本人が入力する"))]
            + [(key.value, words(text)) for key, text in OPERATION_WORDS.items()]
        ),
        rounding_choices=lambda: [
            ("" if key is Rounding.DOWN else key.value, words(text))
            for key, text in ROUNDING_WORDS.items()
        ],
        accepts_choices=lambda: [
            ("" if key is Accepts.ANY else key.value, words(text))
            for key, text in ACCEPTS_WORDS.items()
        ],
        source_choices=lambda: (
            [("", say("自動入力しない"))]
            + [(key.value, words(text)) for key, text in SOURCE_WORDS.items()]
        ),
        is_listed=is_listed,
        kinds_with={
            "files": [FieldKind.ATTACHMENT.value],
            "pattern": sorted(WITH_PATTERN),
            "range": sorted(WITH_RANGE),
            "decimals": [FieldKind.NUMBER.value],
            "source": sorted(WITH_SOURCE),
            "fixed": sorted(WITH_FACTS | WITH_SOURCE),
            "steering": sorted(STEERING),
        },
        has_rules=has_rules,
        relations=lambda: {
            kind.value: [
                [relation.value, _when(relation, kind, "{label}")]
                for relation in found
                if relation is not Relation.IS
            ]
            for kind, found in RELATIONS.items()
        },
    )
