"""The draft's form: saved as typed, people in any order, checked in words, sent once."""

from datetime import timedelta
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select

from domain.kinds import EnvelopeState
from storage.drafts import documents_of
from storage.tables import (
    Deal,
    Envelope,
    Field,
    LedgerEvent,
    OutboxItem,
    Participant,
    Party,
    Slot,
    SlotCandidate,
    Stage,
)
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, send, upload


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.browser("clerk")


def _envelope(office: Office, path: str) -> Envelope:
    with office.database.reading() as session:
        return session.get_one(Envelope, UUID(path.rpartition("/")[2]))


def _names(browser: FlaskClient, path: str) -> list[str]:
    page = BeautifulSoup(browser.get(path).text, "html5lib")
    return [str(tag["value"]) for tag in page.select('input[id$="-name"]')]


def test_everything_typed_comes_back_as_typed(office: Office, browser: FlaskClient) -> None:
    path = office.draft(browser)
    hostile = "<script>alert(1)</script>\"'{{7*7}}"
    typed = form(
        action="save",
        title=hostile,
        deadline_days="三十",
        message="一行目\n二行目",
        **{"people-0-mail": "no mail", "people-1-name": hostile},
    )
    assert browser.post(f"{path}/draft", data=typed).status_code == 303
    page = check_page(browser.get(path))
    for name in ("title", "deadline_days", "people-0-mail", "people-1-name"):
        field = page.find("input", id=name)
        assert field is not None
        assert field["value"] == typed[name]
    area = page.find("textarea", id="message")
    assert area is not None
    assert area.get_text() == typed["message"]
    assert page.find("script", string=True) is None


def test_autosave_answers_with_a_word_and_the_time(office: Office, browser: FlaskClient) -> None:
    path = office.draft(browser)
    answer = browser.post(
        f"{path}/draft", data=form(action="autosave"), headers={"HX-Request": "true"}
    )
    assert "保存しました" in answer.text
    assert "JST" in answer.text
    assert _envelope(office, path).title == form()["title"]


@pytest.mark.parametrize("button", ["add", "remove-1", "down-0"])
def test_an_autosave_that_a_button_overtook_takes_nothing_back(
    office: Office, browser: FlaskClient, button: str
) -> None:
    """A busy server may keep the form that saved itself after the one whose button was pressed."""
    path = office.draft(browser)
    browser.post(f"{path}/draft", data=form(action="save"))
    page = BeautifulSoup(browser.get(path).text, "html5lib")
    keys = {str(row["name"]): str(row["value"]) for row in page.select("[name$='-key']")}
    assert len(set(keys.values())) == 2
    browser.post(f"{path}/draft", data=form(action=button, **keys))
    after = _names(browser, path)
    late = form(action="autosave", title="遅れて届いた", **keys)
    answer = browser.post(f"{path}/draft", data=late, headers={"HX-Request": "true"})
    assert "読み込み直してください" in answer.text
    browser.post(f"{path}/documents", data=late, headers={"HX-Request": "true"})
    assert _names(browser, path) == after
    assert "遅れて届いた" not in browser.get(path).text


