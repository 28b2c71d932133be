"""Fields of document 2 that hang on document 1, as their person meets them, one at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, ViewportSize, expect

from domain.kinds import FieldKind
from storage.tables import Act, Field, Participant
from tests.webapp.accessibility.eyes import DESK, PHONE
from tests.webapp.served import House
from tests.webapp.signer.fields import enter
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_acts import hidden
from tests.webapp.signer.test_field_rules import changes, element, read
from tests.webapp.signer.world import HOST, World, small_world
from tests.webapp.stack import sqlite_in


class Sheets:
    """An estimate on document 1; on document 2 a total with it, and who answers for much."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[str, Field] = {}
        self.add("price", 0, FieldKind.MONEY, "工事費", max_characters=None)
        self.add("urgent", 0, FieldKind.CHECKBOX, "至急", required=False)
        self.add("limit", 1, FieldKind.TEXT, "保証人", rules=self.when("price", "least", "500000"))
        self.add("why", 1, FieldKind.TEXT, "至急の理由", rules=self.when("urgent", "", "on"))
        terms = {"operation": "sum", "rounding": "down", "terms": [self.called("price")]}
        self.add("total", 1, FieldKind.MONEY, "総額", required=False, rules={"computation": terms})

    def add(self, key: str, document: int, kind: FieldKind, label: str, **values: Any) -> None:
        number = len(self.rows) + 3
        self.rows[key] = Field(
            id=uuid4(), document_id=self.world.documents[document], version=1,
            slot_id=self.world.slots[0], name=f"FIELD_{number:04d}", kind=kind.value, page=0,
            rect=[60, 40 + 50 * number, 240, 40], position=number, label=label, **values,
        )  # fmt: skip
        with self.world.database.transaction() as session:
            session.add(self.rows[key])

    def called(self, key: str) -> str:
        """In a rule of the other document."""
        return f"{self.rows[key].document_id}/{self.rows[key].name}"

    def when(self, key: str, relation: str, value: str) -> dict[str, Any]:
        condition = {"field": self.called(key), "value": value}
        return {"condition": condition | ({"relation": relation} if relation else {})}

    def control(self, key: str) -> str:
        return f"field-{self.rows[key].id}"

    def form(self, number: int, action: str = "finish", **values: str) -> dict[str, str]:
        """What is typed on one document."""
        typed = {self.control(key): value for key, value in values.items()}
        document = str(self.world.documents[number - 1])
        return {"document": document, "number": str(number), "action": action} | typed


@pytest.fixture
def sheets(world: World) -> Sheets:
    return Sheets(world)


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.client()


def test_document_1_asks_for_what_lies_on_document_2(
    world: World, sheets: Sheets, client: FlaskClient
) -> None:
    visit = world.enter(client)
    assert "必須項目: 0 / 3" in read(client, visit).get_text(" ", strip=True)
    said = changes(client, visit, sheets.form(1, price="499,999"))["items"]
    assert said[sheets.control("limit")]["hidden"]
    assert said[sheets.control("total")]["reading"] == "499,999円"
    said = changes(client, visit, sheets.form(1, price="５００，０００", urgent="on"))["items"]
    assert not said[sheets.control("limit")]["hidden"]
    assert not said[sheets.control("why")]["hidden"]
    page = read(client, visit, "?document=2")
    assert "/ 5" in page.get_text(" ", strip=True)
    part = element(page, f'[data-field="{sheets.control("limit")}"]')
    assert not part.has_attr("data-not-asked")
    assert "「工事費（" in part.get_text()
    assert "が500,000円以上のときだけ入力します。" in part.get_text()
    entry = element(page, f'[data-entry="{sheets.control("limit")}"]')
    assert not entry.parent.has_attr("hidden")


