"""Longer stories than two signatures: corrections, stages, gates, addresses, successors.

Each is told once without a fault; what points it reaches that the plain story does not are broken
under it like all others.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from cli.faults.trial import STORY_SECONDS, Cell, Trial
from cli.selftest.browser import Browser
from cli.selftest.pages import Form, Page, upload_of
from cli.selftest.patience import Patience, SelftestFailed
from cli.selftest.samples import write_samples
from cli.selftest.sender import TO_SUMMARY, Clerk, persist
from cli.selftest.signer import Person, Signer
from domain.conclusion import Purpose

ALL_THE_WAY = "it goes all the way, and each version that was signed is whole"


def cells() -> Iterator[Cell]:
    """Without a fault."""
    for name, tell in STORIES.items():
        yield Cell("plain", name, ALL_THE_WAY, tell=tell)


class Office:
    """A clerk, and whoever is asked, each with a device of his own."""

    def __init__(self, trial: Trial, windows: ExitStack) -> None:
        self.stage, self.windows = trial.stage, windows
        self.patience = Patience(STORY_SECONDS)
        self.clerk = Clerk(self.stage.window.tab(self.patience))
        self.mark = secrets.token_hex(4)
        self.samples = write_samples(self.stage.out / "samples", 1)

    def person(self, name: str, kind: str = "signer", stage: int = 1) -> dict[str, str]:
        """A row of the draft's form."""
        own = kind == "approver"
        return {
            "name": f"試験 {name}", "mail": f"{name}.{self.mark}@faults.example",
            "company": "契約課" if own else "株式会社試験", "language": "ja",
            "party": "own" if own else "counterparty", "kind": kind, "stage": str(stage),
        }  # fmt: skip

    def send(self, people: list[dict[str, str]], order: str, stages: dict[str, str]) -> None:
        """From the empty draft to an envelope that runs."""
        self.clerk.create()
        self.clerk.upload(self.samples, [])

        def attempt() -> Page:
            page = self.clerk.browser.open(self.clerk.url)
            if not page.has_button(TO_SUMMARY):
                return page
            form = page.form(TO_SUMMARY)
            form.set("title", f"障害試験 {self.stage.next()}")
            form.put("order", order)
            form.put("purpose", Purpose.ONE_SIDED)
            form.values = [row for row in form.values if not row[0].startswith("people-")]
            for index, row in enumerate(people):
                for name, value in row.items():
                    form.put(f"people-{index}-{name}", value)
            for name, value in stages.items():
                form.put(name, value)
            return self.clerk.browser.submit(self.clerk.browser.submit(form).form("送信する"))

        page = persist(self.patience, attempt, "the sending")
        if page.status >= 400 or page.has_button(TO_SUMMARY):
            raise SelftestFailed(f"the envelope was not sent: {page.describe()}")
        self.clerk.wait_until_running()

    def at_link(self, row: dict[str, str], *, but: str = "") -> Signer:
        """Somebody with his mailed link; `but` is one that he had before."""

        def look() -> str | None:
            found = [mail.link("/l/") for mail in self.stage.mailbox.all_for(row["mail"])]
            return next((link for link in reversed(found) if link and link != but), None)

        link = self.patience.until(f"a link for {row['name']}", look)
        browser = Browser(self.stage.home.base_url, self.patience)
        self.windows.enter_context(closing(browser))
        person = Person(row["name"], row["mail"], row["company"], row["party"])
        return Signer(person, browser, self.stage.mailbox, link=link)

    def sign(self, row: dict[str, str], *, but: str = "") -> str:
        """He reads and signs. His link."""
        signer = self.at_link(row, but=but)
        signer.ready()
        signer.act()
        return signer.link

    def press(self, words: str, path: str, ending: str, **values: str) -> Page:
        """One button of the clerk's, pressed until it is answered, on a fresh page each time. Once
        the page offers it no longer, an earlier press has arrived."""

        def attempt() -> Page:
            page = self.clerk.browser.open(path)
            try:
                form = page.form_to(ending)
            except SelftestFailed:
                return page
            for name, value in values.items():
                form.put(name, value)
            return self.clerk.browser.submit(form)

        page = persist(self.patience, attempt, words)
        if page.status >= 400:
            raise SelftestFailed(f"{words}: {page.describe()}")
        return page

    def page_says(self, words: str) -> Page:
        """The envelope's own page, once it says so."""

        def look() -> Page | None:
            page = self.clerk.browser.open(self.clerk.url)
            return page if words in page.html else None

        return self.patience.until(words, look)


