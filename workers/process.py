"""What the three worker processes share: signals, heartbeat files, draining on SIGTERM."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from runtime.memory import settle
from runtime.settings import ProcessSettings, WorkerSettings
from runtime.telemetry import configure_logging, logger
from runtime.temporal import connect

DRAIN = timedelta(seconds=20)
"""How long a running step may go on after SIGTERM."""
BEAT_SECONDS = 2.0
CONNECT_SECONDS = 1.0

Background = Callable[[], Coroutine[Any, Any, None]]
log = logger(__name__)


def run_worker(
    settings: WorkerSettings,
    build: Callable[[Client], tuple[Sequence[Worker], Sequence[Background]]],
) -> None:
    """Run until SIGTERM or SIGINT. `build` wires a worker per queue, and background loops."""
    configure_logging(settings)
    settle()
    asyncio.run(_run(settings, build))


async def _run(
    settings: WorkerSettings,
    build: Callable[[Client], tuple[Sequence[Worker], Sequence[Background]]],
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    client = await _patient_connect(settings, stop)
    if client is None:
        return
    workers, backgrounds = build(client)
    tasks = [asyncio.create_task(background()) for background in backgrounds]
    async with contextlib.AsyncExitStack() as running:
        for worker in workers:
            await running.enter_async_context(worker)
        log.info("ready")
        await _beat_until(stop, settings)
        log.info("stopping")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _patient_connect(settings: WorkerSettings, stop: asyncio.Event) -> Client | None:
    """Wait for Temporal: it may start later than we do."""
    while not stop.is_set():
        try:
            return await connect(settings)
        except (RuntimeError, RPCError) as error:
            log.warning("temporal_unreachable", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), CONNECT_SECONDS)
    return None


async def _beat_until(stop: asyncio.Event, settings: ProcessSettings) -> None:
    """Touch `<process>.beat` while the event loop turns; the supervisor reads its age.

    On a full or read-only disk no mark can be written. What the worker does then is for its steps
    to say: it goes on, and is started anew if it stays silent for long.
    """
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    beat = settings.run_dir / f"{settings.process}.beat"
    ready = settings.run_dir / f"{settings.process}.ready"
    is_ready = False
    while not stop.is_set():
        try:
            if not is_ready:
                write_mark(ready)
                is_ready = True
            write_mark(beat)
        except OSError as error:
            log.warning("mark_not_written", error=type(error).__name__, number=error.errno)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), BEAT_SECONDS)
    ready.unlink(missing_ok=True)


def write_mark(path: Path) -> None:
    """`<pid> <seconds>`, replaced in one step. Of the clock that nobody sets: a worker on whose
    machine the time is corrected has not fallen silent."""
    draft = path.with_suffix(path.suffix + ".new")
    draft.write_text(f"{os.getpid()} {time.monotonic():.0f}\n")
    draft.replace(path)


def thread_pool(name: str, size: int) -> ThreadPoolExecutor:
    """Threads for synchronous activities."""
    return ThreadPoolExecutor(max_workers=size, thread_name_prefix=name)
