"""確認コード: mailed on demand, entered once, in the browser that asked for it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.factors import TRIES, Moment
from domain.kinds import LinkPurpose
from storage.tables import Act, Attempt, OneTimeCode, OutboxItem, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
WRONG = "00000000"


@pytest.fixture
def mailed(world: World) -> World:
    """The first signer is asked for a code by mail."""
    world.change(Participant, world.participants[0], mail_code=True)
    return world


def ask(client: FlaskClient, visit: str, moment: str = "opening") -> TestResponse:
    return client.post(f"/sign/{visit}/prove/mail", data={"moment": moment})


def codes(world: World) -> list[OneTimeCode]:
    with world.database.reading() as session:
        return session.query(OneTimeCode).order_by(OneTimeCode.requested_at).all()


def deliver(world: World, code: str = "12345678") -> str:
    """What the worker does with the newest one: derive, keep the hash, mail."""
    newest = codes(world)[-1]
    world.change(OneTimeCode, newest.id, code_hash=HASHER.hash(code), issued_at=datetime.now(UTC))
    return code


def older(world: World, age: timedelta) -> None:
    with world.database.transaction() as session:
        for row in session.query(OneTimeCode):
            row.requested_at = row.requested_at - age
            row.issued_at = row.issued_at - age if row.issued_at else None


def enter(client: FlaskClient, visit: str, code: str) -> TestResponse:
    return client.post(f"/sign/{visit}/prove", data={"mail_code": code})


def opened(world: World, client: FlaskClient) -> str:
    visit = world.enter(client)
    ask(client, visit)
    assert enter(client, visit, deliver(world)).status_code == 303
    return visit


def act_form(client: FlaskClient, visit: str) -> dict[str, str]:
    page = BeautifulSoup(client.get(f"/sign/{visit}/confirm").text, "html.parser")
    form = page.find("form", action=f"/sign/{visit}/act")
    assert form is not None
    return {str(i["name"]): str(i.get("value", "")) for i in form.find_all("input")}


def test_a_code_is_ordered_by_the_button_and_opens_the_visit(mailed: World) -> None:
    client = mailed.client()
    visit = mailed.enter(client)
    page = checked(client.get(f"/sign/{visit}/prove")).get_text()
    assert "p•••@example.jp" in page
    assert not codes(mailed)  # looking orders nothing
    answer = ask(client, visit)
    assert answer.location == f"/sign/{visit}/prove#factors"
    [code] = codes(mailed)
    assert (code.visit_id, code.moment, code.code_hash) == (UUID(visit), "opening", None)
    with mailed.database.reading() as session:
        item = session.query(OutboxItem).filter_by(kind="code").one()
        assert item.subject_id == code.id
    checked(client.get(f"/sign/{visit}/prove"))
    assert enter(client, visit, deliver(mailed)).status_code == 303
    assert client.get(f"/sign/{visit}/read").status_code == 200
    assert codes(mailed)[0].ended_why == "used"


def test_a_code_is_read_in_any_width_and_grouping(mailed: World) -> None:
    client = mailed.client()
    visit = mailed.enter(client)
    ask(client, visit)
    deliver(mailed)
    assert enter(client, visit, " １２３４ ５６７８ ").status_code == 303


def test_a_code_opens_no_other_browser_and_no_other_moment(mailed: World) -> None:
    client, other = mailed.client(), mailed.client()
    visit, second = mailed.enter(client), mailed.enter(other)
    ask(client, visit)
    code = deliver(mailed)
    answer = enter(other, second, code)
    assert answer.status_code == 422
    assert "有効な確認コードがありません" in answer.text
    assert enter(client, visit, code).status_code == 303
    form = act_form(client, visit)
    assert client.post(f"/sign/{visit}/act", data=form | {"mail_code": code}).status_code == 422
    with mailed.database.reading() as session:
        assert not session.query(Act).count()


def test_a_new_code_ends_the_older_one(mailed: World) -> None:
    client = mailed.client()
    visit = mailed.enter(client)
    ask(client, visit)
    first = deliver(mailed, "11112222")
    older(mailed, timedelta(minutes=1))
    ask(client, visit)
    second = deliver(mailed, "33334444")
    assert [code.ended_why for code in codes(mailed)] == ["replaced", None]
    assert enter(client, visit, first).status_code == 422
    assert enter(client, visit, second).status_code == 303


def test_a_code_works_for_ten_minutes(mailed: World) -> None:
    client = mailed.client()
    visit = mailed.enter(client)
    ask(client, visit)
    code = deliver(mailed)
    older(mailed, timedelta(minutes=10, seconds=1))
    assert "有効な確認コードがありません" in enter(client, visit, code).text
    assert mailed.count(Attempt) == 1  # the mail, no try


def test_a_button_pressed_twice_sends_one_and_the_hour_brings_three(mailed: World) -> None:
    client = mailed.client()
    visit = mailed.enter(client)
    ask(client, visit)
    ask(client, visit)
    assert len(codes(mailed)) == 1
    for _ in range(3):
        older(mailed, timedelta(minutes=1))
        ask(client, visit)
    assert len(codes(mailed)) == 3
    page = client.get(f"/sign/{visit}/prove").text
    assert "確認コードは1時間に3回まで送れます" in page


def test_five_wrong_codes_close_the_door(mailed: World) -> None:
    client = mailed.client()
    visit = mailed.enter(client)
    ask(client, visit)
    code = deliver(mailed)
    for left in range(TRIES - 1, 0, -1):
        answer = enter(client, visit, WRONG)
        assert answer.status_code == 422
        assert f"あと{left}回" in answer.text
    assert "15分間入力できません" in enter(client, visit, WRONG).text
    assert enter(client, visit, code).status_code == 429


def test_the_act_asks_for_a_code_of_its_own(mailed: World) -> None:
    client = mailed.client()
    visit = opened(mailed, client)
    answer = ask(client, visit, "signing")
    assert answer.location == f"/sign/{visit}/confirm#factors"
    assert codes(mailed)[-1].moment == Moment.SIGNING
    code = deliver(mailed, "87654321")
    checked(client.get(f"/sign/{visit}/confirm"))
    form = act_form(client, visit)
    wrong = client.post(f"/sign/{visit}/act", data=form | {"mail_code": WRONG})
    assert wrong.status_code == 422
    right = form | {"mail_code": code}
    for _ in range(2):
        assert client.post(f"/sign/{visit}/act", data=right).status_code == 303
    with mailed.database.reading() as session:
        act = session.query(Act).one()
    assert act.evidence["method"] == "link+mail_code"
    told = [(row["moment"], row["tries"]) for row in act.evidence["factors"]]
    assert told == [("opening", 1), ("signing", 2)]
    assert codes(mailed)[-1].ended_why == "used"


def test_an_act_that_is_refused_spends_no_code(mailed: World) -> None:
    client = mailed.client()
    visit = opened(mailed, client)
    ask(client, visit, "signing")
    code = deliver(mailed, "87654321")
    form = act_form(client, visit) | {"mail_code": code, "version": "0" * 64}
    assert client.post(f"/sign/{visit}/act", data=form).status_code == 409
    assert codes(mailed)[-1].ended_at is None


def test_who_is_asked_for_none_and_who_downloads_orders_none(mailed: World) -> None:
    client = mailed.client()
    visit = mailed.enter(client, 1)
    ask(client, visit)
    assert not codes(mailed)
    answer = client.post(f"/d/{mailed.token(0, LinkPurpose.DOWNLOAD)}")
    download = str(answer.location).rstrip("/").rpartition("/")[2]
    assert client.get(f"/download/{download}/").status_code == 200


def test_the_access_code_comes_first(mailed: World) -> None:
    hashed = HASHER.hash("482915")
    mailed.change(Participant, mailed.participants[0], access_code_hash=hashed)
    client = mailed.client()
    visit = mailed.enter(client)
    ask(client, visit)
    assert not codes(mailed)  # nobody without the code has mails sent
    client.post(f"/sign/{visit}/prove", data={"access_code": "482915"})
    ask(client, visit)
    assert enter(client, visit, deliver(mailed)).status_code == 303
    assert client.get(f"/sign/{visit}/").status_code == 200
