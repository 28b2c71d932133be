"""Fields that are offered beside a document: nothing is placed before somebody takes it."""

from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select

from domain.found_places import FoundPlace, FoundPlaces
from domain.limits import MAX_FIELDS
from domain.proposals import key_of
from storage import placing
from storage.proposals import found_in, keep_found
from storage.tables import Document, Envelope
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, upload
from webapp.sender.proposing import SHOWN, party_key

FOUND = (
    FoundPlace(0, (100, 100, 80, 11), words="{{署名:受注者}}", room=100),
    FoundPlace(0, (100, 200, 80, 11), words="{{住所:現場監督}}", room=100),
    FoundPlace(0, (100, 300, 100, 20), kind="text", name="memo", label="備考", max_characters=30),
    FoundPlace(1, (300, 400, 9, 9), words="印", room=100),
)
WHO = f"named-{party_key('現場監督')}"
CONTRACTOR = f"named-{party_key('受注者')}"


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.browser("clerk")


@pytest.fixture
def path(office: Office, browser: FlaskClient) -> str:
    """A draft with two signers, and a document that wants four fields."""
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="save"))
    _find(office, *FOUND)
    return path


def _find(office: Office, *places: FoundPlace, more: bool = False) -> None:
    with office.database.transaction() as session:
        document = session.scalars(select(Document)).one()
        found = FoundPlaces(places, more)
        document.found_blob_id = keep_found(office.vault, session, document.id, found)


def _document(office: Office) -> Document:
    with office.database.reading() as session:
        return session.scalars(select(Document)).one()


def _rows(office: Office, path: str) -> list[dict[str, Any]]:
    with office.database.reading() as session:
        envelope = session.get_one(Envelope, UUID(path.rpartition("/")[2]))
        return [row.as_json() for row in placing.fields_of(envelope)]


def _people(office: Office, path: str) -> list[str]:
    with office.database.reading() as session:
        draft = session.get_one(Envelope, UUID(path.rpartition("/")[2])).draft
        return [row["key"] for row in draft["people"]]


def _press(office: Office, browser: FlaskClient, path: str, action: str, **more: str) -> str:
    """Press a button with the rows that are there; where it leads."""
    shown = " ".join(row.removeprefix("proposal-") for row in _numbers(browser, path))
    data = {"document": str(_document(office).id), "number": "1", "action": action, "shown": shown}
    data |= more
    for row in _rows(office, path):
        kept = {name: value for name, value in row.items() if name not in {"key", "document"}}
        kept["required"] = "on" if row["required"] else ""
        data |= {f"field-{row['key']}-{name}": value for name, value in kept.items()}
    answer = browser.post(f"{path}/fields", data=data)
    assert answer.status_code == 303
    return str(answer.location)


def _numbers(browser: FlaskClient, path: str) -> list[str]:
    page = check_page(browser.get(f"{path}/fields"))
    return [str(row["id"]) for row in page.select("li.proposal")]


def test_each_is_shown_on_its_page_in_both_languages(browser: FlaskClient, path: str) -> None:
    for language, words in (("ja", "入力欄の候補"), ("en", "Proposed fields")):
        browser.set_cookie("__Host-musubi-language", language, secure=True)
        page = check_page(browser.get(f"{path}/fields", base_url="https://localhost:8080"))
        section = page.select_one("#proposals")
        assert section is not None
        assert words in section.get_text()
        assert "{{署名:受注者}}" in section.get_text()
        pages = page.select(".proposed")
        drawn = [[str(place["id"]) for place in one.select("g")] for one in pages]
        assert drawn == [["place-1", "place-2", "place-3"], ["place-4"]]
        assert page.select_one(f'[name="{WHO}"] [selected]')["value"] == ""  # type: ignore[index]
        assert not page.select(".marks rect")


