"""Stamp images: one uploaded picture, cleaned in a child. For any bytes there is an answer."""

from domain.refusals import Refusal, RefusalCode
from signing.pool import ChildDied, ChildPool, ChildTooCostly, JobFailed


class PoolCleaner:
    """ImageCleaner over a pool of children."""

    def __init__(self, pool: ChildPool) -> None:
        self._pool = pool

    def clean(self, data: bytes) -> bytes:
        """PNG, at most 600 x 600 pixels, without metadata, its paper made transparent.

        Raises Refusal IMAGE_UNREADABLE, IMAGE_TOO_LARGE or IMAGE_BLANK; ChildDied only when no
        child could be started, whatever the picture.
        """
        try:
            return self._pool.run("clean", {}, (data,)).parts[0]
        except ChildTooCostly:
            raise Refusal(RefusalCode.IMAGE_TOO_LARGE) from None
        except ChildDied as death:
            if death.before_the_job:
                raise
            raise Refusal(RefusalCode.IMAGE_UNREADABLE) from None
        except JobFailed:
            raise Refusal(RefusalCode.IMAGE_UNREADABLE) from None
