"""Stamp images: one uploaded picture, cleaned in a child. For any bytes there is an answer."""

from domain.crops import Crop
from domain.refusals import RefusalCode
from signing.judging import Reasons, judged
from signing.pool import ChildPool

_PICTURE = Reasons(
    costly=RefusalCode.IMAGE_TOO_LARGE,
    crashed=RefusalCode.IMAGE_UNREADABLE,
    unreadable=RefusalCode.IMAGE_UNREADABLE,
)


class PoolCleaner:
    """ImageCleaner over a pool of children."""

    def __init__(self, pool: ChildPool) -> None:
        self._pool = pool

    def clean(self, data: bytes, *, keeps_paper: bool = False, crop: Crop | None = None) -> bytes:
        """PNG, at most 600 x 600 pixels, without metadata, its paper made transparent; with
        `keeps_paper` its ground stays as it is. `crop` is cut off before.

        Raises Refusal IMAGE_UNREADABLE, IMAGE_TOO_LARGE or IMAGE_BLANK; ChildDied only when no
        child could be started, whatever the picture.
        """
        wanted = {"keeps_paper": keeps_paper, "crop": crop.text if crop else None}
        return judged(self._pool, "clean", wanted, data, _PICTURE).parts[0]
