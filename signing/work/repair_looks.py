"""Forms whose look is left to viewers: fields without one, or a wish to have all drawn anew
(/NeedAppearances).

Signing takes that freedom away. Either what a viewer shows is drawn into the pages, or the looks
stored in the file remain: a change of what some viewers show, so it needs consent, and stored looks
must not contradict the values.
"""

import re
from io import BytesIO

import pikepdf
import pypdfium2
import pypdfium2.raw

_SHOWN = re.compile(rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>|\b(?:Tj|TJ)\b|['\"](?=\s)")
_COMPARED = 10
"""Letters and digits at the beginning of a value: what follows may be cut off by the field."""


def form_drawn(data: bytes) -> bytes:
    """The file with fields and notes drawn into its pages, as PDFium shows them on a screen.

    Raises pypdfium2.PdfiumError.
    """
    document = pypdfium2.PdfDocument(data)
    try:
        document.init_forms()
        for number in range(len(document)):
            page = document[number]
            drawn = pypdfium2.raw.FPDFPage_Flatten(page, pypdfium2.raw.FLAT_NORMALDISPLAY)
            page.close()
            if drawn == pypdfium2.raw.FLATTEN_FAIL:
                raise pypdfium2.PdfiumError("flatten")
        output = BytesIO()
        document.save(output)
        return output.getvalue()
    finally:
        document.close()


def stored_looks(data: bytes) -> bytes | None:
    """The file without the wish; None where there is none or a stored look contradicts a value."""
    with pikepdf.open(BytesIO(data)) as pdf:
        form = pdf.Root.get("/AcroForm")
        if not isinstance(form, pikepdf.Dictionary) or "/NeedAppearances" not in form:
            return None
        if not all(_agrees(widget) for page in pdf.pages for widget in _texts(page)):
            return None
        del form["/NeedAppearances"]
        output = BytesIO()
        pdf.save(output, encryption=False)
        return output.getvalue()


def _texts(page: pikepdf.Page) -> list[pikepdf.Object]:
    found = page.obj.get("/Annots")
    if not isinstance(found, pikepdf.Array):
        return []
    return [
        row
        for row in found
        if isinstance(row, pikepdf.Dictionary) and _inherited(row, "/FT") == pikepdf.Name.Tx
    ]


def _agrees(widget: pikepdf.Object) -> bool:
    """Without a stored look each viewer makes one from the value, and goes on doing so."""
    look = widget.get("/AP")
    look = look.get("/N") if isinstance(look, pikepdf.Dictionary) else None
    if not isinstance(look, pikepdf.Stream):
        return True
    value = _inherited(widget, "/V")
    wanted = _letters(str(value)) if isinstance(value, pikepdf.String) else ""
    found = _SHOWN.findall(look.read_bytes())
    texts = [row for row in found if len(row) > 1 and row[:1] in b"(<" and row.strip(b"()<> \n")]
    if not wanted or not texts:
        return bool(wanted) == bool(texts)
    if not wanted.isascii() or any(row.startswith(b"<") for row in texts):
        return True  # glyph numbers of some font: that there is a text must do
    shown = _letters("".join(row.decode("latin-1") for row in texts))
    return wanted[:_COMPARED] in shown


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def _inherited(field: pikepdf.Object, key: str) -> pikepdf.Object | None:
    parent = field.get("/Parent")
    own = field.get(key)
    return own if own is not None or parent is None else parent.get(key)