def test_taking_one_places_it_and_loses_nothing_that_was_typed(
    office: Office, browser: FlaskClient, path: str
) -> None:
    second = _people(office, path)[1]
    assert _press(office, browser, path, "take-3", **{"unnamed-3": second}).endswith("#proposals")
    _press(office, browser, path, "take-2", **{WHO: second})
    memo, address = _rows(office, path)
    assert (memo["label"], memo["kind"], memo["max_characters"]) == ("備考", "text", "30")
    assert (memo["person"], memo["x"], memo["width"]) == (second, "35.3", "35.1")
    assert (address["person"], address["label"], address["page"]) == (second, "住所", "1")
    assert address["key"] == key_of(str(_document(office).id), 2)
    assert _numbers(browser, path) == ["proposal-1", "proposal-4"]
    _press(office, browser, path, f"remove-{address['key']}")
    assert "proposal-2" in _numbers(browser, path), "without its field it is offered again"


def test_all_are_taken_but_those_of_nobody(office: Office, browser: FlaskClient, path: str) -> None:
    first, second = _people(office, path)
    _press(office, browser, path, "take-all", **{CONTRACTOR: first, "unnamed-3": second})
    assert [(row["kind"], row["person"]) for row in _rows(office, path)] == [
        ("signature", first), ("text", second),
    ]  # fmt: skip
    answer = browser.get(f"{path}/fields")
    assert "2個の候補を入力欄にしました" in answer.text
    assert "2個の候補は、まだ置いていません" in answer.text


def test_one_person_can_be_chosen_for_all_that_name_nobody(
    office: Office, browser: FlaskClient, path: str
) -> None:
    first, second = _people(office, path)
    _press(office, browser, path, "take-all", **{"unnamed": first, "unnamed-4": second})
    assert [(row["kind"], row["person"]) for row in _rows(office, path)] == [
        ("text", first), ("signature", second),
    ]  # fmt: skip


def test_whoever_is_not_in_the_draft_is_nobody(
    office: Office, browser: FlaskClient, path: str
) -> None:
    _press(office, browser, path, "take-4", **{"unnamed-4": "ffffffff"})
    assert [row["person"] for row in _rows(office, path)] == [""]


def test_dismissed_ones_stay_away_until_they_are_asked_for(
    office: Office, browser: FlaskClient, path: str
) -> None:
    _press(office, browser, path, "dismiss-1")
    assert _numbers(browser, path) == ["proposal-2", "proposal-3", "proposal-4"]
    _press(office, browser, path, "dismiss-all")
    assert _numbers(browser, path) == []
    assert _document(office).dismissed == [1, 2, 3, 4]
    _press(office, browser, path, "restore")
    assert len(_numbers(browser, path)) == 4
    assert _rows(office, path) == []


def test_only_so_many_are_shown_and_only_what_is_shown_is_taken(
    office: Office, browser: FlaskClient, path: str
) -> None:
    many = [FoundPlace(0, (5 + n, 10, 0.5, 5), kind="text", name="n") for n in range(SHOWN + 5)]
    _find(office, *many, more=True)
    page = check_page(browser.get(f"{path}/fields"))
    assert len(page.select("li.proposal")) == SHOWN
    text = page.select_one("#proposals").get_text()  # type: ignore[union-attr]
    assert "ほかに5個あります" in text
    assert "1つの文書に500個まで" in text
    _press(office, browser, path, "dismiss-all")
    assert len(_numbers(browser, path)) == 5


