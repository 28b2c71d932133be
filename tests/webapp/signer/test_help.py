"""困ったときは from a request that is open: whom to ask, in this browser and in no other."""

from bs4 import Tag
from flask.testing import FlaskClient

from domain.limits import SIGNER_IDLE
from storage.tables import Visit
from tests.webapp.clock import Clock
from tests.webapp.pages import check_page
from tests.webapp.signer.world import World

PHONE = "03-1234-5678"
ELSEWHERE = "依頼のメールに書かれた連絡先"


def _contact(client: FlaskClient) -> Tag | None:
    return check_page(client.get("/help")).select_one("section.contact")


def test_whoever_has_a_request_open_is_told_whom_to_ask(world: World) -> None:
    client = world.client()
    assert ELSEWHERE in client.get("/help").text
    world.enter(client)
    found = _contact(client)
    assert found is not None
    assert PHONE in found.get_text()
    assert ELSEWHERE not in client.get("/help").text


def test_two_requests_of_one_organisation_name_it_once(world: World) -> None:
    client = world.client()
    world.enter(client, 0)
    world.enter(client, 1)
    assert world.count(Visit) == 2
    assert client.get("/help").text.count(f"tel:{PHONE}") == 1


def test_a_stranger_is_told_nothing_whatever_he_asks_for(world: World) -> None:
    visit = world.enter(world.client())
    stranger = world.client()
    assert _contact(stranger) is None
    assert PHONE not in stranger.get(f"/help?visit={visit}").text
    stranger.set_cookie("__Host-musubi-visit", "x" * 43, domain="localhost")
    assert _contact(stranger) is None


def test_a_visit_that_is_over_says_no_more_and_help_does_not_keep_it_awake(
    world: World, clock: Clock
) -> None:
    client = world.client()
    visit = world.enter(client)
    clock.pass_(seconds=SIGNER_IDLE.total_seconds() - 60)
    assert _contact(client) is not None
    clock.pass_(seconds=120)
    assert _contact(client) is None
    assert client.get(f"/sign/{visit}/remaining").status_code == 404


def test_whoever_left_is_a_stranger(world: World) -> None:
    client = world.client()
    visit = world.enter(client)
    client.post(f"/sign/{visit}/pause")
    assert _contact(client) is None
