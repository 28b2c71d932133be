"""The pictures of the manuals (操作説明書) for clerks, in docs/manual/.

One story, told by the pages of a whole stack: what a chapter describes is what its page says
today. A page that is renamed or taken away ends the drawing, or fails the test of the labels.
"""

from pathlib import Path

from playwright.sync_api import Browser, expect

from cli.selftest.stack import Stack
from domain.kinds import Language
from tests.guide.desk import UNSTUCK, Desk, crop
from tests.guide.keeping import draw_deletion, draw_imports, draw_zip
from tests.guide.papers import photograph
from tests.guide.routes import draw_routes
from tests.guide.sending import begin, kept, person
from tests.guide.town import TOWNS


def draw_clerk(stack: Stack, browser: Browser, language: Language, folder: Path) -> None:
    """担当者: from the login to the register."""
    desk = Desk(stack, browser, "clerk", language)
    desk.log_in()
    path = _draft(desk, folder)
    _fields(desk)
    _template(desk, path)
    _send(desk, path)
    desk.see(path, "envelope")
    draw_routes(desk, folder)
    for name, way in (("correction", "/correction"), ("deal", "/deal")):
        desk.see(f"{path}{way}", name)
    desk.see("/templates", "templates")
    desk.see("/contacts", "contacts")
    desk.see("/waiting", "waiting")
    desk.see("/deals", "register")
    desk.see("/deals/terms?within=30", "terms")
    draw_imports(desk, folder)
    desk.see("/deals/verifications", "verifications")
    draw_zip(desk)
    draw_deletion(desk)
    _seal(desk, folder)
    desk.see("/account", "account")
    desk.page.context.close()


def _draft(desk: Desk, folder: Path) -> str:
    page, words = desk.go("/envelopes"), desk.words
    desk.camera.take(page, "envelopes")
    path = begin(desk, folder, words.title)
    page.locator("#purpose-one_sided").check()
    kept(page)
    page.locator("button[name=action][value=add]").click()
    expect(page.locator("#people-1-name")).to_be_visible()
    town = TOWNS[desk.language]
    own = {"name": town.names["clerk"], "company": town.departments["clerk"]}
    own["mail"] = desk.login["mail"]
    person(page, 1, own, "own", "approver", language=desk.language)
    kept(page)
    desk.press("button[name=action][value=up-1]")
    page.wait_for_load_state("networkidle")
    page.evaluate(UNSTUCK)
    desk.camera.take_pieces(page, ("#draft-steps", "#step-documents"), "step-documents")
    desk.camera.take_part(page, "#step-people", "step-people")
    desk.press("button[name=action][value=pick-1]")
    desk.camera.take(page, "pick")
    page = desk.go(path)
    page.evaluate(UNSTUCK)
    desk.camera.take_part(page, "#step-details", "step-details")
    return path


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
    desk.go(f"{path}/preview?person=2")
    desk.camera.take_pieces(page, ("main nav:not(#draft-steps)", "#what", "#mail"), "preview")
    desk.go(f"{path}/confirm")
    desk.press("form[action$='/send'] button")
    expect(page.locator("#live")).to_be_visible()
    expect(page.locator("#live[data-state=running]")).to_be_visible()


def _seal(desk: Desk, folder: Path) -> None:
    page = desk.go("/account/seal")
    page.locator("button[name=action][value=make]").click()
    expect(page.locator("#seal-state img").first).to_be_visible()
    desk.camera.take(page, "seal")
    page.locator("#seal-file").set_input_files(photograph(folder))
    crop(page)
    desk.camera.take_part(page, "#send", "seal-crop")
