"""取込: contracts that were concluded elsewhere, or on paper, taken into the register.

What is said of each is checked here; the limit for its time-stamp counts from the day on which it
was received (domain.working_days). Nobody here signs such a contract: its bytes stay as they came.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum

from domain.choices import chosen
from domain.deals import Deal, TypedDeal, check_deal, read_day
from domain.events import Json
from domain.forms import CHOICE, FormCheck, FormProblems
from domain.limits import MAX_REASON_CHARACTERS, MAX_TITLE_CHARACTERS
from domain.own_fields import PREFIX, OwnField, check_own, evened_text, is_field_id
from domain.refusals import Words
from domain.working_days import ClosedDays, prompt_limit, stamp_limit

MAX_BATCH = 500
"""Files that are looked at and taken together."""
WARNED_BEFORE = 7
"""Days before the limit on which somebody is told that a time-stamp is missing."""


class Origin(StrEnum):
    """How an envelope came to be. Stored with it: never rename one."""

    SENT = "sent"
    IMPORTED = "imported"


ORIGIN_WORDS = {
    Origin.SENT: Words("電子署名", "Signed here"),
    Origin.IMPORTED: Words("取込", "Imported"),
}
ORIGIN = Words("区分", "Origin")


class Way(StrEnum):
    """How it was received, which says which rules it is kept by."""

    ELECTRONIC = "electronic"
    """電子取引: data that came as data (another service's PDF, an attachment of a mail)."""
    PAPER = "paper"
    """スキャナ保存: paper that was scanned."""


WAY_WORDS = {
    Way.ELECTRONIC: Words("電子データ", "Electronic data"),
    Way.PAPER: Words("紙をスキャン", "Scanned paper"),
}
WAY_HINTS = {
    Way.ELECTRONIC: Words(
        "他社の電子契約サービスやメールなどで受け取ったPDF（電子取引）です。",
        "A PDF from another service or a mail (電子取引).",
    ),
    Way.PAPER: Words(
        "書面を200dpi以上・カラーで読み取ったPDF（スキャナ保存）です。",
        "Paper that was scanned in colour with 200 dpi or more (スキャナ保存).",
    ),
}
IMPORT_WORDS = {
    "title": Words("契約書名", "Title"),
    "way": Words("受領の方法", "How it was received"),
    "late_reason": Words("期限に遅れた理由", "Why it is late"),
}
MISSING = {
    "made_on": Words("取引年月日を入力してください。", "Enter the date of the transaction."),
    "partner": Words("取引先を入力してください。", "Enter the partner."),
    "received_on": Words(
        "受領日を入力してください。タイムスタンプの期限を数えるために必要です。",
        "Enter the day on which it was received: the limit for the time-stamp counts from it.",
    ),
}
FUTURE = Words("受領日が今日より後になっています。", "It cannot have been received after today.")
NO_LATE_REASON = Words(
    "タイムスタンプの期限を過ぎています。遅れた理由を入力してください。記録に残ります。",
    "The limit for the time-stamp has passed. Say why; it is kept.",
)


@dataclass(frozen=True)
class TypedImport:
    """What is said of one file, as typed or as a table says it."""

    title: str = ""
    way: str = Way.ELECTRONIC.value
    late_reason: str = ""
    deal: TypedDeal = field(default_factory=TypedDeal)
    own: tuple[tuple[str, str], ...] = ()
    """Own fields, by their ids; a kind's that is not chosen says nothing."""

    @classmethod
    def read(cls, values: Mapping[str, object]) -> "TypedImport":
        """From flat names, as a form and a row have them; unknown ones are ignored."""
        texts = {name: str(value) for name, value in values.items()}
        names = [one.name for one in fields(TypedDeal)]
        return cls(
            title=texts.get("title", ""),
            way=texts.get("way", Way.ELECTRONIC.value),
            late_reason=texts.get("late_reason", ""),
            deal=TypedDeal(**{name: texts[name] for name in names if name in texts}),
            own=tuple(
                sorted(
                    (name[len(PREFIX) :], value)
                    for name, value in texts.items()
                    if name.startswith(PREFIX) and is_field_id(name[len(PREFIX) :])
                )
            ),
        )

    def flat(self) -> dict[str, str]:
        """For a row, and for a form."""
        return {
            "title": self.title,
            "way": self.way,
            "late_reason": self.late_reason,
            **vars(self.deal),
            **{PREFIX + name: value for name, value in self.own},
        }


@dataclass(frozen=True)
class CheckedImport:
    """One file, ready to be taken."""

    title: str
    way: Way
    deal: Deal
    received_on: date
    limit_on: date
    late_reason: str = ""
    own: tuple[tuple[str, str], ...] = ()
    """Values of own fields of its kind, by their ids."""

    def late(self, day: date) -> bool:
        """Whether a time-stamp of this day comes too late."""
        return day > self.limit_on

    def as_json(self) -> dict[str, Json]:
        """For a hash over what was shown."""
        return {
            "title": self.title,
            "way": self.way.value,
            "late_reason": self.late_reason,
            "deal": self.deal.as_json(),
            "own": dict(self.own),
        }


@dataclass(frozen=True)
class KindFields:
    """A kind as the administrator wrote it, and its own fields that are filled in."""

    name: str
    fields: tuple[OwnField, ...]


@dataclass(frozen=True)
class Judge:
    """By what the values of imports are checked."""

    today: date
    closed: ClosedDays
    kinds: Mapping[str, KindFields] = field(default_factory=dict)
    """Of the organisation, by their evened names."""

    def kind(self, name: str) -> KindFields:
        """The one that is named; any other name is a kind without own fields."""
        return self.kinds.get(evened_text(name)) or KindFields(name, ())


def check_import(typed: TypedImport, stem: str, judge: Judge) -> CheckedImport:
    """`stem`, of the file's name, is the title where none was entered. What is late without a
    reason passes: it is asked for all of them when they are taken. Raises FormProblems, of own
    fields by the names of their inputs."""
    check, deal = FormCheck(), Deal()
    title = check.line("title", typed.title or stem, None, MAX_TITLE_CHARACTERS)
    way = chosen(Way, typed.way, None)
    if way is None:
        check.problems["way"] = CHOICE
    reason = check.text("late_reason", typed.late_reason, MAX_REASON_CHARACTERS)
    try:
        deal = check_deal(typed.deal)
    except FormProblems as found:
        check.problems |= found.problems
    for name, words in MISSING.items():
        if not getattr(deal, name) and not getattr(typed.deal, name).strip():
            check.problems.setdefault(name, words)
    received = read_day(FormCheck(), "received_on", typed.deal.received_on)
    if received is not None and received > judge.today:
        check.problems["received_on"] = FUTURE
    kind = judge.kind(deal.kind)
    own = check_own(check, kind.fields, dict(typed.own))
    if check.problems or deal.received_on is None or way is None:
        raise FormProblems(check.problems)
    limit = stamp_limit(deal.received_on, judge.closed)
    said, values = replace(deal, kind=kind.name), tuple(sorted(own.items()))
    return CheckedImport(title, way, said, deal.received_on, limit, reason, values)


def clock_day(typed_on: str, uploaded_on: date) -> tuple[date, bool]:
    """From which day the limit counts while nobody has taken a file, and whether somebody said that
    it was received then. Without a day that can be right it is the day of its upload: it was
    received at the latest then."""
    said = read_day(FormCheck(), "received_on", typed_on)
    return (said, True) if said is not None and said <= uploaded_on else (uploaded_on, False)


class Clock(StrEnum):
    """Where an imported contract stands against the limit for its time-stamp."""

    OPEN = "open"
    NEAR = "near"
    OVER = "over"
    """No time-stamp yet, and the limit has passed."""
    IN_TIME = "in_time"
    LATE = "late"
    """Its time-stamp came after the limit."""


CLOCK_WORDS = {
    Clock.OPEN: Words("タイムスタンプ待ち", "Awaits its time-stamp"),
    Clock.NEAR: Words("期限が近い", "The limit is near"),
    Clock.OVER: Words("期限超過（タイムスタンプなし）", "Past the limit, without time-stamp"),
    Clock.IN_TIME: Words("期限内に付与", "Stamped in time"),
    Clock.LATE: Words("期限後に付与", "Stamped late"),
}
CLOCK_TONES = {
    Clock.OPEN: "checking",
    Clock.NEAR: "warning",
    Clock.OVER: "failed",
    Clock.IN_TIME: "done",
    Clock.LATE: "failed",
}


def clock(limit_on: date, stamped_on: date | None, today: date) -> Clock:
    """Days are those of the organisation's zone; the limit's own day is in time."""
    if stamped_on is not None:
        return Clock.LATE if stamped_on > limit_on else Clock.IN_TIME
    if today > limit_on:
        return Clock.OVER
    return Clock.NEAR if (limit_on - today).days <= WARNED_BEFORE else Clock.OPEN


class Warned(StrEnum):
    """Of what somebody is told while a file has no time-stamp, each once."""

    PROMPT = "prompt"
    """Seven business days since it was received: 速やか is over, the cycle still runs."""
    NEAR = "near"
    OVER = "over"


def due_warning(
    received_on: date, limit_on: date, today: date, closed: ClosedDays
) -> Warned | None:
    """The one of this day; None before the first."""
    if today > limit_on:
        return Warned.OVER
    if (limit_on - today).days <= WARNED_BEFORE:
        return Warned.NEAR
    return Warned.PROMPT if today > prompt_limit(received_on, closed) else None


class Shown(StrEnum):
    """What the list of limits is narrowed to; stands in the URL."""

    OPEN = "open"
    LATE = "late"
    ALL = "all"


SHOWN_WORDS = {
    Shown.OPEN: Words("タイムスタンプがまだのもの", "Without time-stamp"),
    Shown.LATE: Words("期限を過ぎたもの", "Past the limit"),
    Shown.ALL: Words("すべて", "All"),
}


@dataclass(frozen=True)
class DueImports:
    """Files that one mail stands for: which warning, how many, and the first limit."""

    warned: Warned
    count: int
    limit_on: date

    @property
    def occasion(self) -> str:
        """What makes the mail one, beside the first of the files that it stands for."""
        return f"{self.warned.value}-{self.count}:{self.limit_on.isoformat()}"

    @classmethod
    def read(cls, occasion: str) -> "DueImports":
        """That of this occasion."""
        told, _, day = occasion.partition(":")
        warned, _, count = told.partition("-")
        return cls(Warned(warned), int(count), date.fromisoformat(day))
