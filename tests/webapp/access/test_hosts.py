"""Under which name somebody came, and what he says of it, changes nothing that is told or kept."""

import pytest

from tests.webapp.access.cells import every_route
from tests.webapp.access.test_matrix import LOGGED
from tests.webapp.access.town import Town
from tests.webapp.access.watch import Watch

EVIL = "evil.example"
FORWARDED = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": f"//{EVIL}",
    "X-Forwarded-Proto": "https, gopher",
    "X-Forwarded-For": f"{EVIL}, 127.0.0.1",
    "Forwarded": f"for=127.0.0.1;host={EVIL};proto=https",
    "X-Host": EVIL,
    "X-Original-URL": f"https://{EVIL}/",
    "X-Rewrite-URL": f"https://{EVIL}/",
    "X-HTTP-Host-Override": EVIL,
    "Origin": f"https://{EVIL}",
    "Referer": f"https://{EVIL}/",
}
FOREIGN = (
    EVIL,
    f"localhost.{EVIL}",
    f"{EVIL}:8080",
    f"localhost@{EVIL}",
    f"localhost:8080@{EVIL}",
    f"localhost, {EVIL}",
    f"{EVIL}#localhost",
    "127.0.0.1:8080",
    "[::1]:8080",
    "localhost\\" + EVIL,
    "",
)


def test_forwarded_names_change_no_answer_and_reach_no_row(town: Town, watch: Watch) -> None:
    problems = []
    for caller, target in every_route(town):
        plain = caller.ask(target.method, target.url)
        usual = watch.changed()
        forged = caller.ask(target.method, target.url, headers=FORWARDED)
        wrote, cells = watch.written()
        said = forged.get_data() + str(forged.headers).encode()
        # Of tries for what is not there the first is noted, and the tenth.
        noted = LOGGED.keys() if forged.status_code == 404 else set()
        if plain.status_code != forged.status_code or wrote.keys() - noted != usual.keys() - noted:
            problems.append(f"{target.method} {target.route}: {forged.status_code} {wrote}")
        if EVIL.encode() in said or any(EVIL in text for texts in cells.values() for text in texts):
            problems.append(f"{target.method} {target.route} says {EVIL}")
        if str(forged.location or "/").startswith(("http", "//")):
            problems.append(f"{target.method} {target.route} leads to {forged.location}")
        plain.close()
        forged.close()
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("host", FOREIGN)
def test_a_name_that_is_not_ours_is_refused_on_every_route(
    town: Town, watch: Watch, host: str
) -> None:
    for caller, target in every_route(town):
        answer = caller.ask(target.method, target.url, headers={"Host": host})
        assert answer.status_code == 400, (target.method, target.route)
        assert "<form" not in answer.text
        assert EVIL not in answer.text + str(answer.headers)
        assert not answer.headers.getlist("Set-Cookie")
        assert not watch.changed()
