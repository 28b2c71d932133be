"""A visit says how long it lasts, and lasts longer for who is there."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.limits import SIGNER_ABSOLUTE, SIGNER_IDLE
from storage.tables import Visit
from tests.webapp.signer.world import World

IDLE = SIGNER_IDLE.total_seconds()
QUIET = SIGNER_IDLE - timedelta(minutes=4)
SLOW = 60
"""Seconds that a slow machine may take between two requests."""


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.client()


def enter(world: World, client: FlaskClient, **long_ago: timedelta) -> str:
    visit = world.enter(client)
    now = datetime.now(UTC)
    values = {name: now - ago for name, ago in long_ago.items()}
    world.change(Visit, UUID(visit), **values)
    return f"/sign/{visit}"


def left(answer: TestResponse) -> int:
    return int(answer.text)


def test_asking_how_long_it_lasts_keeps_it_no_longer(world: World, client: FlaskClient) -> None:
    path = enter(world, client, last_seen_at=QUIET)
    for _ in range(2):
        seconds = left(client.get(f"{path}/remaining"))
        assert IDLE - QUIET.total_seconds() - SLOW <= seconds <= IDLE - QUIET.total_seconds()


def test_who_is_there_stays(world: World, client: FlaskClient) -> None:
    path = enter(world, client, last_seen_at=QUIET)
    assert left(client.post(f"{path}/stay")) >= IDLE - SLOW
    assert left(client.get(f"{path}/remaining")) >= IDLE - SLOW


def test_no_visit_lasts_longer_than_a_day_of_work(world: World, client: FlaskClient) -> None:
    opened = SIGNER_ABSOLUTE - timedelta(minutes=3)
    path = enter(world, client, opened_at=opened)
    assert left(client.post(f"{path}/stay")) <= 180


def test_a_visit_that_is_over_cannot_stay(world: World, client: FlaskClient) -> None:
    path = enter(world, client, last_seen_at=SIGNER_IDLE + timedelta(seconds=1))
    assert client.post(f"{path}/stay").status_code == 404
    assert client.get(f"{path}/remaining").status_code == 404


@pytest.mark.parametrize("page", ["", "read", "confirm", "decline"])
def test_every_page_knows_how_long_it_lasts(world: World, client: FlaskClient, page: str) -> None:
    path = enter(world, client, last_seen_at=QUIET)
    parsed = BeautifulSoup(client.get(f"{path}/{page}").text, "html.parser")
    notice = parsed.select_one("#ending[hidden]")
    assert notice is not None
    assert int(str(notice["data-seconds"])) >= IDLE - SLOW  # looking at a page is using it
