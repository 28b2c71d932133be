"""Forms from elsewhere and looks that must not write: every route, every method."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from werkzeug.test import TestResponse

from storage import imports
from storage.tables import Member
from tests.webapp.access import headers
from tests.webapp.access.cells import every_route
from tests.webapp.access.test_matrix import AWAKE
from tests.webapp.access.town import Town
from tests.webapp.access.watch import Watch, watching

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
COUNTED = ({"attempts": {"+"}}, {"attempts": {"+", "-"}})
"""An upload is counted before its body is read, and the token is in the body. On a slow machine
what was counted first is forgotten meanwhile."""
UPLOADS = (
    "/documents",
    "/correction/<uuid:document_id>",
    "/deals/imports",
    "/deals/imports/<uuid:batch_id>/files",
)
BATCH = re.compile(r"(?<=/deals/imports/)[0-9a-f-]{36}")
FEWEST_FORGERIES = 150


@pytest.fixture
def guarded(town: Town) -> Iterator[Town]:
    """The town with its forms guarded, as they are outside of tests."""
    config = town.office.app.config
    config["WTF_CSRF_ENABLED"] = True
    yield town
    config["WTF_CSRF_ENABLED"] = False


@pytest.fixture(scope="module")
def batch(town: Town) -> str:
    """An import of the city that files can be added to."""
    with town.office.database.transaction() as session:
        clerk = session.get_one(Member, town.office.members["clerk"].id)
        return str(imports.open_batch(session, clerk, datetime.now(UTC)).id)


@pytest.fixture(scope="module")
def watch(town: Town, batch: str) -> Iterator[Watch]:
    """Sees and undoes writes, once the import is there."""
    del batch
    with watching(town) as found:
        yield found


def test_no_form_from_elsewhere_changes_anything(guarded: Town, batch: str, watch: Watch) -> None:
    problems, tried = [], 0
    for caller, target in every_route(guarded):
        if target.method == "GET":
            continue
        for how, forged in FORGED.items():
            answer = caller.ask(target.method, BATCH.sub(batch, target.url), **forged)
            written = watch.changed()
            if written in COUNTED and target.route.endswith(UPLOADS):
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


def _noted(answer: TestResponse) -> dict[str, set[str]]:
    """Ids that lead to nothing are noted, by whichever method they are tried."""
    return (
        {"operations": {"+"}, "operation_heads": {"+", "sequence", "hash"}}
        if (answer.status_code == 404)
        else {}
    )


def test_looking_by_head_or_options_writes_nothing(town: Town, watch: Watch) -> None:
    problems = []
    for caller, target in every_route(town):
        for method in ("HEAD", "OPTIONS"):
            answer = caller.ask(method, target.url)
            problems += [
                f"{method} {target.route}: wrote {marks} in {table}"
                for table, marks in watch.changed().items()
                if not marks <= (AWAKE | _noted(answer)).get(table, set())
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
    known = {(target.method, target.route) for _, target in every_route(town)}
    for caller, target in every_route(town):
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
