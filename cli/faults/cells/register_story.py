"""Contracts from elsewhere: taken by an index, time-stamped, handed out as a ZIP; one is deleted.

One person begins the deletion and another confirms it; the ZIP that had it inside goes with it.
"""

import io
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from bs4 import Tag

from cli.faults.cells.office import Office, pressed
from cli.faults.trial import Trial
from cli.selftest.browser import Browser
from cli.selftest.pages import Page, Upload
from cli.selftest.patience import SelftestFailed
from cli.selftest.sender import persist

HEAD = "ファイル名,受領日,取引年月日,取引先,取引金額,期限に遅れた理由"
LONG_AGO = datetime(2010, 5, 1, tzinfo=UTC)
"""Of a contract whose retention is over."""
LATE = "書庫で見つかったため"
FILES = 3
_IMPORTS = "/deals/imports"


def tell(trial: Trial) -> None:
    """A batch with its index, a ZIP of what the search finds, and the end of the first of them."""
    with ExitStack() as windows:
        office = Office(trial, windows)
        batch = _Batch(office)
        batch.send()
        imported = batch.take()
        oldest = imported[0]
        _hand_out(office, FILES)
        trial.stage.age(UUID(oldest.rpartition("/")[2]), LONG_AGO)
        _delete(office, oldest)
        _hand_out(office, FILES - 1)


class _Batch:
    """Files that are taken together, sent by somebody who looks first what is there already."""

    def __init__(self, office: Office) -> None:
        self.office, self.browser = office, office.clerk.browser
        pdf = office.samples[0].read_bytes()
        self.files = {
            f"{office.mark}-{index}.pdf": pdf + f"% {office.mark} {index}\n".encode()
            for index in range(FILES)
        }
        self.path = ""
        self.before = set(self._begun())

    def send(self) -> None:
        """All files with their index, until each is listed and said of."""

        def attempt() -> Page:
            new = [link for link in self._begun() if link not in self.before]
            page = self.browser.open(new[0] if new else _IMPORTS)
            left = [name for name in self.files if not new or name not in page.html]
            if new and not left and _is_said(page):
                return page
            form = page.form_to("/files" if new else _IMPORTS)
            form.uploads += [Upload("files", name, self.files[name]) for name in left]
            form.uploads.append(Upload("table", "index.csv", self._index(), "text/csv"))
            return self.browser.submit(form)

        page = persist(self.office.patience, attempt, "the import's files")
        if page.status >= 400 or not all(name in page.html for name in self.files):
            raise SelftestFailed(f"the files did not arrive: {page.describe()}")
        self.path = page.url.split("?")[0]

    def take(self) -> list[str]:
        """Once the PDFs were looked at; then every contract's page, once it has its time-stamp."""
        browser, patience = self.browser, self.office.patience

        def ready() -> Page | None:
            page = browser.open(self.path)
            return page if page.main.select("form[action$='/take']") else None

        patience.until("the check of the imported files", ready)
        pressed(browser, "the import", self.path, "/take")
        rows = browser.open(self.path).main.select("tr")
        found = [_link_of(rows, name) for name in self.files]
        for link in found:
            patience.until("the time-stamp of an import", partial(self._token, link))
        return found

    def _token(self, contract: str) -> Page | None:
        page = self.browser.open(contract)
        return page if page.links_matching("/timestamp.tst") else None

    def _begun(self) -> list[str]:
        """Imports under way, the newest first."""
        page = self.browser.open(_IMPORTS)
        return [link for link in page.links_matching(f"{_IMPORTS}/") if "?" not in link]

    def _index(self) -> bytes:
        """The first is an old one, found in the archives."""
        today, partner = datetime.now(UTC).date(), partner_of(self.office)
        days = [LONG_AGO.date(), *[today] * (FILES - 1)]
        lines = [
            f"{name},{day},{day},{partner},1200000,{'' if day == today else LATE}"
            for name, day in zip(self.files, days, strict=True)
        ]
        return "\n".join([HEAD, *lines, ""]).encode()


def _is_said(page: Page) -> bool:
    """Whether the index has said of each file what it is."""
    return "CSVの内容を反映しました" in page.html and "取引情報が未入力" not in page.html


def _link_of(rows: Sequence[Tag], name: str) -> str:
    """The page of the contract that came as this file."""
    for row in rows:
        link = row.select_one("a.row-link")
        if link is not None and name in row.get_text():
            return str(link["href"])
    raise SelftestFailed(f"{name} was not taken")


def partner_of(office: Office) -> str:
    """With whom this story's contracts were made, and no other's."""
    return f"取引先{office.mark}"


def _hand_out(office: Office, wanted: int) -> None:
    """A ZIP of everything that the search finds, whose files are what is kept."""
    browser = office.clerk.browser
    page = f"/deals/disclosures?{urlencode({'partner': partner_of(office)})}"
    before = set(_packs(browser, page))

    def attempt() -> str:
        new = [link for link in _packs(browser, page) if link not in before]
        if new:
            return new[0]
        form = browser.open(page).form_to("/deals/disclosures")
        answer = browser.submit(form)
        if answer.status >= 400:
            raise SelftestFailed(f"no ZIP was ordered: {answer.describe()}")
        return answer.url.split("?")[0]

    pack = persist(office.patience, attempt, "the order of a ZIP")

    def made() -> list[str] | None:
        return browser.open(pack).links_matching("/file") or None

    [file] = office.patience.until("the ZIP", made)
    with zipfile.ZipFile(io.BytesIO(browser.download(file))) as opened:
        names = opened.namelist()
    for ending in (".pdf", ".tst"):
        found = _of(names, ending)
        if len(found) != wanted:
            raise SelftestFailed(f"the ZIP has {len(found)} {ending}, not {wanted}")


def _of(names: Sequence[str], ending: str) -> list[str]:
    return [name for name in names if name.startswith("documents/") and name.endswith(ending)]


def _packs(browser: Browser, page: str) -> list[str]:
    links = browser.open(page).links_matching("/deals/disclosures/")
    return [link for link in links if "?" not in link]


def _delete(office: Office, contract: str) -> None:
    """The clerk proposes, an administrator confirms what he has read."""
    path = f"/envelopes/{contract.rpartition('/')[2]}/deletion"
    clerk, admin = office.clerk.browser, office.admin()
    pressed(clerk, "the proposal", path, "/deletion", reason="保存期間が満了したため")
    pressed(admin, "the confirmation", path, "/deletion/confirm")

    def gone() -> bool | None:
        return "文書のデータは残っていません" in admin.open(path).html or None

    office.patience.until("the end of the deletion", gone)
