"""Numbers, conditions and computed fields as their person meets them, and what forged forms get."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.evidence import values_sha256
from domain.kinds import FieldKind
from storage.tables import Act, Field, Participant
from tests.webapp.signer.fields import enter
from tests.webapp.signer.pages import checked
from tests.webapp.signer.test_acts import hidden, only_act
from tests.webapp.signer.world import World

HTMX = {"HX-Request": "true"}


class Sheet:
    """Fields of the first signer on document 1."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ids: dict[str, str] = {}
        self.names: dict[str, str] = {}

    def add(self, key: str, kind: FieldKind, label: str, **values: Any) -> None:
        number = len(self.ids) + 3
        row = Field(
            id=uuid4(), document_id=self.world.documents[0], version=1,
            slot_id=self.world.slots[0], name=f"FIELD_{number:04d}", kind=kind.value, page=0,
            rect=[60, 40 + 50 * number, 240, 40], position=number, label=label, **values,
        )  # fmt: skip
        with self.world.database.transaction() as session:
            session.add(row)
        self.ids[key], self.names[key] = str(row.id), row.name

    def form(self, action: str = "finish", **values: str) -> dict[str, str]:
        typed = {f"field-{self.ids[key]}": value for key, value in values.items()}
        document = str(self.world.documents[0])
        return {"document": document, "number": "1", "action": action, "look": "name"} | typed


@pytest.fixture
def sheet(world: World) -> Sheet:
    """An offer: who offers, for how much, with tax."""
    made = Sheet(world)
    made.add("kind", FieldKind.RADIO, "区分", options=["法人", "個人"])
    when = {"condition": {"field": made.names["kind"], "value": "法人"}}
    made.add("company", FieldKind.COMPANY, "会社名", rules=when)
    made.add("price", FieldKind.MONEY, "税抜価格", rules={"guide": "1円単位で", "most": "1000000"})
    made.add("post", FieldKind.TEXT, "郵便番号", rules={"pattern": "postal_code"}, required=False)
    made.add("name", FieldKind.NAME, "代表者", rules={"fixed": True})
    for key, operation, terms in (
        ("tax", "tax10", ["price"]),
        ("total", "sum", ["price", "tax"]),
    ):
        rule = {"operation": operation, "rounding": "down", "terms": [made.names[t] for t in terms]}
        made.add(key, FieldKind.MONEY, {"tax": "消費税", "total": "総額"}[key],
                 rules={"computation": rule}, required=False)  # fmt: skip
    return made


def read(client: FlaskClient, visit: str, query: str = "") -> BeautifulSoup:
    return checked(client.get(f"/sign/{visit}/read{query}"))


def element(page: BeautifulSoup, selector: str) -> Any:
    found = page.select_one(selector)
    assert found is not None, selector
    return found


def changes(client: FlaskClient, visit: str, form: dict[str, str]) -> dict[str, Any]:
    answer = enter(client, visit, form | {"action": "autosave"}, headers=HTMX)
    found: dict[str, Any] = json.loads(
        str(element(BeautifulSoup(answer.text, "html.parser"), "[data-changes]")["data-changes"])
    )
    return found


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_are_in_order_in_both_languages(
    world: World, sheet: Sheet, language: str
) -> None:
    world.change(Participant, world.participants[0], language=language)
    client = world.client()
    visit = world.enter(client)
    read(client, visit)
    enter(client, visit, sheet.form(kind="法人", price="x", post="y"))
    read(client, visit, "?check=1")
    enter(client, visit, sheet.form(kind="個人", price="100"))
    checked(client.get(f"/sign/{visit}/confirm"))


def test_every_field_says_what_it_takes_and_when_it_is_asked_for(
    world: World, sheet: Sheet
) -> None:
    """Without scripts nothing is hidden: words say on what it depends."""
    client = world.client()
    page = read(client, world.enter(client))
    company = element(page, f'[data-field="field-{sheet.ids["company"]}"]')
    assert not company.has_attr("hidden")
    assert company["data-depends-on"] == f"field-{sheet.ids['kind']}"
    assert "「区分」が「法人」のときだけ入力します。" in company.get_text()
    price = element(page, f"#field-{sheet.ids['price']}")
    hint = element(page, f"#field-{sheet.ids['price']}-hint")
    assert str(hint["id"]) in str(price["aria-describedby"])
    assert hint.get_text(" ", strip=True) == "1円単位で 1,000,000円以下"
    assert price["inputmode"] == "numeric"
    total = element(page, f"#field-{sheet.ids['total']}")
    assert total.name == "output"
    assert "税抜価格、消費税の合計です。" in page.get_text()
    name = element(page, f"#field-{sheet.ids['name']}")
    assert name.has_attr("readonly")
    assert not name.has_attr("name")
    assert name["value"] == world_name(world)


def world_name(world: World) -> str:
    with world.database.reading() as session:
        return session.get_one(Participant, world.participants[0]).name


