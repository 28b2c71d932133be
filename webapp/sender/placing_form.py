"""The list of a document's fields as a form: rows as typed, and what the pressed button asks."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from werkzeug.datastructures import MultiDict

from domain.choices import chosen
from domain.field_kinds import FIRST_SIZE, POINTS_PER_MM
from domain.fields import is_listed
from domain.forms import MAX_TYPED_CHARACTERS
from domain.kinds import FieldKind
from domain.limits import MAX_FIELDS
from domain.typed_fields import RULE_PARTS, TypedField

PARTS = (
    "person", "kind", "page", "x", "y", "width", "height", "label", "required", "options",
    "max_characters", "listed", *RULE_PARTS,
)  # fmt: skip
_ROW = re.compile(rf"field-([0-9a-f]{{8}})-({'|'.join(PARTS)})")
_REMOVE = re.compile(r"remove-([0-9a-f]{8})")
_MARGIN, _GAP = 20.0, 4.0
"""Millimetres from the edge, and between a new field and the one above it."""


def rows_from(form: "MultiDict[str, str]", document: str) -> tuple[TypedField, ...]:
    """Every row of the form in its order. An unticked box was not sent: it means optional."""
    found: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        part = _ROW.fullmatch(name)
        if part:
            if part[2] == "terms":  # boxes of one name, each with a key
                value = " ".join(form.getlist(name))  # noqa: PLW2901 - all of them instead
            found.setdefault(part[1], {})[part[2]] = value[:MAX_TYPED_CHARACTERS]
    rows = []
    for key, parts in list(found.items())[: MAX_FIELDS + 1]:
        required, listed = (parts.pop(name, "") == "on" for name in ("required", "listed"))
        row = TypedField(key=key, document=document, required=required, **parts)
        rows.append(_with_place(row, listed=listed))
    return tuple(rows)


def _with_place(row: TypedField, *, listed: bool) -> TypedField:
    """A file can be asked for without a place; one that gets a place again starts at the edge."""
    if row.kind != FieldKind.ATTACHMENT or listed == is_listed(row):
        return row
    if listed:
        return replace(row, x="", y="", width="", height="")
    size = FIRST_SIZE[FieldKind.ATTACHMENT]
    edge = f"{_MARGIN:g}"
    return replace(row, x=edge, y=edge, width=f"{size.width:g}", height=f"{size.height:g}")


def removed(rows: Sequence[TypedField], action: str) -> tuple[TypedField, ...]:
    """The rows without the one that `remove-<key>` names."""
    found = _REMOVE.fullmatch(action)
    return tuple(row for row in rows if found is None or row.key != found[1])


def with_new(
    rows: Sequence[TypedField], form: Mapping[str, str], document: str, pages: Sequence[float]
) -> tuple[tuple[TypedField, ...], str]:
    """The rows with one more, below the last one of its page; and the new one's key.

    `pages` are the heights in points. With the new row go the person and kind that were chosen.
    """
    wanted = form.get("new-kind", "")
    kind = chosen(FieldKind, wanted, FieldKind.TEXT)
    page = form.get("new-page", "1").strip()
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    height = pages[number - 1] / POINTS_PER_MM if 1 <= number <= len(pages) else 297.0
    size = FIRST_SIZE[kind]
    row = TypedField(
        key=secrets.token_hex(4),
        document=document,
        person=form.get("new-person", "")[:64],
        kind=kind.value,
        page=str(number),
        x=f"{_MARGIN:g}",
        y=f"{_free_height(rows, str(number), height, size.height):.1f}",
        width=f"{size.width:g}",
        height=f"{size.height:g}",
    )
    return (*rows, row), row.key


def _free_height(rows: Sequence[TypedField], page: str, height: float, own: float) -> float:
    """Below the lowest field of the page; at its top when there is no room."""
    lowest = _MARGIN - _GAP
    for row in rows:
        if row.page.strip() == page:
            try:
                lowest = max(lowest, float(row.y) + float(row.height))
            except ValueError:
                continue
    top = lowest + _GAP
    return top if top + own <= height - _GAP else _GAP
