"""The supervisor's board: which processes run, and since when or why not."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ProcessRow:
    """One process as the supervisor last saw it."""

    name: str
    state: str
    since: datetime | None
    reason: str
    restarts: int


def processes(run_dir: Path) -> tuple[ProcessRow, ...] | None:
    """The board, or None where no supervisor keeps one (containers have their own)."""
    try:
        board = json.loads((run_dir / "state.json").read_text(encoding="utf-8"))
        return tuple(_row(name, entry) for name, entry in board["processes"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _row(name: str, entry: dict[str, Any]) -> ProcessRow:
    return ProcessRow(
        name=name,
        state=str(entry["state"]),
        since=_moment(entry.get("since")),
        reason=str(entry.get("reason", "")),
        restarts=int(entry.get("restarts", 0)),
    )


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
