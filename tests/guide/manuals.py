"""The pictures of the manuals (操作説明書) for clerks and administrators, in docs/manual/.

One story each, told by the pages of a whole stack: what a chapter describes is what its page says
today. A page that is renamed or taken away ends the drawing, or fails the test of the labels.
"""

import json
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect

from cli.selftest.stack import Stack
from domain.kinds import Language
from tests.e2e.pages import SLOW
from tests.guide.camera import Camera
from tests.guide.papers import contract
from tests.guide.words import WORDS

MANUAL = Path("docs/manual")
WINDOW = ViewportSize(width=1024, height=768)
LOCALES = {Language.JA: "ja-JP", Language.EN: "en-GB"}
_SWITCH = {Language.JA: "日本語", Language.EN: "English"}


UNSTUCK = """
() => [...document.querySelectorAll("main *")]
    .filter(part => getComputedStyle(part).position === "sticky")
    .forEach(part => { part.style.position = "static"; })
"""
"""What stays at the window's edge would lie over the parts of a page that is taken whole."""


class Desk:
    """One member at a desk, in one language, with a camera."""

    def __init__(self, stack: Stack, browser: Browser, role: str, language: Language) -> None:
        self._base = stack.target().base_url
        logins = json.loads(stack.home.demo_logins.read_text(encoding="utf-8"))
        self.login = next(row for row in logins if row["role"].split()[0] == role)
        self.language, self.words = language, WORDS[language]
        self.camera = Camera(MANUAL / language.value / role, language)
        self.page: Page = browser.new_context(viewport=WINDOW, locale=LOCALES[language]).new_page()
        self.page.set_default_timeout(SLOW)

    def go(self, path: str) -> Page:
        """Open a page of the service."""
        self.page.goto(f"{self._base}{path}")
        return self.page

    def see(self, path: str, name: str) -> None:
        """Open it and take its picture."""
        self.camera.take(self.go(path), name)

    def log_in(self) -> None:
        """With a picture of the page; then in the reader's language, whatever the member's is."""
        page = self.go("/login")
        self.camera.take(page, "login")
        page.locator("#mail").fill(self.login["mail"])
        page.locator("#password").fill(self.login["password"])
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(lambda url: not url.endswith("/login"))
        switch = page.get_by_role("button", name=_SWITCH[self.language], exact=True)
        if switch.count():
            switch.click()
            page.wait_for_load_state("networkidle")

    def press(self, selector: str) -> Page:
        """A button that leads to another page."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        return self.page


def draw_clerk(stack: Stack, browser: Browser, language: Language, folder: Path) -> None:
    """担当者: from the login to the register."""
    desk = Desk(stack, browser, "clerk", language)
    desk.log_in()
    path = _draft(desk, folder)
    _fields(desk)
    _template(desk, path)
    _send(desk, path)
    _follow(desk, path)
    desk.see("/templates", "templates")
    desk.see("/contacts", "contacts")
    desk.see("/waiting", "waiting")
    desk.see("/deals", "register")
    desk.see("/deals/terms?within=30", "terms")
    desk.see("/deals/verifications", "verifications")
    desk.see("/deals/disclosures", "disclosures")
    _seal(desk)
    desk.see("/account", "account")
    desk.page.context.close()


def _draft(desk: Desk, folder: Path) -> str:
    page, words = desk.go("/envelopes"), desk.words
    desk.camera.take(page, "envelopes")
    desk.press("form[action$='/envelopes/new'] button")
    path = page.url.partition("/envelopes/")[2].partition("?")[0]
    page.locator("#files").set_input_files(contract(folder, desk.language))
    expect(page.locator("[data-document][data-state=ready]")).to_be_visible()
    page.locator("#amount").fill("1,234,000")
    page.locator("#purpose-one_sided").check()
    own = {"name": desk.login["name"], "mail": desk.login["mail"]} if "name" in desk.login else {}
    _person(page, 0, own | {"mail": desk.login["mail"]}, "own", "approver", language=desk.language)
    if not page.locator("#people-1-name").count():
        page.locator("button[name=action][value=add]").click()
        expect(page.locator("#people-1-name")).to_be_visible()
    vendor = {"name": words.name, "mail": words.mail, "company": words.company}
    _person(page, 1, vendor, "counterparty", "signer", language=desk.language)
    page.locator("#title").fill(words.title)
    page.locator("#message").fill(words.message)
    page.wait_for_load_state("networkidle")
    page.evaluate(UNSTUCK)
    desk.camera.take_part(page, "#step-documents", "step-documents")
    desk.camera.take_part(page, "#step-people", "step-people")
    desk.camera.take_part(page, "#step-details", "step-details")
    return f"/envelopes/{path}"


def _person(
    page: Page, row: int, typed: dict[str, str], party: str, kind: str, *, language: Language
) -> None:
    values = {"name": "契約 花子", "company": "総務部契約課"} | typed
    for name, value in values.items():
        page.locator(f"#people-{row}-{name}").fill(value)
    page.locator(f"#people-{row}-party").select_option(party)
    page.locator(f"#people-{row}-kind").select_option(kind)
    page.locator(f"#people-{row}-language").select_option(language.value)


def _fields(desk: Desk) -> None:
    page = desk.press("button[name=action][value=fields]")
    page.locator("#new-kind").select_option("signature")
    page.locator("#add").click()
    expect(page.locator("#rows > li")).to_have_count(1)
    expect(page.locator("main img").first).to_be_visible()
    page.evaluate(UNSTUCK)
    desk.camera.take(page, "fields")
    desk.press("button[name=action][value=done]")


def _template(desk: Desk, path: str) -> None:
    page = desk.go(path)
    desk.press("button[name=action][value=template]")
    desk.camera.take(page, "template")
    name = page.locator("#name")
    name.fill(f"{desk.words.title}")
    desk.press("main form button.primary")


def _send(desk: Desk, path: str) -> None:
    page = desk.go(path)
    desk.press("button[name=action][value=confirm]")
    desk.camera.take(page, "confirm")
    desk.press("form[action$='/send'] button")
    expect(page.locator("#live")).to_be_visible()
    expect(page.locator("#live[data-state=running]")).to_be_visible()


def _follow(desk: Desk, path: str) -> None:
    page = desk.go(path)
    desk.camera.take(page, "envelope")
    for name, way in (("correction", "/correction"), ("deal", "/deal")):
        desk.see(f"{path}{way}", name)


def _seal(desk: Desk) -> None:
    page = desk.go("/account/seal")
    page.locator("button[name=action][value=make]").click()
    expect(page.locator("#seal-state img")).to_be_visible()
    desk.camera.take(page, "seal")


ADMIN_PAGES = (
    ("/admin/members", "members"),
    ("/admin/members/invite", "invite"),
    ("/admin/roles", "roles"),
    ("/admin/departments", "departments"),
    ("/admin/mandates", "mandates"),
    ("/admin/absences", "absences"),
    ("/admin/chains", "chains"),
    ("/admin/chains/new", "chain"),
    ("/admin/policy", "policy"),
    ("/admin/contact", "contact"),
    ("/admin/consent", "consent"),
    ("/admin/networks", "networks"),
    ("/admin/addressees", "addressees"),
    ("/admin/mails", "mails"),
    ("/admin/mails/request", "mail-text"),
    ("/admin/logo", "logo"),
    ("/admin/log", "log"),
)
"""In the order of the manual's chapters."""


def draw_admin(stack: Stack, browser: Browser, language: Language) -> None:
    """管理者: members, routes, settings, log."""
    desk = Desk(stack, browser, "admin", language)
    desk.log_in()
    for path, name in ADMIN_PAGES:
        desk.see(path, name)
    desk.page.context.close()
