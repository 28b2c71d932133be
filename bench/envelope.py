"""Envelopes with two signers through a whole stack, against the engine alone on the same server.

The people's side costs too: browsing, uploading and reading mail happen in this process and take
their share of the machine, as 50 people's phones would not.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from bench import engine
from bench.processes import Cost, costs
from bench.report import Row
from cli.selftest.browser import Browser
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.result import EnvelopeResult
from cli.selftest.sender import log_in
from cli.selftest.signer import Person
from cli.selftest.stack import Stack, own_stack
from cli.selftest.story import Plan, Story
from tests.files.generate import contract

SUBJECT = "envelope"
COUNT, AT_ONCE = 40, 8
PATIENCE = 300.0
LEAST_SHARE, LEAST_RATE = 0.4, 1.0
"""Of the engine's own rate; and envelopes a second on two cores."""


@dataclass
class Carried:
    """What a round of envelopes took."""

    results: list[EnvelopeResult]
    seconds: float
    spent: dict[str, float]
    """CPU seconds by process."""
    after: dict[str, Cost]

    @property
    def rate(self) -> float:
        """Envelopes a second."""
        return len(self.results) / self.seconds


@contextmanager
def teller(stack: Stack, folder: Path) -> Iterator[Callable[[Plan], EnvelopeResult]]:
    """Tells plans as the stack's clerk; nothing is verified, because that is not the stack's."""
    target = stack.target()
    window, mailbox = Browser(target.base_url, Patience(PATIENCE)), Mailbox(target.catcher_url)
    try:
        log_in(window, target.mail, target.password)
        yield Story(target.base_url, window, mailbox, None, folder / "out").tell
    finally:
        window.close()
        mailbox.close()


def plan(file: Path, signers: int = 2) -> Plan:
    """One document, people who exist for this envelope only, all at once."""
    mark = token_hex(4)
    people = tuple(
        Person(f"試験 {number}", f"p{number}.{mark}@bench.example", f"株式会社試験{number}")
        for number in range(1, signers + 1)
    )
    return Plan(f"bench-{mark}", "契約書", (file,), people, "parallel", PATIENCE)


def carry(stack: Stack, folder: Path, count: int, at_once: int) -> Carried:
    """`count` envelopes, `at_once` at the same time. Raises RuntimeError if one fails."""
    file = folder / "contract.pdf"
    file.write_bytes(contract(3))
    with teller(stack, folder) as tell, ThreadPoolExecutor(at_once) as pool:
        tell(plan(file))  # everything has been loaded once
        before, began = costs(pids(stack)), time.perf_counter()
        results = list(pool.map(lambda _: tell(plan(file)), range(count)))
        seconds, after = time.perf_counter() - began, costs(pids(stack))
    errors = [result.error for result in results if result.error]
    if errors:
        raise RuntimeError(f"{len(errors)} envelopes failed: {errors[0]}")
    spent = {name: cost.cpu_seconds - before[name].cpu_seconds for name, cost in after.items()}
    return Carried(results, seconds, spent, after)


def pids(stack: Stack) -> dict[str, int]:
    """Of the stack's processes, by name."""
    return {name: int(entry["pid"]) for name, entry in stack.board.items() if entry["pid"]}


def run() -> list[Row]:
    """All rows of the subject."""
    with tempfile.TemporaryDirectory() as name, own_stack(Path(name) / "home") as stack:
        folder = Path(name)
        carried = carry(stack, folder, COUNT, AT_ONCE)
        address = f"127.0.0.1:{stack.home.ports.temporal}"
        alone = asyncio.run(engine.rate(address, COUNT * 2, AT_ONCE))
    return [
        Row(SUBJECT, "seconds of the machine for one envelope", 1 / carried.rate, "s", COUNT,
            baseline=1 / alone.per_second, goal=1 / LEAST_SHARE),
        Row(SUBJECT, "the same, absolute", 1 / carried.rate, "s", COUNT, goal=1 / LEAST_RATE),
        *_cpu(carried),
    ]  # fmt: skip


def _cpu(carried: Carried) -> list[Row]:
    count = len(carried.results)
    rows = [
        Row(SUBJECT, f"CPU of {name} for one envelope", 1000 * seconds / count, "ms", count)
        for name, seconds in sorted(carried.spent.items(), key=lambda row: -row[1])
    ]
    waits = [result.seconds for result in carried.results]
    rows.append(Row(SUBJECT, f"upload to hand-over, {AT_ONCE} at once",
                    statistics.median(waits), "s", count))  # fmt: skip
    return rows
