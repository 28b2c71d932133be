"""A stranger's file, judged in a child: whatever its bytes are, there is an answer."""

from typing import Any

from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame
from signing.pool import ChildDied, ChildPool, ChildTooCostly, JobFailed


def judged(pool: ChildPool, job: str, fields: dict[str, Any], data: bytes) -> Frame:
    """The child's answer. Raises Refusal with the reason; ChildDied only when no child could be
    started, whatever the file."""
    try:
        return pool.run(job, fields, (data,))
    except ChildTooCostly:
        raise Refusal(RefusalCode.TOO_COSTLY) from None
    except ChildDied as death:
        if death.before_the_job:
            raise
        raise Refusal(RefusalCode.READER_CRASHED) from None
    except JobFailed:
        # whatever the reader in the sender's office makes of it
        raise Refusal(RefusalCode.UNREADABLE) from None
