"""The clerk: logs in, makes a draft, uploads, names the people, sends, and looks at the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin

from bs4 import Tag

from cli.selftest.browser import Browser, Interrupted
from cli.selftest.pages import Form, Page, upload_of
from cli.selftest.patience import Patience, SelftestFailed
from cli.selftest.result import RefusedFile
from cli.selftest.signer import Person
from domain.conclusion import Purpose
from domain.kinds import ENDED, DocumentState, EnvelopeState
from domain.refusals import WORDS, RefusalCode

LOG_IN = "ログイン"
TO_SUMMARY = "内容を確認する"
SEND = "送信する"
BUSY = frozenset({DocumentState.UPLOADING.value, DocumentState.CHECKING.value})
RETRY_SECONDS = 0.5
MOVING = "[hx-get][hx-trigger^='every']"

Answer = TypeVar("Answer")


def log_in(browser: Browser, mail: str, password: str) -> None:
    """Address and password; a member with a second factor cannot run the selftest."""

    def attempt() -> Page:
        form = browser.open("/login").form(LOG_IN)
        form.set("mail", mail)
        form.set("password", password)
        return browser.submit(form)

    page = persist(browser.patience, attempt, "the login")
    if page.status >= 400 or "/login" in page.url:
        raise SelftestFailed(f"the login was refused on {page.describe()}")


def persist(patience: Patience, step: Callable[[], Answer], words: str) -> Answer:
    """Repeat a step that looks first what is there already, until its answer arrives."""
    while True:
        try:
            return step()
        except Interrupted:
            patience.sleep(RETRY_SECONDS, words)


@dataclass
class Clerk:
    """One member in one tab, with one envelope."""

    browser: Browser
    url: str = ""
    """The envelope's own page."""
    _files: dict[str, Path] = field(default_factory=dict)
    """Uploaded files by the id that the page gives them."""
    _shown: Page | None = None
    """The page in the tab; None: it must be opened anew."""

    @property
    def patience(self) -> Patience:
        """Shared with the whole envelope."""
        return self.browser.patience

    def create(self) -> None:
        """A new draft. One that was made by a request whose answer was lost stays empty."""

        def attempt() -> Page:
            return self.browser.submit(self.browser.open("/envelopes").form_to("/envelopes/new"))

        page = persist(self.patience, attempt, "the new draft")
        if page.status >= 400:
            raise SelftestFailed(f"no draft was made on {page.describe()}")
        self.url = page.url.split("#")[0].split("?")[0]
        self._shown = page

    def upload(self, files: Sequence[Path], refused: list[RefusedFile]) -> list[Path]:
        """Upload one after another, wait for the checks, take refused ones out.

        Returns the accepted files in the order of the tabs; adds the others to `refused`.
        """
        for path in files:
            code = persist(self.patience, partial(self._add, path), f"{path.name}'s upload")
            if code is not None:
                refused.append(RefusedFile(path.name, code))
        rows = self.patience.until("the check of the documents", self._checked_rows)
        accepted = []
        for document_id, path in self._files.items():
            reason = rows[document_id].get("data-refusal")
            if reason is None:
                accepted.append(path)
                continue
            refused.append(RefusedFile(path.name, str(reason)))
            persist(self.patience, partial(self._remove, document_id), "a removal")
        return accepted

    def send(self, title: str, people: Sequence[Person], order: str) -> str:
        """Fill the form, look at the summary, send it. The envelope's number."""

        def attempt() -> Page:
            page = self._left()
            if not _is_draft(page):
                return page
            summary = self.browser.submit(_filled(page, title, people, order))
            return self.browser.submit(summary.form(SEND))

        self._shown = page = persist(self.patience, attempt, "the sending")
        if page.status >= 400 or _is_draft(page):
            raise SelftestFailed(f"the envelope was not sent: {page.describe()}")
        number = page.soup.select_one("span.number")
        return number.get_text(strip=True) if number else ""

    def wait_until_running(self) -> str | None:
        """Wait until the version is prepared; a refusal's code if the envelope came back."""

        def look() -> tuple[str | None] | None:
            page = self._looked()
            if _is_draft(page):
                return (_refusal_in(page.text) or "unknown",)
            return None if _state(page) == EnvelopeState.SENDING else (None,)

        return self.patience.until("the preparation of the documents", look)[0]

    def wait_until_done(self) -> str:
        """Wait for the end on the envelope's page; `done`, or SelftestFailed for another end."""

        def look() -> str | None:
            state = _state(self._looked())
            return state if state in ENDED else None

        state = self.patience.until("the envelope's page to say 完了", look)
        if state != EnvelopeState.DONE:
            raise SelftestFailed(f"the envelope ended as {state}")
        return state

    def _looked(self) -> Page:
        """The envelope's page. While it is open it asks for its moving part only, as in any
        browser."""
        page, self._shown = self._shown, None
        if page is not None and (moving := page.main.select_one(MOVING)):
            page = self.browser.again(page, urljoin(page.url, str(moving["hx-get"])))
            self._shown = page
        if self._shown is None:
            self._shown = self.browser.open(self.url)
        return self._shown

    def _left(self) -> Page:
        """The page in the tab, to go on from; whatever comes of that, the page is old then."""
        page, self._shown = self._shown or self.browser.open(self.url), None
        return page

    def _add(self, path: Path) -> str | None:
        """Upload unless the page has it already; a refusal's code if it was refused at once."""
        answer = page = self._left()
        new = [row for row in _rows(page) if row not in self._files]
        if not new:
            form = page.form_to("/documents")
            form.uploads.append(upload_of(path))
            answer = self.browser.submit(form)
            new = [row for row in _rows(answer) if row not in self._files]
        if new:
            self._files[new[0]] = path
            self._shown = answer
            return None
        code = _refusal_in(answer.text)
        if code is None:
            raise SelftestFailed(f"{path.name} vanished at its upload: {answer.describe()}")
        return code

    def _remove(self, document_id: str) -> None:
        page = self._left()
        if document_id in _rows(page):
            self.browser.submit(page.form_to(f"/documents/{document_id}/remove"))

    def _checked_rows(self) -> dict[str, Tag] | None:
        rows = _rows(self._looked())
        known = {key: row for key, row in rows.items() if key in self._files}
        if len(known) < len(self._files):
            return None
        busy = any(row["data-state"] in BUSY for row in known.values())
        return None if busy else known


