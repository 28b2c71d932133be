"""A stranger's file, judged in a child: whatever its bytes are, there is an answer."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame
from signing.pool import ChildDied, ChildPool, ChildTooCostly, JobFailed


class Reasons(NamedTuple):
    """What is said of a file that cost a child too much, ended it, or could not be read."""

    costly: RefusalCode = RefusalCode.TOO_COSTLY
    crashed: RefusalCode = RefusalCode.READER_CRASHED
    unreadable: RefusalCode = RefusalCode.UNREADABLE


DOCUMENT = Reasons()


def judged(
    pool: ChildPool, job: str, fields: dict[str, Any], data: bytes, reasons: Reasons = DOCUMENT
) -> Frame:
    """The child's answer. Raises Refusal with the reason; ChildDied only when no child could be
    started, whatever the file."""
    return judged_parts(pool, job, fields, (data,), reasons)


def judged_parts(
    pool: ChildPool,
    job: str,
    fields: dict[str, Any],
    parts: Sequence[bytes],
    reasons: Reasons = DOCUMENT,
) -> Frame:
    """The same for several pieces at once."""
    try:
        return pool.run(job, fields, parts)
    except ChildTooCostly:
        raise Refusal(reasons.costly) from None
    except ChildDied as death:
        if death.before_the_job:
            raise
        raise Refusal(reasons.crashed) from None
    except JobFailed:
        # whatever the reader in the sender's office makes of it
        raise Refusal(reasons.unreadable) from None
