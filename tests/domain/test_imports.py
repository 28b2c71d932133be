"""What is said of contracts from elsewhere, by form and by table; and where they stand."""

from datetime import date

import pytest

from domain.forms import FormProblems
from domain.import_table import COLUMNS, Judge, read_import_table
from domain.imports import (
    Clock,
    DueImports,
    TypedImport,
    Warned,
    Way,
    check_import,
    clock,
    due_warning,
)
from domain.kinds import Language
from domain.tables import TableRefused
from domain.working_days import ClosedDays

TODAY, CLOSED = date(2026, 11, 29), ClosedDays.of(None)
JUDGE = Judge(TODAY, CLOSED)
FILES = ("業務委託契約書.pdf", "scan-2.pdf")
HEAD = (
    "ファイル名,取引年月日,取引先,取引金額,受領日,受領の方法,自動更新,"
    "元の契約との関係,元の契約の封筒番号\n"
)
GOOD = (
    HEAD + '業務委託契約書.pdf,2026/10/1,㈱青山建設,"1,200,000",2026-10-05,電子データ,あり,,\n'
    "SCAN-2,2026年10月2日,赤坂設計,,2026.10.7,紙,なし,変更契約,1234567890\n"
)  # fmt: skip


def typed(**changes: str) -> TypedImport:
    words = {"made_on": "2026-10-01", "partner": "青山建設", "received_on": "2026-10-05"}
    return TypedImport.read(words | changes)


def problems(**changes: str) -> set[str]:
    with pytest.raises(FormProblems) as found:
        check_import(typed(**changes), "契約書", TODAY, CLOSED)
    return set(found.value.problems)


def test_a_checked_import_has_a_title_and_a_limit() -> None:
    checked = check_import(typed(), "契約書", TODAY, CLOSED)
    assert (checked.title, checked.way, checked.late(TODAY)) == ("契約書", Way.ELECTRONIC, False)
    assert checked.limit_on == date(2026, 12, 15)
    assert checked.late(date(2026, 12, 16))


@pytest.mark.parametrize("name", ["made_on", "partner", "received_on"])
def test_what_the_law_searches_by_and_the_clock_counts_from_is_needed(name: str) -> None:
    assert problems(**{name: " "}) == {name}


def test_nothing_is_received_after_today() -> None:
    assert problems(received_on="2026-11-30") == {"received_on"}
    assert problems(received_on="30 Nov") == {"received_on"}
    assert problems(way="fax") == {"way"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_table_is_read_in_each_encoding(encoding: str) -> None:
    table = read_import_table(GOOD.encode(encoding), FILES, JUDGE)
    assert table.faults == []
    first, second = (table.said[name] for name in FILES)
    assert (first.deal.amount, first.way, first.deal.renews) == ("1,200,000", "electronic", "yes")
    assert (second.way, second.deal.renews, second.deal.relation) == ("paper", "", "amends")


def test_an_english_head_is_read_too() -> None:
    names = [COLUMNS[name].in_language(Language.EN) for name in ("file", "made_on", "partner")]
    head = ",".join([*names, COLUMNS["received_on"].en])
    text = f"{head}\na.pdf,2026-10-01,Aoyama,2026-10-05\n"
    assert read_import_table(text.encode(), ["a.pdf"], JUDGE).faults == []


def test_faults_are_told_by_line_and_column() -> None:
    text = (
        HEAD + "scan-2.pdf,10月1日,,x,2026-12-24,郵便,多分,何か,\n"
        "unknown.pdf,2026-10-01,青山,1,2026-10-05,,,,\n"
        "業務委託契約書,2026-10-01,青山,1,2026-10-05,,,,\n"
        "業務委託契約書.pdf,2026-10-01,青山,1,2026-10-05,,,,,,more\n"
    )
    found = read_import_table(text.encode(), FILES, JUDGE).faults
    assert [(fault.line, fault.column) for fault in found] == [
        (2, "way"),
        (2, "received_on"),
        (2, "made_on"),
        (2, "amount"),
        (2, "partner"),
        (2, "renews"),
        (2, "relation"),
        (3, "file"),
        (5, ""),
    ]


def test_files_that_the_table_forgets_or_names_twice_are_told() -> None:
    row = "scan-2.pdf,2026-10-01,青山,1,2026-10-05,,,,\n"
    [fault] = read_import_table((HEAD + row).encode(), FILES, JUDGE).faults
    assert (fault.line, fault.column) == (0, "file")
    assert "業務委託契約書.pdf" in fault.words.ja
    twice = read_import_table((HEAD + row + row).encode(), ["scan-2.pdf"], JUDGE)
    assert [(fault.line, fault.column) for fault in twice.faults] == [(3, "file")]
    same = read_import_table((HEAD + row).encode(), ["scan-2.pdf", "SCAN-2.pdf"], JUDGE)
    assert [(fault.line, fault.column) for fault in same.faults] == [(2, "file")]


@pytest.mark.parametrize("data", [b"", HEAD.encode(), b"a,b\n1,2\n", b"\x81 \xff", b'"a\n'])
def test_what_is_no_such_table_is_refused(data: bytes) -> None:
    with pytest.raises(TableRefused):
        read_import_table(data, FILES, JUDGE)


def test_where_a_contract_stands() -> None:
    limit = date(2026, 12, 14)
    assert clock(limit, None, date(2026, 12, 6)) is Clock.OPEN
    assert clock(limit, None, date(2026, 12, 7)) is Clock.NEAR
    assert clock(limit, None, limit) is Clock.NEAR
    assert clock(limit, None, date(2026, 12, 15)) is Clock.OVER
    assert clock(limit, limit, date(2027, 1, 1)) is Clock.IN_TIME
    assert clock(limit, date(2026, 12, 15), date(2027, 1, 1)) is Clock.LATE


def test_what_somebody_is_told_and_when() -> None:
    received, limit = date(2026, 10, 5), date(2026, 12, 14)
    told = [
        due_warning(received, limit, day, CLOSED)
        for day in (date(2026, 10, 15), date(2026, 10, 16), date(2026, 12, 7), date(2026, 12, 15))
    ]
    assert told == [None, Warned.PROMPT, Warned.NEAR, Warned.OVER]
    due = DueImports(Warned.NEAR, 12, limit)
    assert DueImports.read(due.occasion) == due
    assert len(due.occasion) <= 64
