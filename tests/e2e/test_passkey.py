"""A contract that is signed with a passkey, in a whole stack: from the sender's choice to the
evidence that proves the passkey offline."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.chromium import chromium
from tests.e2e.pages import PHONE, SLOW, log_in, new_draft

MAIL = "passkey.journey@selftest.example"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.mark.timeout(600)
def test_a_passkey_is_registered_signs_and_is_proved_from_the_evidence(
    stack: Stack, mailbox: Mailbox, tmp_path: Path
) -> None:
    (contract,) = write_samples(tmp_path, 1)
    with chromium() as browser:
        clerk = browser.new_context(locale="ja-JP").new_page()
        _send(stack, clerk, contract)
        person = browser.new_context(viewport=PHONE, locale="ja-JP", accept_downloads=True)
        page = person.new_page()
        page.set_default_timeout(SLOW)
        session = person.new_cdp_session(page)
        session.send("WebAuthn.enable", {"enableUI": False})
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        _, link = mailbox.wait_for(MAIL, "/l/", Patience(60))
        _register(page, mailbox, link)
        _sign(page)
        _, link = mailbox.wait_for(MAIL, "/d/", Patience(120))
        finished, evidence = tmp_path / "finished.pdf", tmp_path / "evidence.json"
        page.goto(link)
        page.get_by_role("button", name="ダウンロード").click()
        page.get_by_role("button", name="パスキーで確認する").click()
        page.wait_for_url("**/download/**")
        with page.expect_download(timeout=SLOW) as found:
            page.locator("a[href$='/file']").first.click()
        found.value.save_as(finished)
        with page.expect_download(timeout=SLOW) as found:
            page.locator("a[href$='evidence.json']").first.click()
        found.value.save_as(evidence)
    _prove(stack, finished, evidence)


def _send(stack: Stack, page: Page, contract: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    page.get_by_label("氏名").fill("鍵山 守")
    page.locator("#people-0-mail").fill(MAIL)
    page.get_by_label("会社名・団体名または部署").fill("株式会社かぎ")
    page.locator("#people-0-withpasskey").check()
    page.get_by_role("textbox", name="封筒名").fill("パスキーで署名する契約")
    page.get_by_role("button", name="内容を確認する").click()
    expect(page.get_by_role("main")).to_contain_text("パスキーあり")
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _register(page: Page, mailbox: Mailbox, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="文書を確認する").click()
    page.wait_for_url("**/passkey")
    page.get_by_role("button", name="確認コードを送る").click()
    page.get_by_label("確認コード").fill(_code(mailbox))
    page.get_by_role("button", name="次へ").click()
    page.get_by_role("button", name="パスキーを登録する").click()
    expect(page.get_by_text("パスキーを登録しました")).to_be_visible()


def _code(mailbox: Mailbox) -> str:
    def look() -> str | None:
        found = (
            re.search(r"確認コード：(\d{4} \d{4})", mail.text) for mail in mailbox.all_for(MAIL)
        )
        return next((match[1] for match in found if match), None)

    return Patience(60).until("the code's mail", look)


def _sign(page: Page) -> None:
    page.get_by_role("link", name="署名をはじめる").click()
    page.get_by_role("link", name="署名 1").click()
    page.get_by_role("link", name="完了する").click()
    page.get_by_role("button", name="署名手続きを完了する").click()
    page.wait_for_url("**/done", timeout=SLOW)


def _prove(stack: Stack, finished: Path, evidence: Path) -> None:
    options = ("--trust", str(stack.home.trust / "roots.pem"), "--evidence", str(evidence))
    (report,) = VerifyCommand(options).run([finished])
    assert report["verdict"] == "valid"
    assert report["evidence"]["good"]
    [act] = report["evidence"]["acts"]
    assert act["passkey"]
    assert act["method"] == "link+passkey"
    record = json.loads(evidence.read_text(encoding="utf-8"))
    [signed] = [row for row in record["acts"] if row["kind"] == "sign"]
    signed["values_sha256"] = "0" * 64
    evidence.write_text(json.dumps(record), encoding="utf-8")
    (report,) = VerifyCommand(options).run([finished])
    problems = [row["code"] for row in report["evidence"]["problems"]]
    assert problems == ["passkey_unproven"]
