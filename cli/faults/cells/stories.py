"""Longer stories than two signatures.

Each is told once without a fault; what points it reaches that the plain story does not are broken
under it like all others. Those of this file are of corrections, stages, gates, addresses and
successors; others have files of their own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from cli.faults.cells import chain_story, register_story, seal_story
from cli.faults.cells.office import Office, approve
from cli.faults.trial import Cell, Trial
from cli.selftest.browser import Browser
from cli.selftest.pages import Form, Page, upload_of
from cli.selftest.patience import SelftestFailed
from cli.selftest.sender import persist

ALL_THE_WAY = "it goes all the way, and each version that was signed is whole"


def cells() -> Iterator[Cell]:
    """Without a fault."""
    for name, tell in STORIES.items():
        yield Cell("plain", name, ALL_THE_WAY, tell=tell)


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
        approve(office, people[1])
        office.page_says("議決待ち")
        today = datetime.now(UTC).date().isoformat()
        office.press(
            "the resolution", office.clerk.url, "/gate", resolution="議案第12号", resolved_on=today
        )
        office.sign(people[2])
        office.sign(people[4])
        office.clerk.wait_until_done()


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
    "imported, handed out, deleted": register_story.tell,
    "consent, fields, seals": seal_story.tell,
    "chain, deputy, sent back, SMS": chain_story.tell,
}


LATER: dict[str, tuple[tuple[str, int], ...]] = {
    "imported, handed out, deleted": (
        ("web:commit:deleting._do", 1),  # the confirmation, after the proposal
        ("documents:commit:deletions.StoredDeletionDesk.erase", 1),  # the end, after the keys
    ),
    "consent, fields, seals": (
        ("web:commit:posting.post_act", 2),  # the first of two acts of one press
        ("signing:commit:signing.StoredSigningDesk.finish", 1),  # the organisation's seal
    ),
    "chain, deputy, sent back, SMS": (
        ("web:commit:posting.post_act", 1),  # the sending back, after an approval
        ("envelopes:commit:acts.StoredActDesk.record", 2),
    ),
}
"""Points that bear one name for different steps, and how often they are passed before the one that
is meant."""
