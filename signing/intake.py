"""Intake: one uploaded file, inspected in a child. For any bytes there is an answer."""

from domain.ports.signatures import InspectedPdf
from domain.refusals import Refusal, RefusalCode
from signing.pool import ChildDied, ChildPool, ChildTooCostly, JobFailed


class PoolInspector:
    """DocumentInspector over a pool of children."""

    def __init__(self, pool: ChildPool) -> None:
        self._pool = pool

    def inspect(self, data: bytes) -> InspectedPdf:
        """Raises Refusal with a reason code; never another exception for any input."""
        if not data:
            raise Refusal(RefusalCode.EMPTY_FILE)
        try:
            answer = self._pool.run("inspect", {}, (data,))
        except ChildTooCostly:
            raise Refusal(RefusalCode.TOO_COSTLY) from None
        except (ChildDied, JobFailed):
            # a crash of a parser says that the file is broken, whatever the reader in the
            # sender's office makes of it
            raise Refusal(RefusalCode.UNREADABLE) from None
        sizes = tuple((float(width), float(height)) for width, height in answer.fields["sizes"])
        return InspectedPdf(int(answer.fields["pages"]), sizes, answer.parts)
