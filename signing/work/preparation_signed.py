"""The base of a file that is already signed: its own bytes, then one incremental update.

Nothing of a signed file is ever rewritten. The update holds new signature fields only, which the
earlier signatures allow; its bytes depend on nothing but the arguments.
"""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field, enumerate_sig_fields

from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField
from domain.refusals import Refusal, RefusalCode
from signing.work.geometry import rectangle
from signing.work.placing import PRINT_AND_LOCKED
from signing.work.reading import borne


class _Repeatable(IncrementalPdfFileWriter):
    """Without the time of writing: a repeated step must give the same bytes."""

    def _update_meta(self) -> None:
        """No /ModDate, no XMP date."""

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        changing = generic.ByteStringObject(sha256(_bytes(prev)).digest()[:16])
        try:
            permanent, _ = prev.trailer["/ID"]
            if isinstance(permanent, generic.TextStringObject):
                permanent = generic.ByteStringObject(permanent.original_bytes)
        except (KeyError, ValueError, TypeError):
            permanent = changing
        return generic.ArrayObject([permanent, changing])


def appended(data: bytes, placed: Sequence[PlacedField]) -> bytes:
    """The file with empty signature fields after its end. Without fields, the file itself.

    Raises Refusal NOT_PREPARABLE for other fields than signatures, for names that exist, and for
    visible ones in a certified file; else what pyHanko raises.
    """
    if not placed:
        return data
    return borne(data, lambda reader: _appended(reader, data, placed))


def _appended(reader: PdfFileReader, data: bytes, placed: Sequence[PlacedField]) -> bytes:
    writer = _Repeatable.from_reader(reader)
    taken = {name for name, _, _ in enumerate_sig_fields(writer.prev)}
    levels = [row.docmdp_level for row in writer.prev.embedded_regular_signatures]
    certified = any(levels)
    with pikepdf.open(BytesIO(data)) as pdf:
        for field in placed:
            # A certified file takes no new look; invisible fields are no change to what it shows.
            fitting = field.kind is FieldKind.SIGNATURE and not (field.rect and certified)
            if field.name in taken or not fitting:
                raise Refusal(RefusalCode.NOT_PREPARABLE)
            _append(writer, pdf.pages[field.page], field)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def _append(writer: IncrementalPdfFileWriter, page: pikepdf.Page, field: PlacedField) -> None:
    """Its place is set afterwards: pyHanko gives a field with a place an empty look, and verifiers
    take what its person's signature puts there later for a change of the page, not for a filling
    in."""
    append_signature_field(writer, SigFieldSpec(field.name, on_page=field.page))
    (_, _, reference), *_ = enumerate_sig_fields(writer, with_name=field.name)
    widget = reference.get_object()
    widget[generic.NameObject("/F")] = generic.NumberObject(PRINT_AND_LOCKED)
    if field.rect is None:
        return
    place = [generic.FloatObject(f"{length:.2f}") for length in rectangle(page, field.rect)]
    widget[generic.NameObject("/Rect")] = generic.ArrayObject(place)
    rotation = int(page.rotation or 0) % 360
    if rotation:
        turned = generic.DictionaryObject(
            {generic.NameObject("/R"): generic.NumberObject(rotation)}
        )
        widget[generic.NameObject("/MK")] = turned


def _bytes(reader: PdfFileReader) -> bytes:
    position = reader.stream.tell()
    reader.stream.seek(0)
    data: bytes = reader.stream.read()
    reader.stream.seek(position)
    return data


def require_extendable(reader: PdfFileReader) -> None:
    """Whether the signatures of a file let anybody sign after them.

    Raises Refusal SIGNED_NO_CHANGES or SIGNED_ALL_LOCKED; else what pyHanko raises.
    """
    for row in reader.embedded_regular_signatures:
        if row.docmdp_level is MDPPerm.NO_CHANGES:
            raise Refusal(RefusalCode.SIGNED_NO_CHANGES)
        lock = row.fieldmdp
        if lock is not None and lock.is_locked("\0 a name that no form has"):
            raise Refusal(RefusalCode.SIGNED_ALL_LOCKED)
