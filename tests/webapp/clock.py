"""A clock that stands until it is moved: the time of every request."""

from datetime import UTC, datetime, tzinfo
from datetime import timedelta as length_of

import pytest

MORNING = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
ASKED = ("webapp.login", "webapp.signer.visiting")
"""Modules that ask for the time; all others ask them."""


class Clock:
    """What `now()` answers."""

    def __init__(self) -> None:
        self.at = MORNING

    def pass_(self, **length: float) -> None:
        """So much later."""
        self.at += length_of(**length)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every request from now on has this time."""
        clock = self

        class Standing(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock.at.astimezone(tz)

        for module in ASKED:
            monkeypatch.setattr(f"{module}.datetime", Standing)
