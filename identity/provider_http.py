"""Requests to organisations' identity providers, whose addresses their administrators type.

An address that somebody types must not make this server fetch what only this server reaches: https
only, no redirects, and no host of a private network unless the deployment names that network. The
name is resolved once and the address that was judged is the one that is connected to, so that a
name cannot answer differently in between. Where a forward proxy is set, the proxy decides whom it
reaches.
"""

import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path
from typing import Protocol

import httpx

from domain.sso_forms import is_provider_url

SECONDS = 5.0
"""For each step of a connection; a member waits meanwhile, and so does a thread."""
DEADLINE_SECONDS = 10.0
"""For the body of an answer, however slowly it drips. Its head has no such end, so that:"""
MAX_AT_ONCE = 4
"""Requests of one process: half of its threads at most hang on providers, whatever these do."""
MAX_AT_ONCE_TO_A_HOST = 3
"""Of these, to one of them: another organisation's members still come in meanwhile."""
MAX_BYTES = 512 * 1024
_TRANSLATED = tuple(ip_network(name) for name in ("64:ff9b::/96", "2002::/16", "2001::/32"))
"""IPv6 that carries an address of IPv4 inside: it would lead round the judgement of that one."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class ProviderUnreachable(Exception):
    """No usable answer; the text is a code for logs."""


class Fetch(Protocol):
    """How a provider is asked."""

    def __call__(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The whole answer, whatever its status. Raises ProviderUnreachable."""


@dataclass(frozen=True)
class Reach:
    """Whom the deployment lets providers be."""

    networks: tuple[Network, ...] = ()
    """Private networks with providers of their own."""
    loopback: bool = False
    """For tests: plain http to this machine."""
    proxy: str = ""
    ca_file: Path | None = None
    """PEM of authorities besides the system's."""


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks of a setting. Raises ValueError."""
    return tuple(ip_network(text.strip()) for text in texts)


class _Places:
    """Who is being asked. Nobody waits for a place: a thread that waits is a thread that hangs."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one(self, host: str) -> Iterator[None]:
        """Raises ProviderUnreachable where all are taken."""
        with self._turn:
            full = self._taken.total() >= MAX_AT_ONCE
            if full or self._taken[host] >= MAX_AT_ONCE_TO_A_HOST:
                raise ProviderUnreachable("busy")
            self._taken[host] += 1
        try:
            yield
        finally:
            with self._turn:
                self._taken[host] -= 1
                self._taken += Counter()  # forgets hosts of before


class ProviderHttp:
    """Implements Fetch. One a process; threads share it."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._places = _Places()
        context = ssl.create_default_context()
        if reach.ca_file is not None:
            context.load_verify_locations(cafile=reach.ca_file)
        self._client = httpx.Client(
            verify=context,
            proxy=reach.proxy or None,
            timeout=SECONDS,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def __call__(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The whole answer, whatever its status. Raises ProviderUnreachable."""
        if not is_provider_url(url, loopback=self._reach.loopback):
            raise ProviderUnreachable("address")
        request = self._client.build_request(
            method, url, data=dict(form) if form is not None else None, headers=headers
        )
        try:
            with self._places.one(request.url.host):
                if not self._reach.proxy:
                    self._aim(request)
                return self._read(request)
        except httpx.TimeoutException:
            raise ProviderUnreachable("timeout") from None
        except httpx.HTTPError as error:
            raise ProviderUnreachable(type(error).__name__) from None

    def _aim(self, request: httpx.Request) -> None:
        """To the address that was judged, under the name that was asked for."""
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        address = pick_address(self._reach, _resolve(host, port))
        request.url = request.url.copy_with(host=str(address))
        request.extensions = {**request.extensions, "sni_hostname": host}

    def _read(self, request: httpx.Request) -> httpx.Response:
        until = time.monotonic() + DEADLINE_SECONDS
        answer = self._client.send(request, stream=True)
        body = bytearray()
        try:
            for part in answer.iter_bytes():
                body += part
                if len(body) > MAX_BYTES or time.monotonic() > until:
                    raise ProviderUnreachable("size" if len(body) > MAX_BYTES else "timeout")
        finally:
            answer.close()
        kind = answer.headers.get("content-type", "")
        return httpx.Response(
            answer.status_code,
            headers={"content-type": kind},
            content=bytes(body),
            request=request,
        )


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ProviderUnreachable("name") from None
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def pick_address(reach: Reach, addresses: Iterable[Address]) -> Address:
    """The first that may be asked. Raises ProviderUnreachable."""
    for address in addresses:
        if may_ask(reach, address):
            return address
    raise ProviderUnreachable("network")


def may_ask(reach: Reach, address: Address) -> bool:
    """A public address, or one of a network that the deployment names."""
    plain = getattr(address, "ipv4_mapped", None) or address
    if any(plain in network for network in reach.networks):
        return True
    if reach.loopback and plain.is_loopback:
        return True
    if any(plain in network for network in _TRANSLATED):
        return False
    return plain.is_global and not plain.is_multicast
