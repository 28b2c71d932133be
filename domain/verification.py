"""期間検証: everything that is kept of a period verified in one run, and how its result is told.

施行規則2条6項2号ロ (by 4条1項1号) asks that all time-stamps of any chosen period be verifiable at
once; there is no limit on how many.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from domain.choices import chosen
from domain.deals import DATE_FORM, read_day
from domain.findings import FINDING_WORDS, Finding
from domain.forms import FormCheck, FormProblems
from domain.kinds import Language
from domain.refusals import Words

AT_ONCE = 50
"""Documents that one step verifies at most: some minutes, and a retried one loses none of them."""
OPEN_RUNS = 3
"""Of one organisation at a time: they wait for each other anyway."""


YEARS = range(1970, 2200)
"""A day outside of them is a slip of the pen, and no database's business."""


class Basis(StrEnum):
    """By which day a document belongs to the period."""

    MADE_ON = "made_on"
    CONCLUDED = "concluded"


BASIS_WORDS = {
    Basis.MADE_ON: Words("取引年月日", "Date of the transaction"),
    Basis.CONCLUDED: Words("締結した日（手続きの完了日）", "Day of conclusion (completion)"),
}
_NO_DAY = Words("日付を入力してください。", "Enter a date.")
_TURNED = Words("期間の終わりが、始まりより前になっています。", "The period ends before it begins.")


class RunState(StrEnum):
    """How far a run is. Computed from its times, never stored."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


RUN_WORDS = {
    RunState.WAITING: Words("開始待ち", "Waiting to start"),
    RunState.RUNNING: Words("検証中", "Verifying"),
    RunState.DONE: Words("検証済み", "Verified"),
}


def run_state(planned_at: datetime | None, finished_at: datetime | None) -> RunState:
    """From the two moments that a run's row has."""
    if finished_at is not None:
        return RunState.DONE
    return RunState.RUNNING if planned_at is not None else RunState.WAITING


@dataclass(frozen=True)
class TypedPeriod:
    """The form, as typed."""

    basis: str = Basis.MADE_ON.value
    since: str = ""
    until: str = ""


class Period(NamedTuple):
    """Both days are part of it."""

    basis: Basis
    since: date
    until: date


def check_period(typed: TypedPeriod) -> Period:
    """Raises FormProblems, by the name of the field."""
    check = FormCheck()
    since, until = read_day(check, "since", typed.since), read_day(check, "until", typed.until)
    for name, day in (("since", since), ("until", until)):
        if day is None:
            check.problems.setdefault(name, _NO_DAY)
        elif day.year not in YEARS:
            check.problems.setdefault(name, DATE_FORM)
    if since and until and until < since:
        check.problems["until"] = _TURNED
    if check.problems or since is None or until is None:
        raise FormProblems(check.problems)
    return Period(chosen(Basis, typed.basis, Basis.MADE_ON), since, until)


def fiscal_year(today: date) -> tuple[date, date]:
    """The Japanese fiscal year (April to March) of a day: what the form proposes."""
    year = today.year if today.month >= 4 else today.year - 1
    return date(year, 4, 1), date(year + 1, 3, 31)


@dataclass(frozen=True)
class Stamp:
    """One time-stamp: of a signature (`field` names it), or of the archive."""

    kind: str
    field: str
    at: str
    """UTC text; empty where there is none."""
    authority: str
    good: bool


@dataclass(frozen=True)
class Judgement:
    """What was found of one document. Nothing found: it is as it was signed and stored."""

    findings: tuple[Finding, ...]
    signatures: int = 0
    stamps: tuple[Stamp, ...] = ()
    trial: bool = False
    """Certificates of the test authority (試験用)."""

    @property
    def good(self) -> bool:
        """Nothing speaks against it."""
        return not self.findings


@dataclass(frozen=True)
class ReportLine:
    """One document in the report."""

    number: str
    title: str
    document: str
    made_on: date | None
    concluded: datetime | None
    partner: str
    findings: tuple[Finding, ...]
    checked_at: datetime | None
    signatures: int
    stamps: Sequence[Stamp]
    sha256: str
    trial: bool

    @property
    def good(self) -> bool:
        """Checked, and nothing found."""
        return self.checked_at is not None and not self.findings


@dataclass(frozen=True)
class ReportHead:
    """What stands above the lines."""

    organisation: str
    asked_by: str
    asked_at: datetime
    finished_at: datetime
    zone: str
    language: Language
    asked: Words
    """What was verified, in words."""
    documents: int
    good: int
    problems: int
    ledger_intact: bool
    log_intact: bool
    trial: bool


@dataclass(frozen=True)
class LedgerFindings:
    """Whether the chains hold: the ledger of all events, and the organisation's operation log."""

    ledger_intact: bool
    ledger_events: int
    log_intact: bool
    log_entries: int
    heads: dict[str, str] = field(default_factory=dict)


GOOD = Words("問題なし", "OK")
WRONG = Words("問題あり", "Problem")
UNCHECKED = Words("未検証", "Not verified yet")


def result_words(line: ReportLine) -> Words:
    """OK or not, of a document."""
    if line.checked_at is None:
        return UNCHECKED
    return WRONG if line.findings else GOOD


def finding_texts(findings: Sequence[Finding], language: Language) -> list[str]:
    """In plain words."""
    return [FINDING_WORDS[finding].in_language(language) for finding in findings]


def period_words(period: Period) -> Words:
    """`取引年月日が2026-04-01から2027-03-31までのもの`."""
    basis = BASIS_WORDS[period.basis]
    since, until = period.since.isoformat(), period.until.isoformat()
    undated = period.basis is Basis.MADE_ON
    return Words(
        f"{basis.ja}が{since}から{until}までの、締結済みの封筒の全文書"
        + ("（取引年月日が未入力のものは、締結日がこの期間のもの）" if undated else ""),
        f"All documents of concluded envelopes from {since} to {until}, by {basis.en.lower()}"
        + (" (or, where none was entered, by the day of conclusion)" if undated else ""),
    )


def stamps_of(values: Sequence[Any]) -> tuple[Stamp, ...]:
    """As a row keeps them."""
    return tuple(Stamp(**value) for value in values)
