"""差し戻し on the signer's pages."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from storage.tables import Act, Envelope, Participant
from tests.webapp.signer.pages import checked
from tests.webapp.signer.world import World

OWN, OTHER = 1, 0


def inside(world: World, person: int = OWN) -> tuple[FlaskClient, str]:
    client = world.client()
    return client, f"/sign/{world.enter(client, person)}"


def confirmed(client: FlaskClient, visit: str) -> dict[str, str]:
    page = checked(client.post(f"{visit}/sendback", data={"reason": "第3条の金額"}))
    form = page.find("form", action=f"{visit}/sendback/act")
    assert form is not None
    return {str(field["name"]): str(field["value"]) for field in form.find_all("input")}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_the_way_is_in_order(world: World, language: str) -> None:
    world.change(Participant, world.participants[OWN], language=language)
    client, visit = inside(world)
    for path in ("/", "/read", "/sendback"):
        checked(client.get(visit + path))
    assert client.post(f"{visit}/sendback", data={}).status_code == 422
    confirmed(client, visit)


def test_only_the_senders_own_side_is_offered_it(world: World) -> None:
    client, visit = inside(world)
    assert "差し戻す" in client.get(f"{visit}/").text
    client, visit = inside(world, OTHER)
    assert "差し戻す" not in client.get(f"{visit}/").text + client.get(f"{visit}/read").text
    data = {"reason": "x", "nonce": "n", "version": "0" * 64}
    assert client.get(f"{visit}/sendback").status_code == 404
    assert client.post(f"{visit}/sendback", data=data).status_code == 404
    assert client.post(f"{visit}/sendback/act", data=data).status_code == 409
    assert client.post(f"{visit}/act", data=data | {"kind": "send_back"}).status_code == 409
    assert world.count(Act) == 0


def test_an_act_without_a_reason_writes_nothing(world: World) -> None:
    client, visit = inside(world)
    data = confirmed(client, visit) | {"reason": " "}
    assert client.post(f"{visit}/sendback/act", data=data).status_code == 422
    assert world.count(Act) == 0


def test_while_it_is_sent_back_every_page_says_so_and_the_link_lives(world: World) -> None:
    client, visit = inside(world)
    client.post(f"{visit}/sendback/act", data=confirmed(client, visit))
    with world.database.transaction() as session:
        act = session.query(Act).one()
        assert (act.kind, act.reason) == ("send_back", "第3条の金額")
        act.accepted, act.answered_at = True, datetime.now(UTC)
    world.change(Envelope, world.envelope_id, state="sent_back")
    done = checked(client.get(f"{visit}/done")).get_text(" ", strip=True)
    assert "差し戻しました" in done
    assert "第3条の金額" in done
    other, other_visit = inside_before(world)
    link = other.get(f"/l/{world.token(OTHER)}")
    assert link.status_code == 200
    assert "差し戻し中です" in link.text
    assert "第3条の金額" not in link.text + other.get(f"{other_visit}/done").text
    world.change(Envelope, world.envelope_id, state="running")
    assert client.get(f"{visit}/done").location == f"{visit}/"
    seen = client.get(f"{visit}/live?seen=sent_back-0", headers={"HX-Request": "true"})
    assert seen.headers["HX-Refresh"] == "true"
    assert client.get(f"{visit}/confirm").status_code == 200


def inside_before(world: World) -> tuple[FlaskClient, str]:
    """Somebody who had opened his link while it still ran."""
    world.change(Envelope, world.envelope_id, state="running")
    found = inside(world, OTHER)
    world.change(Envelope, world.envelope_id, state="sent_back")
    return found
