"""A fresh link by its person: to the registered address, and the page tells nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.kinds import ActKind, LinkPurpose
from identity.links import token_sha256
from storage.tables import Act, Attempt, Envelope, Link, PastLink, Slot, Visit
from tests.webapp.signer.pages import without_csrf
from tests.webapp.signer.world import MINTER, World


def renew(world: World, person: int = 0) -> str:
    """The link was replaced, as a re-request does it; the token of before."""
    link = world.links[person]
    old, new = MINTER.token(link, 1), MINTER.token(link, 2)
    now = datetime.now(UTC)
    with world.database.transaction() as session:
        row = session.get_one(Link, link)
        past = PastLink(token_sha256=token_sha256(old), link_id=link, generation=1, replaced_at=now)
        session.add(past)
        row.generation, row.token_sha256 = 2, token_sha256(new)
    return old


def ask(client: FlaskClient, token: str, nonce: str = "") -> TestResponse:
    return client.post(f"/l/{token}/fresh", data={"nonce": nonce})


def acts(world: World) -> list[Act]:
    with world.database.reading() as session:
        return session.query(Act).order_by(Act.posted_at).all()


def test_the_page_of_a_dead_link_offers_a_new_one_to_the_registered_address(world: World) -> None:
    old = renew(world)
    page = world.client().get(f"/l/{old}").text
    assert "新しいリンクをメールで受け取る" in page
    assert f'action="/l/{old}/fresh"' in page
    assert "p0@example.jp" not in page


def test_an_old_link_asks_for_its_person_with_evidence(world: World) -> None:
    answer = ask(world.client(), renew(world))
    assert answer.status_code == 200
    [act] = acts(world)
    assert act.kind == ActKind.FRESH_LINK
    assert (act.participant_id, act.slot_id) == (world.participants[0], None)
    assert act.evidence["method"] == "mailed_link"
    assert act.evidence["link_generation"] == 1
    assert act.evidence["target_slot_id"] == str(world.slots[0])
    assert not world.gateway.submitted  # the relay carries it, so that the answer takes no longer


def test_everybody_gets_the_same_answer(world: World) -> None:
    known, client = renew(world), world.client()
    waiting = renew(world, 1)
    world.change(Slot, world.slots[1], state="waiting")
    download = world.token(0, LinkPurpose.DOWNLOAD)
    world.change(Envelope, world.envelope_id, state="running")
    world.change(Slot, world.slots[0], state="asked", participant_id=None)
    tokens = (known, waiting, download, "x" * 43, "odd")
    answers = [ask(client, token) for token in tokens]
    assert {answer.status_code for answer in answers} == {200}
    texts = {without_csrf(answer.text) for answer in answers}
    assert len(texts) == 1
    assert len(acts(world)) == 1
    assert world.count(Visit) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "withdrawn"},
        {"state": "expired"},
        {"state": "sent_back"},
        {"deadline_at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_nothing_is_sent_for_an_envelope_that_takes_no_act(
    world: World, changes: dict[str, object]
) -> None:
    old = renew(world)
    world.change(Envelope, world.envelope_id, **changes)
    assert ask(world.client(), old).status_code == 200
    assert not acts(world)


def test_a_person_asks_three_times_an_hour_whatever_browser_he_uses(world: World) -> None:
    old = renew(world)
    for _ in range(5):
        assert ask(world.client(), old).status_code == 200
    assert len(acts(world)) == 3
    with world.database.transaction() as session:
        for row in session.query(Attempt):
            row.at = row.at - timedelta(hours=1)
    assert ask(world.client(), old).status_code == 200
    assert len(acts(world)) == 4


def test_a_double_click_is_one_act(world: World) -> None:
    old, client = renew(world), world.client()
    ask(client, old, "n" * 32)
    ask(client, old, "n" * 32)
    assert len(acts(world)) == 1


def test_another_persons_nonce_asks_for_nothing(world: World) -> None:
    ask(world.client(), renew(world, 0), "n" * 32)
    ask(world.client(), renew(world, 1), "n" * 32)
    assert [act.participant_id for act in acts(world)] == [world.participants[0]]


def test_looking_asks_for_nothing(world: World) -> None:
    old, client = renew(world), world.client()
    assert client.get(f"/l/{old}/fresh").status_code == 405
    client.get(f"/l/{old}")
    assert not acts(world)


def test_asking_leaves_the_pages_of_whoever_is_reading_as_they_are(world: World) -> None:
    """An act of this kind fills nothing: he is asked as before, until the new link is there."""
    client = world.client()
    visit = world.enter(client)
    assert ask(client, world.token()).status_code == 200
    assert len(acts(world)) == 1
    assert client.get(f"/sign/{visit}/read").status_code == 200
    assert client.get(f"/sign/{visit}/done").status_code == 303


def test_tokens_that_never_were_are_counted_by_network(world: World) -> None:
    state = world.app.extensions["musubi"]
    changed = state.settings.model_copy(update={"link_tries_per_minute": 3})
    object.__setattr__(state, "settings", changed)
    statuses = [ask(world.client(), f"{n}" * 43).status_code for n in range(4)]
    assert statuses == [200, 200, 200, 429]
