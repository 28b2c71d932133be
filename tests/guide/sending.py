"""How the stories' clerk sends what others are asked for: by the pages, without pictures."""

from pathlib import Path

from playwright.sync_api import Page, expect

from domain.kinds import Language
from tests.guide.desk import UNSTUCK, Desk
from tests.guide.papers import contract

AMOUNT = "1,234,000"
AUTOSAVE = 1_000
"""Milliseconds after which a form that somebody left alone has begun to save itself."""


def begin(desk: Desk, folder: Path, title: str) -> str:
    """A draft with one document, its title and the vendor who signs. Its path."""
    page, words = desk.go("/envelopes"), desk.words
    desk.press("form[action$='/envelopes/new'] button")
    path = page.url.partition("/envelopes/")[2].partition("?")[0].partition("#")[0]
    page.locator("#files").set_input_files(contract(folder, desk.language))
    expect(page.locator("[data-document][data-state=ready]")).to_be_visible()
    page.locator("#amount").fill(AMOUNT)
    vendor = {"name": words.name, "mail": words.mail, "company": words.company}
    person(page, 0, vendor, "counterparty", "signer", language=desk.language)
    page.locator("#title").fill(title)
    page.locator("#message").fill(words.message)
    kept(page)
    page.evaluate(UNSTUCK)
    return f"/envelopes/{path}"


def person(
    page: Page, row: int, typed: dict[str, str], party: str, kind: str, *, language: Language
) -> None:
    """One of the draft's people."""
    for name, value in typed.items():
        page.locator(f"#people-{row}-{name}").fill(value)
    page.locator(f"#people-{row}-party").select_option(party)
    page.locator(f"#people-{row}-kind").select_option(kind)
    page.locator(f"#people-{row}-language").select_option(language.value)


def choose_chain(page: Page, name: str) -> None:
    """By its name; waits until it is drawn."""
    option = page.locator("#chain_id option").filter(has_text=name)
    page.locator("#chain_id").select_option(value=option.get_attribute("value"))
    expect(page.locator("#chain-route .stage").first).to_be_visible()
    kept(page)


def kept(page: Page) -> None:
    """Waits until the draft has saved itself: nobody presses a button within the same moment."""
    page.wait_for_timeout(AUTOSAVE)
    page.wait_for_load_state("networkidle")


def place_signature(desk: Desk, whose: str) -> None:
    """A signature that shows, of him whose label says so."""
    page = desk.press("button[name=action][value=fields]")
    page.locator(".people-choice label").filter(has_text=whose).click()
    page.locator("#new-kind").select_option("signature")
    page.locator("#add").click()
    expect(page.locator("#rows > li")).to_have_count(1)
    desk.press("button[name=action][value=done]")


def send(desk: Desk) -> None:
    """From the draft to the envelope that runs."""
    page = desk.page
    desk.press("button[name=action][value=confirm]")
    desk.press("form[action$='/send'] button")
    expect(page.locator("#live[data-state=running]")).to_be_visible()
