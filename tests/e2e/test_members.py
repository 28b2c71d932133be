"""Somebody is invited and joins while processes are ended under him: everything is there once, and
his link works once."""

from contextlib import suppress

from playwright.sync_api import Error, Page, expect

from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.stack import Stack
from tests.e2e.conftest import NewPage
from tests.e2e.pages import SLOW, as_admin, fits
from tests.e2e.processes import kill, wait_until_up

MAIL = "invited.colleague@selftest.example"
NAME, PASSWORD = "招待 されて", "quiet rivers carry paper boats"


def test_an_invited_colleague_joins_once_whoever_is_killed(
    stack: Stack, mailbox: Mailbox, new_page: NewPage
) -> None:
    admin = new_page()
    as_admin(stack, admin, "/admin/members/invite")
    admin.get_by_label("メールアドレス").fill(MAIL)
    admin.get_by_role("checkbox", name="担当者").uncheck()
    admin.get_by_role("checkbox", name="閲覧者").check()
    fits(admin)
    admin.get_by_role("button", name="招待のメールを送る").click()
    kill(stack, "envelopes")
    expect(admin.get_by_role("main")).to_contain_text(MAIL, timeout=SLOW)
    wait_until_up(stack)
    _, link = mailbox.wait_for(MAIL, "/invited/", Patience(120))
    colleague = new_page()
    _join(stack, colleague, link)
    colleague.goto(f"{stack.target().base_url}/envelopes")
    expect(colleague.get_by_role("heading", level=1)).to_be_visible()
    expect(colleague.get_by_role("button", name="新しい封筒を作成")).to_have_count(0)
    as_admin(stack, admin, "/admin/members")
    expect(admin.get_by_text(NAME, exact=True)).to_have_count(1)
    expect(admin.get_by_role("heading", name="招待中の人")).to_have_count(0)
    assert len(mailbox.all_for(MAIL)) == 1
    answer = new_page().goto(link)
    assert answer is not None
    assert answer.status == 410


def _join(stack: Stack, page: Page, link: str) -> None:
    """Presses as the web app is ended; the person tries again, or finds that it was done."""
    page.goto(link)
    _fill_in(page)
    fits(page)
    kill(stack, "web")
    with suppress(Error):
        page.get_by_role("button", name="登録する").click(timeout=5_000)
    wait_until_up(stack)
    answer = page.goto(link)
    if answer is not None and answer.ok:
        _fill_in(page)
        page.get_by_role("button", name="登録する").click()
        page.wait_for_url("**/account")
        return
    page.goto(f"{stack.target().base_url}/login")
    page.get_by_label("メールアドレス").fill(MAIL)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="ログイン", exact=True).click()


def _fill_in(page: Page) -> None:
    page.get_by_label("氏名").fill(NAME)
    page.get_by_label("パスワード", exact=False).first.fill(PASSWORD)
    page.get_by_label("パスワード（確認）").fill(PASSWORD)
