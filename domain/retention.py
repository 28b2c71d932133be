"""保存期間: until when what has ended is kept, whatever anybody wants; and its deletion afterwards.

電子帳簿保存法 with 法人税法施行規則 59条: seven years from the day after the tax return of the
fiscal year is due (two months after its end), ten where a loss is carried forward. A contract
belongs to the fiscal year of the last day that matters of it: one that runs for years is kept from
its end on.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.deals import Deal
from domain.refusals import Words
from domain.working_days import after_months

USUAL_YEARS = 10
FISCAL_MONTH = 4
"""In which municipalities' fiscal year begins."""
RETURN_MONTHS = 2
"""After the end of the fiscal year, until the tax return is due."""

MONTH_RANGE = Words("1から12までの月を選んでください。", "Choose a month from 1 to 12.")


@dataclass(frozen=True)
class Rule:
    """What an organisation has decided."""

    years: int = USUAL_YEARS
    fiscal_month: int = FISCAL_MONTH
    """In which its fiscal year begins."""


@dataclass(frozen=True)
class Lock:
    """Until when something cannot be deleted; `until` None: as long as it renews by itself."""

    until: date | None
    years: int
    counted_from: date
    """The first day of the retention."""

    def free(self, today: date) -> bool:
        """Whether it may be deleted on this day."""
        return self.until is not None and today > self.until


def lock(rule: Rule, deal: Deal, ended_on: date) -> Lock:
    """`ended_on` is the day of the organisation's zone on which nothing was to follow any more. A
    contract may be kept longer than the organisation's rule says, never shorter."""
    days = [ended_on, deal.made_on, deal.received_on, deal.ends_on]
    last = max(day for day in days if day is not None)
    years = max(rule.years, deal.retention_years or 0)
    try:
        begins = fiscal_end(last, rule.fiscal_month)
        begins = after_months(begins + timedelta(days=1), RETURN_MONTHS)
        until = after_months(begins, 12 * years) - timedelta(days=1)
    except (ValueError, OverflowError):  # behind the last day of all calendars: 9999-12-31
        return Lock(date.max, years, last)
    return Lock(None if deal.renews else until, years, begins)


def fiscal_end(day: date, month: int) -> date:
    """The last day of the fiscal year of a day."""
    year = day.year + (day.month >= month)
    return date(year, month, 1) - timedelta(days=1)


class Decision(StrEnum):
    """What became of a proposal to delete. Stored with it: never rename one."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    """By another member."""
    TAKEN_BACK = "taken_back"
    """By whoever proposed it."""


DECISION_WORDS: dict[Decision | None, Words] = {
    None: Words("承認待ち", "Awaits a second person"),
    Decision.CONFIRMED: Words("削除済み", "Deleted"),
    Decision.REFUSED: Words("却下", "Refused"),
    Decision.TAKEN_BACK: Words("取り下げ", "Taken back"),
}
NO_REASON = Words(
    "削除する理由を入力してください。記録に残ります。", "Say why it is deleted; it is kept."
)
NO_REFUSAL_REASON = Words(
    "却下する理由を入力してください。記録に残ります。", "Say why it is refused; it is kept."
)
HANGING = Words(
    "この契約に続く契約が、画面を開いた後に変わりました。一覧を確かめて、もう一度操作してください。",
    "What hangs on this contract is not what the page showed. Look at the list, and try again.",
)
MOVED = Words(
    "保存期間を変えた変更が、画面を開いた後に増えました。一覧を確かめて、もう一度操作してください。",
    "The retention was changed since the page was opened. Look at the list, and try again.",
)
SHORTENED_BY_SAME = Words(
    "この契約の保存期間を短くした人は、削除を承認できません。ほかの人が内容を確かめて承認してください。",
    "Whoever made this contract's retention shorter cannot confirm its deletion. Somebody else has "
    "to look at it.",
)
SAME_PERSON = Words(
    "申請した人は承認できません。ほかの人が内容を確かめて承認してください。",
    "Whoever proposed a deletion cannot confirm it. Somebody else has to look at it.",
)
STILL_LOCKED = Words(
    "保存期間が終わっていないため、削除できません。",
    "Its retention has not ended: it cannot be deleted.",
)
EXTEND_ONLY = Words(
    "組織の保存年数より短くはできません。長くするときだけ入力してください。",
    "It cannot be shorter than the organisation's years: enter longer ones only.",
)
