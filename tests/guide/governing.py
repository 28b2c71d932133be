"""The pictures of the manual for administrators: members, routes, settings, log."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from cli.selftest.stack import Stack
from domain.kinds import Language, Role
from storage.tables import Member
from tests.guide.desk import UNSTUCK, Desk, crop, rows_of
from tests.guide.papers import photograph
from tests.guide.town import TOWNS

FROM = "150,000,000"
"""Yen, from which on a council has to agree."""
LOST = b"lost"
"""Stands for the secret of an app on a phone that is lost: nobody logs in with it here."""


def draw_admin(stack: Stack, browser: Browser, language: Language, folder: Path) -> None:
    """管理者: in the order of the manual's chapters."""
    desk = Desk(stack, browser, "admin", language)
    desk.log_in()
    desk.see("/admin/members", "members")
    desk.see("/admin/members/invite", "invite")
    desk.see("/admin/roles", "roles")
    _leavers(desk)
    desk.see("/admin/departments", "departments")
    desk.see("/admin/mandates", "mandates")
    desk.see("/admin/absences", "absences")
    desk.see("/admin/chains", "chains")
    desk.see("/admin/chains/new", "chain")
    _sides(desk)
    _versions(desk)
    desk.see("/admin/policy", "policy")
    desk.see("/admin/contact", "contact")
    desk.see("/admin/draft-defaults", "draft-defaults")
    desk.see("/admin/consent", "consent")
    _kind(desk)
    _seal(desk, folder)
    desk.see("/admin/addressees", "addressees")
    desk.see("/admin/sso", "single-sign-on")
    desk.see("/admin/retention", "retention")
    desk.see("/admin/networks", "networks")
    desk.see("/admin/mails", "mails")
    desk.see("/admin/mails/request", "mail-text")
    desk.see("/admin/logo", "logo")
    desk.see("/admin/log", "log")
    desk.leave()


def _leavers(desk: Desk) -> None:
    """A clerk who retires, and somebody who has lost his phone."""
    with rows_of(desk.stack) as session:
        people = session.scalars(select(Member)).all()
        clerk = next(row for row in people if row.mail == desk.stack.target().mail)
        other = next(row for row in people if Role.OPERATOR.value in row.roles)
        other.totp_sealed = LOST
        leaver, careless = clerk.id, other.id
    desk.see(f"/admin/members/{leaver}/retire", "retire")
    desk.see(f"/admin/members/{careless}/factors", "factor-reset")


def _sides(desk: Desk) -> None:
    """The other side and the council before the mayor; nobody saves it."""
    page, town = desk.page, TOWNS[desk.language]
    for kind in ("others", "gate", "stage"):
        desk.press(f"button[name=action][value=add-{kind}]")
    for stage, role in ((0, "approver"), (3, "signer")):
        people = page.locator(f"#stages-{stage}-people-0-member")
        option = people.locator("option").filter(has_text=town.names[role])
        people.select_option(value=option.get_attribute("value"))
    page.locator("#stages-3-people-0-kind").select_option("sign")
    page.locator("#stages-2 details").evaluate("part => { part.open = true; }")
    page.locator("#stages-2-least").fill(FROM)
    desk.press(".chain-trial button[value=show]")
    page.evaluate(UNSTUCK)
    desk.camera.take_pieces(page, ("#picture",), "chain-sides")


def _versions(desk: Desk) -> None:
    """A stage gets a deadline: another version."""
    page, chain = desk.go("/admin/chains"), TOWNS[desk.language].chain
    way = page.locator("a[href*='/admin/chains/']:visible").filter(has_text=chain)
    way.last.click()
    page.locator("#stages-0-days").fill("5")
    desk.press("main form button.primary")
    page = desk.go("/admin/chains")
    page.locator("a[href$='/versions']").first.click()
    expect(page.locator("#version-1")).to_be_visible()
    desk.camera.take(page, "chain-versions")


def _kind(desk: Desk) -> None:
    """With two fields of its own."""
    page, words = desk.go("/admin/kinds"), desk.words
    page.locator("#name").fill(words.kind)
    desk.press("main form:has(#name) button[type=submit]")
    for number, (name, kind) in enumerate(zip(words.own_fields, ("text", "date"), strict=True)):
        desk.press("button[name=do][value=add]")
        page.locator(f"#fields-{number}-ja").fill(name)
        page.locator(f"#fields-{number}-kind").select_option(kind)
    desk.camera.take(page, "kind")
    desk.press("button.primary[name=do][value=save]")


def _seal(desk: Desk, folder: Path) -> None:
    """Cropped from a photograph, or made from letters, for one member."""
    page, words = desk.go("/admin/seals"), desk.words
    page.locator("#stamp").set_input_files(photograph(folder))
    crop(page)
    desk.camera.take_part(page, "#crop", "official-seal-crop")
    page = desk.go("/admin/seals")
    page.locator("#name").fill(words.seal)
    page.locator("#mm").fill("24")
    page.locator("input[name=members]").first.check()
    page.locator("#seal-text").fill(words.seal_text)
    desk.press("button[name=action][value=make]")
    expect(page.locator("#official-seal-state img").first).to_be_visible()
    page.reload()
    parts = ("h1", "#picture", "main form.card")
    desk.camera.take_pieces(page, parts, "official-seal")
