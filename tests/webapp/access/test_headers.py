"""Answers that no route gives: faults, limits, odd requests. Each bears the headers of a page."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from runtime.pkcs11_errors import TokenError
from tests.webapp.access import headers
from tests.webapp.access.town import Town
from webapp.errors import TooManyTries

RUNNING = "city-running"


def _bearing(answer: TestResponse, status: int) -> TestResponse:
    found = list(headers.faults(answer))
    assert answer.status_code == status, answer.text
    assert not found, found
    return answer


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("a bug"), 500),
        (TooManyTries(60), 429),
        (OperationalError("SELECT 1", {}, Exception("gone")), 503),
        (TokenError("gone"), 503),
        (OSError(28, "No space left on device"), 503),
    ],
)
@pytest.mark.parametrize("fragment", [False, True])
def test_a_fault_is_told_with_the_same_headers(
    town: Town, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, fragment: bool
) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setitem(town.office.app.view_functions, "sender.account", fail)
    fail.permission = "account.use"  # type: ignore[attr-defined]  # as `@may` marks it
    asked = {"HX-Request": "true"} if fragment else {}
    answer = _bearing(town.callers["clerk"].ask("GET", "/account", headers=asked), status)
    assert "a bug" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/nowhere", {}, 404),
        ("/static/nowhere.css", {}, 404),
        ("/static/../app.py", {}, 404),
        ("/static/%2e%2e/app.py", {}, 404),
        ("/envelopes/not-an-id", {}, 404),
        ("/account", {"Host": "evil.example"}, 400),
        ("/account", {"Host": "localhost:8080@evil.example"}, 400),
        ("/account/", {}, 404),
    ],
)
def test_an_odd_request_is_refused_with_the_same_headers(
    town: Town, path: str, asked: dict[str, str], status: int
) -> None:
    answer = _bearing(town.callers["clerk"].ask("GET", path, headers=asked), status)
    assert "evil.example" not in str(answer.headers)


def test_a_body_beyond_every_limit_is_refused_with_the_same_headers(town: Town) -> None:
    path = f"{town.deals[RUNNING].path}/withdraw"
    clerk = town.callers["clerk"]
    _bearing(clerk.ask("POST", path, data={"reason": "x" * 2_000_000}), 413)
    many = "&".join(f"a{number}=1" for number in range(200_000))
    form = "application/x-www-form-urlencoded"
    _bearing(clerk.ask("POST", path, data=many, content_type=form), 413)


@pytest.mark.parametrize(
    ("wanted", "status"), [("bytes=0-9", 206), ("bytes=999999999-", 416), ("bytes=9-1", 200)]
)
def test_a_part_of_a_file_bears_them_too(town: Town, wanted: str, status: int) -> None:
    deal = town.deals[RUNNING]
    path = f"{deal.path}/documents/{deal.documents[0]}/file"
    answer = _bearing(town.callers["clerk"].ask("GET", path, headers={"Range": wanted}), status)
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()


def test_hsts_goes_with_every_answer_over_https_and_with_none_over_http(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = ("/login", "/nowhere", "/envelopes", "/static/css/base.css", "/healthz", "/l/x")
    for path in paths:
        answer = town.callers["nobody"].ask("GET", path)
        assert "Strict-Transport-Security" not in answer.headers
        answer.close()
    monkeypatch.setitem(vars(town.office.settings), "base_url", "https://localhost")
    for path in paths:
        answer = town.callers["nobody"].ask("GET", path)
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        answer.close()
