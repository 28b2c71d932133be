"""How the selftest reads pages: by words, as people do."""

import pytest

from cli.selftest.pages import Page
from cli.selftest.patience import SelftestFailed

HTML = """<html><body>
<header><form action="/language" method="post"><button>English</button></form></header>
<main>
 <a href="/next">署名をはじめる</a>
 <form action="act" method="post">
  <input type="hidden" name="csrf_token" value="t0">
  <input type="hidden" name="nonce" value="n1">
  <label for="t">封筒名 <span>必須</span></label><input id="t" name="title" value="契約">
  <input type="checkbox" name="agree" value="yes" required>
  <input type="checkbox" name="news" value="yes">
  <input type="radio" name="order" value="sequence" checked>
  <input type="radio" name="order" value="parallel">
  <select name="party"><option value="own">自社</option><option value="c" selected>相手</option></select>
  <textarea name="message">
お世話に</textarea>
  <input type="file" name="files">
  <button class="button primary" name="action" value="go">署名手続きを
    完了する</button>
  <button class="button" formaction="/envelopes/1/documents">追加</button>
  <button disabled>確認</button>
 </form>
</main></body></html>"""  # noqa: E501 - a page


@pytest.fixture
def page() -> Page:
    return Page("http://localhost:1/sign/2/confirm", 200, HTML)


def test_a_form_is_sent_as_a_browser_would(page: Page) -> None:
    form = page.form("署名手続きを 完了する")
    assert form.action == "http://localhost:1/sign/2/act"
    assert form.method == "post"
    assert form.values == [
        ("csrf_token", "t0"), ("nonce", "n1"), ("title", "契約"), ("agree", "yes"),
        ("order", "sequence"), ("party", "c"), ("message", "お世話に"), ("action", "go"),
    ]  # fmt: skip


def test_a_button_with_its_own_target_sends_there(page: Page) -> None:
    assert page.form_to("/documents").action == "http://localhost:1/envelopes/1/documents"


def test_the_one_obvious_button_needs_no_name_and_the_header_does_not_count(page: Page) -> None:
    assert page.form().action.endswith("/act")


def test_links_and_labels_are_found_by_their_words(page: Page) -> None:
    assert page.link("署名をはじめる") == "http://localhost:1/next"
    assert page.field_name("封筒名") == "title"


@pytest.mark.parametrize("label", ["確認", "English", "ない"])
def test_disabled_foreign_and_missing_buttons_cannot_be_pressed(page: Page, label: str) -> None:
    with pytest.raises(SelftestFailed, match=label):
        page.form(label)


def test_an_unknown_field_cannot_be_typed_into(page: Page) -> None:
    form = page.form()
    form.set("title", "新")
    assert ("title", "新") in form.values
    with pytest.raises(SelftestFailed, match="no field mail"):
        form.set("mail", "x")


def test_a_failure_names_the_place_without_the_links_secret() -> None:
    secret = "kJ8vN2mQ4xR6tY1wZ3bC5dF7gH9jK0lM2nP4qS6uV8w"
    words = Page(f"http://localhost:1/l/{secret}", 404, "<main>見つかりません</main>").describe()
    assert secret not in words
    assert "HTTP 404: 見つかりません" in words


def test_parts_that_come_alone_take_the_place_of_those_with_their_ids() -> None:
    page = Page(
        "https://musubi.example/envelopes/1",
        200,
        '<main><form action="/send"><input name="kept" value="1"><button>送信する</button></form>'
        '<div id="live" data-state="sending"><p id="who">誰か</p></div>'
        '<nav id="steps">1</nav></main>',
    )
    page.take(
        '<div id="live" data-state="running"><p id="who">受注者</p></div>'
        '<nav id="steps" hx-swap-oob="true">2</nav><p id="unknown">ほか</p>'
    )
    assert [part["data-state"] for part in page.main.select("#live")] == ["running"]
    assert page.text == "送信する 受注者 2"
    assert page.form("送信する").values == [("kept", "1")]
