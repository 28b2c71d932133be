"""Reminding, asking anew and extending on the envelope's page."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.contacts import Contact
from domain.messages import ActAnswer
from domain.refusals import WORDS, RefusalCode
from storage import contacts
from storage.tables import Act, Envelope, Member, Participant, Slot, Stage
from tests.webapp.stack import Office


def sent_and_asked(office: Office) -> tuple[str, FlaskClient]:
    """A sent envelope whose first slot is asked, as the workflow projects it."""
    browser = office.browser("clerk")
    path = office.sent(browser)
    with office.database.transaction() as session:
        envelope = session.query(Envelope).one()
        envelope.state = "running"
        slot = session.query(Slot).order_by(Slot.position).first()
        assert slot is not None
        slot.state, slot.asked_at = "asked", envelope.sent_at
    return path, browser


def _form(page: str, action: str) -> dict[str, str]:
    form = next(
        form
        for form in BeautifulSoup(page, "html5lib").find_all("form")
        if str(form["action"]).endswith(action)
    )
    return {str(field["name"]): str(field.get("value", "")) for field in form.find_all("input")}


@pytest.mark.parametrize(
    ("action", "kind", "told"),
    [("/remind", "remind", "再送します"), ("/rerequest", "rerequest", "新しいリンク")],
)
def test_a_person_is_asked_again_by_an_act_with_its_slot(
    office: Office, action: str, kind: str, told: str
) -> None:
    """And a second press of the same form is the same act."""
    path, browser = sent_and_asked(office)
    office.gateway.answer = ActAnswer(accepted=True)
    data = _form(browser.get(path).text, action)
    for _ in range(2):
        assert browser.post(path + action, data=data).status_code == 303
    with office.database.reading() as session:
        act = session.query(Act).one()
    assert (act.kind, act.slot_id) == (kind, None)
    assert act.evidence["target_slot_id"] == data["slot"]
    assert told in browser.get(path).text


def test_the_deadline_moves_to_the_end_of_the_typed_day(office: Office) -> None:
    """In the organisation's zone."""
    path, browser = sent_and_asked(office)
    office.gateway.answer = ActAnswer(accepted=True)
    data = _form(browser.get(path).text, "/extend") | {"day": "2027-03-31"}
    browser.post(f"{path}/extend", data=data)
    with office.database.reading() as session:
        act = session.query(Act).one()
    assert act.evidence["deadline_at"].startswith("2027-03-31T14:59:59")
    assert "期限を延長しました" in browser.get(path).text


@pytest.mark.parametrize("day", ["", "tomorrow", "2020-01-01", "9999-99-99"])
def test_a_day_that_is_no_later_deadline_is_said_and_writes_nothing(
    office: Office, day: str
) -> None:
    """Whatever was typed."""
    path, browser = sent_and_asked(office)
    data = _form(browser.get(path).text, "/extend") | {"day": day}
    answer = browser.post(f"{path}/extend", data=data)
    assert office.count(Act) == 0
    assert answer.status_code == 422
    assert "今の期限より後の日" in answer.text
    assert f'type="date" value="{day}"' in answer.text


def test_a_refusal_of_the_workflow_is_said_in_words(office: Office) -> None:
    """For example when the person acted a moment ago."""
    path, browser = sent_and_asked(office)
    office.gateway.answer = ActAnswer(accepted=False, refusal=RefusalCode.ALREADY_ACTED)
    browser.post(f"{path}/remind", data=_form(browser.get(path).text, "/remind"))
    assert "すでに完了しています" in browser.get(path).text


def test_what_was_sent_back_can_go_on_with_a_comment(office: Office) -> None:
    """And without one nothing is written."""
    path, browser = sent_and_asked(office)
    office.change(path, state="sent_back")
    office.gateway.answer = ActAnswer(accepted=True)
    page = browser.get(path).text
    assert "差し戻し" in page
    data = _form(page, "/resume")
    long = "長" * 1001
    answer = browser.post(f"{path}/resume", data=data | {"comment": long})
    assert office.count(Act) == 0
    assert "コメントを1000文字以内で" in answer.text
    assert f"{long}</textarea>" in answer.text
    browser.post(f"{path}/resume", data=data | {"comment": "このままで進めます"})
    with office.database.reading() as session:
        act = session.query(Act).one()
    assert (act.kind, act.reason) == ("resume", "このままで進めます")
    assert "再開しました" in browser.get(path).text


def _stopped(office: Office, **changes: str) -> tuple[str, FlaskClient]:
    """Sent back on its second day; its stage has three, the envelope thirty."""
    path, browser = sent_and_asked(office)
    with office.database.transaction() as session:
        envelope = session.query(Envelope).one()
        slot = session.query(Slot).filter(Slot.state == "asked").one()
        stage = session.get_one(Stage, slot.stage_id)
        assert envelope.deadline_at is not None
        stage.opened_at = envelope.sent_at
        stage.deadline_at = envelope.deadline_at - timedelta(days=27)
    office.change(path, state="sent_back", **changes)
    return path, browser


