"""Forms that save themselves and arrive in another order than they were sent, in a real browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from cli.selftest.patience import Patience
from storage.tables import TypedValues, Visit
from tests.signing.forms import seal
from tests.webapp.accessibility.eyes import PHONE
from tests.webapp.served import House
from tests.webapp.signer.fields import place
from tests.webapp.signer.world import HOST, World, small_world
from tests.webapp.stack import sqlite_in

pytestmark = [pytest.mark.local_sockets, pytest.mark.timeout(300)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    built = small_world(tmp_path, sqlite_in(tmp_path))
    place(built)
    yield built
    built.database.close()


@pytest.fixture
def page(world: World, house: House) -> Iterator[Page]:
    with house.home_of(world.app) as browser:
        yield reading(browser, world)


def reading(browser: Browser, world: World) -> Page:
    page = browser.new_context(viewport={"width": PHONE, "height": 900}).new_page()
    page.goto(f"{HOST}/l/{world.token()}")
    page.locator("main form button").first.click()
    page.get_by_role("link", name="署名をはじめる").click()
    expect(page.locator("#look")).to_be_visible()
    expect(page.locator("html.scripted")).to_have_count(1)
    return page


def said(sent: Request, name: str) -> str | None:
    """What a form says under a name; None where it says nothing."""
    found = re.search(rf'name="{name}"\r\n\r\n([^\r]*)', sent.post_data or "")
    return found[1] if found else None


def held_back(page: Page, action: str) -> list[Route]:
    """Forms with this action stay on their way until somebody lets them go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if said(route.request, "action") == action and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/fields", hold)
    return held


def stopped(page: Page, address: str) -> list[Route]:
    """What is asked for under this address gets no answer until somebody lets it go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(address, hold)
    return held


def on_its_way(page: Page, held: list[Route]) -> None:
    """Until the form has been sent."""
    while not held:
        page.wait_for_timeout(50)


def arrive(page: Page, held: list[Route]) -> None:
    """The form that was held back reaches the server, whether or not the page still waits."""
    [late] = held
    names = ("content-type", "hx-request", "x-csrftoken")
    headers = {name: late.request.headers[name] for name in names}
    sent = [
        late.request.url,
        {"method": "POST", "headers": headers, "body": late.request.post_data},
    ]
    assert page.evaluate("async ([url, sent]) => (await fetch(url, sent)).status", sent) == 200


def picture(tmp_path: Path) -> Path:
    file = tmp_path / "seal.png"
    file.write_bytes(seal())
    return file


@pytest.mark.parametrize("picked_before", [False, True])
def test_a_form_that_arrives_after_a_picture_does_not_take_its_choice_back(
    page: Page, tmp_path: Path, *, picked_before: bool
) -> None:
    held = held_back(page, "autosave")
    if picked_before:
        page.locator("#look-stamp").check()
        page.locator("#look-name").check()
    page.locator("[name^='field-'][type='text']").first.fill("東京都")
    on_its_way(page, held)
    page.locator("#stamp-file").set_input_files(picture(tmp_path))
    expect(page.locator("#stamp-state")).to_contain_text("画像を確認しています")
    arrive(page, held)
    page.reload()
    expect(page.locator("#look-stamp")).to_be_checked()


def test_the_older_of_two_texts_does_not_win(page: Page) -> None:
    held = held_back(page, "autosave")
    box = page.locator("[name^='field-'][type='text']").first
    box.fill("古い")
    on_its_way(page, held)
    box.fill("新しい")
    expect(page.locator("#saved")).to_contain_text("保存しました")
    arrive(page, held)
    page.reload()
    expect(box).to_have_value("新しい")


def test_a_look_that_is_picked_here_is_kept_and_text_says_nothing_of_it(page: Page) -> None:
    """What a phone chose meanwhile stays: the form speaks of the look where it was picked."""
    looks: list[str | None] = []

    def listen(sent: Request) -> None:
        if sent.url.endswith("/fields"):
            looks.append(said(sent, "look"))

    page.on("request", listen)
    page.locator("#look-stamp").check()
    expect(page.locator("#saved")).to_contain_text("保存しました")
    assert looks[-1] == "stamp"
    with page.expect_response("**/fields"):
        page.locator("[name^='field-'][type='text']").first.fill("東京都")
    assert looks[-1] is None
    page.reload()
    expect(page.locator("#look-stamp")).to_be_checked()


def test_a_look_that_was_picked_before_the_scripts_came_is_kept(page: Page) -> None:
    held = stopped(page, "**/filling.js*")
    page.reload(wait_until="commit")
    page.locator("#look-stamp").check()
    expect(page.locator("#look-stamp")).to_be_checked()
    on_its_way(page, held)
    held[0].continue_()
    expect(page.locator("#saved")).to_contain_text("保存しました")
    page.unroute_all(behavior="wait")
    page.reload()
    expect(page.locator("#look-stamp")).to_be_checked()


def test_a_picture_that_was_chosen_before_the_scripts_came_is_sent(
    page: Page, tmp_path: Path
) -> None:
    held = stopped(page, "**/vendor/htmx*")
    page.reload(wait_until="commit")
    page.locator("#stamp-file").set_input_files(picture(tmp_path))
    on_its_way(page, held)
    held[0].continue_()
    expect(page.locator("#stamp-state")).to_contain_text("画像を確認しています")
    page.unroute_all(behavior="wait")
    page.reload()
    expect(page.locator("#look-stamp")).to_be_checked()


def test_a_look_picked_before_the_scripts_is_kept_by_a_button_pressed_before_the_pictures(
    page: Page,
) -> None:
    """On a slow line the script comes after the choice, and the page's pictures after the press."""
    script, pictures = stopped(page, "**/filling.js*"), stopped(page, "**/pages/*")
    page.reload(wait_until="commit")
    page.locator("#look-stamp").check()
    on_its_way(page, script)
    on_its_way(page, pictures)
    script[0].continue_()
    expect(page.locator("html.scripted")).to_have_count(1)
    assert page.evaluate("document.readyState") == "interactive"
    with page.expect_navigation(wait_until="commit"):
        page.locator("#fill button", has_text="保存する").last.click()
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(page.locator("#look-stamp")).to_be_checked()


