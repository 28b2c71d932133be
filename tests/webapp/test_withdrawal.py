"""Taking an envelope back."""

import pytest
from bs4 import BeautifulSoup

from domain.messages import ActAnswer
from domain.refusals import RefusalCode
from storage.tables import Act
from tests.webapp.stack import Office


def _nonce(text: str) -> str:
    field = BeautifulSoup(text, "html5lib").find("input", attrs={"name": "nonce"})
    assert field is not None
    return str(field["value"])


def test_a_withdrawal_is_an_act_with_its_reason_and_reaches_the_workflow(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.sent(browser)
    office.gateway.answer = ActAnswer(accepted=True)
    data = {"nonce": _nonce(browser.get(path).text), "reason": "金額に誤りがありました。"}
    for _ in range(2):
        assert browser.post(f"{path}/withdraw", data=data).status_code == 303
    with office.database.reading() as session:
        act = session.query(Act).one()
    assert (act.kind, act.reason) == ("withdraw", "金額に誤りがありました。")
    assert act.member_id == office.members["clerk"].id
    assert office.gateway.submitted[0][1] == act.id
    assert "取り下げました" in browser.get(path).text


@pytest.mark.parametrize("reason", ["", "   ", "長" * 1001])
def test_a_reason_is_needed_and_has_an_end(office: Office, reason: str) -> None:
    browser = office.browser("clerk")
    path = office.sent(browser)
    answer = browser.post(f"{path}/withdraw", data={"nonce": "n", "reason": reason})
    assert office.count(Act) == 0
    assert answer.status_code == 422
    assert "取り下げの理由を1000文字以内で" in answer.text
    assert f"{reason}</textarea>" in answer.text


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (None, "まもなく反映されます"),
        (ActAnswer(accepted=False, refusal=RefusalCode.ENVELOPE_ENDED), "すでに終了しています"),
    ],
)
def test_the_page_says_what_became_of_it(
    office: Office, answer: ActAnswer | None, word: str
) -> None:
    browser = office.browser("clerk")
    path = office.sent(browser)
    office.gateway.answer = answer
    nonce = _nonce(browser.get(path).text)
    form = {"nonce": nonce, "reason": "理由"}
    said = browser.post(f"{path}/withdraw", data=form, follow_redirects=True)
    assert word in said.text
    assert ("理由</textarea>" in said.text) == (said.status_code == 422)


def test_an_ended_envelope_offers_no_withdrawal_and_takes_none(office: Office) -> None:
    browser = office.browser("clerk")
    path = office.sent(browser)
    office.change(path, state="done")
    assert "取り下げる" not in browser.get(path).text
    browser.post(f"{path}/withdraw", data={"nonce": "n", "reason": "理由"})
    assert office.count(Act) == 0
