"""What somebody typed while the request moved on: he is told why, and gets it back."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from storage.tables import Envelope
from tests.webapp.signer.fields import enter, place
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

FORMS = {
    "decline": {"reason": "金額が\r\n違います"},
    "handover": {"new-name": "佐藤", "new-mail": "sato@example.jp", "reason": "担当替えのため"},
    "question": {"question": "工期は延びますか"},
}


def given_back(page: BeautifulSoup) -> str:
    found = page.select_one("#typed")
    assert found is not None
    return found.text


def late(world: World) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    world.change(Envelope, world.envelope_id, deadline_at=past)


@pytest.mark.parametrize("way", FORMS)
def test_after_the_deadline_a_form_gives_its_texts_back(world: World, way: str) -> None:
    client = world.client()
    visit = world.enter(client)
    late(world)
    answer = client.post(f"/sign/{visit}/{way}", data=FORMS[way])
    assert answer.status_code == 410
    page = checked(answer)
    assert "期限を過ぎました" in page.text
    for typed in FORMS[way].values():
        assert typed.replace("\r", "") in given_back(page).replace("\r", "")
    assert client.post(f"/sign/{visit}/{way}").location == f"/sign/{visit}/done"


def test_after_the_deadline_what_was_filled_in_comes_back(world: World) -> None:
    placed = place(world)
    client = world.client()
    visit = world.enter(client)
    late(world)
    answer = enter(client, visit, placed.form(text="大阪府"))
    assert answer.status_code == 410
    assert "大阪府" in given_back(checked(answer))
    alone = enter(client, visit, placed.form(text="大阪府"), headers={"HX-Request": "true"})
    assert (alone.status_code, alone.text) == (410, "")


def test_while_it_is_sent_back_a_reason_comes_back(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    world.change(Envelope, world.envelope_id, state="sent_back")
    answer = client.post(f"/sign/{visit}/decline", data=FORMS["decline"])
    assert answer.status_code == 200
    page = checked(answer)
    assert "差し戻し中です" in page.text
    assert "違います" in given_back(page)


def test_a_word_of_somebody_who_is_not_meant_comes_back(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    late(world)
    answer = client.post(f"/sign/{visit}/not-mine", data=FORMS["question"])
    assert "工期は延びますか" in given_back(checked(answer))
