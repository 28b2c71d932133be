"""What to start, and when it counts as up."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Probe(Protocol):
    """A way to see that a process works."""

    async def __call__(self, pid: int) -> str | None:
        """None when the process with this id works, otherwise why not, in a few words."""


@dataclass(frozen=True)
class Program:
    """One program of a home. `first` succeeds once per start, after the program answers and before
    it counts as up; programs named in `after` are up before this one starts. At the end, higher
    `level`s stop first."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    probe: Probe
    after: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    level: int = 0
    niceness: int = 0
    """Added to the supervisor's; who answers people comes before who works behind them."""
    ports: dict[str, int] = field(default_factory=dict)
    address: str = ""
    """For people; empty when there is nothing to open."""
    start_seconds: float = 60.0
    grace_seconds: float = 25.0
    """From SIGTERM to SIGKILL: workers drain for 20 s."""
