"""署名権限（委任）: who may sign for the organisation, from when to when, up to what.

地方自治法 153条 and 234条5項: a contract binds the authority when whoever has been given that power
signs it. An entry never changes; what ends it is written beside it.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.chain_conditions import Facts, among, read_limit, read_names
from domain.chains import ChainStage
from domain.deals import read_day
from domain.events import Json, canonical
from domain.forms import CHOICE, FormCheck, FormProblems
from domain.ids import read_id
from domain.kinds import SlotKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.refusals import Words

MAX_TITLE_CHARACTERS = 100
MAX_BASIS_CHARACTERS = 500
_NO_MEMBER = Words("署名する人を選んでください。", "Choose who may sign.")
_NO_TITLE = Words(
    "署名するときの職名を入力してください。例：市長職務代理者",
    "Enter in which capacity he signs.",
)
_NO_DAY = Words("日付を入力してください。", "Enter a day.")
_TURNED = Words(
    "署名権限の終わりが、始まりより前になっています。", "The authority ends before it begins."
)
_OVER = Words(
    "すでに終わった期間です。今日以降の日付を入力してください。",
    "This is over already. Enter today or a later day.",
)
_NO_BASIS = Words(
    "根拠を入力してください。例：契約規則第5条、令和8年4月1日決裁第12号",
    "Enter the legal basis: a rule, or the number of a decision.",
)
_NO_REASON = Words(
    "終了の理由を入力してください。履歴に残ります。",
    "Say why it ends; the history keeps it.",
)
_NOT_EARLIER = Words(
    "今の終わりより前の日を入力してください。延ばすときは、新しく登録します。",
    "Enter a day before the present end. To extend it, make a new entry.",
)
_NO_CHOICE = Words("いつ終わるかを選んでください。", "Choose when it ends.")


@dataclass(frozen=True)
class TypedMandate:
    """The form, as typed."""

    member: str = ""
    title: str = ""
    begins_on: str = ""
    ends_on: str = ""
    most: str = ""
    kinds: str = ""
    basis: str = ""


@dataclass(frozen=True)
class CheckedMandate:
    """From the first day to the last, both included, in the organisation's zone."""

    member_id: UUID
    title: str
    begins_on: date
    ends_on: date | None
    """None: until it is ended."""
    most: int | None
    """Yen, this amount included; None: whatever it is."""
    kinds: tuple[str, ...]
    """Of contract; none: all of them."""
    basis: str

    @property
    def sha256(self) -> str:
        """What an act keeps of the entry that allowed it."""
        said: Json = {
            "member": str(self.member_id),
            "title": self.title,
            "begins_on": self.begins_on.isoformat(),
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
            "most": self.most,
            "kinds": list(self.kinds),
            "basis": self.basis,
        }
        return hashlib.sha256(canonical(said)).hexdigest()

    def covers(self, facts: Facts) -> bool:
        """Whether it reaches a contract of this amount and kind. What is not known is not
        covered by an entry that is limited in it."""
        enough = self.most is None or (facts.amount is not None and facts.amount <= self.most)
        return enough and (not self.kinds or among(facts.kind, self.kinds))


def check_mandate(typed: TypedMandate, members: Collection[UUID], today: date) -> CheckedMandate:
    """`members` are those who may act. Raises FormProblems, by the name of the field."""
    check = FormCheck()
    member_id = read_id(typed.member)
    if member_id not in members:
        check.problems["member"] = CHOICE if typed.member else _NO_MEMBER
    title = check.line("title", typed.title, _NO_TITLE, MAX_TITLE_CHARACTERS)
    begins = read_day(check, "begins_on", typed.begins_on)
    if begins is None:
        check.problems.setdefault("begins_on", _NO_DAY)
    ends = read_day(check, "ends_on", typed.ends_on)
    if begins and ends and ends < begins:
        check.problems["ends_on"] = _TURNED
    elif ends and ends < today:
        check.problems["ends_on"] = _OVER
    most = read_limit(check, "most", typed.most)
    kinds = read_names(check, "kinds", typed.kinds)
    basis = check.text("basis", typed.basis, MAX_BASIS_CHARACTERS)
    if not basis:
        check.problems["basis"] = _NO_BASIS
    if check.problems or member_id is None or begins is None:
        raise FormProblems(check.problems)
    return CheckedMandate(member_id, title, begins, ends, most, kinds, basis)


AT_ONCE, AFTER = "now", "day"
"""How an entry ends: from this moment on, or after a day."""


@dataclass(frozen=True)
class TypedEnding:
    """The form, as typed."""

    when: str = ""
    last_day: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Ending:
    """`last_day` None: from the moment on at which it is entered."""

    last_day: date | None
    reason: str


