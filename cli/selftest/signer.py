"""A person who was asked: opens the mailed link, reads every document, confirms, acts."""

from dataclasses import dataclass, field
from urllib.parse import urljoin

from cli.selftest.browser import Browser, Interrupted
from cli.selftest.mailbox import Mailbox
from cli.selftest.pages import Page
from cli.selftest.patience import Patience, SelftestFailed

BEGIN = "署名をはじめる"
FINISH_READING = "完了する"
ACT = "署名手続きを完了する"


@dataclass(frozen=True)
class Person:
    """Somebody who is named in an envelope."""

    name: str
    mail: str
    company: str
    party: str = "counterparty"
    language: str = "ja"


@dataclass
class Signer:
    """One person in one browser. `ready` brings him before the last button, `act` presses it."""

    person: Person
    browser: Browser
    mailbox: Mailbox
    opened: list[str] = field(default_factory=list)
    """Titles of the pages that were seen, for messages of failure."""
    link: str = ""
    """The mailed link that he takes; empty: the first that comes."""
    begin: str = BEGIN
    button: str = ACT
    """What the last button says."""
    _confirm: Page | None = None

    @property
    def patience(self) -> Patience:
        """Shared with the whole envelope."""
        return self.browser.patience

    @property
    def confirmation(self) -> Page:
        """The page with the last button; only after `ready`."""
        assert self._confirm is not None
        return self._confirm

    def ready(self) -> None:
        """From the mail to the confirmation page."""
        link = self.link or self.mailbox.wait_for(self.person.mail, "/l/", self.patience)[1]
        guide = self._enter(link)
        reading = self.browser.follow(guide, self.begin)
        self._read_all(reading)
        self._confirm = self.browser.follow(reading, FINISH_READING)
        if not self._confirm.has_button(self.button):
            raise SelftestFailed(f"no button 「{self.button}」 on {self._confirm.describe()}")

    def act(self) -> None:
        """Press the last button; a broken connection means: look, and press again if needed."""
        assert self._confirm is not None
        page = self._confirm
        while page.has_button(self.button):
            try:
                page = self.browser.submit(page.form(self.button))
            except Interrupted:
                self.patience.sleep(0.5, "the act to be taken")
                page = self.browser.open(self._confirm.url)
        if page.status >= 400:
            raise SelftestFailed(f"the act was refused on {page.describe()}")

    def _enter(self, link: str) -> Page:
        while True:
            page = self.browser.open(link)
            if page.status >= 400:
                raise SelftestFailed(f"the mailed link is dead: {page.describe()}")
            try:
                return self.browser.submit(page.form())
            except Interrupted:
                self.patience.sleep(0.5, "the link to open")

    def _read_all(self, reading: Page) -> None:
        """Fetch every document's bytes, as the reader of the page does."""
        tabs = reading.soup.select("nav.tabs a[href]:not([aria-current])")
        others = [self.browser.open(urljoin(reading.url, str(tab["href"]))) for tab in tabs]
        files = [
            link
            for page in (reading, *others)
            for link in page.links_matching("/documents/")
            if link.endswith("/file")
        ]
        if not files:
            raise SelftestFailed(f"no document to read on {reading.describe()}")
        for url in files:
            self.browser.download(url)