def _day(moment: datetime) -> str:
    there = moment.astimezone(ZoneInfo("Asia/Tokyo"))
    return f"{there.year}年{there.month}月{there.day}日"


@pytest.mark.parametrize("changes", [{}, {"refusal": "not_preparable"}])
def test_what_stands_still_shows_its_true_deadline_and_takes_a_later_one(
    office: Office, changes: dict[str, str]
) -> None:
    path, browser = _stopped(office, **changes)
    office.gateway.answer = ActAnswer(accepted=True)
    with office.database.reading() as session:
        stage = session.query(Stage).filter(Stage.deadline_at.is_not(None)).one()
    assert stage.deadline_at is not None
    page = browser.get(path).text
    assert f"期限は{_day(stage.deadline_at)}" in page
    assert _day(stage.deadline_at) in browser.get("/envelopes").text
    data = _form(page, "/extend") | {"day": "2027-03-31"}
    browser.post(f"{path}/extend", data=data)
    with office.database.reading() as session:
        assert session.query(Act).one().kind == "extend"


def test_an_address_is_corrected_while_everything_stands_still(office: Office) -> None:
    """Before the request goes there once more."""
    path, browser = _stopped(office)
    office.gateway.answer = ActAnswer(accepted=True)
    with office.database.reading() as session:
        slot = session.query(Slot).filter(Slot.state == "asked").one()
    url = f"{path}/slots/{slot.id}/address"
    assert url in browser.get(path).text
    page = browser.get(url).text
    assert "手続きが止まっているため、今は何も送りません" in page
    browser.post(url, data=_form(page, "/address") | {"mail": "right@vendor.example"})
    with office.database.reading() as session:
        assert session.query(Act).one().kind == "readdress"
    assert "再開または訂正の後のメールは、新しいアドレスに届きます" in browser.get(path).text


def test_a_running_envelope_offers_no_resumption_and_takes_none(office: Office) -> None:
    path, browser = sent_and_asked(office)
    assert "/resume" not in browser.get(path).text
    browser.post(f"{path}/resume", data={"nonce": "n", "comment": "x"})
    assert office.count(Act) == 0


def test_nobody_asked_nothing_to_steer(office: Office) -> None:
    """A sending envelope shows no such form."""
    browser = office.browser("clerk")
    assert "/remind" not in browser.get(office.sent(browser)).text


def _address_page(office: Office) -> tuple[str, str, FlaskClient]:
    path, browser = sent_and_asked(office)
    with office.database.reading() as session:
        slot = session.query(Slot).filter(Slot.state == "asked").one()
        people = session.query(Participant).filter(Participant.id == slot.participant_id)
        assert people.one().member_id is None
    return path, f"{path}/slots/{slot.id}/address", browser


def test_a_wrong_address_is_said_beside_it_and_kept_as_typed(office: Office) -> None:
    _, url, browser = _address_page(office)
    data = _form(browser.get(url).text, "/address") | {"mail": "nobody at all"}
    answer = browser.post(url, data=data)
    assert answer.status_code == 422
    assert 'value="nobody at all"' in answer.text
    assert office.count(Act) == 0


def test_a_corrected_address_is_an_act_and_the_same_form_again_is_the_same_act(
    office: Office,
) -> None:
    path, url, browser = _address_page(office)
    office.gateway.answer = ActAnswer(accepted=True)
    data = _form(browser.get(url).text, "/address") | {"mail": "right@vendor.example"}
    for _ in range(2):
        assert browser.post(url, data=data).status_code == 303
    with office.database.reading() as session:
        act = session.query(Act).one()
    assert (act.kind, act.evidence["corrected"]["to"]) == ("readdress", "right@vendor.example")
    assert "宛先を訂正し" in browser.get(path).text


def test_an_address_that_is_refused_after_the_form_stays_as_typed(office: Office) -> None:
    _, url, browser = _address_page(office)
    office.gateway.answer = ActAnswer(accepted=False, refusal=RefusalCode.ALREADY_ON_ROUTE)
    data = _form(browser.get(url).text, "/address") | {"mail": "right@vendor.example"}
    answer = browser.post(url, data=data)
    assert answer.status_code == 409
    anew = _form(answer.text, "/address")
    assert anew["mail"] == "right@vendor.example"
    assert anew["nonce"] != data["nonce"]
    assert WORDS[RefusalCode.ALREADY_ON_ROUTE].ja in answer.text


