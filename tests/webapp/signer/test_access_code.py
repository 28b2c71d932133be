"""アクセスコード: asked at opening and at the act, told in words when it is wrong, and evidence."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.factors import TRIES, TRIES_A_DAY
from domain.kinds import LinkPurpose
from storage.tables import Act, Attempt, FactorProof, LedgerEvent, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

CODE, WRONG = "482915", "915482"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(CODE)


@pytest.fixture
def coded(world: World) -> World:
    """The first signer was told a code."""
    world.change(Participant, world.participants[0], access_code_hash=HASH)
    return world


def try_code(client: FlaskClient, visit: str, code: str) -> TestResponse:
    return client.post(f"/sign/{visit}/prove", data={"access_code": code})


def opened(world: World, client: FlaskClient) -> str:
    visit = world.enter(client)
    assert try_code(client, visit, CODE).status_code == 303
    return visit


def act_form(client: FlaskClient, visit: str) -> dict[str, str]:
    page = BeautifulSoup(client.get(f"/sign/{visit}/confirm").text, "html.parser")
    form = page.find("form", action=f"/sign/{visit}/act")
    assert form is not None
    return {str(i["name"]): str(i.get("value", "")) for i in form.find_all("input")}


def acts(world: World) -> list[Act]:
    with world.database.reading() as session:
        return session.query(Act).all()


def tags(world: World) -> list[str]:
    with world.database.reading() as session:
        found = session.query(LedgerEvent).order_by(LedgerEvent.sequence)
        return [event.tag for event in found if event.tag.startswith("factor:")]


def test_nothing_is_read_before_the_code_was_entered(coded: World) -> None:
    client = coded.client()
    visit = coded.enter(client)
    document = coded.documents[0]
    for path in ("", "read", "confirm", "decline", "done", "handover", "live",
                 f"documents/{document}/file", f"documents/{document}/pages/1"):  # fmt: skip
        answer = client.get(f"/sign/{visit}/{path}")
        assert (answer.status_code, answer.location) == (303, f"/sign/{visit}/prove"), path
    for path in ("act", "decline", "fields", "handover/act"):
        assert client.post(f"/sign/{visit}/{path}").location == f"/sign/{visit}/prove"
    fragment = client.get(f"/sign/{visit}/live", headers={"HX-Request": "true"})
    assert fragment.headers["HX-Redirect"] == f"/sign/{visit}/prove"
    page = client.get(f"/sign/{visit}/prove")
    assert "業務委託契約" not in page.text
    checked(page)
    assert not acts(coded)


def test_the_right_code_opens_this_browser_only(coded: World) -> None:
    client = coded.client()
    visit = opened(coded, client)
    assert client.get(f"/sign/{visit}/prove").location == f"/sign/{visit}/"
    assert client.get(f"/sign/{visit}/read").status_code == 200
    other = coded.client()
    second = coded.enter(other)
    assert other.get(f"/sign/{second}/read").status_code == 303
    assert tags(coded) == ["factor:passed"]


def test_a_wrong_code_says_how_many_are_left_and_the_fifth_closes_the_door(coded: World) -> None:
    client = coded.client()
    visit = coded.enter(client)
    for left in range(TRIES - 1, 0, -1):
        answer = try_code(client, visit, WRONG)
        assert answer.status_code == 422
        assert f"あと{left}回間違えると" in answer.text
        assert WRONG not in answer.text
        checked(answer)
    assert "15分間入力できません" in try_code(client, visit, WRONG).text
    closed = try_code(client, visit, CODE)
    assert closed.status_code == 429
    assert 0 < int(closed.headers["Retry-After"]) <= 15 * 60 + 1
    assert "15分ほど待ってから" in closed.text
    assert tags(coded) == ["factor:refused"] * TRIES
    fresh = coded.client()
    assert try_code(fresh, coded.enter(fresh), CODE).status_code == 429  # another browser too


def test_ten_wrong_codes_close_the_door_for_the_day(coded: World) -> None:
    client = coded.client()
    visit = coded.enter(client)
    for _ in range(TRIES):
        try_code(client, visit, WRONG)
    with coded.database.transaction() as session:
        for row in session.query(Attempt):
            row.at = row.at - timedelta(minutes=16)
    for _ in range(TRIES_A_DAY - TRIES):
        answer = try_code(client, visit, WRONG)
    assert "明日まで入力できません" in answer.text
    with coded.database.transaction() as session:
        for row in session.query(Attempt):
            row.at = row.at - timedelta(hours=2)
    assert try_code(client, visit, CODE).status_code == 429


def test_an_empty_field_is_no_try(coded: World) -> None:
    client = coded.client()
    visit = coded.enter(client)
    assert "アクセスコードを入力してください" in try_code(client, visit, " ").text
    assert coded.count(Attempt) == 0


def test_the_act_asks_again_and_its_evidence_tells_of_both_times(coded: World) -> None:
    client = coded.client()
    visit = opened(coded, client)
    checked(client.get(f"/sign/{visit}/confirm"))
    form = act_form(client, visit)
    empty = client.post(f"/sign/{visit}/act", data=form)
    assert empty.status_code == 422
    assert not acts(coded)
    wrong = client.post(f"/sign/{visit}/act", data=form | {"access_code": WRONG})
    assert wrong.status_code == 422
    assert "あと4回" in wrong.text
    assert not acts(coded)
    right = client.post(f"/sign/{visit}/act", data=form | {"access_code": CODE})
    assert right.status_code == 303
    [act] = acts(coded)
    assert act.evidence["method"] == "link+access_code"
    told = [(row["factor"], row["moment"], row["tries"]) for row in act.evidence["factors"]]
    assert told == [("access_code", "opening", 1), ("access_code", "signing", 2)]
    assert tags(coded) == ["factor:passed", "factor:refused", "factor:passed"]
    assert CODE not in str(act.evidence)


def test_a_form_that_is_sent_twice_is_one_act_and_one_proof(coded: World) -> None:
    client = coded.client()
    visit = opened(coded, client)
    form = act_form(client, visit) | {"access_code": CODE}
    for _ in range(2):
        assert client.post(f"/sign/{visit}/act", data=form).status_code == 303
    assert len(acts(coded)) == 1
    assert coded.count(FactorProof) == 2


def test_declining_needs_the_opened_visit_only(coded: World) -> None:
    client = coded.client()
    visit = opened(coded, client)
    form = act_form(client, visit) | {"kind": "decline", "reason": "金額が違います"}
    form.pop("access_code")
    assert client.post(f"/sign/{visit}/act", data=form).status_code == 303
    [act] = acts(coded)
    assert [row["moment"] for row in act.evidence["factors"]] == ["opening"]


def test_downloads_ask_for_it_too(coded: World) -> None:
    client = coded.client()
    answer = client.post(f"/d/{coded.token(0, LinkPurpose.DOWNLOAD)}")
    visit = str(answer.location).rstrip("/").rpartition("/")[2]
    assert client.get(f"/download/{visit}/").location == f"/sign/{visit}/prove"
    assert client.get(f"/download/{visit}/all.zip").status_code == 303
    assert try_code(client, visit, CODE).status_code == 303
    assert client.get(f"/sign/{visit}/prove").location == f"/download/{visit}/"
    assert client.get(f"/download/{visit}/").status_code == 200


def test_who_was_told_no_code_is_asked_for_none(coded: World) -> None:
    client = coded.client()
    visit = coded.enter(client, 1)
    assert client.get(f"/sign/{visit}/read").status_code == 200
    assert "access_code" not in client.get(f"/sign/{visit}/confirm").text
    assert client.get(f"/sign/{visit}/prove").location == f"/sign/{visit}/"
