"""Drafting a signature's revision, and embedding the finished CMS into it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO

from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.pdf_byterange import BuildProps, PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfTBSDocument
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.stamp import NoOpStampStyle

from domain.kinds import FieldKind
from domain.ports.signatures import FilledField, SignatureInvalid, SignatureLook
from signing.cms import external_signer
from signing.frames import Frame
from signing.trust import DIGESTS
from signing.work.certificates import certificate, registry
from signing.work.filling import fill
from signing.work.reading import borne


class GivenToken(TimeStamper):
    """A token that the parent already has, as pyHanko wants it."""

    def __init__(self, token: bytes) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # pyHanko gives it no types
        self._token = token

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """The token, whatever was asked: the parent has checked what it stamps."""
        return cms.ContentInfo.load(self._token)


def draft(request: Frame) -> Frame:
    """Parts: base, stamp image (or nothing), then our chain. Fields: the words of the signature,
    `fills` and `look` (dictionaries of FilledField, lines of SignatureLook or None).

    Answers tail, document digest, signed attributes as parts.
    """
    return borne(request.parts[0], lambda reader: _drafted(reader, request))


def _drafted(reader: PdfFileReader, request: Frame) -> Frame:
    base, image, chain = request.parts[0], request.parts[1], request.parts[2:]
    fields = request.fields
    algorithm = str(fields["algorithm"])
    signer = external_signer(certificate(chain[0]), registry(chain[1:]), algorithm)
    metadata = PdfSignatureMetadata(
        field_name=fields["field_name"],
        md_algorithm=DIGESTS[algorithm],
        reason=fields["reason"],
        location=fields["location"],
        subfilter=SigSeedSubFilter.PADES,
        app_build_props=BuildProps(fields["service_name"]),
    )
    writer = IncrementalPdfFileWriter.from_reader(reader)
    fill(
        writer,
        _fills(fields["fills"]),
        str(fields["field_name"]),
        _look(fields["look"], image, fields.get("mm")),
    )
    session = PdfSigner(metadata, signer, stamp_style=NoOpStampStyle()).init_signing_session(
        writer, existing_fields_only=True
    )
    session.system_time = datetime.fromisoformat(fields["at"])
    document = session.prepare_tbs_document(None, bytes_reserved=int(fields["reserved"]))
    output = BytesIO()
    prepared, _ = document.digest_tbs_document(output=output)
    attributes = asyncio.run(
        signer.signed_attrs(prepared.document_digest, DIGESTS[algorithm], use_pades=True)
    )
    layout = {
        "contents_start": prepared.reserved_region_start,
        "contents_end": prepared.reserved_region_end,
        "reserved": int(fields["reserved"]),
    }
    tail = bytes(output.getbuffer()[len(base) :])
    return Frame("done", layout, (tail, prepared.document_digest, attributes.dump()))


def _fills(rows: Sequence[Mapping[str, str]]) -> list[FilledField]:
    return [
        FilledField(row["name"], FieldKind(row["kind"]), row["value"], row["text"]) for row in rows
    ]


def _look(lines: Sequence[str] | None, image: bytes, mm: int | None) -> SignatureLook | None:
    return None if lines is None else SignatureLook(tuple(lines), image or None, mm)


def embed(request: Frame) -> Frame:
    """Parts: tail, signed attributes, signature value, token, then our chain.

    Fields: `start` and `end` of /Contents within the tail. Answers the finished tail.
    """
    return Frame("done", parts=(asyncio.run(_embedded(request)),))


async def _embedded(request: Frame) -> bytes:
    tail, attributes, value, token = request.parts[:4]
    chain = request.parts[4:]
    algorithm = str(request.fields["algorithm"])
    signer = external_signer(certificate(chain[0]), registry(chain[1:]), algorithm, value)
    signature = await signer.async_sign_prescribed_attributes(
        DIGESTS[algorithm], cms.CMSAttributes.load(attributes), timestamper=GivenToken(token)
    )
    start, end = int(request.fields["start"]), int(request.fields["end"])
    if 2 * len(signature.dump()) > end - start - 2:
        raise SignatureInvalid("cms_too_long")
    output = BytesIO(tail)
    await PdfTBSDocument.async_finish_signing(
        output, PreparedByteRangeDigest(b"", start, end), signature
    )
    return output.getvalue()
