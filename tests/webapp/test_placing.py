"""Placing fields: a form that works without scripts, keeps what is typed, says what is wrong."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select

from domain import field_words
from domain.kinds import FieldKind
from domain.typed_fields import TypedField
from storage import placing
from storage.tables import Document, Envelope, Field
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, send, upload

KEY = "0000000a"


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.browser("clerk")


@pytest.fixture
def path(office: Office, browser: FlaskClient) -> str:
    """A draft with two documents of two pages and two signers."""
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF), ("別紙.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="save"))
    return path


def _envelope(office: Office, path: str) -> Envelope:
    with office.database.reading() as session:
        return session.get_one(Envelope, UUID(path.rpartition("/")[2]))


def _people(office: Office, path: str) -> list[str]:
    return [row["key"] for row in _envelope(office, path).draft["people"]]


def _documents(office: Office) -> list[str]:
    with office.database.reading() as session:
        rows = session.scalars(select(Document).order_by(Document.position))
        return [str(row.id) for row in rows]


def _row(office: Office, path: str, key: str = KEY, **changes: str) -> dict[str, str]:
    words = {
        "person": _people(office, path)[0],
        "kind": "text",
        "page": "1",
        "x": "20",
        "y": "30",
        "width": "60",
        "height": "8",
        "label": "契約開始日",
        "required": "on",
        "options": "",
        "max_characters": "",
    } | changes
    return {f"field-{key}-{part}": value for part, value in words.items()}


def _save(
    office: Office, browser: FlaskClient, path: str, *rows: dict[str, str], **changes: str
) -> Any:
    data = {"document": _documents(office)[0], "number": "1", "action": "save"} | changes
    for row in rows:
        data |= row
    return browser.post(f"{path}/fields", data=data)


def _stored(office: Office, path: str) -> list[dict[str, Any]]:
    return [row.as_json() for row in placing.fields_of(_envelope(office, path))]


def test_the_page_is_sound_in_both_languages(
    office: Office, browser: FlaskClient, path: str
) -> None:
    _save(office, browser, path, _row(office, path))
    for language, title in (("ja", "入力欄を置く"), ("en", "Place fields")):
        browser.set_cookie("__Host-musubi-language", language, secure=True)
        answer = browser.get(f"{path}/fields", base_url="https://localhost:8080")
        page = check_page(answer)
        assert title in answer.text
        assert len(page.select(".sheet img")) == 2
        mark = page.select_one(".marks rect")
        assert mark is not None
        assert (mark["x"], mark["y"]) == ("20", "30")


def test_everything_typed_comes_back_as_typed(
    office: Office, browser: FlaskClient, path: str
) -> None:
    hostile = "<script>alert(1)</script>\"'{{7*7}}"
    row = _row(office, path, x="left", label=hostile, options=hostile, max_characters="viele")
    assert _save(office, browser, path, row).status_code == 303
    page = check_page(browser.get(f"{path}/fields?check=1"))
    for part in ("x", "label", "max_characters"):
        field = page.find("input", id=f"field-{KEY}-{part}")
        assert field is not None
        assert field["value"] == row[f"field-{KEY}-{part}"]
    wrong = page.find("input", id=f"field-{KEY}-x")
    assert wrong is not None
    assert wrong["aria-invalid"] == "true"
    assert "ミリメートルの数字" in page.get_text()


def test_a_field_is_added_and_removed_without_scripts(
    office: Office, browser: FlaskClient, path: str
) -> None:
    person = _people(office, path)[1]
    new = {"new-person": person, "new-kind": "date", "new-page": "2"}
    answer = _save(office, browser, path, action="add", **new)
    [first] = _stored(office, path)
    assert str(answer.location).endswith(f"#row-{first['key']}")
    assert (first["person"], first["kind"], first["page"]) == (person, "date", "2")
    rows = _row(office, path, first["key"], kind="date", page="2", height="8", y=first["y"])
    _save(office, browser, path, rows, action="add", **new)
    one, two = _stored(office, path)
    assert float(two["y"]) >= float(one["y"]) + float(one["height"])
    _save(office, browser, path, rows, action=f"remove-{first['key']}")
    assert _stored(office, path) == []


def test_an_autosave_that_came_late_keeps_nothing(
    office: Office, browser: FlaskClient, path: str
) -> None:
    pen = {"pen": "a" * 32}
    row = _row(office, path, label="後で入力")
    _save(office, browser, path, row, action="autosave", turn="2", **pen)
    for late in (_row(office, path, label="先に入力"), {}):
        _save(office, browser, path, late, action="autosave", turn="1", **pen)
        assert [field["label"] for field in _stored(office, path)] == ["後で入力"]
    _save(office, browser, path, action=f"remove-{KEY}", turn="1", **pen)
    assert _stored(office, path) == []


def _opened(browser: FlaskClient, path: str) -> dict[str, str]:
    """What a page that is opened now says of itself."""
    tag = check_page(browser.get(f"{path}/fields")).find("input", {"name": "edition"})
    assert tag is not None
    return {"edition": str(tag["value"])}


def _overtaken(office: Office, path: str) -> tuple[Any, dict[str, str]]:
    """The clerk's answer, and what he posted: the admin placed another field meanwhile."""
    clerk, admin = office.browser("clerk"), office.browser("admin")
    seen, theirs = _opened(clerk, path), _opened(admin, path)
    _save(office, admin, path, _row(office, path, label="先の人"), **theirs)
    mine = _row(office, path, label="後の人") | seen
    return _save(office, clerk, path, mine), mine


