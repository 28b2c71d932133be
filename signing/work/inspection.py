"""Intake of one uploaded file: does it open, is it plain, what do its pages look like."""

from io import BytesIO

import pikepdf
import pypdfium2
from pyhanko.pdf_utils.reader import PdfFileReader

from domain.limits import PAGE_IMAGE_MAX_HEIGHT, PAGE_IMAGE_WIDTH, PAGE_IMAGES
from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame
from signing.work.active import examine
from signing.work.geometry import displayed_size
from signing.work.preparation import prepared

_HEADER_WITHIN = 1024
"""Readers accept the header within the first 1,024 bytes (ISO 32000-1, implementation note 13)."""


def inspect(request: Frame) -> Frame:
    """Parts: the file. Answers page sizes, and a PNG of each of the first pages as parts.

    Raises Refusal with the reason.
    """
    data = request.parts[0]
    if not data.strip(b"\0\t\n\f\r "):
        raise Refusal(RefusalCode.EMPTY_FILE)
    if b"%PDF-" not in data[:_HEADER_WITHIN]:
        raise Refusal(RefusalCode.NOT_A_PDF)
    sizes = _checked(data)
    base = prepared(data, ())
    if len(PdfFileReader(BytesIO(base), strict=True).embedded_signatures) != 0:
        raise Refusal(RefusalCode.ALREADY_SIGNED)
    images = _images(base, min(len(sizes), PAGE_IMAGES))
    return Frame("done", {"pages": len(sizes), "sizes": sizes}, images)


def _checked(data: bytes) -> list[tuple[float, float]]:
    try:
        pdf = pikepdf.open(BytesIO(data))
    except pikepdf.PasswordError:
        raise Refusal(RefusalCode.ENCRYPTED) from None
    except pikepdf.PdfError:
        raise Refusal(RefusalCode.UNREADABLE) from None
    with pdf:
        if pdf.is_encrypted:
            raise Refusal(RefusalCode.ENCRYPTED)
        if len(pdf.pages) == 0:
            raise Refusal(RefusalCode.NO_PAGES)
        content = examine(pdf)
        if content.active:
            raise Refusal(RefusalCode.ACTIVE_CONTENT)
        if content.signed:
            raise Refusal(RefusalCode.ALREADY_SIGNED)
        return [displayed_size(page) for page in pdf.pages]


def _images(data: bytes, count: int) -> tuple[bytes, ...]:
    """The pages of the base as it will be signed, not of the upload: what is read is signed."""
    document = pypdfium2.PdfDocument(data)
    try:
        return tuple(_image(document[number]) for number in range(count))
    finally:
        document.close()


def _image(page: pypdfium2.PdfPage) -> bytes:
    width, height = page.get_size()
    scale = min(PAGE_IMAGE_WIDTH / max(width, 1), PAGE_IMAGE_MAX_HEIGHT / max(height, 1))
    bitmap = page.render(scale=scale, may_draw_forms=False)
    output = BytesIO()
    bitmap.to_pil().save(output, "PNG", compress_level=4)
    page.close()
    return output.getvalue()
