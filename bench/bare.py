"""What our signing is compared with: pyHanko alone, with the same token, key and TSA.

No checks, no rows, no child: its stock signer, its stock time-stamp client, one call.
"""

import asyncio
from io import BytesIO

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.stamp import NoOpStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from runtime.pkcs11 import Token
from signing.cms import mechanism
from signing.trust import DIGESTS, SigningIdentity


class TokenSigner(Signer):
    """PyHanko's signer over our token."""

    def __init__(self, token: Token, identity: SigningIdentity) -> None:
        certificates = [x509.Certificate.load(der) for der in identity.chain]
        super().__init__(
            signing_cert=certificates[0],
            cert_registry=SimpleCertificateStore.from_certs(certificates[1:]),
            signature_mechanism=mechanism(identity.algorithm),
            embed_roots=False,
        )
        self._token, self._identity = token, identity

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """One C_Sign."""
        if dry_run:
            return bytes(72)
        return self._token.sign(self._identity.key_label, data, self._identity.algorithm)


def sign(
    base: bytes, field_name: str, signer: TokenSigner, identity: SigningIdentity, tsa: str
) -> bytes:
    """The signed file."""
    # not asyncio.run: from the main thread it writes the result out to ask for a signal's handler
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_sign(base, field_name, signer, identity, tsa))
    finally:
        loop.close()


async def _sign(
    base: bytes, field_name: str, signer: TokenSigner, identity: SigningIdentity, tsa: str
) -> bytes:
    metadata = PdfSignatureMetadata(
        field_name=field_name,
        md_algorithm=DIGESTS[identity.algorithm],
        reason="bench",
        location="日本",
        subfilter=SigSeedSubFilter.PADES,
    )
    output = BytesIO()
    await PdfSigner(
        metadata, signer, timestamper=HTTPTimeStamper(tsa), stamp_style=NoOpStampStyle()
    ).async_sign_pdf(
        IncrementalPdfFileWriter(BytesIO(base)),
        existing_fields_only=True,
        bytes_reserved=identity.reserved,
        output=output,
    )
    return output.getvalue()