def test_whoever_comes_second_sees_both_lists_and_nothing_is_kept(
    office: Office, path: str
) -> None:
    answer, _ = _overtaken(office, path)
    assert answer.status_code == 409
    page = check_page(answer)
    assert "佐藤 健" in page.get_text()
    lines = [tag.get_text() for tag in page.select(".choose-part .line")]
    assert ["後の人" in line for line in lines] == [True, False]
    assert ["先の人" in line for line in lines] == [False, True]
    assert [row["label"] for row in _stored(office, path)] == ["先の人"]


@pytest.mark.parametrize(("take", "kept"), [("mine", "後の人"), ("theirs", "先の人")])
def test_the_list_that_is_chosen_is_kept(office: Office, path: str, take: str, kept: str) -> None:
    answer, _ = _overtaken(office, path)
    page = check_page(answer)
    again = {
        str(tag["name"]): str(tag["value"]) for tag in page.select("main input[type=hidden]")
    } | {"take": take}
    answer = _save(office, office.browser("clerk"), path, again)
    assert answer.status_code == 303
    assert [row["label"] for row in _stored(office, path)] == [kept]


def test_placing_that_saves_itself_says_that_it_was_not_kept(office: Office, path: str) -> None:
    _, mine = _overtaken(office, path)
    answer = _save(office, office.browser("clerk"), path, mine, action="autosave")
    assert "佐藤 健がこの文書の入力欄を変更した" in answer.text
    assert "data-edition" not in answer.text
    assert [row["label"] for row in _stored(office, path)] == ["先の人"]


def test_a_page_of_fields_never_overtakes_itself(office: Office, path: str) -> None:
    clerk = office.browser("clerk")
    seen = _opened(clerk, path) | {"pen": "a" * 32}
    for turn in ("1", "2"):
        row = _row(office, path, label=turn)
        answer = _save(office, clerk, path, row, action="autosave", turn=turn, **seen)
        assert "data-edition" in answer.text
    assert [row["label"] for row in _stored(office, path)] == ["2"]


