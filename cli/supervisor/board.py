"""The board: every process's state, in `run/state.json` for pages and in words for the operator."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path


class ProcessState(StrEnum):
    """What the supervisor knows of a process."""

    STOPPED = "stopped"
    STARTING = "starting"
    UP = "up"
    FAILING = "failing"


@dataclass
class Entry:
    """One line of the board. `since` is when the state began; `reason` is why it fails or last
    failed."""

    state: ProcessState = ProcessState.STOPPED
    since: str = ""
    pid: int | None = None
    restarts: int = 0
    reason: str = ""
    ports: dict[str, int] | None = None
    address: str = ""


Say = Callable[[str], None]


class Board:
    """The states of all processes of one home."""

    def __init__(self, file: Path, say: Say) -> None:
        """`file` is replaced at each change; `say` gets one line of words per change."""
        self._file = file
        self._say = say
        self._entries: dict[str, Entry] = {}
        self._began = _now()
        self._stale = False
        """Whether the file says less than we know, because it could not be written."""

    def add(self, name: str, ports: dict[str, int], address: str) -> None:
        """Show a process before it starts."""
        self._entries[name] = Entry(since=_now(), ports=ports, address=address)
        self.write()

    def entry(self, name: str) -> Entry:
        """One process's line."""
        return self._entries[name]

    @property
    def all_up(self) -> bool:
        """Every process works."""
        return all(entry.state is ProcessState.UP for entry in self._entries.values())

    def change(
        self, name: str, state: ProcessState, *, pid: int | None = None, reason: str = ""
    ) -> None:
        """Set a state; the same state with the same reason is no change. A process that fails again
        for the same reason is no news to the operator, though pages see every try."""
        entry = self._entries[name]
        if entry.state is state and entry.pid == pid and reason in {"", entry.reason}:
            if self._stale:
                self.write()
            return
        if state is not entry.state:
            entry.since = _now()
        news = state is not ProcessState.STARTING or not entry.restarts
        news = news and not (reason and reason == entry.reason)
        entry.state, entry.pid = state, pid
        entry.reason = reason or entry.reason
        self.write()
        if news:
            self._say(_words(name, entry, reason))

    def write(self) -> None:
        """Replace the file in one step; readers never see half of it. Where the disk is full or
        read-only the processes are kept all the same, and the file follows."""
        content = {
            "supervisor": {"pid": os.getpid(), "since": self._began},
            "processes": {name: asdict(entry) for name, entry in self._entries.items()},
        }
        draft = self._file.with_suffix(".new")
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        was_stale = self._stale
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(self._file)
            self._stale = False
        except OSError as error:
            self._stale = True
            if not was_stale:
                self._say(f"{self._file} cannot be written: {error.strerror}")


def _words(name: str, entry: Entry, reason: str) -> str:
    words = f"{name:<10} {entry.state.value}"
    if reason:
        return f"{words}: {reason}"
    if entry.state is ProcessState.UP and entry.address:
        return f"{words}: {entry.address}"
    return words


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