def test_an_autosave_that_a_later_one_overtook_keeps_nothing(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    pen = "a" * 32
    for turn, title in (("2", "後で入力"), ("1", "先に入力")):
        data = form(action="autosave", title=title, pen=pen, turn=turn)
        answer = browser.post(f"{path}/draft", data=data, headers={"HX-Request": "true"})
        assert "保存しました" in answer.text
    assert _envelope(office, path).title == "後で入力"
    browser.post(f"{path}/draft", data=form(action="save", title="ボタン", pen=pen, turn="1"))
    assert _envelope(office, path).title == "ボタン"


def test_people_are_added_moved_and_removed_without_scripts(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    one, two = "山田 太郎", "鈴木 一郎"
    browser.post(f"{path}/draft", data=form(action="down-0"))
    assert _names(browser, path) == [two, one]
    browser.post(f"{path}/draft", data=form(action="up-1"))
    assert _names(browser, path) == [two, one]
    answer = browser.post(f"{path}/draft", data=form(action="add"))
    assert str(answer.location).endswith("#people-2-name")
    assert _names(browser, path) == [one, two, ""]
    browser.post(f"{path}/draft", data=form(action="remove-0"))
    assert _names(browser, path) == [two]


@pytest.mark.parametrize("action", ["up-0", "down-1", "remove-99", "up-99", "nonsense", ""])
def test_a_button_that_leads_nowhere_loses_nothing(
    office: Office, browser: FlaskClient, action: str
) -> None:
    path = office.draft(browser)
    assert browser.post(f"{path}/draft", data=form(action=action)).status_code == 303
    assert _names(browser, path) == ["山田 太郎", "鈴木 一郎"]


def test_what_is_missing_is_said_at_its_field_and_in_the_summary(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    answer = browser.post(
        f"{path}/draft", data=form(action="confirm", title="", **{"people-0-mail": "x"})
    )
    assert answer.location == f"{path}?check=1"
    page = check_page(browser.get(str(answer.location)))
    summary = page.find(id="error-summary")
    assert summary is not None
    assert {str(link["href"]) for link in summary.find_all("a")} == {
        "#files",
        "#title",
        "#people-0-mail",
    }
    title = page.find("title")
    assert title is not None
    assert title.get_text().startswith("エラー")
    field = page.find("input", id="title")
    assert field is not None
    assert field["aria-invalid"] == "true"


def _ready(office: Office, browser: FlaskClient, **changes: str) -> str:
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF), ("別紙.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="confirm", **changes))
    return path


def test_in_sequence_each_person_is_a_stage(office: Office, browser: FlaskClient) -> None:
    path = _ready(office, browser)
    assert send(browser, path).status_code == 303
    with office.database.reading() as session:
        stages = session.scalars(select(Stage).order_by(Stage.position)).all()
        slots = session.scalars(select(Slot)).all()
        parties = {(row.kind, row.name) for row in session.query(Party)}
        fields = session.scalars(select(Field)).all()
        candidates = session.query(SlotCandidate).count()
    assert [stage.need for stage in stages] == [1, 1]
    assert {slot.kind for slot in slots} == {"sign"}
    assert parties == {("own", "結市"), ("counterparty", "株式会社山田組")}
    assert sorted(field.name for field in fields) == ["FIELD_0001"] * 2 + ["FIELD_0002"] * 2
    assert all(field.rect is None for field in fields)
    assert candidates == 2


def test_in_parallel_everybody_is_in_one_stage(office: Office, browser: FlaskClient) -> None:
    path = _ready(office, browser, order="parallel")
    send(browser, path)
    with office.database.reading() as session:
        stage = session.query(Stage).one()
        slots = session.query(Slot).count()
    assert (stage.need, slots) == (2, 2)


def test_a_chain_comes_first_and_a_recipient_fills_no_slot(
    office: Office, browser: FlaskClient
) -> None:
    path = _ready(office, browser, chain_id=str(office.chain), **{"people-1-kind": "recipient"})
    send(browser, path)
    with office.database.reading() as session:
        rows = session.execute(
            select(Stage.position, Slot.kind, Participant.name)
            .join(Slot, Slot.stage_id == Stage.id)
            .join(Participant, Participant.id == Slot.participant_id)
            .order_by(Stage.position)
        ).all()
        people = session.query(Participant).count()
    assert [tuple(row) for row in rows] == [(0, "approve", "佐藤 健"), (1, "sign", "山田 太郎")]
    assert people == 3


def test_sending_writes_state_deadline_outbox_and_event_at_once(
    office: Office, browser: FlaskClient
) -> None:
    path = _ready(office, browser, deadline_days="１０")
    send(browser, path)
    envelope = _envelope(office, path)
    assert envelope.state == EnvelopeState.SENDING
    assert envelope.sent_at is not None
    assert envelope.deadline_at is not None
    assert timedelta(days=9) < envelope.deadline_at - envelope.sent_at < timedelta(days=11)
    assert envelope.reminder_days == [7, 14, 21, 28]
    with office.database.reading() as session:
        item = session.query(OutboxItem).filter_by(kind="envelope").one()
        event = session.query(LedgerEvent).filter_by(tag="envelope:sent").one()
    assert item.subject_id == envelope.id
    assert len(event.data["documents"]) == 2


def test_an_envelope_is_sent_once_however_often_the_button_is_pressed(
    office: Office, browser: FlaskClient
) -> None:
    path = _ready(office, browser)
    shown = BeautifulSoup(browser.get(f"{path}/confirm").text, "html5lib").find(
        "input", attrs={"name": "shown"}
    )
    assert shown is not None
    for _ in range(3):
        answer = browser.post(f"{path}/send", data={"shown": str(shown["value"])})
        assert answer.status_code == 303
    assert office.count(Participant) == 2
    with office.database.reading() as session:
        assert session.query(OutboxItem).filter_by(kind="envelope").count() == 1


def test_what_changed_after_the_summary_is_not_sent(office: Office, browser: FlaskClient) -> None:
    path = _ready(office, browser)
    stale = BeautifulSoup(browser.get(f"{path}/confirm").text, "html5lib").find(
        "input", attrs={"name": "shown"}
    )
    assert stale is not None
    browser.post(f"{path}/draft", data=form(action="autosave", title="別の題名"))
    answer = browser.post(f"{path}/send", data={"shown": str(stale["value"])})
    assert answer.location == f"{path}/confirm"
    assert _envelope(office, path).state == EnvelopeState.DRAFT
    assert "別の題名" in browser.get(f"{path}/confirm").text


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"people-0-kind": "approver", "people-1-kind": "recipient"}, "署名者がいません"),
        ({"chain_id": "11111111-1111-1111-1111-111111111111"}, "承認ルートは使えなく"),
        ({"chain_id": "CHAIN", "people-0-mail": "Admin@city.example"}, "承認ルートに含まれて"),
    ],
)
def test_a_route_that_cannot_be_is_refused_in_words(
    office: Office, browser: FlaskClient, changes: dict[str, str], word: str
) -> None:
    changes = {
        key: str(office.chain) if value == "CHAIN" else value for key, value in changes.items()
    }
    path = _ready(office, browser, **changes)
    assert browser.get(f"{path}/confirm").status_code == 303
    assert word in browser.get(f"{path}?check=1").text
    assert browser.post(f"{path}/send").status_code == 303
    assert _envelope(office, path).state == EnvelopeState.DRAFT


