"""The approver's short way: the mail's link, one page, one button."""

from uuid import UUID

import pytest

from domain.kinds import PartyKind
from domain.networks import EVERYBODY
from identity.links import token_sha256
from storage.tables import Act, Chain, Deal, Link, Organisation, Participant, Party, Visit
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office
from tests.webapp.test_waiting import asked

pytestmark = pytest.mark.usefixtures("without_token")
TOKEN = "kJ8vN2mQ4xR6tY1wZ3bC5dF7gH9jK0lM2nP4qS6uV8w"
LINK = f"/l/{TOKEN}"


def mailed(office: Office, key: UUID) -> None:
    with office.database.transaction() as session:
        person = session.get_one(Participant, key)
        session.get_one(Deal, person.envelope_id).amount = 1_980_000
        row = session.query(Link).filter_by(participant_id=key).one()
        row.token_sha256 = token_sha256(TOKEN)


def form_of(office: Office) -> dict[str, str]:
    page = checked(office.browser().get(LINK))
    form = page.find("form", action=f"{LINK}/decide")
    assert form is not None
    return {str(tag["name"]): str(tag["value"]) for tag in form.find_all("input")}


def is_long(office: Office) -> bool:
    page = checked(office.browser().get(LINK))
    return "文書を確認する" in page.text and page.find("form", action=f"{LINK}/decide") is None


def test_an_approver_sees_what_matters_and_approves_with_one_press(office: Office) -> None:
    key = asked(office, "清掃契約")
    mailed(office, key)
    page = checked(office.browser().get(LINK)).get_text(" ", strip=True)
    for fact in ("清掃契約", "1,980,000円", office.members["clerk"].name, "契約書", "承認する"):
        assert fact in page
    typed = form_of(office) | {"decision": "act"}
    assert (office.count(Visit), office.count(Act)) == (0, 0), "looking writes nothing"
    long = office.browser().post(f"{LINK}/decide", data=typed | {"comment": "あ" * 301})
    assert "あ" * 301 in checked(long).text
    for nothing in ({"decision": ""}, {"decision": "approve"}, {"amount": "1円"}):
        answer = office.browser().post(f"{LINK}/decide", data=typed | {"comment": "よし"} | nothing)
        assert "よし" in checked(answer).text
        assert (office.count(Visit), office.count(Act)) == (0, 0)
    stale = office.browser().post(f"{LINK}/decide", data=typed | {"version": "0" * 64})
    assert stale.status_code == 409
    assert office.count(Act) == 0
    phone = office.browser()
    answer = phone.post(f"{LINK}/decide", data=typed | {"comment": "問題ありません。"})
    assert answer.status_code == 303
    assert str(answer.location).endswith("/done")
    assert phone.get(str(answer.location)).status_code == 200
    again = phone.post(f"{LINK}/decide", data=typed)
    assert "済んでいます" in checked(again).text
    with office.database.reading() as session:
        act = session.query(Act).one()
    assert (act.kind, act.reason, act.evidence["method"]) == ("approve", "問題ありません。", "link")
    assert act.evidence["viewed"] == [], "what was not opened was not read"
    assert [row[1] for row in office.gateway.submitted][-1] == act.id


def test_the_own_side_is_told_of_a_stage_that_the_amount_of_now_would_need(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent for five yen, without the second stage; the register says 1,980,000 by now."""
    with office.database.transaction() as session:
        chain = session.get_one(Chain, office.chain)
        [first] = chain.definition["stages"]
        condition: dict[str, object] = {
            "least": 1_000_000,
            "below": None,
            "kinds": [],
            "departments": [],
        }
        second = {**first, "name": "部長承認", "when": condition}
        chain.definition = {**chain.definition, "stages": [first, second]}
    sent = office.sent
    monkeypatch.setattr(office, "sent", lambda *who, **typed: sent(*who, amount="5", **typed))
    key = asked(office, "清掃契約")
    said = "今の値なら必要な承認の段階（2 部長承認）が省かれています"
    with office.database.transaction() as session:
        session.query(Link).filter_by(participant_id=key).one().token_sha256 = token_sha256(TOKEN)
    assert said not in checked(office.browser().get(LINK)).get_text(" ", strip=True)
    mailed(office, key)
    assert said in checked(office.browser().get(LINK)).get_text(" ", strip=True)
    admin = office.browser("admin")
    several = admin.post("/waiting/several", data={"task": [str(key)]}, follow_redirects=True)
    assert said in checked(several).get_text(" ", strip=True)
    visit = str(admin.post(f"/waiting/{key}/open").location).split("/sign/")[1].split("/")[0]
    for page in ("/", "/confirm"):
        assert said in admin.get(f"/sign/{visit}{page}").text, page
    with office.database.transaction() as session:
        party = session.get_one(Party, session.get_one(Participant, key).party_id)
        party.kind = PartyKind.COUNTERPARTY.value
    for page in ("/", "/confirm"):
        answer = admin.get(f"/sign/{visit}{page}")
        assert answer.status_code == 200
        assert "承認ルートが合っていません" not in answer.text


def test_other_decisions_and_whoever_is_asked_for_more_go_the_long_way(office: Office) -> None:
    key = asked(office, "清掃契約")
    mailed(office, key)
    typed = form_of(office)
    for word, page in (("return", "/sendback"), ("decline", "/decline")):
        phone = office.browser()
        answer = phone.post(f"{LINK}/decide", data=typed | {"decision": word, "comment": "金額"})
        assert str(answer.location).endswith(page), "what was typed stands in no address"
        shown = checked(phone.get(str(answer.location))).find("textarea", id="reason")
        assert shown is not None
        assert shown.text.strip() == "金額"
    changes: list[dict[str, object]] = [
        {"mail_code": True},
        {"mail_code": False, "handover": "demanded"},
    ]
    for change in changes:
        with office.database.transaction() as session:
            person = session.get_one(Participant, key)
            for name, value in change.items():
                setattr(person, name, value)
        assert is_long(office)
        answer = office.browser().post(f"{LINK}/decide", data=typed | {"decision": "act"})
        assert str(answer.location).endswith("/"), "to the guide, which asks for it"
    with office.database.transaction() as session:
        session.get_one(Participant, key).handover = "allowed"
        row = session.get_one(Organisation, office.organisation)
        row.networks = {EVERYBODY: ["10.9.0.0/16"]}
    assert is_long(office)
    assert office.count(Act) == 0


def test_signers_are_led_through_their_documents_as_ever(office: Office) -> None:
    mailed(office, asked(office, "清掃契約", kind="signer"))
    assert is_long(office)
    assert office.browser().post(f"{LINK}/decide").status_code == 303
    assert office.count(Act) == 0
