"""The rehearsal: a base is signed twice with a throw-away key, and archived, before anybody relies
on it.

What cannot be signed and verified here would fail later, with people waiting.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from io import BytesIO

from asn1crypto import keys, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import NoOpStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.work.changes import History
from signing.work.reading import borne

_ARCHIVED = "REHEARSAL_ARCHIVE"
"""A field that no document has before: a signature in the place of the archive timestamp."""
_WHOLE = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)


def rehearse(base: bytes, names: Sequence[str], untouched: frozenset[str]) -> bool:
    """Whether all `names` can be signed one after the other, a security store and a further field
    can follow as at the archive, and every signature stays whole: ours, and those foreign ones
    that were `untouched` before. Raises what pyHanko raises.
    """
    signed = base
    for name in names:
        signed = borne(signed, partial(_signed, name))
    archived = borne(signed, partial(_signed, _ARCHIVED, archive=True))
    return borne(archived, lambda reader: _holds(reader, [*names, _ARCHIVED], untouched))


def _holds(reader: PdfFileReader, names: Sequence[str], untouched: frozenset[str]) -> bool:
    mine = [row for row in reader.embedded_signatures if row.field_name in names]
    if len(mine) != len(names) or not asyncio.run(_valid(mine)):
        return False
    return untouched | frozenset(names) <= untouched_signatures(reader)


def untouched_signatures(reader: PdfFileReader) -> frozenset[str]:
    """Names of the signatures after which nothing forbidden was changed."""
    signatures = list(reader.embedded_signatures)
    history = History(reader, signatures)
    found = set()
    for row in signatures:
        if history.after(row).allowed and _covers_its_revision(row, reader):
            found.add(str(row.field_name))
    return frozenset(found)


def _covers_its_revision(row: EmbeddedPdfSignature, reader: PdfFileReader) -> bool:
    try:
        row.compute_integrity_info(skip_diff=True)
        return row.summarise_integrity_info()["coverage"] in _WHOLE
    except (MemoryError, RecursionError):
        raise
    except Exception:  # a stranger's algorithm may be one that nobody here can check
        if reader.strict:
            raise
        return False


def _signed(name: str, reader: PdfFileReader, *, archive: bool = False) -> bytes:
    metadata = PdfSignatureMetadata(
        field_name=name, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    output = BytesIO()
    writer = IncrementalPdfFileWriter.from_reader(reader)
    if archive:
        holder = _signer().signing_cert
        DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=[holder] if holder else [])
    signing = PdfSigner(metadata, _signer(), stamp_style=NoOpStampStyle()).async_sign_pdf(
        writer,
        existing_fields_only=not archive,
        bytes_reserved=8192,
        output=output,
    )
    asyncio.run(signing)
    return output.getvalue()


async def _valid(mine: list[EmbeddedPdfSignature]) -> bool:
    context = ValidationContext(
        trust_roots=[_signer().signing_cert], allow_fetching=False, revocation_mode="soft-fail"
    )
    for row in mine:
        status = await async_validate_pdf_signature(row, context, skip_diff=True)
        if not (status.intact and status.valid):
            return False
    return status.coverage is SignatureCoverageLevel.ENTIRE_FILE


@cache
def _signer() -> SimpleSigner:
    """One key per process, kept in memory."""
    return throwaway_signer()


def throwaway_signer(key: rsa.RSAPrivateKey | None = None) -> SimpleSigner:
    """A new key, or the given one, with a certificate by itself: worth nothing."""
    return _self_certified(key or ec.generate_private_key(ec.SECP256R1()))


def _self_certified(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> SimpleSigner:
    name = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, "rehearsal")])
    now = datetime.now(UTC)
    certificate = (
        certificates.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SimpleSigner(
        signing_cert=x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )
