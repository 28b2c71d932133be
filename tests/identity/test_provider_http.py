"""An address that an administrator types reaches no machine that only this one reaches."""

import threading
from collections.abc import Iterator
from ipaddress import ip_address

import httpx
import pytest
from flask import Flask, Response, redirect
from werkzeug.serving import make_server

from domain.sso_forms import is_provider_url
from identity.provider_http import (
    MAX_AT_ONCE,
    MAX_AT_ONCE_TO_A_HOST,
    MAX_BYTES,
    ProviderHttp,
    ProviderUnreachable,
    Reach,
    may_ask,
    pick_address,
    read_networks,
)

INSIDE = Reach(networks=read_networks(["10.1.0.0/16", "fd00::/8"]))


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.169.254",
        ),
        *("100.64.0.1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
        *("0.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "224.0.0.1", "255.255.255.255"),
    ],
)
def test_addresses_of_this_network_are_nobody_s(address: str) -> None:
    assert not may_ask(Reach(), ip_address(address))
    with pytest.raises(ProviderUnreachable, match="network"):
        pick_address(Reach(), [ip_address(address)])


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1", "203.0.114.1"])
def test_public_ones_and_those_of_named_networks_may_be_asked(address: str) -> None:
    assert may_ask(INSIDE, ip_address(address))
    assert not may_ask(INSIDE, ip_address("10.2.0.1"))


@pytest.mark.parametrize(
    "url",
    [
        *("http://idp.example", "https://", "https://u:p@idp.example", "ftp://idp.example"),
        *("https://idp.example/#x", "https://idp.example:x", "https://idp.例え", "//idp.example"),
        *("file:///etc/passwd", "https://idp.example/ x", "http://localhost:8080"),
    ],
)
def test_only_plain_https_addresses_are_asked(url: str) -> None:
    assert not is_provider_url(url)
    with pytest.raises(ProviderUnreachable, match="address"):
        ProviderHttp(Reach())("GET", url)


def test_loopback_is_for_tests_and_for_this_machine_only() -> None:
    assert is_provider_url("http://localhost:8080", loopback=True)
    assert not is_provider_url("http://idp.example", loopback=True)
    assert may_ask(Reach(loopback=True), ip_address("127.0.0.1"))
    assert not may_ask(Reach(loopback=True), ip_address("10.0.0.1"))


@pytest.fixture
def served() -> Iterator[str]:
    app = Flask("somewhere")
    app.add_url_rule("/fine", "fine", lambda: {"a": 1})
    app.add_url_rule("/away", "away", lambda: redirect("http://10.0.0.1/"))
    app.add_url_rule("/long", "long", lambda: Response(b"x" * (MAX_BYTES + 1)))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.local_sockets
def test_an_answer_is_read_whole_and_no_further_and_nobody_is_followed(served: str) -> None:
    ask = ProviderHttp(Reach(loopback=True))
    assert ask("GET", f"{served}/fine").json() == {"a": 1}
    assert ask("GET", f"{served}/away").status_code == httpx.codes.FOUND
    with pytest.raises(ProviderUnreachable, match="size"):
        ask("GET", f"{served}/long")
    # Named, and still private: the name is resolved, and judged by what it resolves to.
    with pytest.raises(ProviderUnreachable, match="network"):
        ProviderHttp(Reach())("GET", served.replace("http:", "https:"))


@pytest.mark.local_sockets
def test_providers_that_drip_hold_a_few_threads_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask, go, waiting = ProviderHttp(Reach(proxy="http://proxy")), threading.Event(), []
    arrived = threading.Semaphore(0)

    def hang(request: httpx.Request) -> httpx.Response:
        arrived.release()
        assert go.wait(10)
        return httpx.Response(200, request=request)

    def hold(host: str) -> None:
        thread = threading.Thread(target=ask, args=("GET", f"https://{host}/"))
        thread.start()
        waiting.append(thread)
        assert arrived.acquire(timeout=10)

    monkeypatch.setattr(ask, "_read", hang)
    try:
        for _ in range(MAX_AT_ONCE_TO_A_HOST):
            hold("slow.example")
        with pytest.raises(ProviderUnreachable, match="busy"):
            ask("GET", "https://slow.example/other")
        for number in range(MAX_AT_ONCE - MAX_AT_ONCE_TO_A_HOST):
            hold(f"other-{number}.example")
        with pytest.raises(ProviderUnreachable, match="busy"):
            ask("GET", "https://another.example/")
    finally:
        go.set()
        for thread in waiting:
            thread.join()
    assert ask("GET", "https://slow.example/").status_code == httpx.codes.OK
