"""What stands under a field: its help, its form, and on what it depends."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from domain.attachments import ACCEPTS_HINTS
from domain.field_conditions import Relation
from domain.field_rules import Operation
from domain.kinds import FieldKind
from domain.numbers import written
from domain.patterns import PATTERN_HINTS
from domain.values import shown_text
from storage.field_rows import SlotField
from webapp.language import language, say, words

INPUT_MODES = {
    "digits": "numeric",
    "postal_code": "numeric",
    "phone": "tel",
}
"""Keyboards of telephones, by pattern."""
PURPOSES = {
    FieldKind.NAME: "name",
    FieldKind.MAIL: "email",
    FieldKind.COMPANY: "organization",
    "postal_code": "postal-code",
    "phone": "tel",
    "title": "organization-title",
    "address": "street-address",
    "name": "name",
    "mail": "email",
    "company": "organization",
}
"""What browsers know of their person (WCAG 1.3.5), by kind, pattern or source."""


def hints_of(row: SlotField) -> tuple[str, ...]:
    """Help of the sender's first, then what the field takes."""
    rules = row.rules
    parts = [rules.guide]
    if row.kind is FieldKind.ATTACHMENT:
        parts.append(words(ACCEPTS_HINTS[rules.accepts]))
    if row.kind is FieldKind.DATE:
        parts.append(say("例：2026年11月25日、2026-11-25、令和8年11月25日"))
    if rules.pattern is not None:
        parts.append(words(PATTERN_HINTS[rules.pattern]))
    if row.field.max_characters:
        parts.append(say("%(limit)s文字まで", limit=row.field.max_characters))
    if rules.computation is None:
        parts += [_range(row.kind, rules.least, rules.most), _decimals(row)]
    return tuple(part for part in parts if part)


def elsewhere_words(kind: FieldKind, value: str) -> str:
    """To whoever sent another value, what was typed on another page since his was shown."""
    if kind is FieldKind.CHECKBOX:
        said = (
            say("別の画面または端末で、チェックが付けられました。")
            if value
            else say("別の画面または端末で、チェックが外されました。")
        )
    elif value:
        said = say("別の画面または端末で「%(value)s」と入力されました。", value=value)
    else:
        said = say("別の画面または端末で、この欄が空にされました。")
    go_on = say("いまこの欄にある内容でよければ、もう一度ボタンを押してください。")
    return say("%(said)s%(then)s", said=said, then=go_on)


def _range(kind: FieldKind, least: Decimal | None, most: Decimal | None) -> str:
    low = written(kind, least, language()) if least is not None else ""
    high = written(kind, most, language()) if most is not None else ""
    if low and high:
        return say("%(least)sから%(most)sまで", least=low, most=high)
    if low:
        return say("%(least)s以上", least=low)
    return say("%(most)s以下", most=high) if high else ""


def _decimals(row: SlotField) -> str:
    count = row.rules.decimals
    return say("小数点以下%(count)s桁まで", count=count) if count else ""


def label_in(row: SlotField, other: SlotField, titles: Mapping[UUID, str]) -> str:
    """What another field is called beside `row`: with its document's title, where that is another
    one."""
    if other.document.id == row.document.id:
        return other.field.label
    title = titles.get(other.document.id, other.document.title)
    return say("%(label)s（%(document)s）", label=other.field.label, document=title)


def condition_of(
    row: SlotField, others: Mapping[str, SlotField], titles: Mapping[UUID, str]
) -> str:
    """When the field is asked for; empty: always. `others` are fields as its rules call them."""
    condition = row.rules.condition
    source = others.get(condition.field) if condition else None
    if condition is None or source is None:
        return ""
    label = label_in(row, source, titles)
    value = condition.value and shown_text(source.kind, condition.value, language())
    match condition.relation:
        case Relation.FILLED:
            return say("「%(label)s」に入力したときだけ入力します。", label=label)
        case Relation.LEAST if source.kind is FieldKind.DATE:
            text = say(
                "「%(label)s」が%(value)s以降のときだけ入力します。", label=label, value=value
            )
        case Relation.LEAST:
            text = say(
                "「%(label)s」が%(value)s以上のときだけ入力します。", label=label, value=value
            )
        case Relation.MOST if source.kind is FieldKind.DATE:
            text = say(
                "「%(label)s」が%(value)s以前のときだけ入力します。", label=label, value=value
            )
        case Relation.MOST:
            text = say(
                "「%(label)s」が%(value)s以下のときだけ入力します。", label=label, value=value
            )
        case _ if source.kind is FieldKind.CHECKBOX:
            text = say("「%(label)s」にチェックを入れたときだけ入力します。", label=label)
        case _:
            text = say(
                "「%(label)s」が「%(value)s」のときだけ入力します。", label=label, value=value
            )
    return text


def computation_of(
    row: SlotField, others: Mapping[str, SlotField], titles: Mapping[UUID, str]
) -> str:
    """From what a field is computed; empty: somebody enters it."""
    computation = row.rules.computation
    if computation is None:
        return ""
    named = (others[term] for term in computation.terms if term in others)
    terms = say("、").join(label_in(row, other, titles) for other in named)
    match computation.operation:
        case Operation.SUM:
            return say("%(terms)sの合計です。", terms=terms)
        case Operation.PRODUCT:
            return say("%(terms)sを掛けた値です。", terms=terms)
        case Operation.TAX_10:
            return say("%(terms)sの消費税額（10%%）です。", terms=terms)
        case Operation.TAX_8:
            return say("%(terms)sの消費税額（8%%）です。", terms=terms)


def keyboard_of(row: SlotField) -> str:
    """Which keys a telephone offers; its keys for figures often have no minus."""
    least = row.rules.least
    if row.kind in {FieldKind.NUMBER, FieldKind.MONEY}:
        if (least is not None and least < 0) or (least is None and row.kind is FieldKind.NUMBER):
            return "text"
        return "decimal" if row.rules.decimals else "numeric"
    if row.kind is FieldKind.MAIL:
        return "email"
    return INPUT_MODES.get(row.rules.pattern or "", "text")


def purpose_of(row: SlotField) -> str:
    """For the browser's own memory."""
    rules = row.rules
    return PURPOSES.get(rules.pattern or rules.source or row.kind, "off")
