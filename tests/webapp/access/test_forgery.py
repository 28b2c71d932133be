"""Forms from elsewhere and looks that must not write: every route, every method."""

from collections.abc import Iterator

import pytest

from tests.webapp.access import headers
from tests.webapp.access.cells import Target, targets, tokens
from tests.webapp.access.rules import Door, entitled
from tests.webapp.access.test_matrix import AWAKE
from tests.webapp.access.town import Caller, Town
from tests.webapp.access.watch import Watch

ENTITLED = {
    Door.PUBLIC: "clerk",
    Door.ENTRY: "clerk",
    Door.MEMBER: "clerk",
    Door.STAFF: "clerk",
    Door.ENVELOPE: "clerk",
    Door.DRAFT: "clerk",
    Door.ADMIN: "admin",
    Door.OPERATOR: "operator",
    Door.VISIT: "holder",
    Door.DOWNLOAD: "owner",
}
"""Whose browser a forger would use, by what the route is for."""
FORGED: dict[str, dict[str, object]] = {
    "without a token": {},
    "with somebody else's token": {
        "data": {"csrf_token": "IjAwMDAi.ZzZzZg.AAAAAAAAAAAAAAAAAAAAAAAAAAA"}
    },
    "as JSON": {"json": {"title": "forged"}},
    "as text that looks like JSON": {"data": '{"a":"="}', "content_type": "text/plain"},
    "from a neighbouring host": {"headers": {"Sec-Fetch-Site": "same-site"}},
    "from another site": {"headers": {"Sec-Fetch-Site": "cross-site"}},
}
COUNTED = {"attempts": {"+"}}
"""An upload is counted before its body is read, and the token is in the body."""
UPLOADS = ("/documents", "/correction/<uuid:document_id>")
FEWEST_FORGERIES = 150


@pytest.fixture
def guarded(town: Town) -> Iterator[Town]:
    """The town with its forms guarded, as they are outside of tests."""
    config = town.office.app.config
    config["WTF_CSRF_ENABLED"] = True
    yield town
    config["WTF_CSRF_ENABLED"] = False


def _every(town: Town) -> Iterator[tuple[Caller, Target]]:
    """Every route, with a caller whom it is for; those with tokens too."""
    for target in targets(town):
        who = ENTITLED[target.rule.door]
        assert entitled(target.rule, who)
        yield town.callers[who], target
    held = tokens(town)
    for target in targets(town, Door.LINK, Door.DOWNLOAD_LINK):
        kind = "asked" if target.rule.door is Door.LINK else "finished envelope"
        url = target.url.replace("TOKEN", held[target.rule.door][kind])
        yield town.callers["nobody"], Target(target.method, target.route, url, target.rule)


def test_no_form_from_elsewhere_changes_anything(guarded: Town, watch: Watch) -> None:
    problems, tried = [], 0
    for caller, target in _every(guarded):
        if target.method == "GET":
            continue
        for how, forged in FORGED.items():
            answer = caller.ask(target.method, target.url, **forged)
            written = watch.changed()
            if written == COUNTED and target.route.endswith(UPLOADS):
                written = {}
            if answer.status_code not in {400, 403} or written:
                problems.append(f"{target.route} {how}: {answer.status_code} {written}")
            problems += [f"{target.route} {how}: {fault}" for fault in headers.faults(answer)]
            for cookie in answer.headers.get_all("Set-Cookie"):
                if not cookie.startswith("__Host-musubi-form="):  # the error page's own token
                    problems.append(f"{target.route} {how}: sets {cookie}")
            tried += 1
    assert not problems, "\n".join(problems)
    assert tried >= FEWEST_FORGERIES


def test_looking_by_head_or_options_writes_nothing(town: Town, watch: Watch) -> None:
    problems = []
    for caller, target in _every(town):
        for method in ("HEAD", "OPTIONS"):
            answer = caller.ask(method, target.url)
            problems += [
                f"{method} {target.route}: wrote {marks} in {table}"
                for table, marks in watch.changed().items()
                if not marks <= AWAKE.get(table, set())
            ]
            if method == "HEAD" and target.method == "GET":
                looked = caller.ask("GET", target.url)
                if looked.status_code != answer.status_code:
                    problems.append(f"HEAD {target.route}: {answer.status_code}")
                looked.close()
                watch.changed()
            kept = target.route.startswith("/static/")
            problems += [f"{method} {target.route}: {f}" for f in headers.faults(answer, kept=kept)]
            if answer.get_data():
                problems.append(f"{method} {target.route}: has a body")
            answer.close()
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_method_that_a_route_does_not_know_is_refused_and_writes_nothing(
    town: Town, watch: Watch, method: str
) -> None:
    known = {(target.method, target.route) for _, target in _every(town)}
    for caller, target in _every(town):
        if (method, target.route) in known:
            continue
        answer = caller.ask(method, target.url)
        assert answer.status_code == 405, (method, target.route)
        assert not list(headers.faults(answer)), (method, target.route)
        assert not watch.changed()


def test_a_method_in_a_header_or_a_field_is_not_believed(town: Town, watch: Watch) -> None:
    clerk, path = town.callers["clerk"], f"{town.deals['city-running'].path}/withdraw"
    for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        assert clerk.ask("GET", path, headers={name: "POST"}).status_code == 405
    assert clerk.ask("GET", f"{path}?_method=POST").status_code == 405
    assert not watch.changed()
