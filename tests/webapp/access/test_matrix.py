"""Every route and method, asked by everybody who might: each answer as the law says.

Rules stand in rules.py; what is asked about stands in town.py. Each answer is judged by its
status, its headers, what it wrote and what it told.
"""

import re
import zlib
from collections.abc import Iterator
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from tests.webapp.access import headers
from tests.webapp.access.cells import Target, own_visits, routes, targets, tokens
from tests.webapp.access.rules import (
    FOREIGNERS,
    GONE,
    MAILBOXES,
    REFUSED,
    RULES,
    TOKENS,
    UNKNOWN,
    Door,
    entitled,
    expected,
)
from tests.webapp.access.town import HOLDER, Caller, Town
from tests.webapp.access.watch import Watch

AWAKE = {table: {"last_seen_at"} for table in ("login_sessions", "visits", "mailbox_visits")}
"""What asking may write in any case: that somebody is still there."""
EVIDENCE = AWAKE | {
    "visits": {"last_seen_at", "viewed"},
    "ledger_events": {"+"},
    "ledger_heads": {"sequence", "hash"},
}
LOGGED = {"operations": {"+"}, "operation_heads": {"+", "sequence", "hash"}}
"""The operation log: who looked at something, and who was refused."""
_TURNED_AWAY = frozenset({REFUSED, UNKNOWN})
FEWEST_CELLS = 4000
STRANGERS = ("nobody", *FOREIGNERS)
"""Always turned away, and always tried."""

ABOUT = {
    Door.ENVELOPE: ("clerk", "city-running"),
    Door.READ: ("viewer", "city-running"),
    Door.DRAFT: ("clerk", "city-draft"),
    Door.VISIT: ("holder", "city-running"),
    Door.DOWNLOAD: ("owner", "city-finished"),
}
"""Doors to one envelope: whose, and to which."""

Problems = list[str]


def _ask(caller: Caller, target: Target) -> TestResponse:
    return caller.ask(target.method, target.url)


def _wrote(watch: Watch, *, evidence: bool, logged: bool) -> dict[str, set[str]]:
    """Tables that changed beyond what looking, or being refused, may write."""
    allowed = (EVIDENCE if evidence else AWAKE) | (LOGGED if logged else {})
    return {
        table: marks
        for table, marks in watch.changed().items()
        if not marks <= allowed.get(table, set())
    }


def _told(town: Town, answer: TestResponse, own: str, *, foreign: bool) -> Iterator[str]:
    """Secrets in the answer, and names of an organisation that the caller has no part in."""
    text = answer.get_data().decode("utf-8", "replace") + str(answer.headers.get("Location", ""))
    for secret, what in town.secrets.items():
        if secret in text and secret not in own:
            yield f"tells {what}"
    if "othercanary" in text or (foreign and "citycanary" in text):
        yield "tells names of strangers"


def _judge(
    town: Town, watch: Watch, who: str, target: Target, status: int, *, mine: bool
) -> Problems:
    answer = _ask(town.callers[who], target)
    found = [] if answer.status_code == status else [f"{answer.status_code} instead of {status}"]
    if status == 303 and not mine and not str(answer.location).startswith("/login"):
        found.append(f"leads to {answer.location}")
    found += _told(town, answer, target.url, foreign=not mine)
    found += headers.faults(answer, kept=target.route.startswith("/static/"))
    evidence = target.rule.evidence and mine
    written = _wrote(watch, evidence=evidence, logged=evidence or status in _TURNED_AWAY)
    if written and (target.method == "GET" or not mine):
        found.append(f"wrote {written}")
    answer.close()
    return [f"{who}: {target.method} {target.route}: {problem}" for problem in found]


def _is_tried(target: Target, who: str) -> bool:
    """Of everybody else whom a route is not for, half on each route, always the same: there are
    dozens of them, and one guard turns them away. `--thorough` tries all."""
    return zlib.crc32(f"{target.method} {target.route} {who}".encode()) % 2 == 0


def test_every_route_and_method_has_a_rule_and_every_rule_its_route(town: Town) -> None:
    assert {(method, rule.rule) for method, rule in routes(town)} == set(RULES)