CONTRACT = {"purpose": "contract"}


@pytest.mark.parametrize(
    ("changes", "place", "sentence"),
    [
        ({"people-1-kind": "approver"}, "people-1-kind", "自組織の署名者がいません"),
        ({"people-0-kind": "reviewer"}, "people-0-kind", "株式会社山田組の署名者がいません"),
        ({"people-0-kind": "recipient"}, "people", "相手方の署名者がいません"),
        ({"chain_id": "CHAIN", "people-1-kind": "recipient"}, "people", "自組織の署名者がいません"),
        ({"purpose": "nothing"}, "purpose", "一覧から選んでください"),
    ],
)
def test_a_contract_that_a_party_would_not_sign_is_not_sent_and_the_draft_says_where(
    office: Office, browser: FlaskClient, changes: dict[str, str], place: str, sentence: str
) -> None:
    if "chain_id" in changes:
        changes = changes | {"chain_id": str(office.chain)}
    path = _ready(office, browser, **(CONTRACT | changes))
    assert browser.get(f"{path}/confirm").status_code == 303
    page = check_page(browser.get(f"{path}?check=1"))
    [link] = page.select(f'#error-summary a[href="#{place}"]')
    assert sentence in link.get_text()
    assert page.find(id=place) is not None
    assert browser.post(f"{path}/send").status_code == 303
    assert _envelope(office, path).state == EnvelopeState.DRAFT


def test_a_contract_that_each_party_signs_is_sent_and_so_is_what_one_side_signs(
    office: Office, browser: FlaskClient
) -> None:
    path = _ready(office, browser, **CONTRACT)
    assert "契約を締結する" in check_page(browser.get(f"{path}/confirm")).get_text()
    assert send(browser, path).status_code == 303
    path = _ready(office, browser, purpose="one_sided", **{"people-1-kind": "recipient"})
    assert "一方だけが署名する" in check_page(browser.get(f"{path}/confirm")).get_text()
    assert send(browser, path).status_code == 303


