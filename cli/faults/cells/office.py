"""Who tells the longer stories: a clerk, colleagues who log in, and whoever is asked by mail."""

import json
import secrets
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import select

from cli.faults.trial import STORY_SECONDS, Trial
from cli.selftest.browser import Browser
from cli.selftest.pages import Form, Page
from cli.selftest.patience import Patience, SelftestFailed
from cli.selftest.samples import write_samples
from cli.selftest.sender import TO_SUMMARY, Clerk, log_in, persist
from cli.selftest.signer import Person, Signer
from domain.conclusion import Purpose
from domain.kinds import Role
from identity.passwords import hash_password
from storage import people
from storage.database import open_database
from storage.tables import Member

PASSWORD_BYTES = 12
Row = dict[str, str]
"""A person as the draft's form names him."""


class Office:
    """A clerk, and whoever is asked, each with a device of his own."""

    def __init__(self, trial: Trial, windows: ExitStack) -> None:
        self.stage, self.windows = trial.stage, windows
        self.patience = Patience(STORY_SECONDS)
        self.clerk = Clerk(self.stage.window.tab(self.patience))
        self.mark = secrets.token_hex(4)
        self.samples = write_samples(self.stage.out / "samples", 1)

    # -- people --------------------------------------------------------------------------------

    def person(self, name: str, kind: str = "signer", stage: int = 1, **more: str) -> Row:
        """A row of the draft's form."""
        own = kind == "approver"
        return {
            "key": secrets.token_hex(4),
            "name": f"試験 {name}", "mail": f"{name}.{self.mark}@faults.example",
            "company": "契約課" if own else "株式会社試験", "language": "ja",
            "party": "own" if own else "counterparty", "kind": kind, "stage": str(stage),
        } | more  # fmt: skip

    def browser(self) -> Browser:
        """A device that nobody has used."""
        browser = Browser(self.stage.home.base_url, self.patience)
        self.windows.enter_context(closing(browser))
        return browser

    def admin(self) -> Browser:
        """An administrator's, logged in."""
        logins = json.loads(self.stage.home.demo_logins.read_text(encoding="utf-8"))
        login = next(row for row in logins if row["role"] == "admin")
        browser = self.browser()
        log_in(browser, login["mail"], login["password"])
        return browser

    def hire(self, name: str, *roles: Role) -> "Colleague":
        """A new member, who is the only one with these roles. Invitations are no part of these
        stories: he is there at once."""
        colleague = Colleague(
            self, f"試験 {name}", f"{name}.{self.mark}@faults.example",
            secrets.token_urlsafe(PASSWORD_BYTES),
        )  # fmt: skip
        hashed = hash_password(colleague.password)
        database = open_database(self.stage.home.database_url)
        with database.transaction() as session:
            clerk = people.member_by_mail(session, self.stage.stack.target().mail)
            assert clerk is not None
            for other in session.scalars(select(Member)):
                other.roles = [role for role in other.roles if role not in roles]
            new = people.NewMember(colleague.mail, colleague.name, hashed, roles)
            member = people.create_member(session, clerk.organisation_id, new, datetime.now(UTC))
            colleague.id = member.id
        database.close()
        return colleague

    # -- the clerk -----------------------------------------------------------------------------

    def send(
        self,
        people: list[Row],
        order: str,
        stages: Row,
        fields: Sequence[tuple[Row, Row]] = (),
        **draft: str,
    ) -> None:
        """From the empty draft to an envelope that runs. `fields` are people and what is placed
        for them; `draft` are other fields of its form."""
        self.clerk.create()
        self.clerk.upload(self.samples, [])
        title = f"障害試験 {self.stage.next()}"

        def filled(page: Page) -> Form:
            form = page.form(TO_SUMMARY)
            form.set("title", title)
            form.put("order", order)
            form.put("purpose", Purpose.ONE_SIDED)
            form.values = [row for row in form.values if not row[0].startswith("people-")]
            for index, row in enumerate(people):
                for name, value in row.items():
                    form.put(f"people-{index}-{name}", value)
            for name, value in (stages | draft).items():
                form.put(name, value)
            return form

        def attempt() -> Page:
            page = self.clerk.browser.open(self.clerk.url)
            if not page.has_button(TO_SUMMARY):
                return page
            if fields:
                self._place(filled(page), fields)
                page = self.clerk.browser.open(self.clerk.url)
            summary = self.clerk.browser.submit(filled(page))
            return self.clerk.browser.submit(summary.form("送信する"))

        page = persist(self.patience, attempt, "the sending")
        if page.status >= 400 or page.has_button(TO_SUMMARY):
            raise SelftestFailed(f"the envelope was not sent: {page.describe()}")
        self.clerk.wait_until_running()

    def _place(self, draft: Form, fields: Sequence[tuple[Row, Row]]) -> None:
        """All of them at once, under names that stay: placed again, they are the same."""
        draft.put("action", "fields")
        page = self.clerk.browser.submit(draft)
        form = page.form_to("/fields")
        for index, (person, parts) in enumerate(fields):
            row = {
                "person": person["key"], "page": "1", "x": "20", "y": str(150 + 20 * index),
                "width": "60", "height": "12", "label": f"欄 {index}", "required": "on",
            } | parts  # fmt: skip
            for part, value in row.items():
                form.put(f"field-{index:08x}-{part}", value)
        page = self.clerk.browser.submit(form)
        if page.status >= 400 or page.main.select(".field-error:not(:empty)"):
            raise SelftestFailed(f"the fields were not placed: {page.describe()}")

    def press(self, words: str, path: str, ending: str, **values: str) -> Page:
        """One button of the clerk's; see `pressed`."""
        return pressed(self.clerk.browser, words, path, ending, **values)

    def page_says(self, words: str) -> Page:
        """The envelope's own page, once it says so."""

        def look() -> Page | None:
            page = self.clerk.browser.open(self.clerk.url)
            return page if words in page.html else None

        return self.patience.until(words, look)

    # -- whoever is asked ----------------------------------------------------------------------

    def link(self, row: Row, *, but: str = "") -> str:
        """His newest mailed link; `but` is one that he had before."""

        def look() -> str | None:
            found = [mail.link("/l/") for mail in self.stage.mailbox.all_for(row["mail"])]
            return next((link for link in reversed(found) if link and link != but), None)

        return self.patience.until(f"a link for {row['name']}", look)

    def at_link(self, row: Row, *, but: str = "") -> Signer:
        """Somebody with his mailed link."""
        person = Person(row["name"], row["mail"], row["company"], row["party"])
        link = self.link(row, but=but)
        return Signer(person, self.browser(), self.stage.mailbox, link=link)

    def sign(self, row: Row, *, but: str = "") -> str:
        """He reads and signs. His link."""
        signer = self.at_link(row, but=but)
        signer.ready()
        signer.act()
        return signer.link


