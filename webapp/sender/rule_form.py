"""Rules of a field on the placing page: what can be chosen beside the other rows."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import Flask

from domain.attachments import ACCEPTS_WORDS, Accepts
from domain.facts import SOURCE_WORDS
from domain.field_kinds import (
    KIND_WORDS,
    STEERING,
    WITH_FACTS,
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


def conditions_for(row: TypedField, rows: Sequence[TypedField]) -> list[tuple[str, str]]:
    """What `row` can depend on, and what it depends on even if that is gone."""
    found = [("", say("いつも入力する"))]
    for other in _others(row, rows, STEERING):
        name = name_of(other)
        if other.kind == FieldKind.CHECKBOX:
            text = say("「%(label)s」にチェックがあるとき", label=name)
            found.append((f"{other.key}:{CHECKED}", text))
            continue
        for option in options_of(other.options):
            text = say("「%(label)s」が「%(value)s」のとき", label=name, value=option)
            found.append((f"{other.key}:{option}", text))
    if row.shown_if not in {value for value, _ in found}:
        found.append((row.shown_if, say("（なくなった入力欄または選択肢）")))
    return found


def terms_for(row: TypedField, rows: Sequence[TypedField]) -> list[Term]:
    """What `row` can be computed from, and what it is computed from even if that is gone."""
    chosen = row.terms.split()
    found = [Term(r.key, name_of(r), r.key in chosen) for r in _others(row, rows, WITH_RANGE)]
    known = {term.key for term in found}
    gone = say("（なくなった入力欄）")
    return found + [Term(key, gone, chosen=True) for key in chosen if key not in known]


def _others(
    row: TypedField, rows: Sequence[TypedField], kinds: frozenset[FieldKind]
) -> Iterator[TypedField]:
    for other in rows:
        if other.key != row.key and other.person == row.person and other.kind in kinds:
            yield other


def has_rules(row: TypedField) -> bool:
    """Whether the folded part of the row says anything."""
    return any(getattr(row, part) for part in (*RULE_PARTS, "max_characters"))


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
    )
