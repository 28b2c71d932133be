"""Consent to electronic means, through a whole stack: asked for, given, taken back, given anew, and
each time stamped by an authority."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, tsp
from playwright.sync_api import Page, expect

from cli.selftest.mailbox import Mail, Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from signing.consents import consents_hold
from tests.e2e.conftest import NewPage
from tests.e2e.pages import SLOW, ask_for_consent, fits, log_in, new_draft, sign

VENDOR = "consent.vendor@selftest.example"


@pytest.mark.thorough  # tests/webapp/signer/test_acts_browser goes the same way
def test_a_party_consents_withdraws_and_consents_anew_before_it_signs(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    """Nothing is read or signed without it, and the record of each word of it has a time-stamp."""
    admin, sender, vendor = new_page(), new_page(), new_page()
    ask_for_consent(stack, admin, "求める（封筒ごと）")
    try:
        _send(stack, sender, *write_samples(tmp_path, 1))
    finally:  # what was sent keeps asking; other journeys on this stack are left alone
        ask_for_consent(stack, admin, "求めない")
    _, link = mailbox.wait_for(VENDOR, "/l/", Patience(60))
    vendor.goto(link)
    vendor.get_by_role("button", name="文書を確認する").click()
    expect(vendor.get_by_role("heading", level=1)).to_have_text("電子契約の利用の承諾")
    fits(vendor)
    vendor.get_by_role("link", name="承諾しない").click()
    fits(vendor)
    vendor.get_by_role("link", name="承諾文に戻る").click()
    _consent(vendor)
    _withdraw(vendor)
    _mail_with(mailbox, stack.target().mail, "承諾を撤回しました")
    _shows(sender, "承諾が撤回されています")
    vendor.get_by_role("button", name="承諾する").click()
    expect(vendor.get_by_role("link", name="署名をはじめる")).to_be_visible(timeout=SLOW)
    sign(new_page(), link)
    mailbox.wait_for(VENDOR, "/d/", Patience(120))
    _shows(sender, "タイムスタンプ：")
    _stamped(_record(sender, tmp_path))


def _send(stack: Stack, page: Page, contract: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    page.locator("#people-0-name").fill("承諾 太郎")
    page.locator("#people-0-mail").fill(VENDOR)
    page.locator("#people-0-company").fill("株式会社しょうだく")
    page.get_by_role("textbox", name="封筒名").fill("承諾の要る契約")
    page.get_by_role("button", name="内容を確認する").click()
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()
    expect(page.locator("#consents")).to_contain_text("未承諾")


def _consent(page: Page) -> None:
    page.get_by_role("button", name="承諾する").click()
    expect(page.get_by_role("link", name="署名をはじめる")).to_be_visible(timeout=SLOW)
    fits(page)


def _withdraw(page: Page) -> None:
    page.get_by_role("link", name="電子契約の利用の承諾について").click()
    page.get_by_role("link", name="承諾を撤回する").click()
    fits(page)
    page.get_by_role("button", name="承諾を撤回する").click()
    expect(page.get_by_role("main")).to_contain_text("承諾は撤回されています", timeout=SLOW)
    fits(page)


def _shows(page: Page, words: str) -> None:
    page.reload()
    expect(page.get_by_role("main")).to_contain_text(words, timeout=SLOW)
    fits(page)


def _mail_with(mailbox: Mailbox, address: str, words: str) -> Mail:
    def look() -> Mail | None:
        return next((mail for mail in mailbox.all_for(address) if words in _joined(mail)), None)

    return Patience(120).until(f"the mail with {words!r}", look)


def _joined(mail: Mail) -> str:
    """Without the breaks of its lines."""
    return mail.text.replace("\n", "")


def _record(page: Page, folder: Path) -> dict[str, Any]:
    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("link", name="証跡データ（JSON）を保存").click()
    download.value.save_as(folder / "evidence.json")
    found: dict[str, Any] = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    return found


def _stamped(record: dict[str, Any]) -> None:
    """Each word of it, in the ledger and under a token over exactly this statement."""
    said = record["consents"]
    assert [row["kind"] for row in said] == ["given", "withdrawn", "given"]
    noted = {row["data"]["consent"]: row["data"] for row in record["ledger"] if _is_said(row)}
    for row in said:
        digest = hashlib.sha256(row["statement"].encode()).digest()
        assert digest.hex() == row["statement_sha256"] == noted[row["id"]]["statement_sha256"]
        token = cms.ContentInfo.load(base64.b64decode(row["token"]))
        info = token["content"]["encap_content_info"]["content"].parse(tsp.TSTInfo)
        assert info["message_imprint"]["hashed_message"].native == digest
    assert consents_hold(record)
    act = next(row for row in record["acts"] if row["kind"] == "sign")
    assert act["evidence"]["consent"]["id"] == said[-1]["id"]


def _is_said(row: dict[str, Any]) -> bool:
    return row["tag"] in {"consent:given", "consent:withdrawn"}
