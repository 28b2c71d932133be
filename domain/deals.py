"""取引情報: what tax rules search a contract by, as typed, checked, compared and found.

電子帳簿保存法施行規則 4条1項 with 規則 2条6項5号: date, amount and other party of each transaction
are search conditions, the first two by range, and any of them together. What was not entered must
be findable too.
"""

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from domain.checkwords import read_number
from domain.choices import chosen
from domain.events import Json
from domain.forms import FormCheck, FormProblems
from domain.limits import MAX_REASON_CHARACTERS
from domain.refusals import Words
from domain.variants import ANY_FORM, one_shape

MAX_PARTNER_CHARACTERS = 200
MAX_CODE_CHARACTERS = 50
MAX_KIND_CHARACTERS = 100
MAX_AMOUNT = 10**15 - 1
"""Yen. Above the largest public contract, and exact in every spreadsheet."""
MAX_NOTICE_DAYS = 3650
OWN = "own:"
"""Before the id of an own field in the history."""
MAX_NUMBER_CHARACTERS = 10
"""Of an envelope's number."""

YEARS = range(7, 101)
"""For which something may be kept: 法人税法施行規則 59条, and nobody's lifetime."""
YEARS_RANGE = Words(
    f"{YEARS[0]}から{YEARS[-1]}までの年数を数字で入力してください。",
    f"Write the years as a number from {YEARS[0]} to {YEARS[-1]}.",
)
DATE_FORM = Words(
    "日付は 2026-04-01 の形で入力してください。",
    "Write the date like 2026-04-01.",
)
AMOUNT_FORM = Words(
    "金額は、円の単位で数字だけを入力してください。例：1,234,567",
    "Write the amount in yen, in digits. Example: 1,234,567",
)
_AMOUNT_RANGE = Words(
    "金額は999兆9999億円台までです。桁をお確かめください。",
    "The amount is larger than the register takes. Check the digits.",
)
_END_BEFORE_BEGIN = Words(
    "契約期間の終わりが、始まりより前になっています。",
    "The term ends before it begins.",
)
_NOTICE_DAYS = Words(
    f"日数は0から{MAX_NOTICE_DAYS}までの数字で入力してください。",
    f"Write the days as a number from 0 to {MAX_NOTICE_DAYS}.",
)
_NO_REASON = Words(
    "変更の理由を入力してください。履歴に残ります。",
    "Say why it is changed; the history keeps it.",
)
_NO_RELATION = Words(
    "元の契約との関係を選んでください。",
    "Choose what this contract is to the earlier one.",
)
_NO_EARLIER = Words(
    "元の契約の封筒番号を入力してください。",
    "Enter the envelope number of the earlier contract.",
)
NO_SUCH_EARLIER = Words(
    "この番号の契約は見つかりません。送信した封筒の番号をお確かめください。",
    "There is no contract of this number. Check the number of an envelope that was sent.",
)
EARLIER_IN_CIRCLE = Words(
    "この契約自身か、この契約に続く契約の番号です。元の契約の番号を入力してください。",
    "This is the number of this contract, or of one that follows it. Enter the earlier one's.",
)
_BETWEEN = re.compile(r"[\s・.,、。'\"’&＆/‐‑–—―ー-]+")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_AMOUNT = re.compile(r"[¥\\]?(-?(?:\d+|\d{1,3}(?:,\d{3})+))円?")


class Relation(StrEnum):
    """What a contract is to an earlier one."""

    AMENDS = "amends"
    """変更契約 to its 原契約."""
    MAIN = "main"
    """本契約 to its 仮契約."""
    RENEWS = "renews"
    """更新契約 to the one that ends."""
    BELONGS = "belongs"
    """Of one matter: 覚書, 個別契約 to its 基本契約."""


@dataclass(frozen=True)
class TypedDeal:
    """The form, as typed."""

    made_on: str = ""
    amount: str = ""
    partner: str = ""
    partner_code: str = ""
    kind: str = ""
    contract_number: str = ""
    begins_on: str = ""
    ends_on: str = ""
    renews: str = ""
    notice_days: str = ""
    relation: str = ""
    earlier: str = ""
    received_on: str = ""
    retention_years: str = ""


