"""Children and their keeper. The parent's only way to learn something about a PDF."""

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from domain.limits import (
    CHILD_CPU_SECONDS,
    CHILD_JOBS,
    CHILD_RESIDENT_BYTES,
    CHILD_START_SECONDS,
    CHILD_WALL_SECONDS,
    MIB,
    OWN_FILE_CPU_SECONDS,
    OWN_FILE_WALL_SECONDS,
)
from domain.ports.signatures import SignatureInvalid, WorkBroken
from domain.refusals import Refusal, RefusalCode
from runtime.telemetry import logger
from signing.confine import Confinement, Isolation
from signing.frames import Channel, Frame, FrameBroken

_ROOT = Path(__file__).resolve().parent.parent
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ")
"""Environment that a child may see: nothing that names a PIN, a key or a database."""
_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(16 * MIB),
    "MALLOC_TRIM_THRESHOLD_": str(32 * MIB),
}
"""The C library gives the memory of each picture back and asks for it again, which takes longer
than drawing a page. A child keeps as much for the next one."""

_COSTLY_SIGNALS = frozenset({-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT})
"""Out of CPU time, out of memory for the machine, out of memory for a C++ library."""
_logger = logger(__name__)

StampDigest = Callable[[bytes], bytes]
"""Takes the digest to be time-stamped, returns the DER of a token."""


class ChildDied(WorkBroken):
    """A child ended, or was ended, in the middle of a job. The job may be tried again."""

    @property
    def before_the_job(self) -> bool:
        """Whether no child could be started: what the file is has nothing to do with it."""
        return self.args[:1] in {("start",), ("closed",)}


class ChildTooCostly(ChildDied):
    """The job took more time or memory than one document may cost."""


class JobFailed(WorkBroken):
    """An unforeseen error inside the child; `args[0]` is its class, the rest where it arose."""


class Cost(NamedTuple):
    """What one job may take; waiting for authorities is not counted."""

    cpu_seconds: int
    wall_seconds: float


STRANGERS = Cost(CHILD_CPU_SECONDS, CHILD_WALL_SECONDS)
"""At intake, and while pages are drawn afterwards."""
_STRANGERS_JOBS = frozenset({"inspect", "illustrate", "clean", "attach", "differ"})
OURS = Cost(OWN_FILE_CPU_SECONDS, OWN_FILE_WALL_SECONDS)
"""For files that have passed intake: signing and archiving must not break off."""


def _begun(environment: Mapping[str, str], socket_number: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "signing.child"],
            stdin=socket_number,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
        )
    except OSError as error:
        raise ChildDied("start") from error


class _Child:
    """One process and the socket to it. Raises ChildDied where the machine has room for none."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= _MEMORY
        with theirs:
            self.process = _begun(environment, theirs.fileno())
        self.channel = Channel(ours)
        self.jobs = 0
        self.at_work = False
        self._confinement: Confinement | None = None

    def ready(self) -> Confinement:
        """Wait for the child's hello. Raises ChildDied."""
        if self._confinement is None:
            try:
                hello = self.channel.receive(time.monotonic() + CHILD_START_SECONDS)
                self._confinement = Confinement(
                    Isolation(hello.fields["network"]), hello.fields["files"] is True
                )
            except (TimeoutError, FrameBroken, KeyError, ValueError) as error:
                self.end()
                raise ChildDied("start") from error
            if not self._confinement.whole:
                _logger.warning("children_not_fully_confined", **asdict(self._confinement))
        return self._confinement

    def worn(self) -> bool:
        """Whether this child should give way to a fresh one."""
        if self.at_work or self.jobs >= CHILD_JOBS or self.process.poll() is not None:
            return True
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError, ValueError):
            return False
        return pages * os.sysconf("SC_PAGE_SIZE") > CHILD_RESIDENT_BYTES

    def end(self) -> int:
        """Close, kill and reap. Returns the exit status (negative: a signal)."""
        self.channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            # a child that died by itself tells us by which signal
            return int(self.process.wait(timeout=0.2))
        self.process.kill()
        return int(self.process.wait())