def test_autosave_shows_what_follows_from_what_was_typed(world: World, sheet: Sheet) -> None:
    client = world.client()
    visit = world.enter(client)
    said = changes(client, visit, sheet.form(kind="個人", price="１２，３４５"))
    items = {key: said["items"][f"field-{value}"] for key, value in sheet.ids.items()}
    assert items["price"]["reading"] == "12,345円"
    assert items["tax"]["reading"] == "1,234円"
    assert items["total"]["reading"] == "13,579円"
    assert items["company"]["hidden"]
    said = changes(client, visit, sheet.form(kind="法人", price="1000001"))
    items = {key: said["items"][f"field-{value}"] for key, value in sheet.ids.items()}
    assert not items["company"]["hidden"]
    assert items["total"]["reading"] == ""
    assert said["errors"][f"field-{sheet.ids['price']}"] == "1,000,000円以下にしてください。"


def test_a_hidden_field_is_neither_counted_nor_confirmed_nor_lost(
    world: World, sheet: Sheet
) -> None:
    client = world.client()
    visit = world.enter(client)
    assert "必須項目: 1 / 5" in read(client, visit).get_text(" ", strip=True)
    enter(client, visit, sheet.form("save", kind="法人", company="青山建設", price="100"))
    assert "/ 6" in read(client, visit).get_text(" ", strip=True)
    answer = enter(client, visit, sheet.form(kind="個人", company="青山建設", price="100"))
    assert str(answer.location).endswith("/confirm")
    confirm = checked(client.get(f"/sign/{visit}/confirm")).select_one("#values")
    assert confirm is not None
    text = confirm.get_text(" ", strip=True)
    assert "会社名" not in text
    assert "総額 文書1、1ページ 110円" in text
    page = read(client, visit)
    assert element(page, f"#field-{sheet.ids['company']}")["value"] == "青山建設"
    entry = element(page, f'[data-entry="field-{sheet.ids["company"]}"]')
    assert entry.parent.has_attr("hidden")


def test_what_is_computed_is_part_of_what_is_signed(world: World, sheet: Sheet) -> None:
    client = world.client()
    visit = world.enter(client)
    enter(client, visit, sheet.form(kind="個人", price="199"))
    data = hidden(client, f"/sign/{visit}/confirm")
    client.post(f"/sign/{visit}/act", data=data)
    act = only_act(world)
    assert act.kind == "sign"
    assert act.values_sha256 == values_sha256(
        {
            sheet.ids["kind"]: "個人", sheet.ids["price"]: "199", sheet.ids["tax"]: "19",
            sheet.ids["total"]: "218", sheet.ids["name"]: world_name(world),
        }
    )  # fmt: skip


@pytest.mark.parametrize("forged", ["total", "tax", "name"])
def test_nobody_types_what_is_computed_or_fixed(world: World, sheet: Sheet, forged: str) -> None:
    client = world.client()
    visit = world.enter(client)
    enter(client, visit, sheet.form(kind="個人", price="100"))
    before = hidden(client, f"/sign/{visit}/confirm")["filled"]
    answer = enter(client, visit, sheet.form(kind="個人", price="100", **{forged: "999999"}))
    assert str(answer.location).endswith("/confirm")
    page = checked(client.get(f"/sign/{visit}/confirm"))
    assert "999" not in element(page, "#values").get_text()
    assert hidden(client, f"/sign/{visit}/confirm")["filled"] == before


def test_a_choice_that_is_not_offered_opens_no_condition(world: World, sheet: Sheet) -> None:
    client = world.client()
    visit = world.enter(client)
    answer = enter(client, visit, sheet.form(kind="法人 ", company="x", price="100"))
    assert "check=1" in str(answer.location)
    page = read(client, visit, "?check=1")
    assert "一覧から選んでください" in page.get_text()


def test_what_is_wrong_is_said_and_stays_as_typed(world: World, sheet: Sheet) -> None:
    client = world.client()
    visit = world.enter(client)
    enter(client, visit, sheet.form(kind="個人", price="百万円", post="千代田"))
    page = read(client, visit, "?check=1")
    assert element(page, f"#field-{sheet.ids['price']}")["value"] == "百万円"
    assert element(page, f"#field-{sheet.ids['post']}")["value"] == "千代田"
    text = page.get_text()
    assert "金額を数字で入力してください。例：1,234,567" in text
    assert "郵便番号を7桁の数字で入力してください。" in text
    with world.database.reading() as session:
        assert session.query(Act).count() == 0


def test_a_result_that_is_too_large_is_told_at_its_place(world: World, sheet: Sheet) -> None:
    world.change(Field, UUID(sheet.ids["price"]), rules={})
    client = world.client()
    visit = world.enter(client)
    answer = enter(client, visit, sheet.form(kind="個人", price="9" * 15))
    assert "check=1" in str(answer.location)
    page = read(client, visit, "?check=1")
    error = element(page, f"#field-{sheet.ids['total']}-error").get_text(strip=True)
    assert error == (
        "自動計算の結果：結果が大きすぎます（整数部分は15桁まで）。もとの数字を確認してください。"
    )
