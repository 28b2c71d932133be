"""The pictures of the manual for administrators: members, routes, settings, log."""

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from cli.selftest.stack import Stack
from domain.kinds import Language, Role
from storage.tables import Member
from tests.guide.desk import Desk, rows_of
from trial.seed import CHAIN

LOST = b"lost"
"""Stands for the secret of an app on a phone that is lost: nobody logs in with it here."""


def draw_admin(stack: Stack, browser: Browser, language: Language) -> None:
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
    _versions(desk)
    desk.see("/admin/policy", "policy")
    desk.see("/admin/contact", "contact")
    desk.see("/admin/draft-defaults", "draft-defaults")
    desk.see("/admin/consent", "consent")
    _kind(desk)
    _seal(desk)
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


def _versions(desk: Desk) -> None:
    """A stage gets a deadline: another version."""
    page = desk.go("/admin/chains")
    way = page.locator("a[href*='/admin/chains/']:visible").filter(has_text=CHAIN)
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


def _seal(desk: Desk) -> None:
    """Made from letters, for one member."""
    page, words = desk.go("/admin/seals"), desk.words
    page.locator("#name").fill(words.seal)
    page.locator("#mm").fill("24")
    page.locator("input[name=members]").first.check()
    page.locator("#seal-text").fill(words.seal_text)
    desk.press("button[name=action][value=make]")
    expect(page.locator("#official-seal-state img")).to_be_visible()
    page.reload()
    parts = ("h1", "#picture", "main form.card")
    desk.camera.take_pieces(page, parts, "official-seal")