def test_where_the_envelope_is_full_nothing_is_taken(
    office: Office, browser: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.sender.placing.MAX_FIELDS", 1)
    first, second = _people(office, path)
    _press(office, browser, path, "take-all", **{CONTRACTOR: first, "unnamed-3": second})
    assert _rows(office, path) == []
    told = check_page(browser.get(f"{path}/fields")).select(".banner.error")
    assert [row.get_text(strip=True) for row in told] == [
        f"入力欄は1つの封筒に{MAX_FIELDS}個までです。"
    ]


def test_a_document_of_before_and_one_whose_list_is_lost_still_open(
    office: Office, browser: FlaskClient, path: str
) -> None:
    for lost in (None, UUID(int=7)):
        with office.database.transaction() as session:
            session.scalars(select(Document)).one().found_blob_id = lost
        page = check_page(browser.get(f"{path}/fields"))
        assert page.select_one("#proposals") is None


def test_no_words_of_the_document_stand_in_the_database(office: Office, path: str) -> None:
    with office.database.reading() as session:
        found = found_in(office.vault, session, _document(office))
    assert found.places == FOUND
    for row in office.database.engine.connect().exec_driver_sql("SELECT * FROM documents"):
        assert "受注者" not in str(row)


def test_what_the_document_says_is_text_on_the_page(
    office: Office, browser: FlaskClient, path: str
) -> None:
    tag = FoundPlace(0, (9, 9, 9, 9), words="{{署名:<img src=x>}}")
    _find(office, tag, FoundPlace(0, (9, 90, 90, 9), kind="text", label="<b data-x>"))
    answer = browser.get(f"{path}/fields")
    page = BeautifulSoup(answer.text, "lxml")
    assert not page.select("img[src=x], b[data-x]")
    assert "{{署名:<img src=x>}}" in page.get_text()
    assert page.get_text().count("<b data-x>") == 2, "in the list and on the page"


def test_whoever_was_overtaken_is_not_told_that_it_happened(
    office: Office, browser: FlaskClient, path: str
) -> None:
    first = _people(office, path)[0]
    document = str(_document(office).id)
    quicker = {"document": document, "number": "1", "edition": "0", "action": "add"}
    quicker |= {"new-person": first, "new-kind": "text", "new-page": "2"}
    assert office.browser("admin").post(f"{path}/fields", data=quicker).status_code == 303
    late = {"document": document, "number": "1", "edition": "0", "shown": "1 2 3 4"}
    for action in ("take-all", "dismiss-2"):
        data = late | {"action": action, CONTRACTOR: first}
        answer = browser.post(f"{path}/fields", data=data)
        assert answer.status_code == 409
        assert "候補を入力欄にしました" not in answer.text
    assert len(_rows(office, path)) == 1
    assert _document(office).dismissed == []


def test_whom_somebody_chose_stays_chosen_from_page_to_page(
    office: Office, browser: FlaskClient, path: str
) -> None:
    first, second = _people(office, path)
    chosen = {WHO: second, "unnamed": first, "unnamed-4": second}
    for action in ("take-3", "save"):
        _press(office, browser, path, action, **chosen)
        page = check_page(browser.get(f"{path}/fields"))
        for name, person in chosen.items():
            option = page.select_one(f'[name="{name}"] [selected]')
            assert option is not None or name == "unnamed", "one alone is chosen for by itself"
            assert option is None or option["value"] == person
    _press(office, browser, path, "save", **dict.fromkeys(chosen, "ffffffff"))
    page = check_page(browser.get(f"{path}/fields"))
    assert page.select_one(f'[name="{WHO}"] [selected]')["value"] == ""  # type: ignore[index]


def test_all_are_those_that_were_shown_and_what_is_gone_is_said(
    office: Office, browser: FlaskClient, path: str
) -> None:
    first = _people(office, path)[0]
    _press(office, browser, path, "dismiss-1")
    unseen = {CONTRACTOR: first, WHO: first, "unnamed": first}
    _press(office, browser, path, "take-all", shown="1 2 x 9999", **unseen)
    assert [row["label"] for row in _rows(office, path)] == ["住所"]
    assert "1個の候補は、先に入力欄になったか外された" in browser.get(f"{path}/fields").text
    _press(office, browser, path, "dismiss-all", shown="3")
    assert _document(office).dismissed == [1, 3]
    assert not _press(office, browser, path, "take-1").endswith("#proposals"), "it is said above"
    _press(office, browser, path, "dismiss-all", shown="")
    assert _numbers(browser, path) == ["proposal-4"]


def test_a_name_that_was_chosen_once_stays_chosen(
    office: Office, browser: FlaskClient, path: str
) -> None:
    second = _people(office, path)[1]
    _find(office, *FOUND, FoundPlace(1, (100, 200, 80, 11), words="{{日付:現場監督}}", room=90))
    _press(office, browser, path, "take-2", **{WHO: second})
    page = check_page(browser.get(f"{path}/fields"))
    assert page.select_one(f'[name="{WHO}"] [selected]')["value"] == second  # type: ignore[index]
