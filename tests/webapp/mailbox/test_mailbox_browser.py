"""あなたの文書 in a real browser: on a phone and at a desk, in both languages, without scripts, and
by keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from domain.kinds import LinkPurpose
from tests.webapp.mailbox.browsing import CODE, MAIL, WRONG, deliver
from tests.webapp.person import Person, acts
from tests.webapp.signer.world import HOST

pytestmark = [
    pytest.mark.local_sockets,
    pytest.mark.timeout(300),
]


def test_a_code_shows_the_list_and_the_list_leads_to_link_and_files(person: Person) -> None:
    page, world = person.page, person.world
    page.goto(f"{HOST}/mailbox")
    person.press("確認コードを送る")
    person.fails()
    person.types("メールアドレス", MAIL)
    person.press("確認コードを送る")
    person.headed("確認コードの入力")
    deliver(world.database)
    person.types("確認コード", WRONG)
    person.press("あなたの文書を開く")
    person.fails()
    person.types("確認コード", CODE)
    person.press("あなたの文書を開く")
    person.headed("あなたの文書")
    person.reads("5050000111")
    person.press("手続きのリンクをメールで受け取る")
    expect(page.locator(".banner.success")).to_be_visible()
    assert [act.kind for act in acts(world)] == ["fresh_link"]
    world.token(0, LinkPurpose.DOWNLOAD)  # everybody has signed meanwhile
    page.goto(f"{HOST}/mailbox/documents")
    person.press("ダウンロードに進む")
    person.headed("文書のダウンロード")
    with page.expect_download() as download:
        page.locator("#documents a[download]").first.click()
    assert Path(download.value.path()).read_bytes().endswith(b"\nsigned")
    page.goto(f"{HOST}/mailbox/documents")
    person.press("一覧を閉じる")
    person.reads("「あなたの文書」を閉じました。もう一度見るには、新しい確認コードが必要です。")
    page.goto(f"{HOST}/mailbox/documents")
    person.headed("「あなたの文書」は閉じられています")
