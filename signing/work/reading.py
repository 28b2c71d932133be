"""Opening a file: by the letter of the standard, or with forbearance.

Many honest writers leave references to objects that do not exist, tables in two forms (hybrid
references) or slips in a cross-reference. Every reader bears with them; refusing to look would call
untouched files damaged, and a signed upload can only be taken as it is. Whatever is forborne is
noted, and nothing forborne may come after a signature.
"""

from collections.abc import Callable
from io import BytesIO
from typing import TypeVar

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from domain.ports.signatures import SignatureInvalid
from domain.refusals import Refusal
from signing.frames import FrameBroken

_Made = TypeVar("_Made")


def by_the_letter(data: bytes) -> PdfFileReader:
    """Raises what pyHanko raises at anything odd."""
    return _opened(data, strict=True)


def with_forbearance(data: bytes) -> PdfFileReader:
    """Odd structure is borne with. Raises what pyHanko raises at what nobody could read."""
    reader = _opened(data, strict=False)
    known = reader.xrefs.get_introducing_revision

    def introducing(reference: generic.Reference) -> int:
        try:
            return int(known(reference))
        except KeyError:
            # null since the beginning (ISO 32000-2, 7.3.10); the library stumbles over it
            return -1

    # an instance's own: the class has no seam for it
    setattr(reader.xrefs, "get_introducing_revision", introducing)  # noqa: B010
    return reader


def _opened(data: bytes, *, strict: bool) -> PdfFileReader:
    """With the empty password, if it takes one: a restricted file opens for everybody."""
    reader = PdfFileReader(BytesIO(data), strict=strict)
    if reader.encrypted:
        reader.decrypt("")
    return reader


def borne(data: bytes, work: Callable[[PdfFileReader], _Made]) -> _Made:
    """What `work` makes of the file, read by the letter; where that fails, with forbearance.

    The files that we make are read by the letter, always: only what a signed upload brought along
    needs more. Raises what `work` raises the second time.
    """
    try:
        return work(by_the_letter(data))
    except (Refusal, SignatureInvalid, FrameBroken, MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - pyHanko raises anything on odd files
        return work(with_forbearance(data))
