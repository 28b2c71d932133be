"""Business days (営業日), and the limit by which a received document has its time-stamp.

電子帳簿保存法施行規則 2条6項1号・2号 and 4条1項2号: after the usual cycle of business, two months
at the most, and promptly then, which the tax office takes as about seven business days. 民法 140条,
143条: the day of receipt does not count; a month that lacks the day ends with its last one.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from holidays.countries.japan import Japan

from domain.refusals import Words

CYCLE_MONTHS = 2
PROMPT_DAYS = 7
"""Business days: by themselves 速やか, and after the cycle the last ones."""
MAX_CLOSED_LINES = 200
YEAR_END = ("12-29", "12-30", "12-31", "01-02", "01-03")
"""When municipalities are closed besides (地方自治法 4条の2, with their ordinances): what an
organisation has that entered nothing else."""
_SATURDAY = 5
_LEAP = 2024
"""Any leap year: 29 February may be entered."""
_YEARLY = re.compile(r"(\d{1,2})[-/](\d{1,2})")
_ONCE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")

_HOLIDAYS = Japan()
"""Of 国民の祝日に関する法律, 振替休日 and 国民の休日 included; fills itself year by year."""


@dataclass(frozen=True)
class ClosedDays:
    """An organisation's own holidays, besides weekends and national ones."""

    yearly: frozenset[tuple[int, int]] = frozenset()
    """Month and day."""
    once: frozenset[date] = frozenset()

    @classmethod
    def of(cls, lines: Iterable[str] | None) -> "ClosedDays":
        """From what is kept; None: nothing else was entered. Lines that are no days are none."""
        yearly, once = set(), set()
        for line in YEAR_END if lines is None else lines:
            found = _read(line)
            if isinstance(found, date):
                once.add(found)
            elif found is not None:
                yearly.add(found)
        return cls(frozenset(yearly), frozenset(once))

    def is_open(self, day: date) -> bool:
        """Whether it is a business day."""
        if day.weekday() >= _SATURDAY or day in _HOLIDAYS:
            return False
        return (day.month, day.day) not in self.yearly and day not in self.once


def check_closed(text: str) -> tuple[list[str], Words | None]:
    """Lines as they are kept, and what is wrong with the first that is no day."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = []
    for number, line in enumerate(lines, start=1):
        found = _read(line)
        if found is None:
            return [], Words(
                f"{number}行目「{line[:20]}」は日付として読み取れません。毎年の日は12-29、その年だけの日は"
                "2026-08-14の形で入力してください。",
                f"Line {number}, “{line[:20]}”, is no day. Write 12-29 for every year, or "
                "2026-08-14 for one year.",
            )
        kept.append(found.isoformat() if isinstance(found, date) else "{:02}-{:02}".format(*found))
    if len(kept) > MAX_CLOSED_LINES:
        return [], Words(f"{MAX_CLOSED_LINES}行までです。", f"At most {MAX_CLOSED_LINES} lines.")
    return sorted(dict.fromkeys(kept)), None


def _read(line: str) -> date | tuple[int, int] | None:
    text = unicodedata.normalize("NFKC", line).strip()
    try:
        if found := _ONCE.fullmatch(text):
            return date(*map(int, found.groups()))
        if found := _YEARLY.fullmatch(text):
            month, day = map(int, found.groups())
            date(_LEAP, month, day)
            return month, day
    except ValueError:
        pass
    return None


def after_working_days(day: date, count: int, closed: ClosedDays) -> date:
    """The last of so many business days after a day."""
    while count:
        day += timedelta(days=1)
        count -= closed.is_open(day)
    return day


def after_months(day: date, months: int) -> date:
    """The day of the same number, or the last of a month that lacks it."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def stamp_limit(received_on: date, closed: ClosedDays) -> date:
    """The last day for the time-stamp: two months and seven business days."""
    return after_working_days(after_months(received_on, CYCLE_MONTHS), PROMPT_DAYS, closed)


def prompt_limit(received_on: date, closed: ClosedDays) -> date:
    """The last day that is 速やか by itself: seven business days."""
    return after_working_days(received_on, PROMPT_DAYS, closed)


def as_lines(kept: Sequence[str] | None) -> str:
    """For the form."""
    return "\n".join(YEAR_END if kept is None else kept)
