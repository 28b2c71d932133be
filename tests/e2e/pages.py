"""What every journey in a browser does: log in, begin a draft, sign, download."""

import json
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect

from cli.selftest.stack import Stack
from domain.conclusion import PURPOSE_WORDS, Purpose
from domain.kinds import Language
from runtime.i18n import translator

PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=900)
SLOW = 60_000
"""Milliseconds that a step with signing or mail may take."""


def shown_in(page: Page) -> Language:
    """The language of what the page shows now."""
    return Language(str(page.locator("html").get_attribute("lang")))


def said(page: Page, sentence: str, /, **values: object) -> str:
    """A Japanese sentence in the language of what the page shows now."""
    language = shown_in(page)
    text = translator(language).gettext(sentence)
    assert language is Language.JA or text != sentence, sentence
    return text % values if values else text


def press(page: Page, sentence: str) -> None:
    """The button of that name."""
    page.get_by_role("button", name=said(page, sentence), exact=True).click()


def follow(page: Page, sentence: str) -> None:
    """The first link of that name."""
    page.get_by_role("link", name=said(page, sentence), exact=True).first.click()


def in_english(page: Page) -> None:
    """By the switch of the page."""
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def log_in(stack: Stack, page: Page) -> None:
    """As the clerk who sends; ends on the list of envelopes."""
    target = stack.target()
    page.goto(f"{target.base_url}/login")
    page.get_by_label("メールアドレス").fill(target.mail)
    page.get_by_label("パスワード").fill(target.password)
    page.get_by_role("main").get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith("/login"))
    page.goto(f"{target.base_url}/envelopes")
    fits(page)


def new_draft(page: Page, contract: Path) -> None:
    """From the list of envelopes to a draft whose one document was taken."""
    press(page, "新しい封筒を作成")
    page.get_by_label(said(page, "PDFファイルを選ぶ")).set_input_files(contract)
    expect(page.locator("[data-document][data-state=ready]")).to_be_visible(timeout=SLOW)
    one_sided = PURPOSE_WORDS[Purpose.ONE_SIDED].in_language(shown_in(page))
    page.get_by_role("radio", name=one_sided).check()


def sign(page: Page, link: str) -> None:
    page.goto(link)
    fits(page)
    press(page, "文書を確認する")
    page.wait_for_url("**/sign/**")
    assert link.rsplit("/", 1)[1] not in page.url
    fits(page)
    follow(page, "署名をはじめる")
    _mark(page)
    fits(page)
    _finish(page)
    fits(page)
    press(page, "署名手続きを完了する")
    page.wait_for_url("**/done", timeout=SLOW)
    expect(page.get_by_role("main")).to_contain_text(said(page, "受け付けました"))
    fits(page)


def approve(page: Page, link: str) -> None:
    """From the mail's link to the page that says it is done."""
    page.goto(link)
    press(page, "文書を確認する")
    follow(page, "承認をはじめる")
    _mark(page)
    follow(page, "完了する")
    press(page, "承認する")
    page.wait_for_url("**/done", timeout=SLOW)


def _finish(page: Page) -> None:
    """A button where there is a form to fill in, a link elsewhere."""
    name = said(page, "完了する")
    link = page.get_by_role("link", name=name, exact=True)
    link.or_(page.get_by_role("main").get_by_role("button", name=name, exact=True)).first.click()


def _mark(page: Page) -> None:
    """The one thing that is asked is found and marked, on the first of two pages."""
    shown = said(page, "文書 %(document)s (%(page)s/%(pages)s)", document=1, page=1, pages=2)
    expect(page.get_by_text(shown)).to_be_visible(timeout=SLOW)
    count, asked = page.locator(".count"), said(page, "必須項目")
    expect(count).to_have_text(f"{asked}: 0/1")
    page.locator("[data-item='1']").click()
    expect(count).to_have_text(f"{asked}: 1/1", timeout=SLOW)


def download(page: Page, link: str, target: Path) -> None:
    page.goto(link)
    fits(page)
    press(page, "ダウンロード")
    page.wait_for_url("**/download/**")
    fits(page)
    with page.expect_download(timeout=SLOW) as download:
        page.locator("a[href$='/file']").first.click()
    download.value.save_as(target)


def fits(page: Page) -> None:
    """Nobody scrolls sideways on a phone.

    Asked of a page that has come in whole: straight after a click the new document may have no
    root element yet, and the old one's answer would be lost with it.
    """
    page.wait_for_load_state("load")
    expect(page.get_by_role("main")).to_be_visible(timeout=SLOW)
    root = page.locator("html")
    assert root.evaluate("root => root.scrollWidth <= window.innerWidth"), page.url


def as_admin(stack: Stack, page: Page, path: str) -> None:
    """Opens a page of an administrator's, who logs in where he has not."""
    target = stack.target()
    logins = json.loads(stack.home.demo_logins.read_text(encoding="utf-8"))
    admin = next(row for row in logins if "admin" in str(row["role"]))
    page.goto(f"{target.base_url}{path}")
    if "/login" in page.url:
        page.get_by_label("メールアドレス").fill(admin["mail"])
        page.get_by_label("パスワード").fill(admin["password"])
        page.get_by_role("main").get_by_role("button", name="ログイン", exact=True).click()
        page.goto(f"{target.base_url}{path}")


def ask_for_consent(stack: Stack, page: Page, choice: str) -> None:
    """What an administrator chooses under 電子契約の利用の承諾."""
    as_admin(stack, page, "/admin/consent")
    page.get_by_role("radio", name=choice).check()
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_role("main")).to_contain_text("設定を保存しました。", timeout=SLOW)
