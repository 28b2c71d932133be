"""One has signed, the sender corrects, both sign the new version: through a whole stack."""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from tests.e2e.conftest import NewPage
from tests.e2e.pages import SLOW, download, fits, log_in, new_draft, sign

REASON = "第3条の金額を直しました。"


@pytest.mark.parametrize("fields_only", [False, True], ids=["new-pdf", "fields-only"])
def test_one_has_signed_the_sender_corrects_and_both_sign_the_new_version(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path, *, fields_only: bool
) -> None:
    """The finished file is of the new version; the old one, with its signature, is kept."""
    (contract,) = write_samples(tmp_path / "first", 1)
    first_mail, second_mail = people = _mails(tmp_path)
    corrected = None if fields_only else _other(contract, tmp_path / "corrected.pdf")
    sender, first, second = new_page(), new_page(), new_page()
    _send(stack, sender, contract, people)
    old = {name: mailbox.wait_for(name, "/l/", Patience(60))[1] for name in people}
    sign(first, old[first_mail])
    second.goto(old[second_mail])
    second.get_by_role("button", name="文書を確認する").click()
    second.get_by_role("link", name="署名をはじめる").click()
    _correct(sender, corrected)
    new = {name: _newer(mailbox, name, old[name]) for name in people}
    second.reload()  # the page that was open while the documents changed
    expect(second.get_by_role("heading", level=1)).to_have_text("文書が訂正されました")
    fits(second)
    for page, name in ((first, first_mail), (second, second_mail)):
        page.goto(old[name])
        expect(page.get_by_role("main")).to_contain_text("文書が訂正されたため")
        fits(page)
    first.goto(new[first_mail])
    first.get_by_role("button", name="文書を確認する").click()
    expect(first.locator("#correction, [aria-labelledby=correction]").first).to_be_visible()
    expect(first.get_by_role("main")).to_contain_text(REASON)
    expect(first.get_by_role("main")).to_contain_text("あらためて手続きをお願い")
    fits(first)
    sign(first, new[first_mail])
    sign(second, new[second_mail])
    _, link = mailbox.wait_for(second_mail, "/d/", Patience(120))
    finished, before, evidence = (
        tmp_path / name for name in ("finished.pdf", "before.pdf", "evidence.json")
    )
    download(second, link, finished)
    _keep_old(sender, before, evidence)
    roots = str(stack.home.trust / "roots.pem")
    verify = VerifyCommand(("--trust", roots, "--evidence", str(evidence)))
    (report,) = verify.run([finished])
    assert (report["verdict"], report["evidence"]["problems"]) == ("valid", [])
    assert report["evidence"]["version"] == 2
    assert len(report["evidence"]["acts"]) == 2
    (report,) = verify.run([before])
    assert [row["code"] for row in report["evidence"]["problems"]] == ["superseded"]
    assert len(report["evidence"]["acts"]) == 1
    (correction,) = json.loads(evidence.read_text(encoding="utf-8"))["corrections"]
    assert (correction["from_version"], correction["version"]) == (1, 2)


def _mails(folder: Path) -> tuple[str, str]:
    """Of two people whom no other test knows."""
    mark = sha256(bytes(folder)).hexdigest()[:8]
    return f"first.{mark}@selftest.example", f"second.{mark}@selftest.example"


def _other(contract: Path, target: Path) -> Path:
    """The same pages in other bytes."""
    data = contract.read_bytes()
    changed = data.replace(b"ReportLab", b"Reportlab")
    assert changed != data
    target.write_bytes(changed)
    return target


def _newer(mailbox: Mailbox, address: str, old: str) -> str:
    def look() -> str | None:
        links = (mail.link("/l/") for mail in mailbox.all_for(address))
        return next((link for link in links if link and link != old), None)

    return Patience(120).until(f"a new link for {address}", look)


def _send(stack: Stack, page: Page, contract: Path, mails: Sequence[str]) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    page.get_by_role("button", name="関係者を追加").click()
    expect(page.locator("#people-1-name")).to_be_visible()
    for index, (name, mail) in enumerate(zip(("最初 一郎", "二番 花子"), mails, strict=True)):
        page.locator(f"#people-{index}-name").fill(name)
        page.locator(f"#people-{index}-mail").fill(mail)
        page.locator(f"#people-{index}-company").fill("株式会社ていせい")
    page.get_by_role("textbox", name="封筒名").fill("訂正のある契約")
    page.locator("#order-parallel").check()
    page.get_by_role("button", name="内容を確認する").click()
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _correct(page: Page, corrected: Path | None) -> None:
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("署名 1件", timeout=SLOW)
    page.get_by_role("link", name="文書の訂正へ").click()
    if corrected is None:
        _move_fields(page)
    else:
        page.get_by_label("訂正後のPDF").set_input_files(corrected)
        page.get_by_role("button", name="アップロード").click()
    expect(page.locator(".correction[data-state=ready]")).to_be_visible(timeout=SLOW)
    fits(page)
    page.get_by_role("link", name="確認へ進む").click()
    expect(page.locator("[data-effect=again]")).to_be_visible()
    expect(page.locator("[data-effect=anew]")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="訂正して依頼し直す").click()
    expect(page.get_by_role("main")).to_contain_text("訂正の理由を")
    page.get_by_label("訂正の理由").fill(REASON)
    page.get_by_role("button", name="訂正して依頼し直す").click()
    expect(page.get_by_role("heading", name="版の履歴")).to_be_visible(timeout=SLOW)
    fits(page)


def _move_fields(page: Page) -> None:
    """The PDF stays as it is; the first signer gets a field for his name."""
    page.get_by_role("button", name="入力欄だけを直す").click()
    expect(page.locator(".correction[data-state=ready]")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("link", name="確認へ進む")).to_have_count(0)
    page.get_by_role("link", name="入力欄の位置を直す").click()
    page.locator("#new-kind").select_option("name")
    page.locator("#add").click()
    label = page.locator("#rows input[name$='-label']")
    label.fill("署名する方")
    page.locator("#rows input[name$='-required']").uncheck()
    page.get_by_role("button", name="訂正に戻る").click()


def _keep_old(page: Page, before: Path, evidence: Path) -> None:
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("すべての手続きが完了しました", timeout=SLOW)
    fits(page)
    with page.expect_download(timeout=SLOW) as old:
        page.get_by_role("link", name="第1版のPDFをダウンロード").click()
    old.value.save_as(before)
    with page.expect_download(timeout=SLOW) as record:
        page.get_by_role("link", name="証跡データ").click()
    record.value.save_as(evidence)