@pytest.mark.timeout(600)
def test_every_route_answers_everybody_as_the_rules_say(
    town: Town, watch: Watch, pytestconfig: pytest.Config
) -> None:
    thorough = bool(pytestconfig.getoption("--thorough"))
    problems: Problems = []
    cells = 0
    for target in targets(town):
        for who in town.callers:
            status = expected(target.method, target.route, target.rule, who)
            mine = entitled(target.rule, who)
            if not (mine or thorough or who in STRANGERS or _is_tried(target, who)):
                continue
            judged = _judge(town, watch, who, target, status, mine=mine)
            problems += [] if who in FOREIGNERS and mine else judged
            cells += 1
    assert not problems, "\n".join(problems)
    assert cells >= FEWEST_CELLS


def test_another_organisations_lists_hold_its_own_and_nothing_of_this_one(
    town: Town, watch: Watch
) -> None:
    browser = town.callers["neighbour"]
    city = [deal for name, deal in town.deals.items() if name.startswith("city")]
    for path in (
        "/envelopes",
        "/envelopes?q=citycanary",
        "/contacts",
        "/admin/members",
        "/admin/chains",
    ):
        answer = browser.ask("GET", path)
        assert answer.status_code == 200
        assert not any(str(deal.envelope_id) in answer.text for deal in city)
        assert "citycanary" not in answer.text.replace("q=citycanary", "").replace(
            'value="citycanary"', ""
        )
        assert "@city.example" not in answer.text.replace("neighbour@city.example", "")
    assert "othercanary" in browser.ask("GET", "/envelopes").text
    assert "othercanary" in browser.ask("GET", "/contacts?q=花子").text
    assert watch.changed().keys() <= LOGGED.keys()


@pytest.mark.parametrize("who", ["viewer", "auditor"])
def test_readers_see_what_was_sent_and_no_draft_and_no_button_that_changes_it(
    town: Town, watch: Watch, who: str
) -> None:
    browser, draft = town.callers[who], town.deals["city-draft"]
    for path in ("/envelopes", "/envelopes?q=citycanary", "/envelopes?state=draft"):
        answer = browser.ask("GET", path)
        assert "city-running" in answer.text or "state=draft" in path
        assert "city-draft" not in answer.text
        assert "/envelopes/new" not in answer.text
    running = town.deals["city-running"]
    for target in targets(town, Door.READ):
        url = target.url.replace(str(running.envelope_id), str(draft.envelope_id))
        if url == target.url:
            continue  # about an import, which is no draft
        assert browser.ask(target.method, url).status_code == UNKNOWN, url
    page = browser.ask("GET", running.path).text
    assert set(re.findall(r'method="post" action="([^"]+)"', page)) <= {"/language"}
    assert watch.changed().keys() <= LOGGED.keys()


def test_operators_see_no_title_no_document_and_no_person_s_name(town: Town) -> None:
    for path in ("/ops", "/ops/live"):
        assert "canary" not in town.callers["operator"].ask("GET", path).text


@pytest.mark.parametrize("who", ["ended envelope", "ended envelope, other side"])
def test_a_visit_to_an_ended_envelope_leads_to_the_page_that_says_so(
    town: Town, watch: Watch, who: str
) -> None:
    problems: Problems = []
    for target in own_visits(town, who):
        answer = _ask(town.callers[who], target)
        if answer.status_code != target.rule.ended:
            problems.append(f"{target.method} {target.route}: {answer.status_code}")
        problems += [f"{target.route} wrote {found}" for found in [watch.changed()] if found]
        answer.close()
    assert not problems, "\n".join(problems)


def test_a_mailbox_lists_its_own_rows_of_what_is_open_to_it(town: Town, watch: Watch) -> None:
    """Other people of the same envelopes have rows of their own, and ids that it never learns."""
    own, other = (town.callers[name].ask("GET", "/mailbox/documents") for name in MAILBOXES)
    assert own.text.count("citycanary city-") == other.text.count("citycanary city-") + 1
    assert "city-handed" not in other.text
    assert "city-draft" not in own.text + other.text
    rows = [
        set(re.findall(r"/mailbox/documents/([0-9a-f-]{36})/", page.text)) for page in (own, other)
    ]
    assert all(rows)
    assert not rows[0] & rows[1]
    assert not watch.changed()


