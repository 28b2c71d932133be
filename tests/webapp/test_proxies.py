"""Whose address counts: the browser's word, or that of a proxy that was told to be there."""

from pathlib import Path

import pytest
from flask import Flask, request

from tests.webapp.stack import build_office


def _address(app: Flask) -> str:
    seen: list[str] = []
    app.before_request(lambda: seen.append(request.remote_addr or ""))
    app.test_client().get(
        "/login",
        base_url="https://localhost",
        headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"},
        environ_base={"REMOTE_ADDR": "10.0.0.1"},
    )
    return seen[0]


@pytest.mark.parametrize(("count", "address"), [(0, "10.0.0.1"), (1, "203.0.113.9")])
def test_a_forwarded_address_counts_only_from_a_known_proxy(
    tmp_path: Path, ready_url: str, count: int, address: str
) -> None:
    """And never the part that the browser wrote itself."""
    office = build_office(tmp_path, ready_url, trusted_proxies=count)
    assert _address(office.app) == address
    office.database.close()