@dataclass(frozen=True)
class Deal:
    """What is known of one transaction. Empty texts and None: not entered."""

    made_on: date | None = None
    """取引年月日."""
    amount: int | None = None
    """取引金額 in yen, of the whole document."""
    partner: str = ""
    """取引先."""
    partner_code: str = ""
    kind: str = ""
    contract_number: str = ""
    begins_on: date | None = None
    ends_on: date | None = None
    renews: bool = False
    notice_days: int | None = None
    """By how many days before the end somebody has to say that it ends (解約通知期限)."""
    relation: str = ""
    """A `Relation` to the contract in `earlier`; empty where there is none."""
    earlier: str = ""
    """The envelope number of that contract, in the same organisation."""
    received_on: date | None = None
    """受領日 of an imported contract: when the limit for its time-stamp begins."""
    retention_years: int | None = None
    """保存年数, where it is longer than the organisation's."""

    def as_json(self) -> dict[str, Json]:
        """For the history: dates as ISO texts."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    def as_typed(self) -> TypedDeal:
        """For the form."""
        return TypedDeal(**{name: _typed(value) for name, value in self.as_json().items()})


@dataclass(frozen=True)
class Change:
    """One value that is another now; both as texts of `Deal.as_json`."""

    name: str
    before: Json
    after: Json


def changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[Change, ...]:
    """What differs, in the order of the form; own fields (`own:<id>`) behind."""
    names = [one.name for one in fields(Deal)]
    names += sorted(name for name in {*before, *after} if name.startswith(OWN))
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def check_deal(typed: TypedDeal) -> Deal:
    """Raises FormProblems, by the name of the field."""
    check = FormCheck()
    deal = read_deal(check, typed)
    if check.problems:
        raise FormProblems(check.problems)
    return deal


def read_deal(check: FormCheck, typed: TypedDeal) -> Deal:
    """The same for a form that has other fields too: what is wrong is added to its check."""
    deal = Deal(
        made_on=read_day(check, "made_on", typed.made_on),
        amount=read_amount(check, "amount", typed.amount),
        partner=check.line("partner", typed.partner, None, MAX_PARTNER_CHARACTERS),
        partner_code=check.line("partner_code", typed.partner_code, None, MAX_CODE_CHARACTERS),
        kind=check.line("kind", typed.kind, None, MAX_KIND_CHARACTERS),
        contract_number=check.line(
            "contract_number", typed.contract_number, None, MAX_CODE_CHARACTERS
        ),
        begins_on=read_day(check, "begins_on", typed.begins_on),
        ends_on=read_day(check, "ends_on", typed.ends_on),
        renews=typed.renews == "yes",
        notice_days=_read_days(check, typed.notice_days),
        relation=str(chosen(Relation, typed.relation, "")),
        earlier=_read_earlier(check, typed.earlier),
        received_on=read_day(check, "received_on", typed.received_on),
        retention_years=_read_years(check, typed.retention_years),
    )
    if deal.earlier and not deal.relation:
        check.problems["relation"] = _NO_RELATION
    if deal.relation and not deal.earlier:
        check.problems["earlier"] = _NO_EARLIER
    if deal.begins_on and deal.ends_on and deal.ends_on < deal.begins_on:
        check.problems.setdefault("ends_on", _END_BEFORE_BEGIN)
    return deal


def check_reason(typed: str) -> str:
    """Why a value is changed. Raises FormProblems."""
    check = FormCheck()
    reason = check.text("reason", typed, MAX_REASON_CHARACTERS)
    if not reason:
        check.problems["reason"] = _NO_REASON
    if check.problems:
        raise FormProblems(check.problems)
    return reason


def read_day(check: FormCheck, name: str, typed: str) -> date | None:
    """A day, however wide its digits; None where nothing was typed."""
    clean = _narrow(typed)
    if not clean:
        return None
    found = _DAY.fullmatch(clean)
    if found is not None:
        with suppress(ValueError):  # 30 February
            return date(int(found[1]), int(found[2]), int(found[3]))
    check.problems[name] = DATE_FORM
    return None


def read_amount(check: FormCheck, name: str, typed: str) -> int | None:
    """Yen, with or without sign, commas and 円; None where nothing was typed."""
    clean = _narrow(typed)
    if not clean:
        return None
    found = _AMOUNT.fullmatch(clean)
    if found is None:
        check.problems[name] = AMOUNT_FORM
        return None
    digits = found[1].replace(",", "")
    if len(digits) > len(str(MAX_AMOUNT)) + 1 or abs(int(digits)) > MAX_AMOUNT:
        check.problems[name] = _AMOUNT_RANGE
        return None
    return int(digits)


def _read_days(check: FormCheck, typed: str) -> int | None:
    clean = _narrow(typed)
    if not clean:
        return None
    if re.fullmatch(r"\d{1,4}", clean) is None or int(clean) > MAX_NOTICE_DAYS:
        check.problems["notice_days"] = _NOTICE_DAYS
        return None
    return int(clean)


def _read_years(check: FormCheck, typed: str) -> int | None:
    clean = _narrow(typed).removesuffix("年")
    if not clean:
        return None
    if re.fullmatch(r"\d{1,3}", clean) is None or int(clean) not in YEARS:
        check.problems["retention_years"] = YEARS_RANGE
        return None
    return int(clean)


def _read_earlier(check: FormCheck, typed: str) -> str:
    number = read_number(typed)
    if len(number) > MAX_NUMBER_CHARACTERS:
        check.problems["earlier"] = NO_SUCH_EARLIER
        return ""
    return number


def _narrow(typed: str) -> str:
    """Without width, blanks inside, and the several signs for minus."""
    text = unicodedata.normalize("NFKC", typed[:100])
    return re.sub(r"\s+", "", re.sub("[−‐―ー–]", "-", text))


def evened(name: str) -> str:
    """A partner's name as it is searched: width, case, kana, old shapes of kanji, blanks and the
    company's form do not count. A name that is nothing else stays what it is."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = one_shape("".join(_katakana(character) for character in text))
    bare = _BETWEEN.sub("", ANY_FORM.sub("", text))
    return bare or _BETWEEN.sub("", text)


def evened_code(code: str) -> str:
    """A partner's code or a contract's number as it is searched: width, case, blanks and the kind
    of hyphen do not count. At most MAX_CODE_CHARACTERS, however many some letters become."""
    return _narrow(code).casefold()[:MAX_CODE_CHARACTERS]


def _katakana(character: str) -> str:
    """ひらがな as カタカナ: 96 code points further on."""
    return chr(ord(character) + 0x60) if "ぁ" <= character <= "ゖ" else character


def _typed(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _plain(value: object) -> Json:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    message = f"no part of a deal: {type(value).__name__}"
    raise TypeError(message)
