"""A home at work: what the supervisor sees, Temporal, the signing key's canary, the ports."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.checks import Finding, fine, problem
from cli.home import Home
from cli.supervisor.board import ProcessState
from cli.supervisor.probes import TcpProbe

CANARY_SECONDS = 180.0
"""The signing worker's canary signs every minute."""


def check_running(home: Home) -> Iterator[Finding]:
    """Look at running processes; a home that is not started needs free ports only."""
    board = read_board(home.run / "state.json")
    if board is None:
        yield fine("Musubi is not running here; `musubi up` starts it")
        yield _ports(home)
        return
    for name, entry in board.items():
        yield _process(name, entry)
    yield _temporal(home)
    yield _canary(home.run / "signing.canary")


def read_board(file: Path) -> dict[str, Any] | None:
    """The supervisor's board by process; None when no supervisor runs."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        # A board that nobody keeps says nothing.
        alive = Path(f"/proc/{content['supervisor']['pid']}").exists()
    except (OSError, ValueError, KeyError):
        return None
    processes: dict[str, Any] = content["processes"]
    stopped = all(entry["state"] == ProcessState.STOPPED for entry in processes.values())
    return processes if alive and not stopped else None


def _process(name: str, entry: dict[str, Any]) -> Finding:
    if entry["state"] == ProcessState.UP:
        restarts = f", {entry['restarts']} restarts" if entry["restarts"] else ""
        return fine(f"{name} is up since {entry['since']}{restarts}")
    return problem(f"{name} is {entry['state']} since {entry['since']}: {entry['reason'] or '-'}")


def _temporal(home: Home) -> Finding:
    silent = asyncio.run(TcpProbe(home.ports.temporal)(0))
    return problem(f"Temporal: {silent}") if silent else fine("Temporal answers")


def _canary(mark: Path) -> Finding:
    """The signing worker writes the file after each signature by the canary's own key."""
    try:
        age = time.time() - mark.stat().st_mtime
    except OSError:
        return problem("The signing worker has not proven its key yet; see logs/signing.log")
    if age > CANARY_SECONDS:
        return problem(f"The last canary signature is {age:.0f} s old; see logs/signing.log")
    return fine(f"The signing token signed {age:.0f} s ago (canary key)")


def _ports(home: Home) -> Finding:
    taken = home.ports.taken()
    if taken:
        words = ", ".join(f"{port} ({name})" for name, port in taken.items())
        return problem(f"Ports taken by another program: {words}; change {home.config_file}")
    return fine("All ports are free")