def test_a_document_that_is_still_being_checked_holds_the_envelope_back(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    answer = browser.post(f"{path}/draft", data=form(action="confirm"))
    assert answer.location == f"{path}?check=1"
    assert "確認が終わっていない文書" in browser.get(f"{path}?check=1").text


def test_an_envelope_that_came_back_is_sent_again_as_a_new_version(
    office: Office, browser: FlaskClient
) -> None:
    path = _ready(office, browser)
    send(browser, path)
    office.change(path, state="draft", refusal="not_preparable")
    page = browser.get(path).text
    assert "前回は送信できませんでした" in page
    assert send(browser, path).status_code == 303
    envelope = _envelope(office, path)
    assert (envelope.state, envelope.version, envelope.refusal) == ("sending", 2, None)
    assert office.count(Participant) == 2
    with office.database.reading() as session:
        items = session.query(OutboxItem).filter_by(kind="envelope").all()
        versions = {field.version for field in session.query(Field)}
    assert sorted(item.generation for item in items) == [1, 2]
    assert versions == {2}


def test_a_draft_that_was_sent_is_saved_no_more(office: Office, browser: FlaskClient) -> None:
    path = office.sent(browser)
    answer = browser.post(f"{path}/draft", data=form(title="zu spät"))
    assert answer.status_code == 409
    assert _envelope(office, path).title == form()["title"]


def test_columns_that_no_form_offers_are_not_written(office: Office, browser: FlaskClient) -> None:
    path = office.draft(browser)
    before = _envelope(office, path)
    extra = {
        column.key: "done" for column in Envelope.__table__.columns if column.key not in form()
    }
    browser.post(f"{path}/draft", data=form(action="save") | extra)
    after = _envelope(office, path)
    for name in ("state", "number", "organisation_id", "created_by", "version", "deadline_at"):
        assert getattr(after, name) == getattr(before, name)


def test_a_draft_is_discarded_after_a_page_that_says_what_goes(
    office: Office, browser: FlaskClient
) -> None:
    path = office.draft(browser)
    kept = browser.post(f"{path}/draft", data=form(action="discard"))
    assert kept.location == f"{path}/discard"
    page = check_page(browser.get(kept.location))
    assert form()["title"] in page.get_text()
    shown = str(page.select_one('input[name="shown"]')["value"])  # type: ignore[index]
    browser.post(f"{path}/draft", data=form(action="save", title="別の封筒名"))
    assert browser.post(f"{path}/discard", data={"shown": shown}).location == f"{path}/discard"
    assert _envelope(office, path).state == EnvelopeState.DRAFT
    page = check_page(browser.get(f"{path}/discard"))
    shown = str(page.select_one('input[name="shown"]')["value"])  # type: ignore[index]
    assert browser.post(f"{path}/discard", data={"shown": shown}).location == "/envelopes"
    assert _envelope(office, path).state == EnvelopeState.DISCARDED
    listed = check_page(browser.get("/envelopes")).get_text()
    assert "下書きを破棄しました。" in listed
    assert "別の封筒名" not in listed
    late = browser.post(f"{path}/draft", data=form(action="autosave"))
    assert {browser.get(path).status_code, late.status_code} == {404}


def test_contract_data_go_into_the_register_as_they_were_typed(
    office: Office, browser: FlaskClient
) -> None:
    first = _envelope(office, office.sent(browser))
    typed = {
        "begins_on": "2026-04-01", "ends_on": "2027-03-31", "renews": "yes", "notice_days": "90",
        "relation": "amends", "contract_kind": "委託", "amount": "1,200,000",
    }  # fmt: skip
    path = office.draft(browser)
    upload(browser, path, ("変更契約書.pdf", PDF))
    office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="save", **typed, earlier="1234567890"))
    page = check_page(browser.get(f"{path}?check=1"))
    assert page.select_one('#error-summary a[href="#earlier"]')
    assert page.select_one("details.deal-part[open] #ends_on[value='2027-03-31']")
    browser.post(f"{path}/draft", data=form(action="save", **typed, earlier=first.number))
    assert "満了の90日前まで" in check_page(browser.get(f"{path}/confirm")).get_text()
    soon = typed | {"notice_days": "0"}
    browser.post(f"{path}/draft", data=form(action="save", **soon, earlier=first.number))
    assert "満了の0日前まで" in check_page(browser.get(f"{path}/confirm")).get_text()
    browser.post(f"{path}/draft", data=form(action="save", **typed, earlier=first.number))
    send(browser, path)
    with office.database.reading() as session:
        row = session.get_one(Deal, _envelope(office, path).id)
    assert (row.partner, row.amount, row.kind) == ("株式会社山田組", 1_200_000, "委託")
    assert (str(row.begins_on), str(row.ends_on), row.renews) == ("2026-04-01", "2027-03-31", True)
    assert (row.notice_days, row.relation, row.earlier) == (90, "amends", first.number)