def check_ending(typed: TypedEnding, ends_on: date | None, today: date) -> Ending:
    """`ends_on` is the last day until now. Raises FormProblems, by the name of the field."""
    check = FormCheck()
    day = None
    if typed.when == AFTER:
        day = _last_day(check, typed.last_day, ends_on, today)
    elif typed.when != AT_ONCE:
        check.problems["when"] = _NO_CHOICE
    reason = check.text("reason", typed.reason, MAX_REASON_CHARACTERS)
    if not reason:
        check.problems["reason"] = _NO_REASON
    if check.problems:
        raise FormProblems(check.problems)
    return Ending(day, reason)


def _last_day(check: FormCheck, typed: str, ends_on: date | None, today: date) -> date | None:
    day = read_day(check, "last_day", typed)
    if day is None:
        check.problems.setdefault("last_day", _NO_DAY)
    elif day < today:
        check.problems["last_day"] = _OVER
    elif ends_on is not None and day >= ends_on:
        check.problems["last_day"] = _NOT_EARLIER
    return day


def covering(held: Iterable[CheckedMandate], facts: Facts) -> CheckedMandate | None:
    """Of those that hold, the first that reaches this contract."""
    return next((one for one in held if one.covers(facts)), None)


def lacking(held: Sequence[CheckedMandate], facts: Facts) -> Words | None:
    """Why somebody with these entries may not sign this contract; None where he may."""
    if covering(held, facts) is not None:
        return None
    if not held:
        return Words("今日有効な署名権限がありません", "no authority to sign holds today")
    of_kind = [one for one in held if not one.kinds or among(facts.kind, one.kinds)]
    return _over(of_kind, facts) if of_kind else _other_kind(held, facts)


def _over(held: Sequence[CheckedMandate], facts: Facts) -> Words:
    most = max(one.most for one in held if one.most is not None)
    if facts.amount is None:
        return Words(
            f"署名できるのは{most:,}円までですが、取引金額が入力されていません",
            f"authority to sign reaches {most:,} yen, and no amount is entered",
        )
    return Words(
        f"署名できるのは{most:,}円までで、取引金額は{facts.amount:,}円です",
        f"authority to sign reaches {most:,} yen, and the amount is {facts.amount:,} yen",
    )


def _other_kind(held: Sequence[CheckedMandate], facts: Facts) -> Words:
    names = list(dict.fromkeys(name for one in held for name in one.kinds))
    kind = f"「{facts.kind}」です" if facts.kind else "入力されていません"
    kind_en = f"is “{facts.kind}”" if facts.kind else "is not entered"
    return Words(
        f"署名できる契約の種類は{'・'.join(names)}で、この契約の種類は{kind}",
        f"authority to sign is for {', '.join(names)}, and the kind of contract {kind_en}",
    )


def limits_words(mandate: CheckedMandate) -> Words:
    """「1,000,000円まで、種類：工事請負契約」."""
    ja, en = [], []
    if mandate.most is not None:
        ja.append(f"{mandate.most:,}円まで")
        en.append(f"up to {mandate.most:,} yen")
    if mandate.kinds:
        ja.append(f"種類：{'・'.join(mandate.kinds)}")
        en.append(f"kind: {', '.join(mandate.kinds)}")
    return Words("、".join(ja) or "金額・種類の制限なし", "; ".join(en) or "any amount and kind")


def chain_gaps(
    stage: ChainStage, held: Mapping[UUID, Sequence[CheckedMandate]]
) -> list[tuple[UUID, Words]]:
    """Named signers of a chain's stage who could not sign all that the stage is asked for, and why
    not. The highest amount and each named kind are what a limit fails at. Whoever is found only
    when the chain is used is looked at then."""
    when = stage.condition
    top = when.below - 1 if when.below is not None else None
    return [
        (slot.member_id, why)
        for slot in stage.people
        if slot.kind is SlotKind.SIGN
        and slot.member_id is not None
        and (why := _gap(held.get(slot.member_id, []), top, when.kinds)) is not None
    ]


def _gap(held: Sequence[CheckedMandate], top: int | None, kinds: Sequence[str]) -> Words | None:
    if not held:
        return lacking(held, Facts())
    for kind in kinds or ("",):
        fitting = [one for one in held if not one.kinds or among(kind, one.kinds)]
        if not fitting:
            names = "・".join(dict.fromkeys(name for one in held for name in one.kinds))
            return Words(
                f"署名できる契約の種類が{names}に限られています",
                f"authority to sign is only for {names}",
            )
        limits = [one.most for one in fitting if one.most is not None]
        if len(limits) == len(fitting) and (top is None or max(limits) < top):
            return Words(
                f"署名できるのは{max(limits):,}円までです",
                f"authority to sign reaches {max(limits):,} yen only",
            )
    return None