@pytest.mark.parametrize("who", ["idle mailbox", "ended mailbox"])
def test_a_mailbox_that_is_over_opens_nothing(town: Town, watch: Watch, who: str) -> None:
    for target in targets(town, Door.MAILBOX, Door.MAILBOX_ROW):
        answer = _ask(town.callers[who], target)
        assert answer.status_code == UNKNOWN, target
        assert "canary" not in answer.text
    assert not watch.changed()


@pytest.mark.parametrize("who", ["idle visit", "ended visit", "renewed link", "revoked link"])
def test_a_visit_that_is_over_opens_nothing(town: Town, watch: Watch, who: str) -> None:
    for target in own_visits(town, who):
        answer = _ask(town.callers[who], target)
        assert answer.status_code == UNKNOWN, target
        assert "canary" not in answer.text
    assert not watch.changed()


@pytest.mark.parametrize("who", ["handed over", "closed window"])
def test_nothing_is_read_or_fetched_by_whom_it_does_not_concern_any_more(
    town: Town, watch: Watch, who: str
) -> None:
    problems: Problems = []
    for target in own_visits(town, who):
        is_bytes = "document" in target.route or target.rule.door is Door.DOWNLOAD
        answer = _ask(town.callers[who], target)
        if is_bytes and answer.status_code not in {UNKNOWN, GONE}:
            problems.append(f"{target.route}: {answer.status_code}")
        if watch.changed():
            problems.append(f"{target.method} {target.route} wrote")
        answer.close()
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("door", ["link", "download link"])
def test_a_mailed_token_opens_what_it_was_made_for(town: Town, watch: Watch, door: str) -> None:
    path = {"link": "/l/", "download link": "/d/"}[door]
    held = tokens(town)[door]
    assert held.keys() == TOKENS[door].keys()
    for kind, statuses in TOKENS[door].items():
        for who in ("nobody", "clerk", "other participant"):
            for method, status in zip(("GET", "POST"), statuses, strict=True):
                answer = town.callers[who].ask(method, path + held[kind])
                assert answer.status_code == status, (kind, who, method)
                written = watch.changed()
                counted = written == {"attempts": {"+"}}
                assert counted if status == UNKNOWN else bool(written) == (status == 303), kind


def test_a_document_opens_only_with_its_own_envelope(town: Town, watch: Watch) -> None:
    strangers = [town.deals[name].documents[0] for name in ("city-second", "other-running")]
    seen = 0
    for target in targets(town, *ABOUT):
        who, envelope = ABOUT[target.rule.door]
        own = str(town.deals[envelope].documents[0])
        if own not in target.url:
            continue
        for stranger in (*strangers, uuid4()):
            url = target.url.replace(own, str(stranger))
            answer = town.callers[who].ask(target.method, url)
            assert answer.status_code == UNKNOWN, (target.method, url)
            assert watch.changed().keys() <= LOGGED.keys(), url
            seen += 1
    assert seen >= 24


def test_an_address_is_corrected_only_on_its_own_envelope(town: Town, watch: Watch) -> None:
    deal = town.deals["city-running"]
    strangers = [town.deals[name].slots[HOLDER] for name in ("city-second", "other-running")]
    for slot in (*strangers, uuid4()):
        url = f"{deal.path}/slots/{slot}/address"
        for method in ("GET", "POST"):
            answer = town.callers["clerk"].ask(method, url, data={"mail": "a@b.example"})
            assert answer.status_code == UNKNOWN, (method, url)
            assert watch.changed().keys() <= LOGGED.keys(), url


def test_ids_in_a_form_reach_nothing_of_another_envelope(town: Town, watch: Watch) -> None:
    clerk, running = town.callers["clerk"], town.deals["city-running"]
    draft = town.deals["city-draft"]
    for other in ("city-second", "other-running"):
        slot, document = town.deals[other].slots[HOLDER], town.deals[other].documents[0]
        for verb in ("remind", "rerequest"):
            clerk.ask("POST", f"{running.path}/{verb}", data={"slot": slot, "nonce": "n" * 32})
            assert "acts" not in watch.changed(), (verb, other)
        typed = {"document": document, "action": "save"}
        answer = clerk.ask("POST", f"{draft.path}/fields", data=typed)
        assert answer.status_code == UNKNOWN
        assert watch.changed().keys() <= LOGGED.keys()
