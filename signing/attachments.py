"""Attached files: one upload, judged in a child. For any bytes there is an answer."""

from domain.attachments import Accepts, FileKind
from domain.ports.signatures import CheckedFile
from domain.refusals import Refusal, RefusalCode
from signing.pool import ChildDied, ChildPool, ChildTooCostly, JobFailed


class PoolChecker:
    """AttachmentChecker over a pool of children."""

    def __init__(self, pool: ChildPool) -> None:
        self._pool = pool

    def check(self, data: bytes, accepts: Accepts) -> CheckedFile:
        """As it is kept. Raises Refusal with the reason; ChildDied only when no child could be
        started, whatever the file."""
        try:
            answer = self._pool.run("attach", {"accepts": accepts.value}, (data,))
        except ChildTooCostly:
            raise Refusal(RefusalCode.TOO_COSTLY) from None
        except ChildDied as death:
            if death.before_the_job:
                raise
            raise Refusal(RefusalCode.READER_CRASHED) from None
        except JobFailed:
            raise Refusal(RefusalCode.UNREADABLE) from None
        kept, preview = answer.parts
        return CheckedFile(
            kind=FileKind(answer.fields["kind"]),
            data=kept,
            preview=preview,
            pages=int(answer.fields["pages"]),
            located=answer.fields["located"] is True,
        )
