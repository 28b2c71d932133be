"""The headers that every answer bears, whatever it is: page, file, redirect, refusal or fault."""

from collections.abc import Iterator

from werkzeug.test import TestResponse

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
POLICY = ("default-src 'none'", "frame-ancestors 'none'")
"""What every policy says, a page's as well as a file's."""
PREVIEWED_MAIL = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""Mails bear their styles in each element. No script runs there, nothing is loaded or sent."""
NOT_DISPLAYED = ("text/html", "text/plain", "text/css", "text/javascript", "image/", "font/")
"""Whatever is of none of these kinds is offered to be saved, never shown in our name."""


def faults(answer: TestResponse, *, kept: bool = False) -> Iterator[str]:
    """What is wrong with an answer's headers; `kept` for static files, which browsers may keep."""
    headers = answer.headers
    for name, value in FIXED.items():
        if headers.get_all(name) != [value]:
            yield f"{name}: {headers.get_all(name)}"
    policies = headers.get_all("Content-Security-Policy")
    if len(policies) != 1 or not all(part in policies[0] for part in POLICY):
        yield f"Content-Security-Policy: {policies}"
    open_ones = [policy for policy in policies if policy != PREVIEWED_MAIL]
    if any("unsafe" in policy or "*" in policy for policy in open_ones):
        yield f"Content-Security-Policy: {policies}"
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        yield "Permissions-Policy"
    if not kept and headers.get_all("Cache-Control") != ["no-store"]:
        yield f"Cache-Control: {headers.get_all('Cache-Control')}"
    yield from _of_body(answer)
    for cookie in headers.get_all("Set-Cookie"):
        parts = set(cookie.split("; ")[1:])
        if not cookie.startswith("__Host-") or not {"Secure", "HttpOnly", "Path=/"} <= parts:
            yield f"Set-Cookie: {cookie.partition('=')[0]}"


def _of_body(answer: TestResponse) -> Iterator[str]:
    kind = answer.headers.get("Content-Type", "")
    text = kind.startswith("text/")
    if text and "charset=utf-8" not in kind.lower():
        yield f"Content-Type: {kind}"
    offered = answer.headers.get("Content-Disposition", "").startswith("attachment")
    if answer.status_code in {200, 206} and not kind.startswith(NOT_DISPLAYED) and not offered:
        yield f"{kind} is not offered to be saved"
