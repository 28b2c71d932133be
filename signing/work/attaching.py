"""A file that a signer attaches: a PDF is judged and kept as it is, a picture made anew.

What it is, its first bytes say; what its name or the browser claims is never asked.
"""

from io import BytesIO

import pikepdf
from PIL import Image, UnidentifiedImageError

from domain.attachments import Accepts, FileKind
from domain.limits import (
    ATTACHMENT_SIDE,
    MAX_ATTACHMENT_BYTES,
    MAX_ATTACHMENT_PIXELS,
    MAX_ATTACHMENT_SIDE,
    PAGE_IMAGE_WIDTH,
)
from domain.mends import Mend
from domain.refusals import Refusal, RefusalCode
from signing.frames import Frame
from signing.work.inspection import opened_file, require_pdf
from signing.work.inspection_pages import NotComparable, page_images

_FORMATS = ("PNG", "JPEG")
_QUALITY = 90
_PREVIEW_QUALITY = 75
_GPS = 0x8825
"""The tag of EXIF 2.3, 4.6.3, that leads to where a picture was taken."""
_TAIL = 1024
"""Bytes after the last %%EOF: writers leave a line or two, another file is longer."""
_HARMLESS = frozenset(
    {
        Mend.CROSS_REFERENCES,
        Mend.ENCRYPTION,
        Mend.FORM_DRAWN,
        Mend.FORM_LOOK,
        Mend.METADATA,
        Mend.PRINT_LAYERS,
        Mend.STRUCTURE,
    }
)
"""What a contract must not have, since it is signed; it does nothing to whoever opens a file."""
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RTF = b"{\\rtf"
_HEIF = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"})


def attach(request: Frame) -> Frame:
    """Parts: the file; fields: `accepts`. Answers `kind`, `pages`, `located`; parts: the file as
    it is kept, a picture of it. Raises Refusal with the reason."""
    data, accepts = request.parts[0], Accepts(request.fields["accepts"])
    if not data:
        raise Refusal(RefusalCode.EMPTY_FILE)
    if len(data) > MAX_ATTACHMENT_BYTES:
        raise Refusal(RefusalCode.ATTACHMENT_TOO_LARGE)
    if data.startswith(b"%PDF-"):
        if accepts is Accepts.IMAGE:
            raise Refusal(RefusalCode.ATTACHMENT_NO_PDF)
        return _pdf(data)
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise Refusal(_unknown(data))
    if accepts is Accepts.PDF:
        raise Refusal(RefusalCode.ATTACHMENT_NO_IMAGE)
    return _picture(data)


def _unknown(data: bytes) -> RefusalCode:
    """What to say of a file that is none of these: people mostly have photos and office files."""
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF:
        return RefusalCode.ATTACHMENT_HEIC
    if data.startswith((*_ZIP, _OLE, _RTF)):
        return RefusalCode.ATTACHMENT_OFFICE
    return RefusalCode.NOT_ATTACHABLE


def _pdf(data: bytes) -> Frame:
    """Without what acts on its reader, and without another file behind its end."""
    require_pdf(data)
    if len(data) - data.rfind(b"%%EOF") > _TAIL and b"%%EOF" in data:
        raise Refusal(RefusalCode.UNREADABLE)
    opened = opened_file(data)
    if opened.mends - _HARMLESS:
        raise Refusal(RefusalCode.ATTACHMENT_ACTIVE)
    try:
        first = page_images(data, range(1))[0]
    except (NotComparable, pikepdf.PdfError, ValueError):
        raise Refusal(RefusalCode.UNREADABLE) from None
    fields = {"kind": FileKind.PDF.value, "pages": len(opened.sizes), "located": False}
    return Frame("done", fields, (data, first))


def _picture(data: bytes) -> Frame:
    """Upright, of at most ATTACHMENT_SIDE pixels, nothing but pixels."""
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as opened:
            wide, high = opened.size
            if max(wide, high) > MAX_ATTACHMENT_SIDE or wide * high > MAX_ATTACHMENT_PIXELS:
                raise Refusal(RefusalCode.ATTACHMENT_PIXELS)
            kind = FileKind.PNG if opened.format == "PNG" else FileKind.JPEG
            located = bool(opened.getexif().get_ifd(_GPS))
            # a JPEG of many pixels is decoded at a half or a quarter at once
            opened.draft("RGB", (ATTACHMENT_SIDE, ATTACHMENT_SIDE))
            image = _plain(opened)
    except Image.DecompressionBombError:
        raise Refusal(RefusalCode.ATTACHMENT_PIXELS) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, KeyError):
        raise Refusal(RefusalCode.ATTACHMENT_BROKEN) from None
    kept = _encoded(image, kind)
    if len(kept) > MAX_ATTACHMENT_BYTES and kind is FileKind.PNG:
        kind, kept = FileKind.JPEG, _encoded(image, FileKind.JPEG)
    if len(kept) > MAX_ATTACHMENT_BYTES:
        raise Refusal(RefusalCode.ATTACHMENT_TOO_LARGE)
    image.thumbnail((PAGE_IMAGE_WIDTH, PAGE_IMAGE_WIDTH), Image.Resampling.BOX)
    preview = _encoded(image, FileKind.JPEG, _PREVIEW_QUALITY)
    return Frame("done", {"kind": kind.value, "pages": 1, "located": located}, (kept, preview))


def _plain(opened: Image.Image) -> Image.Image:
    """On white paper where it is transparent; colours as they were but for exotic ones."""
    opened.load()
    image: Image.Image = opened
    if "A" in image.mode or "transparency" in image.info:
        bright = image.convert("RGBA")
        paper = Image.new("RGBA", bright.size, "white")
        paper.alpha_composite(bright)
        image = paper.convert("RGB")
    elif image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    elif image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    image.thumbnail((ATTACHMENT_SIDE, ATTACHMENT_SIDE), Image.Resampling.LANCZOS)
    orientation = opened.getexif().get(_ORIENTATION)
    turned = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image.transpose(turned) if turned is not None else image


_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, as ImageOps.exif_transpose has it."""


def _encoded(image: Image.Image, kind: FileKind, quality: int = _QUALITY) -> bytes:
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    output = BytesIO()
    if kind is FileKind.PNG:
        bare.save(output, "PNG")
    else:
        bare.save(output, "JPEG", quality=quality, progressive=False)
    return output.getvalue()
