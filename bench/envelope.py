"""Envelopes with two signers through a whole stack, against the engine alone on the same server.

Whether the machine or its clerk's and signers' side is the limit, the CPU time by process says.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from temporalio.client import Client

from bench import engine
from bench.people import Town, plan, town, written
from bench.processes import OWN, cpu_seconds
from bench.report import Row
from cli.selftest.result import EnvelopeResult
from domain.kinds import EnvelopeState
from domain.names import envelope_workflow_id
from storage.database import open_database
from storage.tables import Act, Envelope
from tests.files.generate import contract

SUBJECT = "envelope"
COUNT, AT_ONCE = 48, 8
LEAST_SHARE, LEAST_RATE = 0.4, 1.0
"""Of the engine's own rate; and envelopes a second on two cores."""
ENGINE = ("temporal", "envelopes")
"""Where an envelope's workflow costs what the do-nothing workflow costs too; the second of them
also writes the rows and sends the mails."""
KIB = 1024


@dataclass
class Carried:
    """What a round of envelopes took."""

    results: list[EnvelopeResult]
    seconds: float
    spent: dict[str, float]
    """CPU seconds by process."""

    @property
    def rate(self) -> float:
        """Envelopes a second."""
        return len(self.results) / self.seconds


def carry(found: Town, count: int, at_once: int) -> Carried:
    """`count` envelopes, `at_once` at the same time. Raises RuntimeError if one fails."""
    file = written(found.folder, "contract.pdf", contract(3))
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda _: found.tell(plan(file)), range(at_once)))  # all is loaded once
        before, began = cpu_seconds(found.pids()), time.perf_counter()
        results = list(pool.map(lambda _: found.tell(plan(file)), range(count)))
        seconds, after = time.perf_counter() - began, cpu_seconds(found.pids())
    return Carried(results, seconds, {name: after[name] - before[name] for name in after})


def run() -> list[Row]:
    """All rows of the subject."""
    with town() as found:
        carried = carry(found, COUNT, AT_ONCE)
        ended = _ended(found, COUNT)
        histories = asyncio.run(_histories(_temporal(found), [row[0] for row in ended]))
        alone, engine_cpu = _engine_alone(found)
    waits = [(end - posted).total_seconds() for _, posted, end in ended]
    return [
        Row(SUBJECT, "seconds of the machine for one envelope", 1 / carried.rate, "s", COUNT,
            baseline=1 / alone.per_second, goal=1 / LEAST_SHARE),
        Row(SUBJECT, "the same, absolute", 1 / carried.rate, "s", COUNT, goal=1 / LEAST_RATE),
        *_cpu(carried),
        Row(SUBJECT, "CPU of Temporal and the workflows' worker for one",
            1000 * sum(carried.spent[name] for name in ENGINE) / COUNT, "ms", COUNT,
            baseline=1000 * engine_cpu, goal=1 / LEAST_SHARE),
        Row(SUBJECT, f"last POST to 完了, {AT_ONCE} at once", statistics.median(waits), "s", COUNT),
        Row(SUBJECT, "events of its workflow until 完了",
            statistics.median(events for events, _ in histories), "", COUNT),
        Row(SUBJECT, "size of its history until 完了",
            statistics.median(size for _, size in histories) / KIB, "KiB", COUNT),
    ]  # fmt: skip


def _engine_alone(found: Town) -> tuple[engine.EngineRate, float]:
    """The do-nothing workflow's rate, and its CPU seconds: of the server, and of this process,
    which is its worker and its client."""
    pids = {name: pid for name, pid in found.pids().items() if name in {"temporal", OWN}}
    before = sum(cpu_seconds(pids).values())
    alone = asyncio.run(engine.rate(_temporal(found), COUNT * 2, AT_ONCE))
    return alone, (sum(cpu_seconds(pids).values()) - before) / (COUNT * 2)


def _temporal(found: Town) -> str:
    return f"127.0.0.1:{found.stack.home.ports.temporal}"


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


def _ended(found: Town, count: int) -> list[tuple[UUID, datetime, datetime]]:
    """The newest finished envelopes: id, time of the last POST, time of 完了."""
    database = open_database(found.stack.home.database_url)
    try:
        with database.reading() as session:
            rows = session.execute(
                select(Envelope.id, func.max(Act.posted_at), Envelope.ended_at)
                .join(Act, Act.envelope_id == Envelope.id)
                .where(Envelope.state == EnvelopeState.DONE.value)
                .group_by(Envelope.id)
                .order_by(Envelope.ended_at.desc())
                .limit(count)
            )
            return [(key, posted, end) for key, posted, end in rows if end is not None]
    finally:
        database.close()


async def _histories(address: str, envelopes: Sequence[UUID]) -> list[tuple[int, int]]:
    """Events and bytes of the envelopes' workflows."""
    client = await Client.connect(address)
    found = []
    for envelope_id in envelopes:
        handle = client.get_workflow_handle(envelope_workflow_id(envelope_id))
        info = (await handle.describe()).raw_description.workflow_execution_info
        found.append((info.history_length, info.history_size_bytes))
    return found
