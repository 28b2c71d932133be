"""Log files of limited size, and the last words of a process."""

import contextlib
import json
import shutil
from pathlib import Path

MAX_BYTES = 10 * 1024 * 1024
"""Per file; one older file is kept."""
TAIL_BYTES = 16 * 1024
REASON_CHARACTERS = 200
LAST_LINES = 60
"""An older traceback has nothing to do with the end."""
TRACEBACK = "Traceback (most recent call last):"


def limit(log: Path) -> None:
    """Move a full log's content aside. Safe while a process writes, since it appends. Where there
    is no room for two it stays, until there is."""
    with contextlib.suppress(OSError):
        if log.exists() and log.stat().st_size > MAX_BYTES:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            with log.open("r+b") as file:
                file.truncate(0)


def last_words(log: Path, since: int = 0) -> str:
    """What was written last after offset `since`, in words; empty when there is nothing.

    Servers like to close with "failed to boot" and name the exception before it.
    """
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(min(since, size), size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    written = [line for line in lines if line.strip()][-LAST_LINES:]
    if not written:
        return ""
    return (_exception(written) or _in_words(written[-1].strip()))[:REASON_CHARACTERS]


def _exception(lines: list[str]) -> str | None:
    """The line that closes the last traceback: its first one that is not indented."""
    starts = [number for number, line in enumerate(lines) if line.strip() == TRACEBACK]
    rest = lines[starts[-1] + 1 :] if starts else []
    return next((line.strip() for line in rest if not line.startswith(" ")), None)


def _in_words(line: str) -> str:
    """A JSON line's event and error; any other line as it is."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict):
        return line
    exception = entry.get("exception")
    if isinstance(exception, list) and exception and isinstance(exception[0], dict):
        entry.setdefault("error", exception[0].get("exc_type"))
    return ": ".join(str(entry[key]) for key in ("event", "error") if entry.get(key)) or line
