"""Everything together: all programs of a home, until a signal."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from cli.home import Home
from cli.ports import is_free
from cli.supervisor.board import Board, Say
from cli.supervisor.keeper import Keeper
from cli.supervisor.program import Program

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotStart(Exception):
    """Why nothing was started, in words."""


@contextmanager
def sole_supervisor(home: Home) -> Iterator[None]:
    """Hold the home's lock; it ends with the process, however it ends. Raises CannotStart."""
    home.run.mkdir(parents=True, exist_ok=True)
    with (home.run / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            message = f"Musubi already runs in {home.root} (process {lock.read().strip()})."
            raise CannotStart(message) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def check_ports(programs: Sequence[Program], home: Home) -> None:
    """Raise CannotStart when somebody else listens on a port that we need."""
    taken = [
        f"  {port} ({program.name}: {use})"
        for program in programs
        for use, port in program.ports.items()
        if not is_free(port)
    ]
    if taken:
        lines = "\n".join(taken)
        message = (
            f"These ports are taken by another program:\n{lines}\n"
            f"End it, or write other ports into {home.config_file}."
        )
        raise CannotStart(message)


async def supervise(
    programs: Sequence[Program], home: Home, say: Say, on_up: Callable[[], None] = lambda: None
) -> None:
    """Run all programs until a signal, then stop them: higher levels first. `on_up` is called
    once, when all are up for the first time."""
    board = Board(home.run / "state.json", say)
    keepers = {
        program.name: Keeper(program, home.logs / f"{program.name}.log", board)
        for program in programs
    }
    stop = _stop_signals(list(keepers.values()), say)
    for program in programs:
        board.add(program.name, program.ports, program.address)
    for keeper in keepers.values():
        keeper.start([keepers[name] for name in keeper.program.after])
    announcing = asyncio.create_task(_announce(list(keepers.values()), on_up))
    await stop.wait()
    announcing.cancel()
    await _stop_all(list(keepers.values()))


def _stop_signals(keepers: list[Keeper], say: Say) -> asyncio.Event:
    stop = asyncio.Event()

    def asked() -> None:
        if stop.is_set():
            say("Stopping at once.")
            for keeper in keepers:
                keeper.kill()
            return
        say("Stopping. Everything is kept; the next start goes on here.")
        stop.set()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, asked)
    return stop


async def _announce(keepers: list[Keeper], on_up: Callable[[], None]) -> None:
    for keeper in keepers:
        await keeper.was_up.wait()
    on_up()


async def _stop_all(keepers: list[Keeper]) -> None:
    def by_level(keeper: Keeper) -> int:
        return -keeper.program.level

    for _, level in groupby(sorted(keepers, key=by_level), key=by_level):
        await asyncio.gather(*(keeper.stop() for keeper in level))