def test_a_wrong_number_is_corrected_on_the_same_page(office: Office) -> None:
    _, url, browser = _address_page(office)
    with office.database.transaction() as session:
        slot = session.query(Slot).filter(Slot.state == "asked").one()
        session.get_one(Participant, slot.participant_id).phone = "+819012345678"
    office.gateway.answer = ActAnswer(accepted=True)
    page = browser.get(url).text
    assert 'value="090-1234-5678"' in page
    data = _form(page, "/address") | {"mail": "taro@yamada.example", "phone": "03-1234-5678"}
    answer = browser.post(url, data=data)
    assert (answer.status_code, "固定電話" in answer.text) == (422, True)
    assert browser.post(url, data=data | {"phone": "０８０ー１１１１ー２２２２"}).status_code == 303
    with office.database.reading() as session:
        corrected = session.query(Act).one().evidence["corrected"]
    assert (corrected["from"], corrected["to"]) == ("taro@yamada.example", "taro@yamada.example")
    assert corrected["phone_to"] == "+818011112222"


def _third(kind: str, mail: str) -> dict[str, str]:
    """Somebody of the other side, after the two of the usual form."""
    return {
        "people-2-name": "田中 花子",
        "people-2-mail": mail,
        "people-2-party": "counterparty",
        "people-2-company": "株式会社山田組",
        "people-2-kind": kind,
        "people-2-language": "ja",
    }


def _early(office: Office, kind: str) -> tuple[str, str, FlaskClient]:
    """An envelope that waits for its first person, and the address page of the third."""
    browser = office.browser("clerk")
    path = office.sent(browser, **_third(kind, "hanako@yamda.example"))
    with office.database.transaction() as session:
        envelope = session.query(Envelope).one()
        envelope.state = "running"
        slot = session.query(Slot).order_by(Slot.position).first()
        assert slot is not None
        slot.state, slot.asked_at = "asked", envelope.sent_at
    soup = BeautifulSoup(browser.get(path).text, "html5lib")
    [row] = [row for row in soup.select(".steer-people li") if "田中 花子" in row.text]
    assert "hanako@yamda.example" in row.text
    [way] = row.select("a")
    return path, str(way["href"]), browser


@pytest.mark.parametrize(
    ("kind", "aim", "told"),
    [
        ("signer", "target_slot_id", "順番が来ると、新しいアドレスに依頼のメールが届きます。"),
        ("recipient", "about_id", "締結した文書のお知らせは、新しいアドレスに届きます。"),
    ],
)
def test_an_address_is_corrected_before_anything_is_sent_there(
    office: Office, kind: str, aim: str, told: str
) -> None:
    path, url, browser = _early(office, kind)
    office.gateway.answer = ActAnswer(accepted=True)
    page = browser.get(url).text
    assert "今は何も送りません" in page
    assert "前のリンクは使えなくなり" not in page
    data = _form(page, "/address") | {"mail": "hanako@yamada.example"}
    assert browser.post(url, data=data | {"mail": "hanako"}).status_code == 422
    assert browser.post(url, data=data).status_code == 303
    with office.database.reading() as session:
        act = session.query(Act).one()
        person = session.query(Participant).filter_by(name="田中 花子").one()
    assert act.kind == "readdress"
    assert act.evidence["corrected"]["participant"] == str(person.id)
    assert aim in act.evidence
    assert told in browser.get(path).text


@pytest.mark.parametrize("ticked", [True, False])
def test_the_address_book_is_corrected_too_unless_it_is_not_wished(
    office: Office, *, ticked: bool
) -> None:
    """Offered where the book has the wrong address of this person, and nowhere else."""
    _, url, browser = _early(office, "signer")
    office.gateway.answer = ActAnswer(accepted=True)
    assert 'name="book"' not in browser.get(url).text
    with office.database.transaction() as session:
        boss = session.get_one(Member, office.members["admin"].id)
        contact = Contact(name="田中 花子", mail="hanako@yamda.example")
        key = contacts.add(session, boss, contact, datetime.now(UTC)).id
    page = browser.get(url).text
    assert "宛先帳の「田中 花子」も訂正する" in page
    data = _form(page, "/address") | {"mail": "hanako"}
    if not ticked:
        del data["book"]
    page = browser.post(url, data=data).text
    [box] = BeautifulSoup(page, "html5lib").select("#book")
    assert box.has_attr("checked") is ticked
    assert browser.post(url, data=data | {"mail": "hanako@yamada.example"}).status_code == 303
    with office.database.reading() as session:
        corrected = session.query(Act).one().evidence["corrected"]
    assert corrected.get("contact") == (str(key) if ticked else None)


def test_a_recipients_address_is_not_corrected_after_the_end(office: Office) -> None:
    path, url, browser = _early(office, "recipient")
    office.change(path, state="completing")
    assert browser.get(url).status_code == 404
    assert browser.post(url, data={"mail": "hanako@yamada.example"}).status_code == 404
