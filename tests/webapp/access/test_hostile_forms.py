"""Whatever is sent into a field of a member's form is refused in words, or kept as a text.

Forms are found on the pages. Each is sent several times, every time with hostile values in other
fields; `--thorough` sends every value into every field.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zlib import crc32

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

from tests.webapp.access.forms import Form, every_form, page_forms
from tests.webapp.access.town import Town
from tests.webapp.access.watch import Watch
from tests.webapp.stack import PASSWORD

pytestmark = pytest.mark.timeout(600)
PRODUCT = "54439"
"""What a template would make of `{{7*7777}}`."""
VALUES = [
    "<hostile-tag onhostile=1>", "\"' onhostile=\"1", "{{7*7777}}", "{% hostile %}${7*7777}",
    "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "\ud800", "a\udfff", "\u202egnp.exe", "\u2066x",
    "\x00", "a\x00b", "\x1b[31m\x07\x08\x7f", "x\r\nX-Hostile: 1", "\n", "あ" * 10_000, "七",
    "1e999", "-1", "NaN", "9" * 30, "9" * 5_000, "\u0663", "1.5", "0x10", "2026-02-30",
    "0000-00-00", "10000-01-01", "2026-13-01T99:99", "9999-12-31", "0001-01-01", str(UUID(int=0)),
    "../../etc/passwd", "' OR 1=1 --", "[]", '{"a": {}}', "null", "true", "", " ", "\u3000",
    "\U0001f468\u200d\u2696\ufe0f", "e\u0301" * 90,
]  # fmt: skip
HUGE = "あ" * 350_000
"""A megabyte and a little more."""
FILE_NAME = '../"<hostile-tag>\u202e.pdf'
MESSAGES = ('role="alert"', 'class="banner error"', 'class="field-error"')
ROUNDS = 3
OTHERS = 3
"""Of so many fields one is hostile at a time: the others let the form come further."""
GUESSED = {
    "mail": "a@b.example", "name": "名前", "reason": "理由", "code": "A1", "title": "件名",
    "basis": "規則", "begins_on": "2030-03-03", "ends_on": "2030-03-04", "since": "2026-03-03",
    "until": "2026-03-04", "password": PASSWORD, "wanted": "eleven green bottles",
    "again": "eleven green bottles", "seal-text": "公印", "mm": "18", "days": "3",
    "issuer": "https://idp.example", "client_id": "x", "day": "2030-03-03",
}  # fmt: skip
"""What somebody types where a page leaves an input empty."""
NOT_MEMBERS = ("/sign/", "/l/", "/d/", "/pad", "/mailbox", "/login", "/check")
MANY = 7
"""Fields; a longer form has many buttons, which all send the same."""
FEWEST_FORMS = 60


def _usual(form: Form) -> dict[str, str]:
    """The form as somebody sends it who fills it in."""
    guessed = form.offered | GUESSED
    typed = {name: form.fields.get(name) or guessed.get(name, "") for name in form.names}
    return form.fields | {name: value for name, value in typed.items() if value}


def _pairs(form: Form, turn: int) -> Iterator[tuple[str, str]]:
    """Every third field with another value each time, also what an untouched form leaves out."""
    usual, start = _usual(form), _start(form)
    for position, name in enumerate(form.names):
        if position % OTHERS == turn % OTHERS:
            yield name, VALUES[(start + position + turn * 7) % len(VALUES)]
        elif name in usual:
            yield name, usual[name]


def _start(form: Form) -> int:
    """With which value a form begins: each with another one, and the same in every run."""
    return crc32("".join(form.names).encode())


def _quick(form: Form) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    usual, start = list(_usual(form).items()), _start(form)
    for turn in range(ROUNDS):
        yield f"round {turn}", list(_pairs(form, turn))
    yield (
        "all",
        [(name, VALUES[(start + 5 * at) % len(VALUES)]) for at, (name, _) in enumerate(usual)],
    )
    yield "twice", [*usual, *((name, VALUES[at % 9]) for at, (name, _) in enumerate(usual))]
    yield "huge", [*usual[1:], (usual[0][0] if usual else "name", HUGE)]


def _thorough(form: Form) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    yield from _quick(form)
    usual = _usual(form)
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


def _faults(answer: TestResponse) -> Iterator[str]:
    if answer.status_code >= 500:
        yield str(answer.status_code)
    if "X-Hostile" in answer.headers:
        yield "a header of its own"
    if not all(value.isascii() and value.isprintable() for value in answer.headers.values()):
        yield "an odd header"
    if re.match(r"https?://(?!localhost:8080/)|//", answer.headers.get("Location", "")):
        yield f"led to {answer.headers['Location'][:80]}"
    if answer.mimetype != "text/html":
        return
    text = answer.text
    for raw in ("<hostile", '" onhostile=', "' onhostile=", PRODUCT):
        if raw in text:
            yield f"shows {raw}"
    if answer.status_code >= 400 and "<h1" not in text:
        yield f"{answer.status_code} without words"
    if answer.status_code == 422 and not any(said in text for said in MESSAGES):
        yield "422 without a message"


def _tried(form: Form, watch: Watch, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The answer; then where it leads, or the page again if anything was kept."""
    answer = form.caller.ask("POST", form.url.partition("#")[0], **_sent(form, pairs))
    yield from _faults(answer)
    page = answer.headers.get("Location", "").removeprefix("http://localhost:8080")
    answer.close()
    if watch.wrote() or page:
        page = page if page.startswith("/") else form.page
        shown = form.caller.ask("GET", page.partition("#")[0])
        yield from (f"then {page[:60]}: {fault}" for fault in _faults(shown))
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
    assert len(list(_faults(answer))) == 1


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