class Colleague:
    """A member who can log in."""

    id: UUID

    def __init__(self, office: Office, name: str, mail: str, password: str) -> None:
        self.office, self.name, self.mail, self.password = office, name, mail, password

    @cached_property
    def row(self) -> Row:
        """As the draft's form names him, on his own organisation's side."""
        own = {"name": self.name, "mail": self.mail, "company": "契約課", "party": "own"}
        return self.office.person("colleague") | own

    def browser(self) -> Browser:
        """A device of his, logged in."""
        browser = self.office.browser()
        log_in(browser, self.mail, self.password)
        return browser


def approve(office: Office, row: Row, *, but: str = "") -> None:
    """He reads and approves, at the link of his mail that is not the one he had before."""
    signer = office.at_link(row, but=but)
    signer.begin, signer.button = "承認をはじめる", "承認する"
    signer.ready()
    signer.act()


def pressed(browser: Browser, words: str, path: str, ending: str, **values: str) -> Page:
    """One button, pressed until it is answered, on a fresh page each time. Once the page offers it
    no longer, an earlier press has arrived."""

    def attempt() -> Page:
        page = browser.open(path)
        try:
            form = page.form_to(ending)
        except SelftestFailed:
            return page
        for name, value in values.items():
            form.put(name, value)
        return browser.submit(form)

    page = persist(browser.patience, attempt, words)
    if page.status >= 400:
        raise SelftestFailed(f"{words}: {page.describe()}")
    return page
