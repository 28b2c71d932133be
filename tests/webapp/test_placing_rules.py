"""Rules of fields on the placing page: folded, chosen from what is there, kept, and told."""

import json
from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select

from storage import placing
from storage.tables import Document, Envelope, Field
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, send, upload

CHOICE, PRICE, COUNT, TOTAL = "0000000a", "0000000b", "0000000c", "0000000d"


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.browser("clerk")


@pytest.fixture
def path(office: Office, browser: FlaskClient) -> str:
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="save"))
    return path


class Desk:
    """The placing page of one draft."""

    def __init__(self, office: Office, browser: FlaskClient, path: str) -> None:
        self.office, self.browser, self.path = office, browser, path
        envelope = self.envelope()
        self.people = [row["key"] for row in envelope.draft["people"]]
        with office.database.reading() as session:
            self.document = str(session.scalars(select(Document)).one().id)

    def envelope(self) -> Envelope:
        with self.office.database.reading() as session:
            return session.get_one(Envelope, UUID(self.path.rpartition("/")[2]))

    def row(self, key: str, kind: str, **changes: Any) -> dict[str, Any]:
        words = {
            "person": self.people[0], "kind": kind, "page": "1", "x": "20",
            "y": str(20 * (int(key, 16) - 9)), "width": "60", "height": "12", "label": f"欄{key}",
            "required": "on",
        } | changes  # fmt: skip
        return {f"field-{key}-{part}": value for part, value in words.items()}

    def rows(self, **changes: dict[str, Any]) -> dict[str, Any]:
        """A choice, a price that depends on it, a number, and their product."""
        return (
            self.row(CHOICE, "radio", options="有償\n無償", label="区分")
            | self.row(PRICE, "money", label="単価", guide="税抜き",
                       **({"shown_if": f"{CHOICE}:有償"} | changes.get("price", {})))
            | self.row(COUNT, "number", decimals="1", label="数量")
            | self.row(TOTAL, "money", label="小計", operation="product",
                       terms=[PRICE, COUNT])
        )  # fmt: skip

    def save(self, rows: dict[str, Any], **changes: str) -> Any:
        data = {"document": self.document, "number": "1", "action": "save"} | changes
        return self.browser.post(f"{self.path}/fields", data=data | rows)

    def stored(self) -> dict[str, dict[str, Any]]:
        return {row.key: row.as_json() for row in placing.fields_of(self.envelope())}

    def page(self, query: str = "") -> BeautifulSoup:
        return check_page(self.browser.get(f"{self.path}/fields{query}"))


@pytest.fixture
def desk(office: Office, browser: FlaskClient, path: str) -> Desk:
    return Desk(office, browser, path)


def test_rules_come_back_as_they_were_chosen_in_both_languages(desk: Desk) -> None:
    assert desk.save(desk.rows()).status_code == 303
    stored = desk.stored()
    assert stored[TOTAL]["terms"] == f"{PRICE} {COUNT}"
    assert "terms" not in stored[PRICE], "what nobody set is not kept"
    page = desk.page("?check=1")
    assert not page.select(".field-error")
    chosen = page.select_one(f"#field-{PRICE}-shown_if option[selected]")
    assert chosen is not None
    assert chosen.get_text() == "「区分」が「有償」のとき"
    terms = page.select(f"#field-{TOTAL}-terms input[checked]")
    assert [term["value"] for term in terms] == [PRICE, COUNT]
    assert "ほかの人" not in page.get_text()
    desk.browser.set_cookie("__Host-musubi-language", "en", secure=True)
    answer = desk.browser.get(f"{desk.path}/fields", base_url="https://localhost:8080")
    check_page(answer)
    assert "When “区分” is “有償”" in answer.text


def test_the_rules_are_folded_and_open_where_something_is_wrong(desk: Desk) -> None:
    desk.save(desk.rows(price={"least": "5", "most": "1"}))
    for query, open_ in (("", False), ("?check=1", True)):
        details = desk.page(query).select_one(f"#row-{PRICE} details.rules")
        assert details is not None
        assert details.has_attr("open") == open_
    said = desk.page().select_one(f"#row-{COUNT} .has-rules")
    assert said is not None
    assert not said.has_attr("hidden")


def test_choices_are_of_the_same_person_only(desk: Desk) -> None:
    other = desk.row("0000000e", "checkbox", person=desk.people[1], label="相手の欄")
    desk.save(desk.rows() | other)
    options = desk.page().select(f"#field-{PRICE}-shown_if option")
    values = [str(option["value"]) for option in options]
    assert values[:4] == ["", f"{CHOICE}:有償", f"{CHOICE}:無償", f"{COUNT}?filled"]
    assert {value[:8] for value in values[1:]} == {CHOICE, COUNT, TOTAL}


