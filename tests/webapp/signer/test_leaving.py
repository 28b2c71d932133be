"""Leaving: saying that one is the wrong person before any proof, and ending a visit by hand."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.kinds import FieldKind
from storage.tables import Act, LedgerEvent, Notice, Participant, Question, Visit
from tests.webapp.signer.fields import place
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("482915")


@pytest.fixture
def coded(world: World) -> World:
    """The first signer was told a code."""
    world.change(Participant, world.participants[0], access_code_hash=HASH)
    return world


def fields(client: FlaskClient, path: str) -> dict[str, str]:
    found = checked(client.get(path)).find("form", action=path)
    assert found is not None
    return {str(row["name"]): str(row["value"]) for row in found.find_all("input")}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_wrong_person_says_so_without_the_code(coded: World, language: str) -> None:
    coded.change(Participant, coded.participants[0], language=language)
    client = coded.client()
    visit = f"/sign/{coded.enter(client)}"
    path = f"{visit}/not-mine"
    assert checked(client.get(f"{visit}/prove")).find("a", href=path)
    data = fields(client, path)
    shown = client.get(path).text
    assert coded.count(Question) == 0
    assert client.get(f"{path}/told").location == path
    for _ in range(3):
        said = client.post(path, data=data | {"question": "課が違います。", "kind": "question"})
        assert said.location == f"{path}/told"
    told = checked(client.get(f"{path}/told")).text
    again = checked(client.get(path)).text
    assert "nonce" not in again, "the sender knows already"
    late = checked(client.post(path, data={"nonce": "another window", "question": "総務課へ"}))
    assert late.find("textarea", readonly=True) is not None
    assert "総務課へ" in late.text
    for text in (shown, told, again):
        assert "業務委託契約" not in text
        assert "課が違います" not in text
    with coded.database.reading() as session:
        question = session.query(Question).one()
        assert (question.kind, question.text) == ("wrong_person", "課が違います。")
        assert session.query(Notice).filter_by(kind="question").one().member_id == coded.member_id
    assert coded.count(Act) == 0
    for closed in ("question", "read", "guide"):
        assert client.get(f"{visit}/{closed}").status_code in (303, 404)


def test_too_long_a_word_stays_in_the_form_and_others_cannot_say_it(coded: World) -> None:
    client = coded.client()
    path = f"/sign/{coded.enter(client)}/not-mine"
    long = "あ" * 1001
    said = client.post(path, data=fields(client, path) | {"question": long})
    assert said.status_code == 422
    assert long in checked(said).text
    stranger = coded.client()
    coded.enter(stranger, 1)
    assert stranger.get(path).status_code == 404
    assert stranger.post(path, data={"nonce": "n"}).status_code == 404
    assert coded.count(Question) == 0


def test_the_link_s_page_leads_there_at_once(coded: World) -> None:
    client = coded.client()
    link = f"/l/{coded.token()}"
    page = BeautifulSoup(client.get(link).text, "html.parser")
    assert page.find("button", attrs={"name": "then", "value": "not-mine"})
    opened = client.post(link, data={"then": "not-mine"})
    assert opened.location.endswith("/not-mine")
    assert client.get(opened.location).status_code == 200
    with coded.database.reading() as session:
        assert session.query(LedgerEvent).filter_by(tag="link:opened").count() == 1


def test_leaving_keeps_what_is_typed_and_ends_this_visit_only(world: World) -> None:
    line = place(world).mine[FieldKind.TEXT]
    here, phone = world.client(), world.client()
    visit, other = world.enter(here), world.enter(phone)
    assert checked(here.get(f"/sign/{visit}/read")).find("button", value="pause", form="fill")
    data = {"document": str(world.documents[0]), "number": "1", f"field-{line}": "青山"}
    assert here.get(f"/sign/{visit}/left").status_code == 303
    gone = here.post(f"/sign/{visit}/fields", data=data | {"action": "pause"})
    assert gone.location == f"/sign/{visit}/left"
    said = checked(here.get(gone.location)).text
    assert "ここまでの内容を保存しました。" in said
    assert "まで続けられます" in said
    assert "青山" not in said
    assert "業務委託契約" not in said
    for path in ("", "read", "confirm", "done", "remaining", "prove", "not-mine"):
        assert here.get(f"/sign/{visit}/{path}").status_code in (404, 286), path
    assert here.post(f"/sign/{visit}/fields", data=data | {"action": "save"}).status_code == 404
    assert phone.get(f"/sign/{other}/read").status_code == 200
    assert phone.get(f"/sign/{visit}/left").status_code == 404
    again = here.get(f"/sign/{world.enter(here)}/read").text
    assert "青山" in again
    with world.database.reading() as session:
        [event] = session.query(LedgerEvent).filter_by(tag="visit:ended").all()
        assert event.data["visit"] == visit
        assert event.actor == f"participant:{world.participants[0]}"
    world.change(Visit, UUID(visit), ended_at=datetime.now(UTC) - timedelta(minutes=6))
    assert here.get(gone.location).status_code == 404


@pytest.mark.parametrize("language", ["ja", "en"])
def test_where_nothing_is_entered_one_can_leave_too(world: World, language: str) -> None:
    world.change(Participant, world.participants[0], language=language)
    client = world.client()
    visit = world.enter(client)
    page = checked(client.get(f"/sign/{visit}/read"))
    form = page.find("form", action=f"/sign/{visit}/pause")
    assert form is not None
    button = page.find("button", value="pause")
    assert button is not None
    assert form["id"] == button["form"]
    assert client.get(f"/sign/{visit}/pause").status_code == 405
    left = client.post(f"/sign/{visit}/pause")
    checked(client.get(left.location))
    assert client.get(f"/sign/{visit}/read").status_code == 404
    assert client.get(f"/l/{world.token()}").status_code == 200
