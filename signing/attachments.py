"""Attached files: one upload, judged in a child. For any bytes there is an answer."""

from domain.attachments import Accepts, FileKind
from domain.ports.signatures import CheckedFile
from signing.judging import judged
from signing.pool import ChildPool


class PoolChecker:
    """AttachmentChecker over a pool of children."""

    def __init__(self, pool: ChildPool) -> None:
        self._pool = pool

    def check(self, data: bytes, accepts: Accepts) -> CheckedFile:
        """As it is kept. Raises Refusal with the reason; ChildDied only when no child could be
        started, whatever the file."""
        answer = judged(self._pool, "attach", {"accepts": accepts.value}, data)
        kept, preview = answer.parts
        return CheckedFile(
            kind=FileKind(answer.fields["kind"]),
            data=kept,
            preview=preview,
            pages=int(answer.fields["pages"]),
            located=answer.fields["located"] is True,
        )
