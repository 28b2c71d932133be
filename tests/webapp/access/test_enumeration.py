"""Guessing links and ids: every guess gets the same answer to the byte, whatever it came near.

The suite tries some hundreds of tokens of each kind. All of them, in about five minutes:
`MUSUBI_TOKENS=10000 .venv/bin/pytest -p no:randomly tests/webapp/access/test_enumeration.py`.
"""

import os
import random
import string
from collections.abc import Iterator
from ipaddress import IPv4Address
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from domain.kinds import LinkPurpose
from tests.webapp.access.cells import targets
from tests.webapp.access.rules import UNKNOWN, Door
from tests.webapp.access.town import HOLDER, Town
from tests.webapp.access.watch import Watch
from webapp.signer.visiting import GONE

HOW_MANY = int(os.environ.get("MUSUBI_TOKENS", "300"))
ALPHABET = string.ascii_letters + string.digits + "-_"
DICE = random.Random(4242)  # noqa: S311 - the same guesses every time
PURPOSES = [
    ("/l/", LinkPurpose.ACT, "city-running"),
    ("/d/", LinkPurpose.DOWNLOAD, "city-finished"),
]


def _random_tokens(_: str) -> Iterator[str]:
    while True:
        yield "".join(DICE.choices(ALPHABET, k=43))


def _neighbours(token: str) -> Iterator[str]:
    """One character away from a living token; then two, three, and so on."""
    changes = 1
    seen = {token}
    while True:
        for _ in range(43 * len(ALPHABET)):
            near = list(token)
            for place in DICE.sample(range(43), changes):
                near[place] = DICE.choice(ALPHABET)
            guess = "".join(near)
            if guess not in seen:
                seen.add(guess)
                yield guess
        changes += 1


def _fingerprint(answer: TestResponse) -> tuple[int, int, tuple[str, ...]]:
    return answer.status_code, len(answer.data), tuple(sorted({name for name, _ in answer.headers}))


def _stranger(town: Town) -> FlaskClient:
    """A browser that has been here: its form cookie is there, so that all its answers are alike."""
    browser = town.office.browser()
    browser.get("/login").close()
    return browser


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("path", "purpose", "deal"), PURPOSES)
def test_every_guessed_token_gets_one_and_the_same_answer(
    town: Town, watch: Watch, path: str, purpose: LinkPurpose, deal: str
) -> None:
    living = town.deals[deal].token(HOLDER, purpose)
    browser, seen, number = _stranger(town), set(), 0
    for guesses in (_random_tokens(living), _neighbours(living)):
        for _, guess in zip(range(HOW_MANY), guesses, strict=False):
            number += 1
            # from everywhere, as a botnet: no network reaches its limit
            browser.environ_base["REMOTE_ADDR"] = str(IPv4Address("10.0.0.0") + number)
            for answer in (browser.get(path + guess), browser.post(path + guess)):
                seen.add((answer.request.method, *_fingerprint(answer)))
    assert {status for _, status, _, _ in seen} == {UNKNOWN}
    assert len(seen) == 2, seen
    assert watch.changed() == {"attempts": {"+"}}
    assert browser.get(path + living).status_code == 200


GUESSED = [
    ("GET", "/l/{}", UNKNOWN),
    ("POST", "/l/{}", UNKNOWN),
    ("GET", "/d/{}", UNKNOWN),
    ("POST", "/d/{}", UNKNOWN),
    ("POST", "/l/{}/fresh", 200),
    ("GET", "/pad/{}", GONE),
    ("POST", "/pad/{}", GONE),
]


@pytest.mark.parametrize(("method", "path", "status"), GUESSED)
def test_every_guess_makes_the_same_work(
    town: Town, watch: Watch, method: str, path: str, status: int
) -> None:
    """Time is not measured: what is asked of the database is the same, question by question."""
    act, download = (town.deals[deal].token(HOLDER, purpose) for _, purpose, deal in PURPOSES)
    texts = [next(_random_tokens(act)), next(_neighbours(act)), "x", "x" * 3000]
    if "fresh" not in path:  # where links of either purpose may be brought
        texts.append(act if path.startswith("/d/") else download)
    browser = _stranger(town)
    asked = []
    for number, text in enumerate(texts):
        browser.environ_base["REMOTE_ADDR"] = f"10.9.8.{number}"
        asked.append(_questions(town, browser, (method, path.format(text), status)))
    assert len(asked[0]) > 1
    assert all(questions == asked[0] for questions in asked), asked
    watch.changed()


def _questions(town: Town, browser: FlaskClient, guess: tuple[str, str, int]) -> list[str]:
    method, url, status = guess
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    engine = town.office.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert browser.open(url, method=method).status_code == status
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen


def test_a_network_that_guesses_on_is_told_to_wait_whatever_it_guesses(
    town: Town, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = 20
    monkeypatch.setitem(vars(town.office.settings), "link_tries_per_minute", limit)
    living = town.deals["city-running"].token(HOLDER)
    browser = _stranger(town)
    randoms, near = _random_tokens(living), _neighbours(living)
    first = {_fingerprint(browser.get(f"/l/{next(randoms)}")) for _ in range(limit)}
    assert {status for status, _, _ in first} == {UNKNOWN}
    later = {
        _fingerprint(browser.get(path + next(guesses)))
        for path in ("/l/", "/d/")
        for guesses in (randoms, near)
        for _ in range(20)
    }
    assert len(later) == 1, later
    assert next(iter(later))[0] == 429
    assert browser.get(f"/l/{living}").status_code == 200, "whoever holds a link is not refused"
    assert watch.changed() == {"attempts": {"+"}}


def test_a_foreign_id_and_an_id_of_nothing_are_told_alike(town: Town, watch: Watch) -> None:
    """Neither status nor length says whether an envelope, a document or a visit exists."""
    problems, compared = [], 0
    strangers = {
        Door.ENVELOPE: "neighbour",
        Door.READ: "neighbour",
        Door.EVIDENCE: "neighbour",
        Door.RUN: "neighbour",
        Door.DRAFT: "neighbour",
        Door.CHAIN: "neighbour",
        Door.CONTACT: "neighbour",
        Door.MEMBER_ROW: "neighbour",
        Door.VISIT: "foreign participant",
        Door.DOWNLOAD: "foreign participant",
        Door.MAILBOX_ROW: "other mailbox",
    }
    for target in targets(town, *strangers):
        caller = town.callers[strangers[target.rule.door]]
        parts = target.url.split("/")
        at = next(place for place, part in enumerate(parts) if _is_id(part))
        nothing = "/".join([*parts[:at], str(uuid4()), *parts[at + 1 :]])
        foreign, missing = (
            caller.ask(target.method, url, headers={"Cookie": _with_form(town, caller.cookies)})
            for url in (target.url, nothing)
        )
        if _fingerprint(foreign) != _fingerprint(missing) or foreign.status_code != UNKNOWN:
            fingerprints = f"{_fingerprint(foreign)} {_fingerprint(missing)}"
            problems.append(f"{target.method} {target.route}: {fingerprints}")
        # That somebody is still there, and what he tried.
        assert watch.changed().keys() <= {"login_sessions", "operations", "operation_heads"}
        compared += 1
    assert not problems, "\n".join(problems)
    assert compared >= 50


def _is_id(part: str) -> bool:
    try:
        UUID(part)
    except ValueError:
        return False
    return True


def _with_form(town: Town, cookies: str) -> str:
    """The caller's cookies, and one of a form that he has seen."""
    browser = _stranger(town)
    form = browser.get_cookie("__Host-musubi-form", domain="localhost")
    return f"{cookies}; {form.key}={form.value}" if form else cookies
