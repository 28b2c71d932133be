"""What is said of contracts from elsewhere, by form and by table; and where they stand."""

from datetime import date
from uuid import UUID

import pytest

from domain.forms import FormProblems
from domain.import_table import COLUMNS, MAX_OFFERED, offered_headings, read_import_table
from domain.imports import (
    Clock,
    DueImports,
    Judge,
    KindFields,
    TypedImport,
    Warned,
    Way,
    check_import,
    clock,
    due_warning,
)
from domain.kinds import Language
from domain.own_fields import OwnField, OwnKind, evened_text
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
        check_import(typed(**changes), "契約書", JUDGE)
    return set(found.value.problems)


def test_a_checked_import_has_a_title_and_a_limit() -> None:
    checked = check_import(typed(), "契約書", JUDGE)
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


WORK = KindFields(
    "工事請負契約",
    (
        OwnField(str(UUID(int=1)), OwnKind.TEXT, "工区", "Section", required=True),
        OwnField(str(UUID(int=2)), OwnKind.MONEY, "設計金額"),
        OwnField(str(UUID(int=3)), OwnKind.CHECK, "前払金"),
        OwnField(str(UUID(int=4)), OwnKind.CHOICE, "入札", choices=("一般", "指名")),
    ),
)
CARE = KindFields("保守契約", (OwnField(str(UUID(int=5)), OwnKind.DATE, "工区"),))
KINDS = Judge(TODAY, CLOSED, {evened_text(kind.name): kind for kind in (WORK, CARE)})
OWN_HEAD = "ファイル名,取引年月日,取引先,受領日,契約の種類,工 区,設計金額,前払金,入札,備考\n"
SOUND = "2026-10-01,青山,2026-10-05"


def test_own_fields_of_the_lines_kind_are_columns() -> None:
    text = (
        f'{OWN_HEAD}業務委託契約書,{SOUND},工事 請負契約,北３,"1,000円",有,一般,x\n'
        f"scan-2,{SOUND},保守契約,2026/4/1,,,,\n"
    )
    table = read_import_table(text.encode(), FILES, KINDS)
    assert (table.faults, table.unknown) == ([], ("備考",))
    first, second = (check_import(table.said[name], "x", KINDS) for name in FILES)
    assert first.deal.kind == "工事請負契約"
    assert [value for _, value in first.own] == ["北３", "1000", "1", "一般"]
    assert second.own == ((str(UUID(int=5)), "2026-04-01"),)
    assert first.as_json() != second.as_json()


def test_faults_of_own_fields_are_told_by_line_and_column() -> None:
    text = (
        f"{OWN_HEAD}業務委託契約書,{SOUND},工事請負契約,,百円,多分,随意,\n"
        f"scan-2,{SOUND},保守契約,北３,5,,,\n"
    )
    found = read_import_table(text.encode(), FILES, KINDS).faults
    assert {(fault.line, fault.column) for fault in found} == {
        *((2, name) for name in ("工区", "設計金額", "前払金", "入札")),
        *((3, name) for name in ("工区", "設計金額")),
    }
    without = f"ファイル名,取引年月日,取引先,受領日,契約の種類\nscan-2,{SOUND},工事請負契約\n"
    [missing] = read_import_table(without.encode(), FILES[1:], KINDS).faults
    assert (missing.line, missing.column) == (2, "工区")


def test_a_table_without_kind_has_no_own_fields() -> None:
    text = f"ファイル名,取引年月日,取引先,受領日,Section\nscan-2,{SOUND},北\n"
    [fault] = read_import_table(text.encode(), FILES[1:], KINDS).faults
    assert (fault.line, fault.column) == (2, "section")


def test_a_template_offers_own_fields() -> None:
    assert offered_headings(KINDS, Language.JA) == ["工区", "設計金額", "前払金", "入札"]
    assert offered_headings(KINDS, Language.EN)[0] == "Section"
    many = tuple(
        OwnField(str(UUID(int=n)), OwnKind.TEXT, f"項目{n}") for n in range(MAX_OFFERED + 1)
    )
    assert not offered_headings(Judge(TODAY, CLOSED, {"x": KindFields("x", many)}), Language.JA)


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
