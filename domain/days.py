"""Numbers of days as people type them: until a deadline, and after which somebody is reminded."""

import re
import unicodedata

from domain.refusals import Words

MAX_DEADLINE_DAYS = 365
MAX_REMINDERS = 10
"""More mails about one request are read by nobody."""
_SEPARATORS = re.compile(r"[、,，;；\s]+")
NEVER = "0"
"""Typed instead of days: nobody is reminded."""
REMINDERS = Words(
    f"再送する日は、1から{MAX_DEADLINE_DAYS}までの数字を「、」で区切って{MAX_REMINDERS}個まで入力してください。"
    "再送しないときは0を入力します。",
    f"Enter up to {MAX_REMINDERS} numbers from 1 to {MAX_DEADLINE_DAYS} with commas between, or 0 "
    "for no reminders.",
)


def read_days(value: str) -> int | None:
    """A number of days; full-width digits are digits too."""
    digits = unicodedata.normalize("NFKC", value).strip()
    good = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MAX_DEADLINE_DAYS))
    return int(digits) if good and 1 <= int(digits) <= MAX_DEADLINE_DAYS else None


def read_reminders(typed: str) -> tuple[int, ...] | None:
    """Days in their order, each once; none for 0. None for what cannot be read, or is empty."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if text == NEVER:
        return ()
    found = [read_days(part) for part in _SEPARATORS.split(text) if part]
    days = sorted({day for day in found if day is not None})
    good = bool(found) and None not in found and len(days) <= MAX_REMINDERS
    return tuple(days) if good else None


def read_own_reminders(name: str, typed: str, problems: dict[str, Words]) -> tuple[int, ...] | None:
    """Of a stage: None where nothing is typed, so that the organisation's days hold."""
    if not typed.strip():
        return None
    found = read_reminders(typed)
    if found is None:
        problems[name] = REMINDERS
    return found


def reminders_typed(days: tuple[int, ...]) -> str:
    """As a form shows them."""
    return "、".join(map(str, days)) or NEVER