def test_a_contract_that_follows_is_begun_from_the_concluded_one(
    office: Office, browser: FlaskClient
) -> None:
    path = office.sent(browser, contract_kind="委託")
    earlier = _envelope(office, path)
    assert browser.post(f"{path}/follow-up", data={"relation": "amends"}).location == path
    office.change(path, state=EnvelopeState.DONE.value)
    assert check_page(browser.get(path)).select_one('button[name="relation"][value="main"]')
    made = browser.post(f"{path}/follow-up", data={"relation": "amends"}).location
    page = check_page(browser.get(made))
    assert page.select_one(f'a[href="{path}"]')
    values = {name: page.select_one(f"#{name}")["value"] for name in ("title", "earlier")}  # type: ignore[index]
    assert values == {"title": "令和8年度 清掃業務委託変更契約書", "earlier": earlier.number}
    assert _names(browser, made) == ["山田 太郎", "鈴木 一郎"]
    assert _envelope(office, made).draft["deal"]["relation"] == "amends"


@pytest.mark.parametrize(("relation", "warned"), [("main", True), ("amends", False)])
def test_a_main_contract_without_a_gate_is_pointed_out(
    office: Office, browser: FlaskClient, relation: str, *, warned: bool
) -> None:
    path = office.sent(browser)
    office.change(path, state=EnvelopeState.DONE.value)
    made = browser.post(f"{path}/follow-up", data={"relation": relation}).location
    upload(browser, made, ("契約書.pdf", PDF))
    office.accept_documents()
    earlier = _envelope(office, path).number
    typed = form(action="save", relation=relation, earlier=earlier)
    browser.post(f"{made}/draft", data=typed)
    page = check_page(browser.get(f"{made}/confirm")).get_text()
    assert ("議決などを待つ段階がありません" in page) is warned


def test_what_was_chosen_for_a_recipient_before_is_asked_for_anew(
    office: Office, browser: FlaskClient
) -> None:
    """Nobody gets all documents of the following contract because he got some of the first."""
    path = office.draft(browser)
    upload(browser, path, ("契約書.pdf", PDF))
    office.accept_documents()
    with office.database.reading() as session:
        first = documents_of(session, _envelope(office, path).id)[0].id
    recipient = {
        "people-2-name": "受領 花子", "people-2-mail": "hanako@city.example",
        "people-2-party": "own", "people-2-company": "会計課", "people-2-kind": "recipient",
        "people-2-language": "ja",
    }  # fmt: skip
    box = f"people-2-document-{first}"
    browser.post(f"{path}/draft", data=form(action="save", **recipient, **{box: "1"}))
    send(browser, path)
    office.change(path, state=EnvelopeState.DONE.value)
    made = browser.post(f"{path}/follow-up", data={"relation": "amends"}).location
    assert check_page(browser.get(made)).select_one(f"input[checked]#{box}")
    upload(browser, made, ("覚書.pdf", PDF))
    office.accept_documents()
    kept = form(action="save", **recipient, **{box: "1"})
    browser.post(f"{made}/draft", data=kept)
    asked = check_page(browser.get(f"{made}/confirm", follow_redirects=True))
    assert asked.select_one('#error-summary a[href="#people-2-documents"]')
    browser.post(f"{made}/draft", data=form(action="save", **recipient))
    page = check_page(browser.get(f"{made}/confirm"))
    assert "すべての文書" in page.get_text()
