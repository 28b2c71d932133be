"""One chain from the approval to the mayor: who holds a role approves, the vendor signs, the
council resolves, and for the amount the mayor signs last. A whole stack, in a browser."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from domain.conclusion import PURPOSE_WORDS, Purpose
from domain.kinds import Role
from storage import departments, people
from storage.database import open_database
from storage.tables import Member
from tests.e2e.conftest import NewPage
from tests.e2e.pages import (
    DESK,
    SLOW,
    approve,
    as_admin,
    download,
    fits,
    log_in,
    new_draft,
    press,
    sign,
)

NAME = "議決と首長署名のルート"
UNIT = "道路課"
CHIEF = "sides.chief@selftest.example"
MAYOR = "sides.mayor@selftest.example"
VENDOR = "sides.vendor@selftest.example"


@pytest.mark.thorough  # its parts: test_chain_sides.py of tests/storage and tests/webapp
def test_the_mayor_of_the_chain_signs_after_vendor_and_council(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    """From 1,000,000 yen on the mayor signs, from 150,000,000 on after the council's resolution."""
    _hire(stack)
    _make_chain(stack, new_page(DESK))
    sender = new_page()
    log_in(stack, sender)
    (contract,) = write_samples(tmp_path, 1)
    _send(sender, contract)
    _, link = mailbox.wait_for(CHIEF, "/l/", Patience(60))
    assert not mailbox.all_for(VENDOR)
    approve(new_page(), link)
    _, link = mailbox.wait_for(VENDOR, "/l/", Patience(60))
    vendor = new_page()
    sign(vendor, link)
    expect(sender.get_by_role("main")).to_contain_text("議決待ち", timeout=SLOW)
    assert not mailbox.all_for(MAYOR)
    _resolve(sender)
    _, link = mailbox.wait_for(MAYOR, "/l/", Patience(60))
    sign(new_page(), link)
    _, link = mailbox.wait_for(VENDOR, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    download(vendor, link, finished)
    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"
    kinds = [one["kind"] for one in report["signatures"]]
    assert kinds.count("signature") == 2


def _hire(stack: Stack) -> None:
    """The one approver of a department of its own, and the mayor."""
    database = open_database(stack.home.database_url)
    now = datetime.now(UTC)
    try:
        with database.transaction() as session:
            admin = next(
                row for row in session.scalars(select(Member)) if Role.ADMIN.value in row.roles
            )
            unit = departments.save(session, admin, None, "77", UNIT, now, None)
            chief = people.NewMember(CHIEF, "道路課長 太郎", "!", (Role.APPROVER,))
            row = people.create_member(session, admin.organisation_id, chief, now)
            departments.assign(session, row, unit.id)
            mayor = people.NewMember(MAYOR, "市長 花子", "!", (Role.VIEWER,))
            people.create_member(session, admin.organisation_id, mayor, now)
    finally:
        database.close()


def _make_chain(stack: Stack, page: Page) -> None:
    """Added in another order, and the vendor moved up to his place; then tried and kept."""
    as_admin(stack, page, "/admin/chains/new")
    page.locator("#name").fill(NAME)
    page.locator("#stages-0-name").fill("課長承認")
    page.locator("#stages-0-people-0-who").select_option("role")
    page.locator("#stages-0-people-0-role").select_option("approver")
    page.locator("#stages-0-people-0-among").select_option(label=UNIT)
    press(page, "条件待ち（議決など）を追加")
    page.locator("#stages-1 .chain-when summary").click()
    page.locator("#stages-1-least").fill("150,000,000")
    press(page, "相手方の段階を追加")
    page.locator("#stages-2 button[value='up-stage-2']").click()
    expect(page.locator("#stages-1 legend")).to_contain_text("相手方")
    press(page, "段階を追加")
    page.locator("#stages-3-name").fill("市長署名")
    page.locator("#stages-3-people-0-kind").select_option("sign")
    page.locator("#stages-3-people-0-member").select_option(label=f"市長 花子（{MAYOR}）")
    page.locator("#stages-3 .chain-when summary").click()
    page.locator("#stages-3-least").fill("1,000,000")
    picture = page.locator("#picture")
    for amount, skipped in (("999,999", 2), ("1,000,000", 1), ("200,000,000", 0)):
        page.locator("#trial-amount").fill(amount)
        press(page, "図で確かめる")
        expect(picture.locator(".stage.skipped")).to_have_count(skipped)
    _in_order(picture, "道路課の承認者", "封筒の関係者", "議決", "市長 花子")
    fits(page)
    press(page, "保存する")
    expect(page.get_by_role("main")).to_contain_text(NAME)
    fits(page)


def _in_order(where: Locator, *texts: str) -> None:
    stages = where.locator("ol.route > .stage")
    for number, text in enumerate(texts):
        expect(stages.nth(number)).to_contain_text(text)


def _send(page: Page, contract: Path) -> None:
    new_draft(page, contract)
    page.get_by_role("radio", name=PURPOSE_WORDS[Purpose.CONTRACT].ja).check()
    page.locator("#people-0-name").fill("業者 一郎")
    page.locator("#people-0-mail").fill(VENDOR)
    page.locator("#people-0-company").fill("株式会社りょうほう")
    page.locator("#chain_id").select_option(label=NAME)
    route = page.locator("#chain-route")
    page.locator("#amount").fill("5000000")
    expect(route.locator(".skipped")).to_contain_text("議決")
    page.locator("#amount").fill("200000000")
    expect(route).to_contain_text("加わる段階：議決")
    page.locator("#title").fill("議決を要する工事の契約")
    fits(page)
    press(page, "内容を確認する")
    main = page.get_by_role("main")
    _in_order(main, "道路課長 太郎", "業者 一郎", "登録できる人：担当者の誰でも", "市長 花子")
    expect(main).to_contain_text("承認ルートの「相手方」")
    fits(page)
    press(page, "送信する")
    expect(page.locator("#live")).to_be_visible()


def _resolve(page: Page) -> None:
    page.reload()
    page.get_by_label("議決などの番号").fill("議案第34号")
    page.get_by_label("議決などの日付").fill("2026-11-20")
    press(page, "登録して次へ進む")
    expect(page.get_by_role("main")).to_contain_text("議案第34号（2026-11-20）", timeout=SLOW)
    fits(page)
