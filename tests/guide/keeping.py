"""Pictures of the clerk's manual: what comes from elsewhere, is handed over, and is deleted."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from domain.import_table import COLUMNS
from storage.tables import Envelope
from tests.guide.desk import Desk, rows_of
from tests.guide.papers import certificate

OLD = datetime(2012, 4, 10, tzinfo=UTC)
"""Of a contract whose retention is over."""


def draw_imports(desk: Desk, folder: Path) -> None:
    """The offer, a table with faults, the same without, and the clock."""
    page, words = desk.go("/deals/imports"), desk.words
    papers = [certificate(folder, name) for name, _ in words.elsewhere]
    desk.camera.take_part(page, "main form[enctype]", "imports")
    page.locator("#files").set_input_files(papers)
    page.locator("#table").set_input_files(_table(desk, folder, faulty=True))
    desk.press("main form[enctype] button[type=submit]")
    _looked_at(page)
    parts = ("h1", "main .banner", "main .table-wrap", "main details.card")
    desk.camera.take_pieces(page, parts, "import-faults")
    page.locator("#table").set_input_files(_table(desk, folder, faulty=False))
    desk.press("form[action$='/files'] button[type=submit]")
    _looked_at(page)
    desk.camera.take(page, "import-ready")
    desk.press("#batch button[type=submit]")
    _looked_at(page)
    page = desk.go("/deals/imports?shown=all")
    desk.camera.take_pieces(page, ("#limits", "main table"), "import-limits")


def _looked_at(page: Page) -> None:
    """Nothing on the page waits for anything any more."""
    expect(page.locator("main")).to_be_visible()
    expect(page.locator("#live")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def _table(desk: Desk, folder: Path, *, faulty: bool) -> Path:
    """The index of the files; a faulty one has a day that is none, and a partner too few."""
    language, words = desk.language, desk.words
    today = datetime.now(UTC).date()
    names = ("file", "received_on", "made_on", "partner", "amount", "late_reason")
    path = folder / ("faulty.csv" if faulty else "index.csv")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS[name].in_language(language) for name in names)
        for number, (title, partner) in enumerate(words.elsewhere):
            old = number == len(words.elsewhere) - 1
            day = OLD.date() if old else today - timedelta(days=3 + 30 * number)
            made = words.no_date if faulty and number == 0 else day.isoformat()
            whose = "" if faulty and number == 1 else partner
            late = words.late if old else ""
            table.writerow([f"{title}.pdf", day.isoformat(), made, whose, 880_000 + number, late])
    return path


def draw_zip(desk: Desk) -> None:
    """Of all that is in the register."""
    page = desk.go("/deals/disclosures")
    desk.camera.take_part(page, "main form.card", "disclosures")
    desk.press("main form.card button[type=submit]")
    expect(page.locator("#live[data-state=ready]")).to_be_visible()
    page.reload()
    desk.camera.take(page, "zip")


def draw_deletion(desk: Desk) -> None:
    """One asks for it, another confirms."""
    path = f"/envelopes/{_end_long_ago(desk)}/deletion"
    page = desk.go(path)
    page.locator("#reason").fill(desk.words.gone)
    desk.camera.take(page, "deletion")
    desk.press("form[action$='/deletion'] button[type=submit]")
    other = desk.also("admin")
    page = other.go(path)
    expect(page.locator("form[action$='/deletion/confirm']")).to_be_visible()
    _confirmed(other, page)
    other.leave()


def _confirmed(other: Desk, page: Page) -> None:
    other.camera.take_part(page, "section[aria-labelledby=waiting-heading]", "deletion-confirm")
    other.press("form[action$='/deletion/confirm'] button[type=submit]")


def _end_long_ago(desk: Desk) -> str:
    """The imported contract that is old was taken today; its id, once it ended when it says."""
    with rows_of(desk.stack) as session:
        title = desk.words.elsewhere[-1][0]
        row = session.scalars(select(Envelope).where(Envelope.title == title)).one()
        row.ended_at = OLD
        return str(row.id)