def _filled(page: Page, title: str, people: Sequence[Person], order: str) -> Form:
    form = page.form(TO_SUMMARY)
    form.set("title", title)
    form.put("order", order)
    if len({person.party for person in people}) < 2:
        form.put("purpose", Purpose.ONE_SIDED)
    form.values = [pair for pair in form.values if not pair[0].startswith("people-")]
    for index, person in enumerate(people):
        facts = {
            "name": person.name, "mail": person.mail, "company": person.company,
            "party": person.party, "kind": "signer", "language": person.language,
        }  # fmt: skip
        for name, value in facts.items():
            form.put(f"people-{index}-{name}", value)
    return form


def _rows(page: Page) -> dict[str, Tag]:
    """Rows of the documents' list by document id."""
    return {str(row["data-document"]): row for row in page.main.select("[data-document]")}


def _refusal_in(text: str) -> str | None:
    """The code whose words a page shows."""
    flat = "".join(text.split())
    for code in RefusalCode:
        if "".join(WORDS[code].ja.split()) in flat:
            return code.value
    return None


def _state(page: Page) -> str:
    """The envelope's machine state, which its page carries beside the words."""
    live = page.main.select_one("#live[data-state]")
    return str(live["data-state"]) if live else EnvelopeState.DRAFT.value


def _is_draft(page: Page) -> bool:
    return bool(page.main.select("[formaction$='/draft'], form[action$='/draft']"))
