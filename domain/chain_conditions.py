"""Conditions of a chain's stages: on amount, kind of contract and the sender's department.

A stage without a condition is always asked; one whose condition does not hold is skipped, and says
why. Amounts are whole yen: `least` and up (以上), below `below` (未満), so that neighbouring stages
name the same figure and leave no gap.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from domain.deals import MAX_KIND_CHARACTERS, read_amount
from domain.events import Json
from domain.forms import FormCheck
from domain.refusals import Words

MAX_NAMES = 20
_SEPARATORS = re.compile(r"[、,，;；\n]+")

_NEGATIVE = Words("0円以上の金額を入力してください。", "Enter an amount of 0 yen or more.")
_TURNED = Words(
    "この条件はどの金額にも当てはまりません。「未満」には「以上」より大きい金額を入力してください。",
    "This condition can never hold: the upper amount has to be larger than the lower one.",
)
_TOO_MANY = Words(f"{MAX_NAMES}個までです。", f"At most {MAX_NAMES}.")
NO_AMOUNT = Words(
    "この承認ルートには金額による条件があります。取引金額を入力してください。"
    "単価契約など金額が決まらないものは、予定の総額を入力してください。",
    "This route depends on the amount. Enter it; where it is not fixed, the planned total.",
)
NEGATIVE_AMOUNT = Words(
    "金額による条件がある承認ルートでは、0円以上の金額を入力してください。"
    "減額の変更契約では、変更後の総額を入力してください。",
    "This route depends on the amount: enter 0 yen or more. For a reduction, the new total.",
)
NO_KIND = Words(
    "この承認ルートには契約の種類による条件があります。種類を入力してください。",
    "This route depends on the kind of contract. Enter it.",
)


@dataclass(frozen=True)
class Facts:
    """What conditions are held against. None and "": not known."""

    amount: int | None = None
    kind: str = ""
    department: str = ""
    """Of whoever sends."""
    maker_department: str = ""
    """Of who made the draft."""

    @property
    def departments(self) -> tuple[str, ...]:
        """Both, once where they are one: who presses the button leads no draft past a stage."""
        found = [self.department] if self.department else []
        if self.maker_department and not among(self.maker_department, found):
            found.append(self.maker_department)
        return tuple(found)


@dataclass(frozen=True)
class Condition:
    """When a stage is asked. Empty parts ask for nothing; all others have to hold."""

    least: int | None = None
    below: int | None = None
    kinds: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()

    @property
    def on_amount(self) -> bool:
        """Whether the amount matters."""
        return self.least is not None or self.below is not None

    def __bool__(self) -> bool:
        return self.on_amount or bool(self.kinds or self.departments)

    def as_json(self) -> dict[str, Json]:
        """As a chain's definition keeps it."""
        return {
            "least": self.least,
            "below": self.below,
            "kinds": list(self.kinds),
            "departments": list(self.departments),
        }

    def takes(self, amount: int) -> bool:
        """Whether an amount is in the range."""
        return (self.least is None or self.least <= amount) and (
            self.below is None or amount < self.below
        )

    def unmet(self, facts: Facts) -> tuple[Words, ...]:
        """Why it does not hold, nothing where it does. What is not known does not hold."""
        found = []
        if self.on_amount and (facts.amount is None or not self.takes(facts.amount)):
            found.append(_not_in_range(self, facts.amount))
        if self.kinds and not among(facts.kind, self.kinds):
            found.append(_not_of("種類", "The kind", facts.kind, self.kinds))
        if self.departments and not any(among(one, self.departments) for one in facts.departments):
            both = len(facts.departments) > 1
            found.append(
                _not_of(
                    "送信者と下書きを作った人の部署" if both else "送信者の部署",
                    "The department of sender and author" if both else "The sender’s department",
                    "・".join(facts.departments),
                    self.departments,
                )
            )
        return tuple(found)


ALWAYS = Condition()


def condition_of(stored: object) -> Condition:
    """From a definition; a stage of before has none."""
    row: Mapping[str, object] = stored if isinstance(stored, Mapping) else {}
    return Condition(
        least=_whole(row.get("least")),
        below=_whole(row.get("below")),
        kinds=_texts(row.get("kinds")),
        departments=_texts(row.get("departments")),
    )


