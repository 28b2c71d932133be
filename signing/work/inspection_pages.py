"""Pages as pictures: for the people who read them, and as proof that a base shows the same."""

import time
from collections.abc import Iterator
from io import BytesIO

import pypdfium2
from PIL import Image, ImageChops, ImageFilter

from domain.limits import (
    COMPARE_SECONDS,
    IMAGE_SECONDS,
    PAGE_IMAGE_MAX_HEIGHT,
    PAGE_IMAGE_WIDTH,
    PAGE_IMAGES,
)

_COMPARED_PIXELS = 4_000_000
"""At most, per page: a poster is compared at less than 72 dpi."""
_VISIBLE = 40
"""A difference of colour of less than this, of 255, is rounding at an edge."""
_COMPRESSION, _QUALITY = 4, 65
"""Of PNG, of 9; of JPEG, of 95: letters of 8 points stay sharp."""
_FLAT_SHARE = 0.6
"""Of a page's pixels, that are like their neighbour: pages of text have more than 0.8, scans less
than 0.4."""
_SIXTEEN = [round(value / 17) for value in range(256)]
_STRAY_SHARE = 0.0001
"""Share of a page's pixels that may differ although the neighbours are compared too."""


class NotComparable(Exception):
    """The original cannot be drawn, so nothing can be shown about a copy."""


def page_images(data: bytes, pages: range, least: int = PAGE_IMAGES) -> tuple[bytes, ...]:
    """Pictures (PNG or JPEG) of pages (numbers from 0) of the base as it will be signed: what is
    read is signed. The first `least` of them, and further ones while there is time."""
    document, images, until = _opened(data), list[bytes](), time.process_time() + IMAGE_SECONDS
    try:
        for number in pages:
            if len(images) >= least and time.process_time() > until:
                break
            images.append(_image(document[number]))
        return tuple(images)
    finally:
        document.close()


def look_the_same(before: bytes, after: bytes, pages: int) -> bool:
    """Whether the pages of two files are the same pictures at 72 dpi.

    All pages, but when time runs out those drawn until then: they are taken from all over the
    file. Raises NotComparable.
    """
    one, two = _opened(before), _opened(after)
    try:
        if not len(one) == len(two) == pages:
            return False
        until = time.process_time() + COMPARE_SECONDS
        for number in _spread(pages):
            if not _same(_page(one, number), two[number]):
                return False
            if time.process_time() > until:
                break
        return True
    finally:
        one.close()
        two.close()


def can_be_drawn(data: bytes) -> bool:
    """Whether the renderer opens it at all."""
    try:
        _opened(data).close()
    except NotComparable:
        return False
    return True


def saved_by_renderer(data: bytes) -> Iterator[bytes]:
    """What the renderer reads of a damaged file, written anew: all of it, then the pages alone.
    Nothing where it finds no pages."""
    try:
        document = _opened(data)
    except NotComparable:
        return
    pages = pypdfium2.PdfDocument.new()
    try:
        if len(document):
            yield _saved(document)
            pages.import_pages(document)
            yield _saved(pages)
    except pypdfium2.PdfiumError:
        return
    finally:
        pages.close()
        document.close()


def _saved(document: pypdfium2.PdfDocument) -> bytes:
    output = BytesIO()
    document.save(output)
    return output.getvalue()


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise NotComparable from error
    document.init_forms()  # or else the values of form fields are not drawn
    return document


def _page(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    try:
        return document[number]
    except pypdfium2.PdfiumError as error:
        raise NotComparable from error


def _spread(pages: int) -> list[int]:
    """All page numbers, so ordered that any beginning of the list is spread over the file."""
    width = max(pages - 1, 1).bit_length()
    reversed_bits = (int(f"{number:0{width}b}"[::-1], 2) for number in range(1 << width))
    return [number for number in reversed_bits if number < pages]


def _same(one: pypdfium2.PdfPage, two: pypdfium2.PdfPage) -> bool:
    first, second = _drawn(one), _drawn(two)
    if (first.width, first.height) != (second.width, second.height):
        return False
    if bytes(first.buffer) == bytes(second.buffer):
        return True
    one_picture, two_picture = _coloured(first), _coloured(second)
    stray = max(_foreign(one_picture, two_picture), _foreign(two_picture, one_picture))
    return bool(stray <= _STRAY_SHARE * first.width * first.height)


def _foreign(one: Image.Image, two: Image.Image) -> int:
    """How many pixels of one picture have a colour that the other has nowhere near."""
    above = ImageChops.subtract(one, two.filter(ImageFilter.MaxFilter(3)))
    below = ImageChops.subtract(two.filter(ImageFilter.MinFilter(3)), one)
    return sum(ImageChops.lighter(above, below).convert("L").histogram()[_VISIBLE:])


def _drawn(page: pypdfium2.PdfPage) -> pypdfium2.PdfBitmap:
    try:
        width, height = page.get_size()
        scale = min(1.0, (_COMPARED_PIXELS / max(width * height, 1.0)) ** 0.5)
        return page.render(scale=scale, may_draw_forms=True)
    finally:
        page.close()


def _image(page: pypdfium2.PdfPage) -> bytes:
    width, height = page.get_size()
    scale = min(PAGE_IMAGE_WIDTH / max(width, 1), PAGE_IMAGE_MAX_HEIGHT / max(height, 1))
    bitmap = page.render(scale=scale, may_draw_forms=True)
    picture = _coloured(bitmap)
    page.close()
    return _encoded(picture)


def _encoded(picture: Image.Image) -> bytes:
    """PNG of what was written, JPEG of what was photographed or scanned: a scan's PNG has 5 MB,
    half a minute on a slow line."""
    output = BytesIO()
    if _is_scanned(picture):
        picture.save(output, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    else:
        _thrifty(picture).save(output, "PNG", compress_level=_COMPRESSION)
    return output.getvalue()


def _coloured(bitmap: pypdfium2.PdfBitmap) -> Image.Image:
    picture = bitmap.to_pil()
    # converting what has the wanted mode copies it, which takes longer than drawing it
    coloured: Image.Image = picture if picture.mode == "RGB" else picture.convert("RGB")
    return coloured


def _is_scanned(picture: Image.Image) -> bool:
    """Whether neighbours differ nearly everywhere, as the grain of paper makes them."""
    green = picture.getchannel("G")
    same = ImageChops.difference(green, ImageChops.offset(green, 1, 0)).histogram()[0]
    return same < _FLAT_SHARE * picture.width * picture.height


def _thrifty(picture: Image.Image) -> Image.Image:
    """What shows no colour is stored in 16 greys: a twentieth of the bytes, which people load over
    their phones, and an eighth of the time."""
    red, green, blue = picture.split()
    if any(ImageChops.difference(one, green).getbbox() for one in (red, blue)):
        return picture
    greys = green.point(_SIXTEEN)
    greys.putpalette([17 * grey for grey in range(16) for _ in "rgb"])
    return greys
