"""Whatever is sent into a field of a member's form is refused in words, or kept as a text.

Forms are found on the pages. Each is sent several times, every time with hostile values in other
fields; `--thorough` sends every value into every field.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

from tests.webapp.access.forms import Form, every_form, page_forms
from tests.webapp.access.hostile import (
    HUGE,
    PRODUCT,
    VALUES,
    faults,
    filled_in,
    first_value,
    hostile_pairs,
)
from tests.webapp.access.town import Town
from tests.webapp.access.watch import Watch

pytestmark = pytest.mark.timeout(600)
FILE_NAME = '../"<hostile-tag>\u202e.pdf'
ROUNDS = 3
NOT_MEMBERS = ("/sign/", "/l/", "/d/", "/pad", "/mailbox", "/login", "/check")
MANY = 7
"""Fields; a longer form has many buttons, which all send the same."""
FEWEST_FORMS = 60


def _quick(form: Form) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    usual, start = list(filled_in(form).items()), first_value(form)
    for turn in range(ROUNDS):
        yield f"round {turn}", list(hostile_pairs(form, turn))
    yield (
        "all",
        [(name, VALUES[(start + 5 * at) % len(VALUES)]) for at, (name, _) in enumerate(usual)],
    )
    yield "twice", [*usual, *((name, VALUES[at % 9]) for at, (name, _) in enumerate(usual))]
    yield "huge", [*usual[1:], (usual[0][0] if usual else "name", HUGE)]


def _thorough(form: Form) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    yield from _quick(form)
    usual = filled_in(form)
    for name in usual:
        for value in [*VALUES, HUGE]:
            yield f"{name} {value[:20]!r}", list((usual | {name: value}).items())


def _sent(form: Form, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The body, as bytes: lone surrogates too, which a client can send and a browser cannot."""
    if form.files:
        data: dict[str, Any] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value.encode("utf-8", "replace").decode())
        data |= {name: (io.BytesIO(b"%PDF-1.7 x"), FILE_NAME) for name in form.files}
        return {"data": data, "content_type": "multipart/form-data"}
    body = "&".join(
        f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs
    )
    return {"data": body, "content_type": "application/x-www-form-urlencoded"}


def _tried(form: Form, watch: Watch, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The answer; then where it leads, or the page again if anything was kept."""
    answer = form.caller.ask("POST", form.url.partition("#")[0], **_sent(form, pairs))
    yield from faults(answer)
    page = answer.headers.get("Location", "").removeprefix("http://localhost:8080")
    answer.close()
    if watch.wrote() or page:
        page = page if page.startswith("/") else form.page
        shown = form.caller.ask("GET", page.partition("#")[0])
        yield from (f"then {page[:60]}: {fault}" for fault in faults(shown))
        shown.close()
    watch.undo()


def _members(forms: Sequence[Form]) -> list[Form]:
    """Those of members, one for each address and set of fields: a draft's many buttons send the
    same."""
    found: dict[tuple[str, Any], Form] = {}
    for form in sorted(forms, key=lambda one: one.fields.get("action") != "save"):
        if not form.url.startswith(NOT_MEMBERS):
            many = len(form.names) > MANY
            found.setdefault((form.url, many or form.fields.get("action", "")), form)
    return list(found.values())


def _problems(forms: Sequence[Form], watch: Watch, tries: Any) -> list[str]:
    return list(
        dict.fromkeys(
            f"{form.url} {form.fields.get('action', '')} {how}: {fault}"
            for form in forms
            for how, pairs in tries(form)
            for fault in _tried(form, watch, pairs)
        )
    )


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        ("500 X", {}, "<h1>x</h1>"),
        ("200 OK", {"X-Hostile": "1"}, ""),
        ("303 X", {"Location": "//evil.example/"}, ""),
        ("200 OK", {}, "<p><hostile-tag onhostile=1></p>"),
        ("200 OK", {}, '<p title="" onhostile="1">'),
        ("200 OK", {}, f"<p>{PRODUCT}</p>"),
        ("404 X", {}, "no words"),
        ("422 X", {}, "<h1>Form</h1>"),
    ],
)
def test_a_fault_is_seen(status: str, headers: dict[str, str], body: str) -> None:
    found = Headers([("Content-Type", "text/html"), *headers.items()])
    answer = TestResponse([body.encode()], status, found, Request({}))
    assert len(list(faults(answer))) == 1


def test_a_hostile_value_is_refused_in_words_or_kept_as_a_text(town: Town, watch: Watch) -> None:
    forms = _members(list(page_forms(town, watch).values()))
    assert len(forms) >= FEWEST_FORMS
    problems = _problems(forms, watch, _quick)
    assert not problems, "\n".join(problems)


@pytest.mark.thorough
@pytest.mark.timeout(3600)
def test_every_hostile_value_in_every_field(town: Town, watch: Watch) -> None:
    forms = _members(every_form(town, watch))
    problems = _problems(forms, watch, _thorough)
    assert not problems, "\n".join(problems)