def test_what_a_rule_lost_is_still_seen_and_told(desk: Desk) -> None:
    rows = desk.rows()
    rows = {name: value for name, value in rows.items() if COUNT not in name}
    rows[f"field-{CHOICE}-options"] = "有料\n無償"
    desk.save(rows)
    page = desk.page("?check=1")
    assert "選び直してください" in page.get_text()
    gone = page.select_one(f"#field-{PRICE}-shown_if option[selected]")
    assert gone is not None
    assert gone["value"] == f"{CHOICE}:有償"
    assert "なくなった" in gone.get_text()
    boxes = page.select(f"#field-{TOTAL}-terms input[checked]")
    assert COUNT in [box["value"] for box in boxes]


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("pattern", "[a-z]+", "一覧から選んでください"),
        ("least", "<script>", "金額を数字で入力してください"),
        ("operation", "eval", "一覧から選んでください"),
        ("shown_if", "0000000b:on", "この条件を使えません"),
        ("shown_if", ":::", "なくなっています"),
        ("guide", "あ" * 201, "200文字以内"),
        ("guide", "\u202eabc", "使用できない文字"),
    ],
)
def test_a_form_made_by_hand_is_told_what_is_wrong(
    desk: Desk, part: str, value: str, said: str
) -> None:
    kind = "text" if part == "pattern" else "money"
    desk.save(desk.row(PRICE, kind, **{part: value}))
    assert said in desk.page("?check=1").get_text()
    answer = desk.save(desk.row(PRICE, kind, **{part: value}), action="autosave")
    assert "送信前に直すところ：1件" in answer.text


def test_what_goes_round_in_a_circle_holds_the_envelope_back(desk: Desk) -> None:
    desk.save(desk.row(PRICE, "money", operation="sum", terms=[TOTAL])
              | desk.row(TOTAL, "money", operation="sum", terms=[PRICE]))  # fmt: skip
    assert desk.page("?check=1").get_text().count("互いを条件や計算のもとに") >= 2
    answer = desk.save(desk.rows(price={"shown_if": "x:y"}), action="done")
    assert "/fields" in str(answer.location)


def test_rules_are_sent_with_their_fields(desk: Desk) -> None:
    desk.save(desk.rows())
    send(desk.browser, desk.path)
    with desk.office.database.reading() as session:
        rows = {row.label: row for row in session.scalars(select(Field))}
    assert rows["単価"].rules == {
        "guide": "税抜き", "condition": {"field": rows["区分"].name, "value": "有償"}
    }  # fmt: skip
    assert rows["小計"].rules["computation"]["terms"] == [rows["単価"].name, rows["数量"].name]


def test_five_hundred_fields_with_guidance_are_one_form(desk: Desk) -> None:
    """More than other forms may hold, and still not anything."""
    rows: dict[str, Any] = {}
    for number in range(500):
        rows |= desk.row(f"{number:08x}", "text", y="20", guide="案" * 150, label="欄" * 30)
    assert desk.save(rows).status_code == 303
    assert len(desk.stored()) == 500
    answer = desk.save({f"field-{CHOICE}-guide": "x" * 5_000_000})
    assert answer.status_code == 413
    assert len(desk.stored()) == 500


def test_many_rows_do_not_each_list_all_others(desk: Desk) -> None:
    """Five hundred of them would be some hundred megabytes. What is chosen, and choices, stay."""
    rows = desk.row(CHOICE, "checkbox", y="20") | desk.row(PRICE, "money", y="40")
    rows |= desk.row(TOTAL, "text", y="60", shown_if=f"{PRICE}?filled")
    for number in range(100, 200):
        rows |= desk.row(f"{number:08x}", "text", y="20")
    desk.save(rows)
    options = desk.page().select(f"#field-{TOTAL}-shown_if option")
    values = [str(option["value"]) for option in options]
    assert {f"{CHOICE}:on", f"{PRICE}?filled"} <= set(values)
    assert len(values) < 10
    assert len(desk.page().select("option")) < 5000


def test_a_new_row_of_every_kind_is_offered(desk: Desk) -> None:
    page = desk.page()
    kinds = [option["value"] for option in page.select("#new-kind option")]
    assert {"number", "money", "name", "mail", "company"} <= set(kinds)
    holder = page.select_one("#placing")
    assert holder is not None
    sizes = json.loads(str(holder["data-sizes"]))
    assert set(kinds) == set(sizes)
