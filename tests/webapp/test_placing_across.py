"""Rules that name fields of another document, on the placing page: chosen, kept, told when gone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, ViewportSize, expect
from sqlalchemy import select

from domain.drafts import typed_draft
from storage import placing
from storage.drafts import documents_of
from storage.tables import Envelope, Field
from tests.webapp.accessibility.eyes import DESK, PHONE
from tests.webapp.pages import check_page
from tests.webapp.served import House
from tests.webapp.stack import HOST, PDF, Office, build_office, form, send, sqlite_in, upload
from tests.webapp.test_correction import upload as upload_correction
from tests.webapp.test_prefill_browser import log_in

PRICE, SWITCH, TOTAL, WHO = "0000000a", "0000000b", "0000000c", "0000000d"


class Desk:
    """A draft of two documents: an estimate, and a contract whose fields hang on it."""

    def __init__(self, office: Office, client: FlaskClient) -> None:
        self.office, self.client = office, client
        self.path = office.draft(client)
        upload(client, self.path, ("見積書.pdf", PDF))
        upload(client, self.path, ("契約書.pdf", PDF))
        office.accept_documents()
        client.post(f"{self.path}/draft", data=form(action="save"))
        with office.database.reading() as session:
            envelope = session.get_one(Envelope, self.id)
            self.person = typed_draft(envelope.draft).people[0].key
            self.documents = [str(row.id) for row in documents_of(session, self.id)]

    @property
    def id(self) -> UUID:
        return UUID(self.path.rpartition("/")[2])

    def row(self, key: str, kind: str, label: str, **changes: str) -> dict[str, str]:
        words = {
            "person": self.person, "kind": kind, "page": "1", "x": "20", "label": label,
            "y": str(20 * (int(key, 16) - 9)), "width": "60", "height": "12", "required": "on",
        } | changes  # fmt: skip
        return {f"field-{key}-{part}": value for part, value in words.items()}

    def save(self, number: int, rows: dict[str, str], action: str = "save") -> Any:
        data = {"document": self.documents[number - 1], "number": str(number), "action": action}
        return self.client.post(f"{self.path}/fields", data=data | rows)

    def estimate(self) -> dict[str, str]:
        return self.row(PRICE, "money", "工事費") | self.row(SWITCH, "checkbox", "至急")

    def contract(self) -> dict[str, str]:
        return self.row(TOTAL, "money", "総額", operation="sum", terms=PRICE) | self.row(
            WHO, "text", "保証人", shown_if=f"{PRICE}?least", shown_value="500,000"
        )

    def page(self, query: str) -> Any:
        return check_page(self.client.get(f"{self.path}/fields{query}"))


@pytest.fixture
def desk(office: Office) -> Desk:
    made = Desk(office, office.browser("clerk"))
    made.save(1, made.estimate())
    made.save(2, made.contract())
    return made


def test_fields_of_the_other_document_are_offered_by_its_title(desk: Desk) -> None:
    page = desk.page("?document=2&check=1")
    assert not page.select(".field-error")
    options = {
        str(option["value"]): option.get_text()
        for option in page.select(f"#field-{WHO}-shown_if option")
    }
    assert options[f"{SWITCH}:on"] == "「至急（見積書）」にチェックがあるとき"
    assert options[f"{PRICE}?least"] == "「工事費（見積書）」が次の値以上のとき"
    assert options[f"{TOTAL}?filled"] == "「総額」に入力があるとき", (
        "its own document needs no name"
    )
    chosen = page.select_one(f"#field-{WHO}-shown_if option[selected]")
    assert chosen["value"] == f"{PRICE}?least"
    assert page.select_one(f"#field-{WHO}-shown_value")["value"] == "500,000"
    term = page.select_one(f"#field-{TOTAL}-terms input[checked]")
    assert term["value"] == PRICE
    assert "工事費（見積書）" in page.select_one(f"label[for={term['id']}]").get_text()
    send(desk.client, desk.path)
    with desk.office.database.reading() as session:
        rows = {row.label: row for row in session.scalars(select(Field))}
    fee = f"{desk.documents[0]}/{rows['工事費'].name}"
    assert rows["総額"].rules["computation"]["terms"] == [fee]
    assert rows["保証人"].rules["condition"] == {
        "field": fee, "relation": "least", "value": "500000"
    }  # fmt: skip


def test_a_field_that_goes_is_told_at_the_document_that_needs_it(desk: Desk) -> None:
    """And kept there as it was chosen, so that nothing is lost when it comes back."""
    answer = desk.save(1, desk.row(SWITCH, "checkbox", "至急"), action="done")
    assert "document=2&check=1" in str(answer.location)
    page = desk.page("?document=2&check=1")
    assert "もとになる入力欄がなくなっています" in page.get_text()
    desk.save(1, desk.estimate())
    assert not desk.page("?document=2&check=1").select(".field-error")


def test_a_document_that_goes_is_told_on_the_draft(desk: Desk) -> None:
    said = "もとになる入力欄がなくなりました"
    assert said not in desk.client.get(desk.path).text
    url = f"{desk.path}/documents/{desk.documents[0]}/remove"
    answer = desk.client.post(url, headers={"HX-Request": "true"})
    assert said in answer.text
    assert "保証人（契約書）" in answer.text
    page = check_page(desk.client.get(desk.path))
    assert said in page.get_text()
    answer = desk.client.post(f"{desk.path}/draft", data=form(action="confirm"))
    assert "/confirm" not in str(answer.location)


def test_a_circle_through_both_documents_holds_the_envelope_back(desk: Desk) -> None:
    desk.save(1, desk.row(PRICE, "money", "工事費", operation="sum", terms=TOTAL))
    for number in (1, 2):
        text = desk.page(f"?document={number}&check=1").get_text()
        assert "互いを条件や計算のもとに" in text


def test_a_correction_says_which_document_would_lose_what_it_needs(desk: Desk) -> None:
    """Its other fields stay to be chosen from there, under the name of what is corrected."""
    send(desk.client, desk.path)
    with desk.office.database.transaction() as session:
        session.get_one(Envelope, desk.id).state = "running"
    upload_correction(desk.path, desk.client, UUID(desk.documents[0]))
    desk.office.accept_documents()
    url = f"{desk.path}/correction/{desk.documents[0]}/fields"
    page = check_page(desk.client.get(url))
    assert not page.select(".field-error")
    price = next(
        str(row["data-key"])
        for row in page.select("#rows > li")
        if row.select_one('input[value="工事費"]')
    )
    offered = page.select_one(f"#field-{price}-shown_if")
    assert offered is not None
    assert "「保証人（契約書）」に入力があるとき" in offered.get_text()
    rows = {
        str(box["name"]): str(box.get("value", "")) for box in page.select("#placing input[name]")
    }
    rows |= {
        str(box["name"]): str(box.select_one("option[selected]")["value"])  # type: ignore[index]
        for box in page.select("#rows select")
        if box.select_one("option[selected]")
    }
    desk.client.post(url, data=rows | {"action": f"remove-{price}"})
    page = check_page(desk.client.get(url))
    said = page.select_one("#fields.field-error")
    assert said is not None
    assert "文書「契約書」の入力欄「" in said.get_text()
    assert desk.client.get(f"{desk.path}/correction/confirm").status_code == 303
    desk.client.post(url, data={"action": "reset"})
    assert desk.client.get(f"{desk.path}/correction/confirm").status_code == 200


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Office]:
    built = build_office(tmp_path, sqlite_in(tmp_path))
    built.app.config["WTF_CSRF_ENABLED"] = False
    yield built
    built.database.close()


@pytest.fixture
def browser(alone: Office, house: House) -> Iterator[Browser]:
    with house.home_of(alone.app) as found:
        yield found


@pytest.mark.local_sockets
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "width"), [("ja", PHONE), ("en", DESK)])
def test_a_clerk_chooses_by_document_and_label(
    alone: Office, browser: Browser, tmp_path: Path, language: str, width: int
) -> None:
    desk = Desk(alone, alone.browser("clerk"))
    desk.save(1, desk.estimate())
    desk.save(2, desk.row(TOTAL, "money", "総額") | desk.row(WHO, "text", "保証人"))
    page = log_in(browser, language)
    page.set_viewport_size(ViewportSize(width=width, height=900))
    page.goto(f"{HOST}{desk.path}/fields?document=2")
    row = page.locator(f"#row-{WHO}")
    row.locator("details.rules > summary").click()
    value = row.locator("input[name$=-shown_value]")
    expect(value).to_be_hidden()
    select_ = row.locator("select[name$=-shown_if]")
    select_.select_option(f"{PRICE}?least")
    expect(value).to_be_visible()
    value.fill("500,000")
    total = page.locator(f"#row-{TOTAL}")
    total.locator("details.rules > summary").click()
    total.locator("select[name$=-operation]").select_option("sum")
    name = "工事費（見積書）" if language == "ja" else "工事費 (見積書)"
    total.get_by_role("checkbox", name=name).check()
    total.locator("input[name$=-label]").fill("合計")
    expect(select_.locator(f'option[value="{TOTAL}?filled"]')).to_have_text(re.compile("合計"))
    page.screenshot(path=tmp_path / f"placing-across-{language}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.locator(".actions button[value=save]").click()
    page.wait_for_url("**#rows")
    with alone.database.reading() as session:
        rows = {row.key: row for row in placing.fields_of(session.get_one(Envelope, desk.id))}
    assert rows[WHO].shown_if == f"{PRICE}?least"
    assert rows[WHO].shown_value == "500,000"
    assert rows[TOTAL].terms == PRICE
