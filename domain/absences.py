"""Absences (不在) and deputies (代決): as typed, as checked, and what is said of them.

A deputy acts in his own name, besides whom he stands in for; nobody ever signs in another's name.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.deals import read_day
from domain.forms import CHOICE, FormCheck, FormProblems
from domain.ids import read_id
from domain.refusals import Words

MAX_DAYS = 366
MAX_CHAIN = 2
"""Whoever is absent may be stood in for by a deputy, or by that deputy's own deputy; no further."""

_NO_DAY = Words("日付を入力してください。", "Enter a day.")
_TURNED = Words(
    "不在の終わりが、始まりより前になっています。", "The absence ends before it begins."
)
_OVER = Words(
    "すでに終わった期間です。今日以降の日付を入力してください。",
    "This is over already. Enter today or a later day.",
)
_TOO_LONG = Words(
    f"不在は{MAX_DAYS}日までです。それより長いときは、承認ルートを変更してください。",
    f"At most {MAX_DAYS} days. For longer, change the approval routes.",
)
_NOBODY = Words("代わりに手続きをする人を選んでください。", "Choose who acts as deputy.")
_HIMSELF = Words(
    "本人を代決者にはできません。別の人を選んでください。",
    "Nobody is his own deputy. Choose somebody else.",
)


@dataclass(frozen=True)
class TypedAbsence:
    """The form, as typed."""

    member: str = ""
    """Who is absent; only an administrator chooses."""
    begins_on: str = ""
    ends_on: str = ""
    deputy: str = ""


@dataclass(frozen=True)
class CheckedAbsence:
    """From the first day to the last, both included, in the organisation's zone."""

    member_id: UUID
    begins_on: date
    ends_on: date
    deputy_id: UUID


def check_absence(typed: TypedAbsence, members: Collection[UUID], today: date) -> CheckedAbsence:
    """`members` are those who may act. Raises FormProblems, by the name of the field."""
    check = FormCheck()
    begins = read_day(check, "begins_on", typed.begins_on)
    ends = read_day(check, "ends_on", typed.ends_on)
    for name, day in (("begins_on", begins), ("ends_on", ends)):
        if day is None:
            check.problems.setdefault(name, _NO_DAY)
    if begins and ends:
        _check_days(check, begins, ends, today)
    member_id = _member(check, "member", typed.member, members)
    deputy_id = _member(check, "deputy", typed.deputy, members)
    if deputy_id is not None and deputy_id == member_id:
        check.problems["deputy"] = _HIMSELF
    if check.problems or not (begins and ends and member_id and deputy_id):
        raise FormProblems(check.problems)
    return CheckedAbsence(member_id, begins, ends, deputy_id)


def _check_days(check: FormCheck, begins: date, ends: date, today: date) -> None:
    if ends < begins:
        check.problems["ends_on"] = _TURNED
    elif ends < today:
        check.problems["ends_on"] = _OVER
    elif ends - begins >= timedelta(days=MAX_DAYS):
        check.problems["ends_on"] = _TOO_LONG


def _member(check: FormCheck, name: str, typed: str, members: Collection[UUID]) -> UUID | None:
    if not typed:
        check.problems[name] = _NOBODY if name == "deputy" else CHOICE
        return None
    found = read_id(typed)
    if found not in members:
        check.problems[name] = CHOICE
        return None
    return found


OVERLAPS = Words(
    "この期間には、すでに不在が登録されています。先にそれを取り消してください。",
    "There is an absence in these days already. Cancel that one first.",
)


def deputy_words(absent: str) -> Words:
    """Said behind a deputy's name, wherever he stands: 代決（A の不在のため）."""
    return Words(f"代決（{absent}の不在のため）", f"deputy (in the absence of {absent})")


class NoDeputy:
    """Why nobody stands in for somebody absent, in words for administrators."""

    LEFT = Words("代決者が利用者ではなくなっています。", "The deputy is no longer a member.")
    ABSENT = Words(
        "代決者も、その代決者も不在です。", "The deputy and his own deputy are absent too."
    )
    SENDER = Words(
        "代決者が、この封筒の送信者です。自分の起案を自分で代決することはできません。",
        "The deputy is the envelope’s sender, who cannot approve what he drew up.",
    )
    ON_ROUTE = Words(
        "代決者は、この封筒ですでに手続きをする人です。",
        "The deputy takes part in the envelope already.",
    )
    NO_ROLE = Words(
        "代決者に、議決などを登録できる役割（担当者または管理者）がありません。",
        "The deputy has no role that may enter a resolution.",
    )
    CODE = Words(
        "この依頼には、本人だけが知るアクセスコードまたは本人の電話番号が必要です。",
        "This request asks for an access code or a phone that only the absent person has.",
    )
    NO_APP = Words(
        "この依頼には認証アプリが必要ですが、代決者は設定していません。",
        "This request asks for an authenticator app, which the deputy has not set up.",
    )