class ChildPool:
    """`size` children; any thread may ask for a job, and waits for a free child."""

    def __init__(
        self,
        size: int,
        cost: Cost | None = None,
    ) -> None:
        self.size = size
        self._cost = cost
        self._closed = False
        self._slots: queue.LifoQueue[_Child] = queue.LifoQueue()
        for _ in range(size):
            self._slots.put(_Child())

    def run(
        self,
        job: str,
        fields: dict[str, Any],
        parts: Sequence[bytes] = (),
        timestamp: StampDigest | None = None,
    ) -> Frame:
        """Have one job done.

        Raises Refusal, SignatureInvalid, ChildTooCostly, ChildDied, JobFailed, and whatever
        `timestamp` raised when the job asked for a token.
        """
        cost = self._cost or (STRANGERS if job in _STRANGERS_JOBS else OURS)
        request = Frame(job, fields | {"cpu_seconds": cost.cpu_seconds}, tuple(parts))
        with self._child() as child:
            child.at_work = True  # stays so when we are interrupted: then nobody may use it again
            answer = _exchange(child, request, timestamp, cost.wall_seconds)
            child.at_work = False
        return _typed(job, answer)

    def confinement(self) -> Confinement:
        """How far the children are confined, for health pages. Raises ChildDied."""
        with self._child() as child:
            return child.ready()

    def close(self) -> None:
        """End all children that are not at work; those at work end after their job."""
        self._closed = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._slots.get_nowait().end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _child(self) -> Iterator[_Child]:
        if self._closed:
            raise ChildDied("closed")
        child = self._slots.get()
        try:
            if child.worn():
                child.end()
                child = _Child()
            child.ready()
            yield child
        finally:
            self._give_back(child)

    def _give_back(self, child: _Child) -> None:
        if self._closed:
            child.end()
            return
        self._slots.put(child)


def _exchange(child: _Child, request: Frame, timestamp: StampDigest | None, left: float) -> Frame:
    """`left` are the seconds that the child may take."""
    child.jobs += 1
    outgoing = request
    while True:
        started = time.monotonic()
        try:
            child.channel.send(outgoing, started + left)
            answer = child.channel.receive(started + left)
        except TimeoutError as error:
            child.process.kill()
            child.end()
            raise ChildTooCostly("time") from error
        except FrameBroken as error:
            raise _death(child) from error
        left -= time.monotonic() - started
        if answer.kind != "timestamp":
            return answer
        # waiting for a time-stamping authority is not the document's cost
        outgoing = Frame("token", parts=(_stamped(child, answer, timestamp),))


def _stamped(child: _Child, question: Frame, timestamp: StampDigest | None) -> bytes:
    """Ask the parent's client. On any error the child, which waits for a token, is ended."""
    try:
        return (timestamp or _no_timestamps)(b"".join(question.parts))
    except BaseException:
        child.process.kill()
        child.end()
        raise


def _no_timestamps(_: bytes) -> bytes:
    """For jobs that have no business with an authority."""
    raise ChildDied("unasked callback")


def _death(child: _Child) -> ChildDied:
    status = child.end()
    _logger.warning("child_died", status=status)
    if status in _COSTLY_SIGNALS:
        return ChildTooCostly(str(status))
    return ChildDied(str(status))


def _typed(job: str, answer: Frame) -> Frame:
    if answer.kind == "done":
        return answer
    if answer.kind == "refused":
        raise Refusal(RefusalCode(answer.fields["code"]), answer.fields.get("mends", ()))
    if answer.kind == "invalid":
        raise SignatureInvalid(str(answer.fields["code"]))
    if answer.kind == "too_costly":
        raise ChildTooCostly("memory")
    error, places = str(answer.fields.get("error", "unknown")), answer.fields.get("at", [])
    _logger.warning("child_job_failed", job=job, error=error, at=places)
    raise JobFailed(error, *places)
