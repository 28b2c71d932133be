"""Ways to see that a process works. Each answers None, or why not."""

import asyncio
import ssl
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from cli.ports import LOOPBACK

PROBE_SECONDS = 5.0
BEAT_SECONDS = 15.0
"""Workers beat every 2 s; a long pause means a stuck event loop."""


@cache
def _trust() -> ssl.SSLContext:
    """Made once: reading all trusted roots anew for each probe was most of an idle stack's cost."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class HttpProbe:
    """A page answers with a status below 400. `host` stands in the Host header where a server
    answers to its public name only."""

    url: str
    host: str = ""

    async def __call__(self, pid: int) -> str | None:
        """See Probe."""
        headers = {"Host": self.host} if self.host else {}
        try:
            async with httpx.AsyncClient(
                timeout=PROBE_SECONDS, trust_env=False, verify=_trust()
            ) as client:
                answer = await client.get(self.url, headers=headers)
        except httpx.HTTPError as error:
            return f"{self.url} does not answer ({type(error).__name__})"
        return f"{self.url} answers {answer.status_code}" if answer.is_error else None


@dataclass(frozen=True)
class TcpProbe:
    """A port accepts connections."""

    port: int

    async def __call__(self, pid: int) -> str | None:
        """See Probe."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                _, writer = await asyncio.open_connection(LOOPBACK, self.port)
        except OSError as error:
            return f"port {self.port} does not answer ({type(error).__name__})"
        writer.close()
        return None


@dataclass(frozen=True)
class BeatProbe:
    """The process writes `<pid> <seconds>` into `beat` every few seconds, of the clock that nobody
    sets, and `ready` exists."""

    ready: Path
    beat: Path

    async def __call__(self, pid: int) -> str | None:
        """See Probe. Marks of an earlier process count for nothing."""
        try:
            ready_pid = self.ready.read_text().split()[0]
            beat_pid, beaten_at = self.beat.read_text().split()
        except (OSError, ValueError, IndexError):
            return "is not ready yet"
        if ready_pid != str(pid) or beat_pid != str(pid):
            return "is not ready yet"
        age = time.monotonic() - float(beaten_at)
        return f"gave no sign of life for {age:.0f} s" if age > BEAT_SECONDS else None
