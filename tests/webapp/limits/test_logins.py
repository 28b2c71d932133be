"""How often a password may be tried: by the account, by the network, over hours and over a day."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from domain.limits import LOGIN_TRIES, LOGIN_WINDOW
from identity import passwords
from identity.passwords import MIN_GUESSES
from tests.webapp.clock import Clock
from tests.webapp.stack import Office

MAIL = "clerk@city.example"
NETWORK_TRIES = 50
WINDOW = LOGIN_WINDOW.total_seconds()


def _stranger(office: Office, address: str = "192.0.2.1") -> FlaskClient:
    browser = office.browser()
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


def _guess(office: Office, address: str = "192.0.2.1", mail: str = MAIL) -> int:
    return office.log_in(_stranger(office, address), mail, "wrong").status_code


def test_the_sixth_try_on_an_account_waits_a_quarter_of_an_hour_then_twice_as_long_each_time(
    office: Office, clock: Clock
) -> None:
    for wait in (1, 2, 4, 8, 16, 16):
        assert [_guess(office) for _ in range(LOGIN_TRIES)] == [422] * LOGIN_TRIES
        refused = office.log_in(_stranger(office), MAIL)
        assert refused.status_code == 429
        assert wait * WINDOW < int(refused.headers["Retry-After"]) <= wait * WINDOW + 1
        clock.pass_(seconds=wait * WINDOW - 1)
        assert office.log_in(_stranger(office), MAIL).status_code == 429
        clock.pass_(seconds=2)
    assert office.log_in(_stranger(office), MAIL).status_code == 303


def test_knocking_at_a_closed_door_makes_nobody_wait_longer(office: Office, clock: Clock) -> None:
    for _ in range(LOGIN_TRIES):
        _guess(office)
    for _ in range(15):
        clock.pass_(minutes=0.9)
        assert _guess(office) == 429
    clock.pass_(minutes=2)
    assert office.log_in(_stranger(office), MAIL).status_code == 303


def test_fifty_tries_close_a_network_to_every_account_and_no_other_network(
    office: Office, clock: Clock
) -> None:
    statuses = [
        _guess(office, mail=f"person{number % 20}@city.example") for number in range(NETWORK_TRIES)
    ]
    assert statuses == [422] * NETWORK_TRIES
    assert office.log_in(_stranger(office), MAIL).status_code == 429
    assert office.log_in(_stranger(office, "198.51.100.1"), MAIL).status_code == 303
    clock.pass_(seconds=WINDOW + 1)
    assert office.log_in(_stranger(office), MAIL).status_code == 303


def test_the_owner_goes_on_and_comes_in_while_strangers_besiege_his_account(
    office: Office, clock: Clock
) -> None:
    working, known = office.browser("clerk"), office.browser("clerk")
    known.post("/logout")
    for network in range(10):
        for _ in range(LOGIN_TRIES + 1):
            _guess(office, f"192.0.2.{network}")
        clock.pass_(minutes=1)
    assert working.get("/envelopes").status_code == 200
    assert office.log_in(known, MAIL).status_code == 303
    assert office.log_in(_stranger(office, "198.51.100.1"), MAIL).status_code == 429


def test_a_day_of_guessing_from_everywhere_finds_no_password_that_may_be_chosen(
    office: Office, clock: Clock
) -> None:
    judged = 0
    end = clock.at + timedelta(days=1)
    network = 0
    while clock.at < end:
        status = _guess(office, f"10.0.{network // 250}.{network % 250}")
        judged += status == 422
        network += 1
        clock.pass_(minutes=0 if status == 422 else 5)
    assert judged <= 200
    assert judged / MIN_GUESSES <= 1e-4


class _Counting:
    """Counts what an Argon2 hasher is asked."""

    def __init__(self) -> None:
        self.hasher = passwords._HASHER
        self.verified: list[str] = []

    def verify(self, stored: str, password: str) -> bool:
        self.verified.append(stored)
        return self.hasher.verify(stored, password)

    def hash(self, password: str) -> str:
        return self.hasher.hash(password)


@pytest.mark.parametrize(
    ("mail", "password"),
    [
        (MAIL, "wrong password"),
        ("nobod@city.example", "wrong password"),
        ("admin@city.example", "wrong password"),  # disabled below
        ("nobod@city.example", ""),
        (MAIL, ""),
        (MAIL, "x" * 5000),
    ],
)
def test_known_unknown_and_disabled_people_cost_one_argon2_and_get_one_answer(
    office: Office, monkeypatch: pytest.MonkeyPatch, mail: str, password: str
) -> None:
    with office.database.transaction() as session:
        session.merge(office.members["admin"]).active = False
    counting = _Counting()
    monkeypatch.setattr(passwords, "_HASHER", counting)
    answer = office.log_in(office.browser(), mail, password)
    plain = office.log_in(office.browser(), "clerk@city.example", "wrong password")
    assert len(counting.verified) == 2
    assert answer.status_code == plain.status_code == 422
    assert len(answer.data) == len(plain.data)


def test_the_hash_that_unknown_people_are_judged_by_costs_what_a_new_one_costs() -> None:
    assert not passwords.needs_new_hash(passwords._nobody())
    known = passwords.hash_password("correct horse battery")
    assert known.split("$")[:4] == passwords._nobody().split("$")[:4]
    memory = int(known.split("m=")[1].split(",")[0])
    rounds = int(known.split("t=")[1].split(",")[0])
    assert memory >= 19 * 1024
    assert rounds >= 2
