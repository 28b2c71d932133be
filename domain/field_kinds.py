"""Kinds of input fields as a sender chooses them: their words and their sizes in millimetres."""

from typing import NamedTuple

from domain.kinds import FieldKind
from domain.refusals import Words

POINTS_PER_MM = 72 / 25.4

KIND_WORDS = {
    FieldKind.SIGNATURE: Words("署名（印影）", "Signature"),
    FieldKind.TEXT: Words("テキスト（1行）", "Text (one line)"),
    FieldKind.MULTILINE: Words("テキスト（複数行）", "Text (several lines)"),
    FieldKind.CHECKBOX: Words("チェックボックス", "Checkbox"),
    FieldKind.RADIO: Words("選択（1つ選ぶ）", "Choice (pick one)"),
    FieldKind.DROPDOWN: Words("プルダウン", "Drop-down list"),
    FieldKind.DATE: Words("日付", "Date"),
    FieldKind.NUMBER: Words("数値", "Number"),
    FieldKind.MONEY: Words("金額（円）", "Amount of money (yen)"),
    FieldKind.NAME: Words("氏名（自動入力）", "Name (filled in for the person)"),
    FieldKind.MAIL: Words("メールアドレス（自動入力）", "Mail address (filled in)"),
    FieldKind.COMPANY: Words("会社・団体名（自動入力）", "Company (filled in)"),
    FieldKind.ATTACHMENT: Words("添付ファイル", "Attached file"),
}
WITH_OPTIONS = frozenset({FieldKind.RADIO, FieldKind.DROPDOWN})
WITH_LIMIT = frozenset({FieldKind.TEXT, FieldKind.MULTILINE})
WITH_PATTERN = frozenset({FieldKind.TEXT})
WITH_RANGE = frozenset({FieldKind.NUMBER, FieldKind.MONEY})
"""Numbers: they have a range, can be computed, and others can be computed from them."""
WITH_FACTS = frozenset({FieldKind.NAME, FieldKind.MAIL, FieldKind.COMPANY})
"""Filled in with what is known of the person."""
WITH_SOURCE = frozenset({FieldKind.TEXT, FieldKind.MULTILINE})
"""Can be filled in with what the address book knew of the person."""
TEXTS = frozenset(FieldKind) - WITH_OPTIONS - {FieldKind.SIGNATURE, FieldKind.CHECKBOX}
"""What a document shows as a line or lines of text."""


class Size(NamedTuple):
    """Millimetres."""

    width: float
    height: float


SMALLEST = {
    FieldKind.SIGNATURE: Size(15, 10),
    FieldKind.TEXT: Size(10, 5),
    FieldKind.MULTILINE: Size(20, 8),
    FieldKind.CHECKBOX: Size(3, 3),
    FieldKind.RADIO: Size(15, 5),
    FieldKind.DROPDOWN: Size(15, 5),
    FieldKind.DATE: Size(25, 5),
    FieldKind.NUMBER: Size(10, 5),
    FieldKind.MONEY: Size(15, 5),
    FieldKind.NAME: Size(15, 5),
    FieldKind.MAIL: Size(25, 5),
    FieldKind.COMPANY: Size(15, 5),
    FieldKind.ATTACHMENT: Size(50, 5),
}
"""Below these nobody could read what is drawn. A choice needs its height once per option."""
FIRST_SIZE = {
    FieldKind.SIGNATURE: Size(60, 20),
    FieldKind.TEXT: Size(60, 8),
    FieldKind.MULTILINE: Size(80, 20),
    FieldKind.CHECKBOX: Size(5, 5),
    FieldKind.RADIO: Size(50, 14),
    FieldKind.DROPDOWN: Size(50, 8),
    FieldKind.DATE: Size(40, 8),
    FieldKind.NUMBER: Size(40, 8),
    FieldKind.MONEY: Size(50, 8),
    FieldKind.NAME: Size(60, 8),
    FieldKind.MAIL: Size(80, 8),
    FieldKind.COMPANY: Size(80, 8),
    FieldKind.ATTACHMENT: Size(90, 8),
}
"""What a new field has until somebody draws it."""


def smallest(kind: FieldKind, options: int = 0) -> Size:
    """The least size of a field in millimetres."""
    size = SMALLEST[kind]
    rows = max(1, options) if kind is FieldKind.RADIO else 1
    return Size(size.width, size.height * rows)


def millimetres(points: float) -> str:
    """`12.5`: as the form shows a length."""
    return f"{points / POINTS_PER_MM:.1f}"
