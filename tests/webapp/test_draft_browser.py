"""The draft's page in a real browser, where scripts come late."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from storage.tables import Document
from tests.webapp.served import browsing
from tests.webapp.stack import HOST, PASSWORD, PDF, Office, build_office, sqlite_in

pytestmark = pytest.mark.local_sockets


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Office]:
    built = build_office(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


@pytest.fixture
def browser(town: Office) -> Iterator[Browser]:
    with browsing(town.app) as found:
        yield found


def test_a_file_chosen_before_the_script_is_there_is_sent_by_it(
    town: Office, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "契約書.pdf").write_bytes(PDF)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page = browser.new_page(locale="ja-JP")
    page.goto(f"{HOST}/login")
    page.get_by_label("メールアドレス").fill("clerk@city.example")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="ログイン").click()
    page.goto(f"{HOST}/envelopes")
    page.route("**/js/draft.js*", hold)
    page.get_by_role("button", name="新しい封筒を作成").click(no_wait_after=True)
    page.get_by_label("PDFファイルを選ぶ").set_input_files(tmp_path / "契約書.pdf")
    held[0].continue_()
    expect(page.locator("[data-document]")).to_contain_text("契約書")
    page.context.close()
    with town.database.reading() as session:
        assert session.query(Document).count() == 1
