"""宛先の訂正 on the pages: of each of several people who share a place, and of the own side."""

from datetime import UTC, datetime

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from domain.messages import ActAnswer
from storage.tables import Act, Envelope, Participant, Slot, Stage
from tests.webapp.pages import check_page
from tests.webapp.stack import Office
from tests.webapp.test_stages import laid_out

MEMBER = "admin@city.example"


def _asked(office: Office) -> tuple[str, FlaskClient]:
    """One of two approvers of the own side is enough; both are asked, neither is a member."""
    browser = office.browser("clerk")
    path = office.sent(browser, **laid_out(office))
    with office.database.transaction() as session:
        envelope = session.query(Envelope).one()
        envelope.state = "running"
        stage = session.query(Stage).filter_by(position=0).one()
        stage.opened_at = envelope.sent_at
        slot = session.query(Slot).filter_by(stage_id=stage.id).one()
        slot.state, slot.asked_at = "asked", envelope.sent_at
    return path, browser


def _ways(browser: FlaskClient, path: str) -> dict[str, str]:
    """Where the address of each of them is corrected."""
    rows = check_page(browser.get(path)).select(".steer-people li")
    found = {row.select_one(".steer-name strong"): row.select_one("a") for row in rows}
    return {name.text: str(way["href"]) for name, way in found.items() if name and way}


def _data(browser: FlaskClient, url: str, mail: str) -> dict[str, str]:
    form = BeautifulSoup(browser.get(url).text, "html5lib").select_one("main form")
    assert isinstance(form, Tag)
    hidden = {str(one["name"]): str(one["value"]) for one in form.select("input[type=hidden]")}
    return hidden | {"mail": mail}


def test_each_of_two_who_share_a_place_is_corrected_by_himself(office: Office) -> None:
    path, browser = _asked(office)
    office.gateway.answer = ActAnswer(accepted=True)
    ways = _ways(browser, path)
    assert {"鈴木 一郎さん", "森 二郎さん"} <= set(ways)
    url = ways["森 二郎さん"]
    page = check_page(browser.get(url))
    assert "mori@city.example" in page.text
    action = str(page.select_one("main form")["action"])  # type: ignore[index]
    data = _data(browser, url, MEMBER)
    assert browser.post(action, data=data).status_code == 303
    with office.database.reading() as session:
        act = session.query(Act).one()
        person = session.query(Participant).filter_by(name="森 二郎").one()
    assert act.evidence["corrected"]["participant"] == act.evidence["about_id"] == str(person.id)
    assert browser.get(url.partition("?")[0]).status_code == 404, "one of two has to be named"


def test_whoever_acts_for_the_own_side_is_corrected_to_a_member_only(office: Office) -> None:
    """And is one then, so that the same form, sent once more, finds nobody to correct."""
    path, browser = _asked(office)
    url = _ways(browser, path)["鈴木 一郎さん"]
    assert "自社の利用者のアドレスにだけ訂正できます" in check_page(browser.get(url)).text
    answer = browser.post(url, data=_data(browser, url, "private@mail.example"))
    assert answer.status_code == 422
    assert "このアドレスの利用者はいません" in check_page(answer).text
    office.gateway.answer = ActAnswer(accepted=True)
    data = _data(browser, url, MEMBER)
    assert browser.post(url, data=data).status_code == 303
    with office.database.transaction() as session:
        act = session.query(Act).one()
        act.accepted, act.answered_at = True, datetime.now(UTC)
        person = session.query(Participant).filter_by(name="鈴木 一郎").one()
        person.mail, person.member_id = MEMBER, office.members["admin"].id
    again = browser.post(url, data=data)
    assert (again.status_code, again.location) == (303, path)
    assert browser.post(url, data=data | {"nonce": "another"}).status_code == 404
    assert "鈴木 一郎さん" not in _ways(browser, path)