def test_nobody_finishes_without_it_and_everybody_confirms_it(
    world: World, sheets: Sheets, client: FlaskClient
) -> None:
    visit = world.enter(client)
    read(client, visit)
    read(client, visit, "?document=2")
    answer = enter(client, visit, sheets.form(1, price="500000", urgent=""))
    assert "document=2" in str(answer.location), "what is missing lies there"
    answer = enter(client, visit, sheets.form(2, limit="青山", why="not asked for"))
    assert str(answer.location).endswith("/confirm")
    text = element(checked(client.get(f"/sign/{visit}/confirm")), "#values").get_text(" ")
    assert "青山" in text
    assert "至急の理由" not in text
    enter(client, visit, sheets.form(1, price="1"))
    text = element(checked(client.get(f"/sign/{visit}/confirm")), "#values").get_text(" ")
    assert "青山" not in text
    data = hidden(client, f"/sign/{visit}/confirm")
    enter(client, visit, sheets.form(1, price="2"))
    client.post(f"/sign/{visit}/act", data=data)
    with world.database.reading() as session:
        assert session.query(Act).count() == 0, "that was shown with another amount"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_its_pages_are_in_order_and_the_script_knows_what_is_not_asked_for(
    world: World, sheets: Sheets, client: FlaskClient, language: str
) -> None:
    world.change(Participant, world.participants[0], language=language)
    visit = world.enter(client)
    page = read(client, visit, "?document=2&check=1")
    for key in ("limit", "why"):
        part = element(page, f'[data-field="{sheets.control(key)}"]')
        assert part.has_attr("data-not-asked")
        assert not part.has_attr("hidden"), "without a script its words are there to be read"
    assert ("Only if" in page.get_text()) == (language == "en")


# -- in a browser ----------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    built = small_world(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


@pytest.fixture
def browser(small: World, house: House) -> Iterator[Browser]:
    with house.home_of(small.app) as found:
        yield found


def entry(page: Page, sheets: Sheets, key: str) -> Any:
    return page.locator(f'[data-entry="{sheets.control(key)}"]')


@pytest.mark.local_sockets
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "width"), [("ja", PHONE), ("en", DESK)])
def test_what_one_document_says_shows_on_the_other(
    small: World, browser: Browser, tmp_path: Path, language: str, width: int
) -> None:
    small.change(Participant, small.participants[0], language=language)
    sheets = Sheets(small)
    size = ViewportSize(width=width, height=900)
    page = browser.new_context(viewport=size, locale=language).new_page()
    page.goto(f"{HOST}/l/{small.token()}")
    page.locator("main form button").first.click()
    start = "署名をはじめる" if language == "ja" else "Start signing"
    page.get_by_role("link", name=start).click()
    expect(page.locator("#required-count")).to_have_text("3")
    expect(entry(page, sheets, "limit")).to_be_hidden()
    page.locator(f"#{sheets.control('price')}").fill("５００，０００")
    expect(entry(page, sheets, "limit")).to_be_visible()
    expect(page.locator("#required-count")).to_have_text("4")
    page.locator(".tab").nth(1).click()
    limit = page.locator(f"#{sheets.control('limit')}")
    expect(limit).to_be_visible()
    expect(page.locator(f"#{sheets.control('why')}")).to_be_hidden()
    total = "500,000円" if language == "ja" else "¥500,000"
    expect(page.locator(f"#{sheets.control('total')}")).to_have_text(total)
    limit.fill("青山 一郎")
    page.screenshot(path=tmp_path / f"across-{language}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator(".tab").first.click()
    page.locator(f"#{sheets.control('price')}").fill("1")
    page.locator(f"#{sheets.control('urgent')}").check()
    expect(entry(page, sheets, "limit")).to_be_hidden()
    expect(entry(page, sheets, "why")).to_be_visible()
    page.locator(".tab").nth(1).click()
    expect(limit).to_be_hidden()
    expect(page.locator(f"#{sheets.control('why')}")).to_be_visible()
    page.locator(".item[data-item='1']").first.click()