def test_autosave_answers_with_the_time_and_what_is_left_to_do(
    office: Office, browser: FlaskClient, path: str
) -> None:
    answer = _save(office, browser, path, _row(office, path, label=""), action="autosave")
    assert "保存しました" in answer.text
    assert "送信前に直すところ：1件" in answer.text
    assert len(_stored(office, path)) == 1


def test_switching_documents_saves_first_and_done_leads_to_what_is_wrong(
    office: Office, browser: FlaskClient, path: str
) -> None:
    first, second = _documents(office)
    answer = _save(office, browser, path, _row(office, path), action="document-2")
    assert answer.location == f"{path}/fields?document=2"
    wrong = _row(office, path, "0000000b", x="500")
    _save(office, browser, path, wrong, document=second, number="2")
    assert [row["document"] for row in _stored(office, path)] == [first, second]
    answer = _save(office, browser, path, _row(office, path), action="done")
    assert answer.location == f"{path}/fields?document=2&check=1"
    assert "はみ出し" in browser.get(str(answer.location)).text
    good = _row(office, path, "0000000b")
    answer = _save(office, browser, path, good, document=second, number="2", action="done")
    assert answer.location == f"{path}#step-fields"


def test_what_is_wrong_with_fields_holds_the_envelope_back(
    office: Office, browser: FlaskClient, path: str
) -> None:
    _save(office, browser, path, _row(office, path, label=""))
    assert browser.post(f"{path}/draft", data=_draft(office, path, action="confirm")).location == (
        f"{path}?check=1"
    )
    page = check_page(browser.get(f"{path}?check=1"))
    assert page.select_one('#error-summary a[href="#step-fields"]') is not None


def _draft(office: Office, path: str, **changes: str) -> dict[str, str]:
    """The draft's form as its page sends it: rows carry their keys."""
    keys = {f"people-{n}-key": key for n, key in enumerate(_people(office, path))}
    return form(**changes) | keys


def test_fields_are_sent_as_rows_of_their_persons_slot(
    office: Office, browser: FlaskClient, path: str
) -> None:
    second = _people(office, path)[1]
    rows = [
        _row(office, path),
        _row(office, path, "0000000b", kind="signature", y="60", height="20"),
        _row(office, path, "0000000c", person=second, kind="radio", y="90", height="20",
             options="甲\r\n乙"),
    ]  # fmt: skip
    _save(office, browser, path, *rows)
    browser.post(f"{path}/draft", data=_draft(office, path, action="confirm"))
    assert "入力欄3個" in browser.get(f"{path}/confirm").text
    assert send(browser, path).status_code == 303
    with office.database.reading() as session:
        found = session.scalars(
            select(Field).join(Document).order_by(Document.position, Field.name)
        ).all()
    kinds = [(row.name, row.kind, row.rect is not None) for row in found]
    assert kinds == [
        ("FIELD_0001", "signature", True),
        ("FIELD_0002", "signature", False),
        ("FIELD_0003", "text", True),
        ("FIELD_0004", "radio", True),
        ("FIELD_0001", "signature", False),
        ("FIELD_0002", "signature", False),
    ]
    assert browser.get(f"{path}/fields").status_code == 303
    assert _save(office, browser, path).status_code == 409


def test_fields_that_changed_after_the_summary_are_not_sent(
    office: Office, browser: FlaskClient, path: str
) -> None:
    browser.post(f"{path}/draft", data=_draft(office, path, action="confirm"))
    page = BeautifulSoup(browser.get(f"{path}/confirm").text, "html5lib")
    shown = page.find("input", attrs={"name": "shown"})
    assert shown is not None
    _save(office, browser, path, _row(office, path))
    answer = browser.post(f"{path}/send", data={"shown": str(shown["value"])})
    assert answer.location == f"{path}/confirm"
    assert _envelope(office, path).state == "draft"


