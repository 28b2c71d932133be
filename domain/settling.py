"""One field as its person is asked for it, and the value that was meant by what he typed."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.attachments import Accepts, attached_of
from domain.field_rules import NO_RULES, Computation, FieldRules
from domain.forms import FormProblems, check_mail, printable, too_long
from domain.kinds import FieldKind
from domain.lettering import Lettering
from domain.limits import MAX_MAIL_CHARACTERS, MAX_NAME_CHARACTERS, MAX_VALUE_CHARACTERS
from domain.numbers import (
    NotANumber,
    decimals_of,
    number_of,
    plain,
    too_fine,
    too_great,
    too_small,
)
from domain.patterns import WRONG_SHAPE, shaped
from domain.refusals import WORDS, RefusalCode, Words

CHECKED = "on"
_YEARS = range(1900, 2200)
_DATE = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?")
_ERA_DATE = re.compile(
    r"(令和|平成|昭和|[RHS])\s?(\d{1,2}|元)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?",
    re.IGNORECASE,
)
_BEFORE_ERA = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}


@dataclass(frozen=True)
class AskedField:
    """A field as its person is asked for it. `width` and `height` are points."""

    id: str
    kind: FieldKind
    label: str
    required: bool
    options: tuple[str, ...] = ()
    max_characters: int | None = None
    width: float = 0.0
    height: float = 0.0
    rules: FieldRules = NO_RULES
    """Other fields by their ids."""

    @property
    def limit(self) -> int:
        """How many characters a text may have."""
        return self.max_characters or _LIMITS.get(self.kind, MAX_VALUE_CHARACTERS)

    @property
    def computation(self) -> Computation | None:
        """How its value follows from others; None where somebody enters it."""
        return self.rules.computation


_LIMITS = {
    FieldKind.NAME: MAX_NAME_CHARACTERS,
    FieldKind.COMPANY: MAX_NAME_CHARACTERS,
    FieldKind.MAIL: MAX_MAIL_CHARACTERS,
}


class Wrong(Exception):
    """A value that cannot be, in words."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


_DATE_FORM = Words(
    "日付を「2026年11月25日」または「2026-11-25」の形で入力してください。",
    "Enter the date like 2026-11-25.",
)
_NO_SUCH_DAY = Words(
    "暦にない日付です。年月日を確認してください。", "There is no such day. Check the date."
)
_OPTION = Words("一覧から選んでください。", "Choose one of the list.")
_CONTROL = Words(
    "使用できない文字（制御文字）が含まれています。入力し直してください。",
    "This contains characters that cannot be used (control characters).",
)
_LINE = Words(
    "この欄は1行です。改行を取り除いてください。",
    "This field holds one line. Remove the line breaks.",
)


def settled(field: AskedField, typed: str, lettering: Lettering) -> str:
    """The value that was meant, "" for none. Raises Wrong."""
    match field.kind:
        case FieldKind.DATE:
            return _date(typed)
        case FieldKind.NUMBER | FieldKind.MONEY:
            return _number(field, typed)
        case FieldKind.MAIL:
            return _mail(typed)
        case FieldKind.CHECKBOX | FieldKind.RADIO | FieldKind.DROPDOWN:
            return _choice(field, typed)
        case FieldKind.ATTACHMENT:
            return _attachment(field, typed)
        case _:
            return _text(field, typed, lettering)


_FILE = Words("ファイルを選び直してください。", "Please choose the file once more.")
_KIND_OF_FILE = {
    Accepts.PDF: WORDS[RefusalCode.ATTACHMENT_NO_IMAGE],
    Accepts.IMAGE: WORDS[RefusalCode.ATTACHMENT_NO_PDF],
}


def _attachment(field: AskedField, typed: str) -> str:
    if not typed:
        return ""
    try:
        attached = attached_of(typed)
    except ValueError:
        raise Wrong(_FILE) from None
    if not field.rules.accepts.takes(attached.kind):
        raise Wrong(_KIND_OF_FILE[field.rules.accepts])
    return typed


def _choice(field: AskedField, typed: str) -> str:
    choices = (CHECKED,) if field.kind is FieldKind.CHECKBOX else field.options
    if typed and typed not in choices:
        raise Wrong(_OPTION)
    return typed


def _number(field: AskedField, typed: str) -> str:
    try:
        value = number_of(field.kind, typed)
    except NotANumber as found:
        raise Wrong(found.words) from None
    if value is None:
        return ""
    problem = range_problem(field, value)
    if problem is not None:
        raise Wrong(problem)
    return plain(value)


def range_problem(field: AskedField, value: Decimal) -> Words | None:
    """Why a number is not within what its sender allows. An amount that somebody enters is not
    negative unless the sender says from where."""
    rules, least = field.rules, field.rules.least
    if least is None and field.kind is FieldKind.MONEY and rules.computation is None:
        least = Decimal(0)
    if decimals_of(value) > rules.decimals:
        return too_fine(rules.decimals)
    if least is not None and value < least:
        return too_small(field.kind, least)
    if rules.most is not None and value > rules.most:
        return too_great(field.kind, rules.most)
    return None


def _mail(typed: str) -> str:
    if not typed.strip():
        return ""
    try:
        return check_mail("mail", typed)
    except FormProblems as found:
        raise Wrong(found.problems["mail"]) from None


def _text(field: AskedField, typed: str, lettering: Lettering) -> str:
    clean = lettering.normalised(typed).strip()
    if any(not printable(character) for character in clean if character != "\n"):
        raise Wrong(_CONTROL)
    if field.kind is not FieldKind.MULTILINE and "\n" in clean:
        raise Wrong(_LINE)
    if clean and (pattern := field.rules.pattern) is not None:
        found = shaped(pattern, clean)
        if found is None:
            raise Wrong(WRONG_SHAPE[pattern])
        clean = found
    if len(clean) > field.limit:
        raise Wrong(too_long(field.limit, len(clean)))
    return clean


def _date(typed: str) -> str:
    text = unicodedata.normalize("NFKC", typed[:40]).strip()
    if not text:
        return ""
    if era := _ERA_DATE.fullmatch(text):
        years = 1 if era[2] == "元" else int(era[2])
        parts = (_BEFORE_ERA[era[1].upper()] + years, int(era[3]), int(era[4]))
    elif plain := _DATE.fullmatch(text):
        parts = (int(plain[1]), int(plain[2]), int(plain[3]))
    else:
        raise Wrong(_DATE_FORM)
    try:
        day = date(*parts)
    except ValueError:
        raise Wrong(_NO_SUCH_DAY) from None
    if day.year not in _YEARS:
        raise Wrong(_NO_SUCH_DAY)
    return day.isoformat()
