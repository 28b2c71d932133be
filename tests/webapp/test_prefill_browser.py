"""From the address book into the draft, into a field, and before the signer's eyes."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from storage.tables import Envelope, Participant, Slot
from tests.webapp.access.town import MINTER, Deal, Town, ask_first, documents_of, prepare
from tests.webapp.served import browsing
from tests.webapp.stack import (
    HOST,
    PASSWORD,
    PDF,
    Office,
    build_office,
    form,
    sqlite_in,
    upload,
)
from tests.webapp.test_contacts import add

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]
WORDS = {
    "ja": ("宛先帳から選ぶ", "署名をはじめる", "差出人があらかじめ入力した内容です"),
    "en": ("Choose from the address book", "Start signing", "The sender has filled this in"),
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = build_office(tmp_path, sqlite_in(tmp_path))
    built.app.config["WTF_CSRF_ENABLED"] = False
    yield built
    built.database.close()


@pytest.fixture
def browser(office: Office) -> Iterator[Browser]:
    with browsing(office.app) as found:
        yield found


def log_in(browser: Browser, language: str) -> Page:
    page = browser.new_context(locale=language).new_page()
    page.goto(f"{HOST}/login")
    page.locator("#mail").fill("clerk@city.example")
    page.locator("#password").fill(PASSWORD)
    page.locator("main form button.primary").click()
    page.wait_for_url("**/envelopes*")
    if page.locator("html").get_attribute("lang") != language:
        page.locator("form.language button").click()
    return page


def pick(page: Page, path: str, words: str) -> None:
    """With the keyboard alone."""
    page.goto(f"{HOST}{path}")
    page.get_by_role("button", name=words).first.press("Enter")
    speaking = page.locator("[role=status]").element_handle()
    page.locator("#q").fill("nobody")
    expect(page.locator("#found button")).to_have_count(0)
    page.locator("#q").fill("")
    page.locator("#q").press_sequentially("やまだ")
    expect(page.locator("#found button")).to_have_count(1)
    assert re.search(r"\b1\b|1件", speaking.text_content() or ""), "what reads it out has stayed"
    assert speaking.evaluate("part => part.isConnected")
    page.locator("#found button").press("Enter")
    expect(page.locator("#people-0-mail")).to_have_value("taro@aoyama.example.jp")
    expect(page.locator("#people-0-name")).to_have_value("山田 太郎")
    expect(page.locator(".known")).to_contain_text("部長")


def place(page: Page, path: str, label: str, source: str, most: str = "") -> None:
    page.goto(f"{HOST}{path}/fields")
    page.locator("#new-kind").select_option("text")
    page.locator("#add").click()
    row = page.locator("#rows > li").last
    row.locator("input[name$=-label]").fill(label)
    row.locator("summary").first.click()
    row.locator("select[name$=-source]").select_option(source)
    row.locator("input[name$=-max_characters]").fill(most)
    page.locator(".actions button[value=save]").click()
    page.wait_for_load_state()


def asked(office: Office, path: str, language: str) -> str:
    """The first person's link, once a worker has prepared what he reads."""
    town, deal = Town(office), Deal("city", UUID(path.rpartition("/")[2]))
    with office.database.transaction() as session:
        deal.documents = documents_of(session, deal)
        prepare(town, session, deal)
        ask_first(session, deal)
        slot = session.get_one(Slot, deal.slots[0])
        session.get_one(Participant, slot.participant_id).language = language
        assert session.get_one(Envelope, deal.envelope_id).state == "running"
    return MINTER.token(deal.links[0], 1)


@pytest.mark.parametrize("language", [pytest.param("ja", marks=pytest.mark.thorough), "en"])
def test_somebody_is_picked_and_finds_what_is_known_of_him_in_his_field(
    office: Office, browser: Browser, language: str
) -> None:
    picks, begins, told = WORDS[language]
    clerk = office.browser("clerk")
    add(clerk)
    path = office.draft(clerk)
    upload(clerk, path, ("契約書.pdf", PDF))
    office.accept_documents()
    blank = {f"people-0-{name}": "" for name in ("name", "mail", "company")}
    clerk.post(f"{path}/draft", data=form(action="save", order="parallel", **blank))
    page = log_in(browser, language)
    pick(page, path, picks)
    place(page, path, "役職", "title")
    place(page, path, "住所", "address", most="5")
    expect(page.locator(".prefill-note")).to_have_count(1)
    page.goto(f"{HOST}{path}/confirm")
    expect(page.locator(".banner.warning")).to_contain_text("千代田")
    page.locator("main form button.primary").click()
    page.wait_for_url(f"**{path}")
    signer = browser.new_context(locale=language).new_page()
    signer.goto(f"{HOST}/l/{asked(office, path, language)}")
    signer.locator("main form button").first.click()
    signer.get_by_role("link", name=begins).click()
    title, address = signer.get_by_label("役職"), signer.get_by_label("住所")
    expect(title).to_have_value("部長")
    expect(address).to_have_value("")
    expect(signer.get_by_text(told)).to_have_count(1)
    title.fill("専務")
    address.fill("千代田区")
    signer.locator("#finish").click()  # leads to the end of the document, which he has not seen
    signer.locator("#finish").click()
    signer.wait_for_url("**/confirm")
    expect(signer.locator("main")).to_contain_text("専務")
    expect(signer.locator("main")).to_contain_text("千代田区")
