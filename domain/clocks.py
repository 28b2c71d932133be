"""When two clocks agree. Pure: moments come in as arguments, all of them aware.

Every machine has a clock, and none of them is right by itself. Acts, deadlines and signatures
speak of one time, so a process whose clock differs from another's that it depends on does nothing
that a person's right hangs on until an operator has set it.
"""

from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(seconds=5)
"""Clocks that are kept by NTP lie within a tenth of a second. A time-stamping authority may cut
its time down to a whole one."""
DISPATCH = timedelta(seconds=20)
"""How much later than it was handed out a step may begin: a machine under load is no wrong clock.
What is within this and still wrong, the authority's own time finds out."""

CLOCK_DIFFERS = "clock_differs"
"""What a step that waits for this says: the type of its error, and the reason that pages show."""


class ClockDiffers(Exception):
    """Our clock and another's do not agree; `args[0]` names the other. Nobody knows whose is right,
    so nothing is signed and nothing is taken until they do."""


def agrees(
    before: datetime, theirs: datetime, after: datetime, tolerance: timedelta = TOLERANCE
) -> bool:
    """Whether a time that was asked for between `before` and `after`, by our clock, fits."""
    return _passed(before, theirs) >= -tolerance and _passed(theirs, after) >= -tolerance


def began_in_time(handed_out: datetime, begun: datetime) -> bool:
    """Whether a step that another's clock saw handed out may have begun now by ours."""
    return -TOLERANCE <= _passed(handed_out, begun) <= DISPATCH


def _passed(since: datetime, until: datetime) -> timedelta:
    """Between two moments of one zone Python would count as its clocks show, summer time or not."""
    return until.astimezone(UTC) - since.astimezone(UTC)
