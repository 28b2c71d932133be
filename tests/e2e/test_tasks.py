"""Several signatures from 私の対応待ち, in one press into which the web app and its workers die."""

from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from cli.faults.oracle.judge import breaches_of
from cli.selftest.browser import Browser
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.sender import Clerk, log_in
from cli.selftest.signer import Person
from cli.selftest.stack import Stack
from storage.database import open_database
from storage.tables import Act, Envelope, Participant
from tests.e2e.conftest import NewPage
from tests.e2e.crowd import interrupted
from tests.e2e.factors import PASSWORD, join
from tests.e2e.pages import DESK, SLOW

MAIL = "tasks.head@selftest.example"
ENVELOPES = 3


def send(stack: Stack, contract: Path) -> None:
    """Envelopes that nobody signs but he."""
    target = stack.target()
    browser = Browser(target.base_url, Patience(240))
    log_in(browser, target.mail, target.password)
    head = Person("番号 守", MAIL, "契約課", party="own")
    for number in range(ENVELOPES):
        clerk = Clerk(browser.tab(browser.patience))
        clerk.create()
        clerk.upload([contract], [])
        clerk.send(f"対応待ち {number}", [head], "parallel")
    browser.close()


def tasks(page: Page, stack: Stack) -> int:
    """How many the list has now."""
    page.goto(f"{stack.target().base_url}/waiting")
    return page.locator("input[name=task]").count()


def to_the_button(page: Page) -> None:
    """All that are listed, up to the press that does it."""
    for box in page.locator("input[name=task]").all():
        box.check()
    page.get_by_role("button", name="選んだ封筒の確認へ進む", exact=True).click()
    expect(page.locator("form[action$='/waiting/act']")).to_be_visible(timeout=SLOW)


def states(stack: Stack) -> list[str]:
    """Of his envelopes."""
    database = open_database(stack.home.database_url)
    with database.reading() as session:
        found = session.scalars(
            select(Envelope.state)
            .join(Participant, Participant.envelope_id == Envelope.id)
            .where(Participant.mail == MAIL)
        ).all()
    database.close()
    return list(found)


def test_several_signatures_of_one_press_survive_kills(
    stack: Stack, new_page: NewPage, tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    join(stack, MAIL, "ja")
    (contract,) = write_samples(tmp_path, 1)
    send(stack, contract)
    page = new_page(DESK)
    page.goto(f"{stack.target().base_url}/login")
    page.locator("#mail").fill(MAIL)
    page.locator("#password").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: not url.endswith("/login"))
    Patience(120).until("his tasks", lambda: tasks(page, stack) == ENVELOPES or None)
    to_the_button(page)
    press = page.locator("form[action$='/waiting/act'] button[type=submit]").first
    interrupted(stack, [press], "signing", "envelopes")
    # Whoever saw an error looks at his list, and does what is left of it.
    if tasks(page, stack):
        to_the_button(page)
        page.locator("form[action$='/waiting/act'] button[type=submit]").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "手続きを受け付けました", timeout=SLOW
        )
    Patience(180).until("the end of all", lambda: states(stack) == ["done"] * ENVELOPES or None)
    database = open_database(stack.home.database_url)
    with database.reading() as session:
        acts = session.scalars(
            select(Act)
            .join(Participant, Participant.id == Act.participant_id)
            .where(Participant.mail == MAIL)
        ).all()
    database.close()
    assert [(act.kind, act.accepted, act.evidence["method"]) for act in acts] == [
        ("sign", True, "login")
    ] * ENVELOPES
    assert tasks(page, stack) == 0
    assert breaches_of(stack.home, began) == []