def _corrected(trial: Trial) -> None:
    """One has signed, the clerk corrects, both sign the new version."""
    with ExitStack() as windows:
        office = Office(trial, windows)
        first, second = office.person("first"), office.person("second")
        office.send([first, second], "parallel", {})
        before = {row["mail"]: office.sign(row) for row in (first,)}
        before[second["mail"]] = office.at_link(second).link
        _correct(office, trial)
        for row in (first, second):
            office.sign(row, but=before[row["mail"]])
        office.clerk.wait_until_done()


def _correct(office: Office, trial: Trial) -> None:
    url = f"{office.clerk.url}/correction"
    corrected = trial.stage.out / f"corrected-{office.mark}.pdf"
    _alter(office.samples[0], corrected)

    def upload() -> Page:
        page = office.clerk.browser.open(url)
        if page.main.select(".correction[data-state=ready]"):
            return page
        document = page.main.select(".correction[data-document]")[0]["data-document"]
        form = page.form_to(f"/correction/{document}")
        form.uploads.append(upload_of(corrected, "file"))
        return office.clerk.browser.submit(form)

    persist(office.patience, upload, "the corrected file's upload")
    office.patience.until(
        "the check of the corrected file",
        lambda: office.clerk.browser.open(url).main.select(".correction[data-state=ready]") or None,
    )
    office.press("the correction", f"{url}/confirm", "/correction/confirm", reason="訂正します。")
    office.page_says("版の履歴")


def _alter(sample: Path, target: Path) -> None:
    """The same pages in other bytes."""
    target.write_bytes(sample.read_bytes().replace(b"ReportLab", b"Reportlab"))


def _staged(trial: Trial) -> None:
    """Any one of two approves, the council resolves, two of three sign."""
    with ExitStack() as windows:
        office = Office(trial, windows)
        people = [
            office.person("chief", "approver"), office.person("deputy", "approver"),
            office.person("one", stage=3), office.person("two", stage=3),
            office.person("three", stage=3),
        ]  # fmt: skip
        stages = {
            "stages-0-kind": "any", "stages-0-days": "5",
            "stages-1-kind": "gate",
            "stages-2-kind": "n_of", "stages-2-need": "2",
        }  # fmt: skip
        office.send(people, "stages", stages)
        _approve(office, people[1])
        office.page_says("議決待ち")
        today = datetime.now(UTC).date().isoformat()
        office.press(
            "the resolution", office.clerk.url, "/gate", resolution="議案第12号", resolved_on=today
        )
        office.sign(people[2])
        office.sign(people[4])
        office.clerk.wait_until_done()


def _approve(office: Office, row: dict[str, str]) -> None:
    signer = office.at_link(row)
    signer.begin, signer.button = "承認をはじめる", "承認する"
    signer.ready()
    signer.act()


def _handed_on(trial: Trial) -> None:
    """The address was wrong; the right person names a successor, who signs."""
    with ExitStack() as windows:
        office = Office(trial, windows)
        row = office.person("wrong")
        office.send([row], "sequence", {})
        office.at_link(row)
        right = row | {"mail": f"right.{office.mark}@faults.example"}
        page = office.clerk.browser.open(office.clerk.url)
        addresses = [link for link in page.links_matching("/slots/") if link.endswith("/address")]
        office.press("the address", addresses[0], "/address", mail=right["mail"])
        successor = office.person("successor")
        _hand_over(office, right, successor)
        office.sign(successor)
        office.clerk.wait_until_done()


def _hand_over(office: Office, row: dict[str, str], successor: dict[str, str]) -> None:
    signer = office.at_link(row)
    browser = signer.browser

    def attempt() -> Page:
        entry = browser.open(signer.link)
        try:
            guide = browser.submit(entry.form())
        except SelftestFailed:
            return entry  # handed over already: the link opens nothing any more
        return browser.submit(handover_form(browser, guide, successor))

    page = persist(office.patience, attempt, "the hand-over")
    if page.status >= 400 and page.status != 409:
        raise SelftestFailed(f"the hand-over: {page.describe()}")


def handover_form(browser: Browser, guide: Page, successor: dict[str, str]) -> Form:
    """What the last button of a hand-over sends."""
    visit = guide.url.split("?")[0].rstrip("/")
    form = browser.open(f"{visit}/handover").form_to("/handover")
    form.set("new-name", successor["name"])
    form.set("new-mail", successor["mail"])
    form.set("reason", "担当が替わりました。")
    return browser.submit(form).form_to("/handover/act")


STORIES: dict[str, Callable[[Trial], None]] = {
    "corrected": _corrected,
    "any, gate, two of three": _staged,
    "address corrected, handed over": _handed_on,
}
