"""What a signer holds besides his link: a phone that gets SMS, and a member's authenticator app."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import pyotp
from playwright.sync_api import Page

from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.stack import Stack
from domain.kinds import Language, Role
from identity.passwords import hash_password
from identity.totp import STEP_SECONDS
from storage import people
from storage.database import open_database
from storage.tables import Member

PASSWORD = "correct horse battery staple"
CODE = re.compile(r"\b(\d{4} \d{4})\b")


@dataclass
class Phone:
    """What the test provider shows in the mail catcher."""

    mailbox: Mailbox
    address: str
    seen: int = 0

    def next_code(self) -> str:
        """Of the SMS that comes after those that were read."""

        def look() -> str | None:
            texts = [mail.text for mail in self.mailbox.all_for(self.address)][self.seen :]
            return next((found[1] for text in texts if (found := CODE.search(text))), None)

        code = Patience(60).until("the code's SMS", look)
        self.seen += 1
        return code


@dataclass
class App:
    """An authenticator app whose holder uses no code twice."""

    totp: pyotp.TOTP
    used: int = 0

    def next_code(self) -> str:
        """As soon as it would be taken: the clock may be one step behind."""
        self.used = max(self.used + 1, _step())
        while _step() < self.used - 1:
            time.sleep(0.5)
        return self.totp.generate_otp(self.used)


def _step() -> int:
    return int(datetime.now(UTC).timestamp()) // STEP_SECONDS


def join(stack: Stack, mail: str, language: str) -> None:
    """A new member of the clerk's organisation."""
    database = open_database(stack.home.database_url)
    with database.transaction() as session:
        clerk = people.member_by_mail(session, stack.target().mail)
        assert isinstance(clerk, Member)
        new = people.NewMember(
            mail, "番号 守", hash_password(PASSWORD), [Role.CLERK], language=Language(language)
        )
        people.create_member(session, clerk.organisation_id, new, datetime.now(UTC))
    database.close()


def enrol(stack: Stack, page: Page, mail: str) -> App:
    """He logs in and sets his app up."""
    base = stack.target().base_url
    page.goto(f"{base}/login")
    page.locator("#mail").fill(mail)
    page.locator("#password").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: not url.endswith("/login"))
    page.goto(f"{base}/account/code")
    secret = page.locator("input[name=secret]").input_value()
    app = App(pyotp.TOTP(secret))
    page.locator("#code").fill(app.next_code())
    page.locator("#password").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/account")
    return app
