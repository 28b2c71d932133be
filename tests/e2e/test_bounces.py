"""A request that does not arrive: from the mail server's report to the sender's mail and page."""

import smtplib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.selftest.browser import Browser
from cli.selftest.mailbox import Mail, Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.sender import Clerk, log_in
from cli.selftest.signer import Person, Signer
from cli.selftest.stack import Stack

REPORT = Path(__file__).parents[1] / "notices" / "reports" / "postfix-unknown-user.eml"
TITLE = "届かない契約書"


@pytest.fixture
def clerk(stack: Stack, tmp_path: Path) -> Iterator[Clerk]:
    """Logged in, with an envelope that is about to be sent."""
    target = stack.target()
    window = Browser(target.base_url, Patience(300))
    log_in(window, target.mail, target.password)
    clerk = Clerk(window)
    clerk.create()
    clerk.upload(write_samples(tmp_path, 1), [])
    yield clerk
    window.close()


@pytest.mark.thorough  # tests/workers and tests/storage read the same reports
def test_a_lost_request_is_shown_with_its_time_told_once_and_forgotten_when_its_person_comes(
    stack: Stack, clerk: Clerk
) -> None:
    target, patience = stack.target(), clerk.patience
    person = Person("青山 一郎", "gone.ichiro@vendor.example", "青山建設")
    clerk.send(TITLE, [person], "sequence")
    with ExitStack() as closes:
        mails = Mailbox(target.catcher_url)
        closes.enter_context(closing(mails))
        mails.wait_for(person.mail, "/l/", patience)
        shown = patience.until("the mail's acceptance", lambda: seen(clerk, "受信サーバ受理"))
        assert "不達" not in shown

        path = return_path(target.catcher_url, person.mail)
        assert path.startswith("bounces+")
        for _ in range(3):
            report(stack, path)
        patience.until("the loss on the page", lambda: seen(clerk, "不達", "要対応"))
        [told] = patience.until(
            "the sender's mail",
            lambda: [m for m in mails.all_for(target.mail) if TITLE in m.text] or None,
        )
        assert f"{person.name}様宛てのメールが届きませんでした。" in told.text
        assert person.mail in told.text

        browser = closes.enter_context(closing(Browser(target.base_url, patience)))
        signer = Signer(person, browser, mails)
        signer.ready()
        shown = patience.until("the opening on the page", lambda: seen(clerk, "開封"))
        assert "不達" in shown
        patience.until("the end of the hindrance", lambda: gone(clerk, "要対応"))
        assert len(about(mails, target.mail)) == 1


def about(mails: Mailbox, address: str) -> list[Mail]:
    return [mail for mail in mails.all_for(address) if TITLE in mail.text]


def seen(clerk: Clerk, *words: str) -> str | None:
    text = clerk.browser.open(clerk.url).text
    return text if all(word in text for word in words) else None


def gone(clerk: Clerk, word: str) -> str | None:
    text = clerk.browser.open(clerk.url).text
    return None if word in text else text


def return_path(catcher_url: str, address: str) -> str:
    """The envelope sender of the mail to this address."""
    mails: list[dict[str, Any]] = httpx.get(f"{catcher_url}/api/email", timeout=30).json()
    [mail] = [mail for mail in mails if mail["to"][0]["address"] == address]
    return str(mail["envelope"]["from"]["address"])


def report(stack: Stack, path: str) -> None:
    """As the organisation's mail server hands it over."""
    with smtplib.LMTP("127.0.0.1", stack.home.ports.lmtp) as server:
        server.sendmail("", path, REPORT.read_bytes())
