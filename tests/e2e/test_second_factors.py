"""Codes by SMS and of an authenticator app in a whole stack, on a phone, each in one language: from
the sender's choice to the evidence. All views are clicked through without a stack
(tests/webapp/signer/test_factors_browser.py)."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import NewPage
from tests.e2e.factors import App, Phone, enrol, join
from tests.e2e.pages import PHONE, SLOW, fits, log_in, new_draft


def test_a_code_by_sms_opens_signs_and_fetches(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    mail, number, language = "sms.journey@selftest.example", "08024680001", "ja"
    phone = Phone(mailbox, f"81{number[1:]}@sms.musubi.test")
    clerk = new_page()
    _draft(stack, clerk, tmp_path, mail, language)
    clerk.locator("#people-0-smscode").check()
    clerk.locator("#people-0-phone").fill(f"{number[:3]}ー{number[3:7]}ー{number[7:]}")
    _send(clerk, f"SMS {number[:3]}-{number[3:7]}-{number[7:]}")
    page = new_page(PHONE, language)
    _open(page, mailbox.wait_for(mail, "/l/", Patience(60))[1])
    expect(page.get_by_role("main")).to_contain_text(number[-4:])
    _prove_by_sms(page, phone)
    _read(page)
    page.locator("form[action$='/prove/sms'] button").click()
    page.locator("#sms_code").fill(phone.next_code())
    _finish(page)
    assert number[1:-4] not in page.content()
    _open(page, mailbox.wait_for(mail, "/d/", Patience(180))[1])
    _prove_by_sms(page, phone)
    act = _act_of_evidence(stack, page, tmp_path)
    assert act["method"] == "link+sms_code"


@pytest.mark.thorough  # a minute; tests/webapp/signer/test_factors_browser goes the same way
def test_a_code_of_the_members_app_opens_signs_and_fetches(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    mail, language = "boss@selftest.example", "en"
    join(stack, mail, language)
    app = enrol(stack, new_page(PHONE, language), mail)
    clerk = new_page()
    _draft(stack, clerk, tmp_path, mail, language)
    clerk.locator("#people-0-party").select_option("own")
    clerk.locator("#people-0-appcode").check()
    _send(clerk, "認証アプリあり")
    page = new_page(PHONE, language)
    _open(page, mailbox.wait_for(mail, "/l/", Patience(60))[1])
    _prove_by_app(page, app)
    _read(page)
    page.locator("#app_code").fill(app.next_code())
    _finish(page)
    _open(page, mailbox.wait_for(mail, "/d/", Patience(180))[1])
    _prove_by_app(page, app)
    act = _act_of_evidence(stack, page, tmp_path)
    assert act["method"] == "link+app_code"


def _draft(stack: Stack, page: Page, folder: Path, mail: str, language: str) -> None:
    (contract,) = write_samples(folder, 1)
    log_in(stack, page)
    new_draft(page, contract)
    page.get_by_label("氏名").fill("番号 守")
    page.locator("#people-0-mail").fill(mail)
    page.get_by_label("会社名・団体名または部署").fill("株式会社ばんごう")
    page.locator("#people-0-language").select_option(language)
    page.get_by_role("textbox", name="封筒名").fill("もう一つの方法で確認する契約")


def _send(page: Page, told: str) -> None:
    fits(page)
    page.get_by_role("button", name="内容を確認する").click()
    expect(page.get_by_role("main")).to_contain_text(told)
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _open(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("main form button").first.click()
    page.wait_for_url("**/prove")
    fits(page)


def _prove_by_sms(page: Page, phone: Phone) -> None:
    page.locator("form[action$='/prove/sms'] button").click()
    page.locator("#sms_code").fill(phone.next_code())
    fits(page)
    page.locator("form.prove button[type=submit]").click()
    page.wait_for_url(lambda url: not url.partition("#")[0].endswith("/prove"))


def _prove_by_app(page: Page, app: App) -> None:
    page.locator("#app_code").fill(app.next_code())
    page.locator("form.prove button[type=submit]").click()
    page.wait_for_url(lambda url: not url.endswith("/prove"))


def _read(page: Page) -> None:
    page.locator("main a[href*='/read']").first.click()
    page.locator("#checklist .item").first.click()
    page.locator("#finish").click()
    page.wait_for_url("**/confirm")
    fits(page)


def _finish(page: Page) -> None:
    fits(page)
    page.locator("form[action$='/act'] button[type=submit]").first.click()
    page.wait_for_url("**/done", timeout=SLOW)
    fits(page)


def _act_of_evidence(stack: Stack, page: Page, folder: Path) -> dict[str, str]:
    """Files and record verify offline; what the record says of the one act."""
    page.wait_for_url("**/download/**")
    finished, evidence = folder / "finished.pdf", folder / "evidence.json"
    for file, end in ((finished, "/file"), (evidence, "evidence.json")):
        with page.expect_download(timeout=SLOW) as found:
            page.locator(f"a[href$='{end}']").first.click()
        found.value.save_as(file)
    roots = str(stack.home.trust / "roots.pem")
    options = ("--trust", roots, "--evidence", str(evidence))
    (report,) = VerifyCommand(options).run([finished])
    assert (report["verdict"], report["evidence"]["good"]) == ("valid", True)
    [act] = report["evidence"]["acts"]
    return dict(act)
