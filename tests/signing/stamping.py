"""A genuine document timestamp on any file, as somebody outside would add it."""

import asyncio
from collections.abc import Callable
from io import BytesIO

from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.timestamps.api import TimeStamper


class _Given(TimeStamper):
    def __init__(self, stamp: Callable[[bytes], bytes]) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # pyHanko gives it no types
        self._stamp = stamp

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        return cms.ContentInfo.load(await asyncio.to_thread(self._stamp, message_digest))


def stamped(data: bytes, stamp: Callable[[bytes], bytes]) -> bytes:
    """The file with one more revision: an ETSI.RFC3161 timestamp over all of it."""
    output = BytesIO()
    writer = IncrementalPdfFileWriter(BytesIO(data))
    stamper = PdfTimeStamper(_Given(stamp), field_name="Bought")
    asyncio.run(stamper.async_timestamp_pdf(writer, "sha256", bytes_reserved=16384, output=output))
    return output.getvalue()
