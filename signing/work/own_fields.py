"""Finding a field of ours without reading all others.

PyHanko's enumeration reads every signature's 16 KiB of hexadecimal digits, token by token in
Python: the twentieth signature of a document would cost ten times the first.
"""

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature


def own_signature(reader: PdfFileReader, name: str) -> EmbeddedPdfSignature | None:
    """The signature in the one top-level field of this name; None where there is none or two."""
    try:
        rows = reader.root["/AcroForm"]["/Fields"]
    except KeyError:
        return None
    fields = [row.get_object() for row in rows]
    found = [
        field
        for field in fields
        if isinstance(field, generic.DictionaryObject)
        and field.get("/T") == name
        and field.get("/FT") == "/Sig"
    ]
    if len(found) != 1 or "/V" not in found[0]:
        return None
    return EmbeddedPdfSignature(reader, found[0], name)
