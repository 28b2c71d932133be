"""契約の期限: the days on which a concluded contract ends, or notice has to be given, and who is
told how long before.

A contract that renews by itself has the last day on which somebody may say that it ends
(解約通知期限), and where that lies before its end, its end too, after which it goes on unless
notice was given. One that does not renew has its end, and a day of notice where one was entered.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.refusals import Words

MARGINS = (30, 7)
"""By how many days before a day somebody is warned of it."""
MOST_MAILS = 20
"""To one person on one day; the rest stands in the list, which one more mail leads to."""
MORNING = 8
"""The hour of the organisation's day from which warnings are sent."""


class Milestone(StrEnum):
    """A day of a contract that somebody has to know of before it comes."""

    NOTICE = "notice"
    """The last day on which notice can be given (解約通知期限)."""
    END = "end"
    RENEWAL = "renewal"
    """The end of a term that renews by itself; after the last day for notice."""


class Standing(StrEnum):
    """Where a contract stands on a day."""

    NOTICE_AHEAD = "notice_ahead"
    NOTICE_OVER = "notice_over"
    """It renews, and nobody can stop that any more."""
    END_AHEAD = "end_ahead"
    MAYBE_RENEWED = "maybe_renewed"
    """It renewed by itself, if nobody gave notice: nobody has entered the new term yet."""
    ENDED = "ended"


STANDING_WORDS = {
    Standing.NOTICE_AHEAD: Words("解約通知の期限が来ます", "Notice is due"),
    Standing.NOTICE_OVER: Words(
        "通知期限後：自動更新の予定です", "Too late for notice: it is to renew"
    ),
    Standing.END_AHEAD: Words("契約が終わります", "The contract ends"),
    Standing.MAYBE_RENEWED: Words(
        "更新済みの可能性：期間を確認してください", "May have renewed: check the term"
    ),
    Standing.ENDED: Words("契約期間が終わりました", "The term is over"),
}


class Within(StrEnum):
    """How far the list looks."""

    MONTH = "30"
    QUARTER = "90"
    HALF_YEAR = "180"
    OVERDUE = "overdue"

    @property
    def days(self) -> int | None:
        """None: back, not ahead."""
        return None if self is Within.OVERDUE else int(self.value)


WITHIN_WORDS = {
    Within.MONTH: Words("30日以内", "Within 30 days"),
    Within.QUARTER: Words("90日以内", "Within 90 days"),
    Within.HALF_YEAR: Words("180日以内", "Within 180 days"),
    Within.OVERDUE: Words("期限を過ぎたもの", "Past"),
}
TERM_HEADS = (
    Words("契約の期限の状態", "Standing of the term"),
    Words("期限の日", "Day"),
    Words("残り日数", "Days left"),
    Words("解約通知の期限の日", "Last day for notice"),
)
"""What stands before the register's columns in a table of terms."""


@dataclass(frozen=True)
class TermWarning:
    """That a day comes, said once `margin` days before it."""

    milestone: Milestone
    margin: int
    day: date

    @property
    def occasion(self) -> str:
        """What makes it one: another day is another warning."""
        return f"{self.milestone}-{self.margin}:{self.day.isoformat()}"

    @classmethod
    def read(cls, occasion: str) -> "TermWarning":
        """The warning of this occasion."""
        name, _, day = occasion.partition(":")
        milestone, _, margin = name.partition("-")
        return cls(Milestone(milestone), int(margin), date.fromisoformat(day))


@dataclass(frozen=True)
class MoreWarnings:
    """That there are more warnings for one person on one day than he gets mails."""

    count: int
    day: date

    @property
    def occasion(self) -> str:
        """What makes it one, beside the first of the contracts that it stands for."""
        return f"more-{self.count}:{self.day.isoformat()}"

    @classmethod
    def read(cls, occasion: str) -> "MoreWarnings":
        """Those of this occasion."""
        count, _, day = occasion.removeprefix("more-").partition(":")
        return cls(int(count), date.fromisoformat(day))


@dataclass(frozen=True)
class Term:
    """What was entered of a contract that ends."""

    ends_on: date
    renews: bool = False
    notice_days: int | None = None

    @property
    def notice_on(self) -> date | None:
        """The last day for notice; of a contract that renews and has no days of notice, its end.
        None where notice is of no use, or nobody entered when."""
        if not self.renews and not self.notice_days:
            return None
        try:
            return self.ends_on - timedelta(days=self.notice_days or 0)
        except OverflowError:  # a typing error: before the first year
            return None

    @property
    def milestones(self) -> tuple[tuple[Milestone, date], ...]:
        """Of what somebody is warned, the earlier first."""
        notice = ((Milestone.NOTICE, self.notice_on),) if self.notice_on is not None else ()
        if self.notice_on == self.ends_on:
            return notice
        end = Milestone.RENEWAL if self.renews else Milestone.END
        return (*notice, (end, self.ends_on))

    def standing(self, today: date) -> tuple[Standing, date]:
        """Where it stands, and the day that says so: the next one, or the last that passed."""
        if self.ends_on < today:
            over = Standing.MAYBE_RENEWED if self.renews else Standing.ENDED
            return over, self.ends_on
        if self.notice_on is not None and today <= self.notice_on:
            return Standing.NOTICE_AHEAD, self.notice_on
        return (Standing.NOTICE_OVER if self.renews else Standing.END_AHEAD), self.ends_on

    def due(self, today: date) -> tuple[TermWarning, ...]:
        """The warnings of this day: of each milestone the nearest whose time has come. Whoever
        enters a term late is warned once, not of every margin that has passed."""
        found = []
        for milestone, day in self.milestones:
            if milestone is Milestone.RENEWAL and self.standing(today)[0] is Standing.NOTICE_AHEAD:
                continue  # while it can be stopped, that day is what matters
            left = (day - today).days
            margins = [margin for margin in MARGINS if 0 <= left <= margin]
            if margins:
                found.append(TermWarning(milestone, min(margins), day))
        return tuple(found)
