"""Values that somebody sends who means harm, and what an answer to them may not be."""

import re
from collections.abc import Iterator
from uuid import UUID
from zlib import crc32

from werkzeug.test import TestResponse

from tests.webapp.access.forms import Form
from tests.webapp.stack import PASSWORD

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
MESSAGES = ('role="alert"', 'class="banner error"', 'class="field-error"')
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


def filled_in(form: Form) -> dict[str, str]:
    """The form as somebody sends it who fills it in."""
    guessed = form.offered | GUESSED
    typed = {name: form.fields.get(name) or guessed.get(name, "") for name in form.names}
    return form.fields | {name: value for name, value in typed.items() if value}


def hostile_pairs(form: Form, turn: int) -> Iterator[tuple[str, str]]:
    """Every third field with another value each time, also what an untouched form leaves out."""
    usual, start = filled_in(form), first_value(form)
    for position, name in enumerate(form.names):
        if position % OTHERS == turn % OTHERS:
            yield name, VALUES[(start + position + turn * 7) % len(VALUES)]
        elif name in usual:
            yield name, usual[name]


def first_value(form: Form) -> int:
    """With which value a form begins: each with another one, and the same in every run."""
    return crc32("".join(form.names).encode())


def faults(answer: TestResponse) -> Iterator[str]:
    """What is wrong with an answer, whatever it was to."""
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
