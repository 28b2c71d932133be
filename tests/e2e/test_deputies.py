"""An administrator's chain with a condition, an absence and a sending back: his pages, the sender's
and the approvers', and one envelope through a whole stack. In English too with `--thorough`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from domain.absences import deputy_words
from domain.kinds import Language, Role
from storage import people
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
    follow,
    in_english,
    log_in,
    new_draft,
    press,
    said,
    sign,
)

NAMES = {"boss": "課長 太郎", "head": "部長 次郎", "deputy": "次長 三郎"}
AMOUNT = "1,500,000"
ABSENT = (
    "%(name)s様の不在のため、代決者であるあなたにも依頼しています。"
    "お手続きは、あなたご自身のお名前で「代決」として記録されます。"
)


@pytest.fixture(params=["ja", pytest.param("en", marks=pytest.mark.thorough)])
def language(request: pytest.FixtureRequest) -> Language:
    """Of everybody who takes part."""
    return Language(request.param)


def test_the_head_is_asked_for_the_amount_and_his_deputy_signs_in_his_own_name(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path, language: Language
) -> None:
    """From 1,000,000 yen on the head signs; he is away, and the envelope is sent back before."""

    def a_page() -> Page:
        return new_page(locale=language.value)

    _hire(stack, language)
    admin = new_page(DESK)
    _make_chain(stack, admin, language)
    _enter_absence(stack, admin, language)
    sender, vendor_mail = new_page(), f"deputies.vendor.{language}@selftest.example"
    log_in(stack, sender)
    if language is Language.EN:
        in_english(sender)
    (contract,) = write_samples(tmp_path, 1)
    _send(sender, contract, vendor_mail, language)
    _, link = mailbox.wait_for(_mail("boss", language), "/l/", Patience(60))
    boss = a_page()
    _send_back(boss, link)
    _resume(sender)
    approve(boss, link)
    _, link = mailbox.wait_for(_mail("deputy", language), "/l/", Patience(150))
    assert mailbox.all_for(_mail("head", language))
    deputy = a_page()
    deputy.goto(link)
    press(deputy, "文書を確認する")
    expect(deputy.get_by_role("main")).to_contain_text(said(deputy, ABSENT, name=NAMES["head"]))
    fits(deputy)
    sign(deputy, link)
    sender.reload()
    main = sender.get_by_role("main")
    expect(main).to_contain_text(deputy_words(NAMES["head"]).in_language(language))
    yen = f"{AMOUNT}円" if language is Language.JA else f"JPY {AMOUNT}"
    expect(main).to_contain_text(said(sender, "送信時の取引金額：%(amount)s", amount=yen))
    fits(sender)
    _, link = mailbox.wait_for(vendor_mail, "/l/", Patience(60))
    vendor = a_page()
    sign(vendor, link)
    _, link = mailbox.wait_for(vendor_mail, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    download(vendor, link, finished)
    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"


def _mail(who: str, language: Language) -> str:
    return f"deputies.{who}.{language}@selftest.example"


def _label(page: Page, who: str, language: Language) -> str:
    """As members stand in selections."""
    return said(page, "%(name)s（%(place)s）", name=NAMES[who], place=_mail(who, language))


def _hire(stack: Stack, language: Language) -> None:
    """Three colleagues who read that language."""
    database = open_database(stack.home.database_url)
    try:
        with database.transaction() as session:
            admin = next(
                row for row in session.scalars(select(Member)) if Role.ADMIN.value in row.roles
            )
            for who, name in NAMES.items():
                new = people.NewMember(
                    _mail(who, language), name, "!", (Role.APPROVER,), language=language
                )
                people.create_member(session, admin.organisation_id, new, datetime.now(UTC))
    finally:
        database.close()


def _chain(language: Language) -> str:
    return f"金額で部長が加わるルート {language}"


def _make_chain(stack: Stack, page: Page, language: Language) -> None:
    """The boss approves; from a million yen on the head signs. Tried before it is kept."""
    as_admin(stack, page, "/admin/chains/new")
    if language is Language.EN:
        in_english(page)
    page.locator("#name").fill(_chain(language))
    page.locator("#stages-0-name").fill("課長承認")
    page.locator("#stages-0-people-0-member").select_option(label=_label(page, "boss", language))
    press(page, "段階を追加")
    page.locator("#stages-1-name").fill("部長署名")
    page.locator("#stages-1-people-0-kind").select_option("sign")
    page.locator("#stages-1-people-0-member").select_option(label=_label(page, "head", language))
    page.locator("#stages-1 .chain-when summary").click()
    page.locator("#stages-1-least").fill("1,000,000")
    picture = page.locator("#picture")
    for amount, skipped in (("999,999", 1), (AMOUNT, 0)):
        page.locator("#trial-amount").fill(amount)
        press(page, "図で確かめる")
        expect(picture.locator(".stage.skipped")).to_have_count(skipped)
        expect(picture).to_contain_text(NAMES["head"])
    fits(page)
    press(page, "保存する")
    expect(page.get_by_role("main")).to_contain_text(_chain(language))
    fits(page)


def _enter_absence(stack: Stack, page: Page, language: Language) -> None:
    as_admin(stack, page, "/admin/absences")
    today = page.locator("#begins_on").input_value() or datetime.now(UTC).date().isoformat()
    page.locator("#member").select_option(label=_label(page, "head", language))
    page.locator("#begins_on").fill(today)
    page.locator("#ends_on").fill((datetime.now(UTC) + timedelta(days=3)).date().isoformat())
    page.locator("#deputy").select_option(label=_label(page, "deputy", language))
    press(page, "登録する")
    expect(page.locator(".absence")).to_contain_text([NAMES["head"]])
    fits(page)


def _send(page: Page, contract: Path, vendor: str, language: Language) -> None:
    new_draft(page, contract)
    page.locator("#people-0-name").fill("業者 花子")
    page.locator("#people-0-mail").fill(vendor)
    page.locator("#people-0-company").fill("株式会社だいけつ")
    page.locator("#chain_id").select_option(label=_chain(language))
    route = page.locator("#chain-route")
    page.locator("#amount").fill("500000")
    expect(route.locator(".skipped")).to_contain_text("部長署名")
    page.locator("#amount").fill("1500000")
    expect(route).to_contain_text(said(page, "加わる段階：%(names)s", names="部長署名"))
    page.locator("#title").fill("代決の契約")
    fits(page)
    press(page, "内容を確認する")
    expect(page.get_by_role("main")).to_contain_text(NAMES["head"])
    fits(page)
    press(page, "送信する")
    expect(page.locator("#live")).to_be_visible()


def _send_back(page: Page, link: str) -> None:
    page.goto(link)
    press(page, "文書を確認する")
    follow(page, "差し戻す")
    page.locator("#reason").fill("金額を確認してください。")
    press(page, "確認へ進む")
    press(page, "差し戻す")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(said(page, "差し戻しました"), timeout=SLOW)


def _resume(page: Page) -> None:
    page.reload()
    page.locator("#comment").fill("正しい金額です。")
    press(page, "再開する")
    waits = said(page, "次の人の対応を待っています。")
    expect(page.get_by_role("main")).to_contain_text(waits, timeout=SLOW)
