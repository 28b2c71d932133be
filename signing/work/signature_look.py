"""What a visible signature shows: a stamp image (印影) and the words beside it.

It is made in the revision that it belongs to, from what the act froze. The evidence is in the
signature, with or without a look: where a box is too small for all the words, it shows fewer.
"""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from domain.official_seals import POINTS_PER_MM
from domain.ports.signatures import SignatureLook
from runtime.lettering import PADDING, DoesNotFit, Fitted, fit
from signing.work.appearance import Frame, form, lines
from signing.work.fonts import Lettering
from signing.work.objects import Name, Part, Value, number

_SIZES = (10.0, 4.0)
"""Points, the largest and the smallest: these words are there to be recognised. To be read there
is the report."""
_IMAGE_SHARE = 0.45
"""Of the width at most, when there are words as well."""
_MOST_PIXELS = 1_000_000


def signature_look(frame: Frame, look: SignatureLook, lettering: Lettering) -> Part:
    """The appearance. Raises Unprintable, and what Pillow raises for something that is no image."""
    resources: dict[str, Value] = {}
    content, left = b"", 0.0
    if look.image is not None:
        picture, ratio = _picture(look.image)
        share = _IMAGE_SHARE if look.lines else 1.0
        box = (frame.width * share - 2 * PADDING, frame.height - 2 * PADDING)
        width = min(box[0], box[1] * ratio)
        if look.mm is not None:
            width = min(width, look.mm * POINTS_PER_MM)
        height = width / ratio
        place = (width, 0, 0, height, PADDING, (frame.height - height) / 2)
        content = b"q " + b" ".join(number(value) for value in place) + b" cm /Im0 Do Q "
        resources["/XObject"] = {"/Im0": picture}
        left = width + 3 * PADDING
    fitted = _words(look.lines, frame.width - left, frame.height, optional=look.image is not None)
    if fitted is not None:
        top = (frame.height + fitted.height) / 2
        content += lines(fitted, left + PADDING, top, lettering)
        resources["/Font"] = {"/F0": lettering.font}
    return form(frame, b"q " + content + b"Q", resources)


def _words(rows: Sequence[str], width: float, height: float, *, optional: bool) -> Fitted | None:
    """As many of the rows (company, name, time; the last one is always the time) as fit: without
    the company, then the name alone, then as much of it as there is room for."""
    name = rows[-2:-1] or rows
    for some in (rows, rows[-2:], name):
        try:
            return _fit("\n".join(some), width, height)
        except DoesNotFit:
            continue
    if optional or not rows:
        return None
    return _shortened(name[0], width, height)


def _shortened(words: str, width: float, height: float) -> Fitted | None:
    for length in range(len(words) - 1, 0, -1):
        try:
            return _fit(words[:length] + "…", width, height)
        except DoesNotFit:
            continue
    return None


def _fit(words: str, width: float, height: float) -> Fitted:
    return fit(words, width, height, multiline=True, sizes=_SIZES)


def _picture(data: bytes) -> tuple[Part, float]:
    """A PNG as an image with its transparency, and its width by its height."""
    with Image.open(BytesIO(data), formats=("PNG",)) as opened:
        if opened.width * opened.height > _MOST_PIXELS:
            raise ValueError("too many pixels")
        image = opened.convert("RGBA")
    size: dict[str, Value] = {
        "/Type": Name("/XObject"),
        "/Subtype": Name("/Image"),
        "/Width": image.width,
        "/Height": image.height,
        "/BitsPerComponent": 8,
    }
    mask = Part(size | {"/ColorSpace": Name("/DeviceGray")}, image.getchannel("A").tobytes())
    colours: dict[str, Value] = {"/ColorSpace": Name("/DeviceRGB"), "/SMask": mask}
    picture = Part(size | colours, image.convert("RGB").tobytes())
    return picture, image.width / image.height
