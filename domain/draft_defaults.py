"""What an organisation's envelopes begin with (封筒の初期値): deadline and days of reminders."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from domain.draft_check import MAX_DEADLINE_DAYS, read_days
from domain.events import Json
from domain.forms import FormProblems
from domain.limits import DEADLINE_DAYS, REMINDER_DAYS
from domain.refusals import Words

MAX_REMINDERS = 10
"""More mails about one request are read by nobody."""
_SEPARATORS = re.compile(r"[、,，;；\s]+")
NEVER = "0"
"""Typed instead of days: nobody is reminded."""

_DAYS = Words(
    f"期限は1日から{MAX_DEADLINE_DAYS}日までの数字で入力してください。",
    f"Enter the deadline as a number of days from 1 to {MAX_DEADLINE_DAYS}.",
)
REMINDERS = Words(
    f"再送する日は、1から{MAX_DEADLINE_DAYS}までの数字を「、」で区切って{MAX_REMINDERS}個まで入力してください。"
    "再送しないときは0を入力します。",
    f"Enter up to {MAX_REMINDERS} numbers from 1 to {MAX_DEADLINE_DAYS} with commas between, or 0 "
    "for no reminders.",
)


@dataclass(frozen=True)
class DraftDefaults:
    """Days from sending to the deadline, and days after which somebody asked is reminded."""

    deadline_days: int = DEADLINE_DAYS
    reminder_days: tuple[int, ...] = REMINDER_DAYS

    def as_json(self) -> dict[str, Json]:
        """As the organisation's row keeps it."""
        return {"deadline_days": self.deadline_days, "reminder_days": list(self.reminder_days)}


def defaults_of(stored: Mapping[str, object] | None) -> DraftDefaults:
    """From the row; what it does not say is the service's own."""
    first, row = DraftDefaults(), stored or {}
    days, reminders = row.get("deadline_days"), row.get("reminder_days")
    return DraftDefaults(
        int(days) if isinstance(days, int) else first.deadline_days,
        tuple(int(day) for day in reminders)
        if isinstance(reminders, list)
        else first.reminder_days,
    )


def check_defaults(deadline: str, reminders: str) -> DraftDefaults:
    """As typed. Raises FormProblems, by `deadline_days` and `reminder_days`."""
    problems: dict[str, Words] = {}
    days, found = read_days(deadline), read_reminders(reminders)
    if days is None:
        problems["deadline_days"] = _DAYS
    if found is None:
        problems["reminder_days"] = REMINDERS
    if days is None or found is None:
        raise FormProblems(problems)
    return DraftDefaults(days, found)


def read_reminders(typed: str) -> tuple[int, ...] | None:
    """Days in their order, each once; none for 0. None for what cannot be read, or is empty."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if text == NEVER:
        return ()
    found = [read_days(part) for part in _SEPARATORS.split(text) if part]
    days = sorted({day for day in found if day is not None})
    good = bool(found) and None not in found and len(days) <= MAX_REMINDERS
    return tuple(days) if good else None


def reminders_typed(days: tuple[int, ...]) -> str:
    """As a form shows them."""
    return "、".join(map(str, days)) or NEVER
