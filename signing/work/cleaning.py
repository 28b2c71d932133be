"""A stamp image (印影) from whatever picture a person has: a scan, a photograph, a drawn seal.

The paper becomes transparent, so that the document shows through; what was not paper keeps its
colour. Paper is what is brightest nearby: a shadow over half of a photograph is still paper.
"""

from io import BytesIO

from PIL import Image, ImageChops, ImageFilter, ImageOps, UnidentifiedImageError

from domain.crops import crop_of
from domain.limits import MAX_STAMP_SIDE
from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame

_FORMATS = ("PNG", "JPEG")
_WORKED_ON = 1600
"""Pixels of the longer side: enough for the finished size after cutting off the paper."""
_CROPPED_FROM = 4800
"""The same for a picture that its sender cropped: what he left may be small on it."""
_LARGEST = 600
_PAPER_SIDE = 48
"""Pixels of the longer side of the picture that only tells how bright the paper is where."""
_PALEST, _FULL = 28, 90
"""Difference from the paper in the channel that differs most: below the first it is paper (noise
of cameras, stains of JPEG), from the second on it is ink."""
_SEE_THROUGH = 250
"""A picture with less alpha than this somewhere brings its own transparency."""
_SEEN = 64
"""Alpha from which a pixel counts as something to see."""
_LEAST_SHARE = 0.0005
_MARGIN = 4


def clean(request: Frame) -> Frame:
    """Parts: the picture. `keeps_paper`: it is a logo, whose ground belongs to it. `crop`: what is
    cut off at the sides. Answers a PNG.
    Raises Refusal IMAGE_UNREADABLE, IMAGE_TOO_LARGE or IMAGE_BLANK."""
    crop = crop_of(request.fields.get("crop"))
    image = _opened(request.parts[0], _CROPPED_FROM if crop else _WORKED_ON)
    keeps = request.fields.get("keeps_paper", False) or _brings_transparency(image)
    if crop:
        image = image.crop(crop.box(image.width, image.height))
        image.thumbnail((_WORKED_ON, _WORKED_ON), Image.Resampling.BOX)
    cut = _cut(image if keeps else _without_paper(image))
    cut.thumbnail((_LARGEST, _LARGEST), Image.Resampling.LANCZOS)
    # nothing but pixels: no place, no camera, no text that the file carried
    bare = Image.frombytes("RGBA", cut.size, cut.tobytes())
    output = BytesIO()
    bare.save(output, "PNG", optimize=True)
    return Frame("done", parts=(output.getvalue(),))


def _opened(data: bytes, side: int) -> Image.Image:
    """Upright, as RGBA, of a size to work on."""
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as opened:
            if max(opened.size) > MAX_STAMP_SIDE:
                raise Refusal(RefusalCode.IMAGE_TOO_LARGE)
            opened.draft("RGB", (side, side))
            image = opened if opened.mode in {"L", "RGB", "RGBA"} else opened.convert("RGBA")
            image.thumbnail((side, side), Image.Resampling.BOX)
            return ImageOps.exif_transpose(image).convert("RGBA")
    except Image.DecompressionBombError:
        raise Refusal(RefusalCode.IMAGE_TOO_LARGE) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, KeyError):
        raise Refusal(RefusalCode.IMAGE_UNREADABLE) from None


def _brings_transparency(image: Image.Image) -> bool:
    lowest, _ = image.getchannel("A").getextrema()
    return isinstance(lowest, (int, float)) and lowest < _SEE_THROUGH


def _without_paper(image: Image.Image) -> Image.Image:
    colours = image.convert("RGB")
    darker = ImageChops.subtract(_paper(colours), colours)
    red, green, blue = darker.split()
    difference = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    step = 255 / (_FULL - _PALEST)
    alpha = difference.point(lambda value: round(min(255, max(0, (value - _PALEST) * step))))
    # at an edge ink and paper are mixed: take the ink's colour from beside it
    ink = colours.filter(ImageFilter.MinFilter(3)) if min(colours.size) >= 3 else colours
    ink.putalpha(alpha)
    return ink


def _paper(colours: Image.Image) -> Image.Image:
    """How the picture would be without anything on its paper: the brightest around, smoothed."""
    small = colours.copy()
    small.thumbnail((_PAPER_SIDE, _PAPER_SIDE), Image.Resampling.BOX)
    for _ in range(_PAPER_SIDE // 6):
        small = small.filter(ImageFilter.MaxFilter(3)) if min(small.size) >= 3 else small
    small = small.filter(ImageFilter.GaussianBlur(2))
    return small.resize(colours.size, Image.Resampling.BICUBIC)


def _cut(image: Image.Image) -> Image.Image:
    """Without the empty border."""
    seen = image.getchannel("A").point(lambda value: 255 if value >= _SEEN else 0)
    box = seen.getbbox()
    share = seen.histogram()[255] / (image.width * image.height)
    if box is None or share < _LEAST_SHARE:
        raise Refusal(RefusalCode.IMAGE_BLANK)
    left, top, right, bottom = box
    return image.crop(
        (
            max(0, left - _MARGIN),
            max(0, top - _MARGIN),
            min(image.width, right + _MARGIN),
            min(image.height, bottom + _MARGIN),
        )
    )