def read_condition(check: FormCheck, prefix: str, typed: tuple[str, str, str, str]) -> Condition:
    """From `<prefix>-least`, `-below`, `-kinds` and `-departments` as typed."""
    least, below, kinds, departments = typed
    found = Condition(
        least=read_limit(check, f"{prefix}-least", least),
        below=read_limit(check, f"{prefix}-below", below),
        kinds=read_names(check, f"{prefix}-kinds", kinds),
        departments=read_names(check, f"{prefix}-departments", departments),
    )
    if found.below is not None and found.below <= (found.least or 0):
        check.problems.setdefault(f"{prefix}-below", _TURNED)
    return found


def missing(conditions: Iterable[Condition], facts: Facts) -> dict[str, Words]:
    """What a draft has to say before the route can be known, by the name of its field. A
    department is nothing that a draft could say: a sender without one is in none of them."""
    known = list(conditions)
    found = {}
    if any(one.on_amount for one in known):
        if facts.amount is None:
            found["amount"] = NO_AMOUNT
        elif facts.amount < 0:
            found["amount"] = NEGATIVE_AMOUNT
    if any(one.kinds for one in known) and not facts.kind:
        found["contract_kind"] = NO_KIND
    return found


def condition_words(condition: Condition) -> Words:
    """「1,000,000円以上、種類：工事」; empty where there is none."""
    ja, en = [], []
    if condition.on_amount:
        words = range_words(condition.least, condition.below)
        ja.append(words.ja)
        en.append(words.en)
    if condition.kinds:
        ja.append(f"種類：{'・'.join(condition.kinds)}")
        en.append(f"kind: {', '.join(condition.kinds)}")
    if condition.departments:
        ja.append(f"送信者の部署：{'・'.join(condition.departments)}")
        en.append(f"sender’s department: {', '.join(condition.departments)}")
    return Words("、".join(ja), "; ".join(en))


def range_words(least: int | None, below: int | None) -> Words:
    """「1,000,000円以上5,000,000円未満」."""
    if below is None:
        return Words(f"{least or 0:,}円以上", f"{least or 0:,} yen and more")
    if not least:
        return Words(f"{below:,}円未満", f"less than {below:,} yen")
    return Words(f"{least:,}円以上{below:,}円未満", f"from {least:,} to less than {below:,} yen")


def same_name(one: str, other: str) -> bool:
    """Width, case and blanks do not count."""
    return _evened(one) == _evened(other)


def among(name: str, names: Iterable[str]) -> bool:
    """Whether a name is one of these; a name that is not known is none of them."""
    return bool(name) and any(same_name(name, one) for one in names)


@lru_cache(maxsize=4096)
def _evened(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name).casefold())


def _not_in_range(condition: Condition, amount: int | None) -> Words:
    words = range_words(condition.least, condition.below)
    if amount is None:
        return Words(
            f"取引金額が未入力です（条件：{words.ja}）", f"no amount was entered ({words.en})"
        )
    return Words(
        f"取引金額が{amount:,}円です（条件：{words.ja}）",
        f"the amount is {amount:,} yen (condition: {words.en})",
    )


def _not_of(ja: str, en: str, name: str, names: Iterable[str]) -> Words:
    wanted = list(names)
    return Words(
        f"{ja}が「{name}」です（条件：{'・'.join(wanted)}）"
        if name
        else f"{ja}が未入力です（条件：{'・'.join(wanted)}）",
        f"{en} is “{name}” (condition: {', '.join(wanted)})"
        if name
        else f"{en} is not known (condition: {', '.join(wanted)})",
    )


def read_limit(check: FormCheck, name: str, typed: str) -> int | None:
    """An amount that something begins or ends at: 0 yen or more."""
    found = read_amount(check, name, typed)
    if found is not None and found < 0:
        check.problems[name] = _NEGATIVE
        return None
    return found


def read_names(check: FormCheck, name: str, typed: str) -> tuple[str, ...]:
    """Several names as typed: with commas of either language, or on lines of their own."""
    found: list[str] = []
    for part in _SEPARATORS.split(typed):
        clean = check.line(name, part, None, MAX_KIND_CHARACTERS)
        if clean and not among(clean, found):
            found.append(clean)
    if len(found) > MAX_NAMES:
        check.problems[name] = _TOO_MANY
    return tuple(found)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()
