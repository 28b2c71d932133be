"""A chain with a condition, an absence and a sending back: one envelope through a whole stack."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page, expect
from sqlalchemy import select

from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.samples import write_samples
from cli.selftest.stack import Stack
from domain.absences import CheckedAbsence
from domain.chain_slots import TypedSlot
from domain.chains import CheckedChain, TypedChain, TypedChainStage, check_chain
from domain.kinds import Role
from storage import absences, chains, people
from storage.database import open_database
from storage.tables import Member
from tests.e2e.conftest import NewPage
from tests.e2e.pages import SLOW, approve, download, fits, log_in, new_draft, sign

BOSS, HEAD, DEPUTY = (f"deputies.{name}@selftest.example" for name in ("boss", "head", "deputy"))
VENDOR = "deputies.vendor@selftest.example"
CHAIN = "金額で部長が加わるルート"


def test_the_head_is_asked_for_the_amount_and_his_deputy_signs_in_his_own_name(
    stack: Stack, mailbox: Mailbox, new_page: NewPage, tmp_path: Path
) -> None:
    """From 1,000,000 yen on the head signs; he is away, and the envelope is sent back before."""
    _organise(stack)
    sender = new_page()
    (contract,) = write_samples(tmp_path, 1)
    _send(stack, sender, contract)
    _, link = mailbox.wait_for(BOSS, "/l/", Patience(60))
    boss = new_page()
    _send_back(boss, link)
    _resume(sender)
    approve(boss, link)
    _, link = mailbox.wait_for(DEPUTY, "/l/", Patience(150))
    assert mailbox.all_for(HEAD)
    deputy = new_page()
    deputy.goto(link)
    deputy.get_by_role("button", name="文書を確認する").click()
    expect(deputy.get_by_role("main")).to_contain_text("部長 次郎様の不在のため")
    fits(deputy)
    sign(deputy, link)
    sender.reload()
    main = sender.get_by_role("main")
    expect(main).to_contain_text("代決（部長 次郎の不在のため）")
    expect(main).to_contain_text("送信時の取引金額：1,500,000円")
    fits(sender)
    _, link = mailbox.wait_for(VENDOR, "/l/", Patience(60))
    vendor = new_page()
    sign(vendor, link)
    _, link = mailbox.wait_for(VENDOR, "/d/", Patience(120))
    finished = tmp_path / "finished.pdf"
    download(vendor, link, finished)
    roots = str(stack.home.trust / "roots.pem")
    (report,) = VerifyCommand(("--trust", roots)).run([finished])
    assert report["verdict"] == "valid"


def _organise(stack: Stack) -> None:
    """Two members, a chain that asks the second for large amounts, and his absence."""
    database = open_database(stack.home.database_url)
    try:
        with database.transaction() as session:
            admin = next(
                row for row in session.scalars(select(Member)) if Role.ADMIN.value in row.roles
            )
            moment = datetime.now(UTC)
            boss, head, deputy = (
                people.create_member(
                    session,
                    admin.organisation_id,
                    people.NewMember(mail, name, "!", (Role.APPROVER,)),
                    moment,
                ).id
                for mail, name in (
                    (BOSS, "課長 太郎"), (HEAD, "部長 次郎"), (DEPUTY, "次長 三郎"),
                )
            )  # fmt: skip
            chains.save(session, admin, _chain(boss, head), None, moment)
            today = absences.day_of(session, admin.organisation_id, moment)
            away = CheckedAbsence(head, today, today + timedelta(days=3), deputy)
            absences.enter(session, admin, away, moment)
    finally:
        database.close()


def _chain(boss: UUID, head: UUID) -> CheckedChain:
    stages = (
        TypedChainStage("課長承認", people=(TypedSlot("approve", str(boss)),)),
        TypedChainStage("部長署名", least="1,000,000", people=(TypedSlot("sign", str(head)),)),
    )
    return check_chain(TypedChain(CHAIN, stages), [boss, head])


def _send(stack: Stack, page: Page, contract: Path) -> None:
    log_in(stack, page)
    new_draft(page, contract)
    page.locator("#people-0-name").fill("業者 花子")
    page.locator("#people-0-mail").fill(VENDOR)
    page.locator("#people-0-company").fill("株式会社だいけつ")
    page.locator("#chain_id").select_option(label=CHAIN)
    expect(page.locator("#chain-route")).to_contain_text("取引金額を入力してください")
    page.locator("#amount").fill("500000")
    expect(page.locator("#chain-route .skipped")).to_contain_text("部長署名")
    page.locator("#amount").fill("1500000")
    expect(page.locator("#chain-route")).to_contain_text("加わる段階：部長署名")
    page.get_by_role("textbox", name="封筒名").fill("代決の契約")
    fits(page)
    page.get_by_role("button", name="内容を確認する").click()
    expect(page.get_by_role("main")).to_contain_text("部長 次郎")
    fits(page)
    page.get_by_role("button", name="送信する").click()
    expect(page.locator("#live")).to_be_visible()


def _send_back(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="文書を確認する").click()
    page.get_by_role("link", name="差し戻す").first.click()
    page.get_by_label("差し戻しの理由").fill("金額を確認してください。")
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="差し戻す").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("差し戻しました", timeout=SLOW)


def _resume(page: Page) -> None:
    page.reload()
    page.get_by_label("差し戻した人へのコメント").fill("正しい金額です。")
    page.get_by_role("button", name="再開する").click()
    expect(page.get_by_role("main")).to_contain_text("次の人の対応を待っています", timeout=SLOW)