def test_saving_the_draft_keeps_the_fields(office: Office, browser: FlaskClient, path: str) -> None:
    _save(office, browser, path, _row(office, path))
    browser.post(f"{path}/draft", data=form(action="autosave"))
    browser.post(f"{path}/draft", data=_draft(office, path, action="down-0"))
    assert len(_stored(office, path)) == 1
    browser.post(f"{path}/draft", data=_draft(office, path, action="remove-1"))
    assert _stored(office, path) == []


@pytest.mark.parametrize(
    "hostile",
    [
        {"field-0000000a-x": "9" * 30_000},
        {"field-zz-x": "1", "field-0000000a-nonsense": "1", "field--x": "1"},
        {"field-0000000a-kind": "crayon", "field-0000000a-person": "' OR 1=1"},
        {f"field-{n:08x}-x": str(n) for n in range(510)},
    ],
)
def test_a_form_that_no_page_of_ours_sends_breaks_nothing(
    office: Office, browser: FlaskClient, path: str, hostile: dict[str, str]
) -> None:
    assert _save(office, browser, path, hostile).status_code == 303
    assert len(_stored(office, path)) <= 501
    check_page(browser.get(f"{path}/fields?check=1"))


@pytest.mark.parametrize("document", ["", "nonsense", str(UUID(int=9))])
def test_a_foreign_document_takes_no_fields(
    office: Office, browser: FlaskClient, path: str, document: str
) -> None:
    answer = _save(office, browser, path, _row(office, path), document=document)
    assert answer.status_code == 404
    assert _stored(office, path) == []


def test_a_field_over_an_annotation_of_the_pdf_is_told_and_holds_the_envelope_back(
    office: Office, browser: FlaskClient, path: str
) -> None:
    with office.database.transaction() as session:
        for row in session.scalars(select(Document)):
            row.taken = [[0, 56.7, 85.0, 40.0, 12.0]]
    _save(office, browser, path, _row(office, path))
    page = check_page(browser.get(f"{path}/fields?check=1"))
    shown = page.select(".sheet[data-page='1'] svg.taken rect")
    assert [(row["x"], row["width"]) for row in shown] == [("20.0", "14.1")]
    assert page.select(".sheet[data-page='2'] svg.taken") == []
    assert "注釈（リンク、コメント、スタンプなど）と重なっています" in page.get_text()
    answer = browser.post(f"{path}/draft", data=_draft(office, path, action="confirm"))
    assert answer.location == f"{path}?check=1"


def test_a_signed_document_says_what_is_possible(
    office: Office, browser: FlaskClient, path: str
) -> None:
    with office.database.transaction() as session:
        for row in session.scalars(select(Document)):
            row.signed = True
    page = check_page(browser.get(f"{path}/fields"))
    assert "すでに電子署名があります" in page.get_text()
    kinds = [option["value"] for option in page.select("#new-kind option")]
    assert kinds == [FieldKind.SIGNATURE.value]


def test_without_signers_the_page_says_so(office: Office, browser: FlaskClient) -> None:
    path = office.draft(browser)
    assert browser.get(f"{path}/fields").location == path
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    assert "署名者がまだいません" in check_page(browser.get(f"{path}/fields")).get_text()


def test_what_is_too_much_for_an_envelope_is_told_and_not_cut_off() -> None:
    envelope, documents = Envelope(draft={}), (UUID(int=1), UUID(int=2))
    moment = datetime.now(UTC)
    for number, document in enumerate(documents):
        rows = [TypedField(f"{number}{index:07x}", str(document)) for index in range(300)]
        placing.save_fields(envelope, document, rows, moment)
    assert len(placing.fields_of(envelope)) == 600


def test_without_scripts_the_list_grows_to_its_limit_and_says_so(
    office: Office, browser: FlaskClient, path: str
) -> None:
    _save(office, browser, path, {f"field-{n:08x}-x": str(n) for n in range(501)}, action="add")
    assert len(_stored(office, path)) == 501
    assert field_words.TOO_MANY.ja in browser.get(f"{path}/fields").get_data(as_text=True)
