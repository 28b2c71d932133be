"""One installation with two organisations; see stack.py. A clock that stands; see clock.py."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webapp.clock import Clock
from tests.webapp.person import HANDS, HARDER_HANDS, Person, name_of, somebody
from tests.webapp.remembering import remember
from tests.webapp.served import House, open_house
from tests.webapp.stack import Office, build_office, sqlite_in


@pytest.fixture(scope="session", autouse=True)
def remembered() -> Iterator[None]:
    """Hundreds of applications are made here."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        remember(monkeypatch)
        yield


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A browser for all tests of a module: one process does them all (tests/scheduling.py)."""
    with open_house() as built:
        yield built


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each journey in one of the two views that show most, by its name, so that every run decides
    alike; in all four with `--thorough`, and as the test itself says."""
    if "person" in metafunc.fixturenames and "person" not in _given(metafunc):
        share = zlib.crc32(metafunc.definition.nodeid.encode()) % len(HARDER_HANDS)
        thorough = metafunc.config.getoption("--thorough")
        hands = HANDS if thorough else HARDER_HANDS[share : share + 1]
        metafunc.parametrize("person", hands, ids=name_of, indirect=True)


def _given(metafunc: pytest.Metafunc) -> set[str]:
    found: set[str] = set()
    for mark in metafunc.definition.iter_markers("parametrize"):
        names = mark.args[0]
        found |= set(names.replace(" ", "").split(",") if isinstance(names, str) else names)
    return found


@pytest.fixture
def person(tmp_path: Path, house: House, request: pytest.FixtureRequest) -> Iterator[Person]:
    """A signer on a phone and at a desk, in both languages, with a mouse and by other means."""
    with somebody(tmp_path, house, request.param) as found:
        yield found


@pytest.fixture
def office(tmp_path: Path, ready_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    # The stack's password hashes are cheap; logging in would make each a costly one.
    monkeypatch.setattr("webapp.sender.login.needs_new_hash", lambda _: False)
    built = build_office(tmp_path, ready_url)
    yield built
    built.database.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Office]:
    """The same on SQLite alone, for what happens in a real browser."""
    built = build_office(tmp_path, sqlite_in(tmp_path))
    yield built
    built.database.close()


@pytest.fixture
def without_token(office: Office) -> None:
    """Forms are taken without the token of their page: tests of what they say post them by hand."""
    office.app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def clerk(office: Office) -> FlaskClient:
    """The browser of a clerk who is logged in."""
    return office.browser("clerk")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of every request, from 2026-04-01 09:00 in Japan on."""
    standing = Clock()
    standing.install(monkeypatch)
    return standing