def test_the_button_says_what_was_picked_just_before(page: Page) -> None:
    page.locator("#look-stamp").check()
    page.get_by_role("button", name="保存する").click()
    expect(page.locator("#saved")).to_contain_text("保存しました")
    page.reload()
    expect(page.locator("#look-stamp")).to_be_checked()


def test_a_link_that_is_followed_while_something_is_not_saved_yet_saves_it_first(
    page: Page,
) -> None:
    page.locator("[name^='field-'][type='text']").first.fill("すぐに移動")
    page.get_by_role("link", name="文字だけで読む").click()
    page.wait_for_url("**/text")
    page.go_back()
    expect(page.locator("[name^='field-'][type='text']").first).to_have_value("すぐに移動")


def test_what_is_typed_after_the_visit_is_not_called_saved(world: World, page: Page) -> None:
    world.change(Visit, visit_id(world), last_seen_at=datetime(2020, 1, 1, tzinfo=UTC))
    box = page.locator("[name^='field-'][type='text']").first
    box.fill("まだ消えない")
    expect(page.locator("#saved")).to_contain_text("保存できませんでした")
    page.get_by_role("link", name="文字だけで読む").click()
    expect(box).to_have_value("まだ消えない")
    page.get_by_role("button", name="保存する").click()
    expect(page.locator("#typed")).to_have_value(re.compile("まだ消えない"))


def visit_id(world: World) -> UUID:
    with world.database.reading() as session:
        return session.query(Visit).one().id


def test_a_page_that_is_left_while_something_is_not_saved_yet_saves_it(
    world: World, page: Page
) -> None:
    page.locator("[name^='field-'][type='text']").first.fill("すぐに閉じる")
    page.close(run_before_unload=True)
    Patience(30).until("what was typed", lambda: world.count(TypedValues) or None)
