"""The draft's page in a real browser: where scripts come late, and where none run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from storage.tables import Document
from tests.webapp.served import browsing
from tests.webapp.stack import HOST, PASSWORD, PDF, Office
from tests.webapp.test_templates import drafted

pytestmark = pytest.mark.local_sockets


@pytest.fixture
def browser(town: Office) -> Iterator[Browser]:
    with browsing(town.app) as found:
        yield found


def logged_in(browser: Browser, who: str, path: str, *, scripts: bool = True) -> Page:
    page = browser.new_context(locale="ja-JP", java_script_enabled=scripts).new_page()
    page.goto(f"{HOST}/login")
    page.get_by_label("メールアドレス").fill(f"{who}@city.example")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="ログイン", exact=True).click()
    page.goto(f"{HOST}{path}")
    return page


def test_a_file_chosen_before_the_script_is_there_is_sent_by_it(
    town: Office, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "契約書.pdf").write_bytes(PDF)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page = logged_in(browser, "clerk", "/envelopes")
    page.route("**/js/draft.js*", hold)
    page.get_by_role("button", name="新しい封筒を作成").click(no_wait_after=True)
    page.get_by_label("PDFファイルを選ぶ").set_input_files(tmp_path / "契約書.pdf")
    held[0].continue_()
    expect(page.locator("[data-document]")).to_contain_text("契約書")
    page.context.close()
    with town.database.reading() as session:
        assert session.query(Document).count() == 1


def test_two_people_write_in_one_draft_and_nothing_is_lost(town: Office, browser: Browser) -> None:
    path = drafted(town, town.browser("clerk"))
    mine, theirs = (logged_in(browser, who, path) for who in ("clerk", "admin"))
    for text in ("一つ目", "二つ目"):  # a page is not in its own way
        with theirs.expect_response("**/draft"):
            theirs.get_by_role("textbox", name="メッセージ").fill(text)
    expect(theirs.locator("#saved")).to_contain_text("保存しました")
    mine.get_by_role("textbox", name="封筒名").fill("変更契約書")
    expect(mine.locator("#saved")).to_contain_text("佐藤 健がこの下書きを変更した")
    mine.get_by_role("button", name="下書きを保存").last.click()
    expect(mine.get_by_role("heading", level=1)).to_contain_text("ほかの画面で変わりました")
    mine.get_by_role("button", name="選んだ内容で保存する").click()
    expect(mine.get_by_role("textbox", name="封筒名")).to_have_value("変更契約書")
    expect(mine.get_by_role("textbox", name="メッセージ")).to_have_value("二つ目")


def test_a_template_is_saved_used_and_changed_without_scripts(
    town: Office, browser: Browser
) -> None:
    path = drafted(town, town.browser("clerk"))
    page = logged_in(browser, "clerk", path, scripts=False)
    page.get_by_role("button", name="ひな形として保存").click()
    page.get_by_label("送信時に入力（1人目）").check()
    page.get_by_role("button", name="ひな形を保存する").click()
    expect(page.get_by_role("alert")).to_contain_text("枠の名前を付けてください")
    page.get_by_label("枠の名前（1人目）").fill("受注者")
    page.get_by_label("ひな形の名前").fill("清掃（年間）")
    page.get_by_role("radio", name="組織全体").check()
    page.get_by_role("button", name="ひな形を保存する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("清掃（年間）")
    page.get_by_role("button", name="このひな形から作成").click()
    expect(page.get_by_role("group", name="1人目（受注者）")).to_be_visible()
    expect(page.locator("#people-0-name")).to_have_value("")
    expect(page.locator("#people-1-name")).to_have_value("鈴木 一郎")
    town.accept_documents()
    page.get_by_role("textbox", name="メッセージ").fill("押印のうえご返送は不要です。")
    page.get_by_role("button", name="ひな形として保存").click()
    # What the choice makes needless is hidden by the style sheet alone.
    expect(page.get_by_label("ひな形の名前")).to_be_hidden()
    page.get_by_label("変更の理由").fill("文面を変更")
    page.get_by_role("button", name="ひな形を保存する").click()
    expect(page.locator("#versions")).to_contain_text("第2版 内容を変更")
    expect(page.locator("#versions")).to_contain_text("文面を変更")
    page.context.close()


_CHANGED = """
(input) => {
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
"""


def test_a_button_that_follows_a_change_at_once_is_not_overtaken_by_the_change(
    town: Office, browser: Browser
) -> None:
    path = drafted(town, town.browser("clerk"))
    page = logged_in(browser, "clerk", path)
    sent: list[str] = []

    def late(route: Route) -> None:
        sent.append(route.request.post_data or "")
        page.wait_for_timeout(600)  # longer than a change waits before it saves itself
        route.continue_()

    page.route("**/draft", late)
    page.locator("[name=order]").first.evaluate(_CHANGED)
    page.get_by_role("button", name="下書きを保存").last.click()
    page.wait_for_load_state("networkidle")
    assert len(sent) == 1
    assert "autosave" not in sent[0]
