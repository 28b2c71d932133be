"""How long a visit lasts: while somebody is there, and twelve hours at most."""

from flask.testing import FlaskClient

from domain.limits import SIGNER_ABSOLUTE, SIGNER_IDLE
from tests.webapp.clock import Clock
from tests.webapp.signer.world import World

HOUR = 60


def _is_open(client: FlaskClient, visit: str) -> bool:
    return client.get(f"/sign/{visit}/").status_code == 200


def test_a_visit_is_over_after_fifteen_idle_minutes_and_not_before(
    world: World, clock: Clock
) -> None:
    assert SIGNER_IDLE.total_seconds() == 15 * 60
    client = world.client()
    visit = world.enter(client)
    for _ in range(3):
        clock.pass_(minutes=15)
        assert _is_open(client, visit)
    clock.pass_(minutes=15, seconds=1)
    answer = client.get(f"/sign/{visit}/")
    assert answer.status_code == 404
    assert "15分間操作がなかった" in answer.text


def test_a_visit_is_over_after_twelve_hours_however_busy(world: World, clock: Clock) -> None:
    assert SIGNER_ABSOLUTE.total_seconds() == 12 * 3600
    client = world.client()
    visit = world.enter(client)
    for _ in range(12 * 6):
        clock.pass_(minutes=10)
        assert client.post(f"/sign/{visit}/stay").status_code == 200
    clock.pass_(seconds=1)
    assert not _is_open(client, visit)


def test_whoever_reads_on_is_there_and_a_page_that_asks_by_itself_is_not(
    world: World, clock: Clock
) -> None:
    client = world.client()
    visit = world.enter(client)
    for _ in range(3):
        clock.pass_(minutes=10)
        assert client.post(f"/sign/{visit}/stay").status_code == 200
    for _ in range(3):
        clock.pass_(minutes=5)
        client.get(f"/sign/{visit}/live")
    clock.pass_(seconds=1)
    assert client.post(f"/sign/{visit}/stay").status_code == 404


def test_a_second_link_in_a_browser_whose_visits_are_over_gets_a_new_cookie(
    world: World, clock: Clock
) -> None:
    client = world.client()
    world.enter(client)
    before = client.get_cookie("__Host-musubi-visit", domain="localhost")
    clock.pass_(minutes=16)
    world.enter(client)
    after = client.get_cookie("__Host-musubi-visit", domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value
