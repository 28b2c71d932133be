"""The bytes of a signature that no signature covers: its own container.

/Contents lies outside its /ByteRange, and CMS signs neither its unsigned attributes nor its bag of
certificates. What a later revision covers is safe; in the newest container every byte must be
what a writer would have written.
"""

from collections.abc import Sequence

from asn1crypto import parser, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.work.certificates import certificates

_UPPER, _LOWER = frozenset(b"0123456789ABCDEF"), frozenset(b"0123456789abcdef")
_SAME_PARTS = 4
"""Of six: so much alike are a certificate and its damaged copy. A renewed or a cross-signed one
shares at most key, subject and issuer with the other."""


def stored_certificates(reader: PdfFileReader) -> list[x509.Certificate]:
    """What the document security store holds."""
    try:
        return list(DocumentSecurityStore.read_dss(reader).load_certs())
    except NoDSSFoundError:
        return []


def known_certificates(reader: PdfFileReader, ders: Sequence[bytes]) -> list[x509.Certificate]:
    """Ours, and those that a signature covers."""
    return certificates(ders) + stored_certificates(reader)


def container_objection(
    signature: EmbeddedPdfSignature, data: bytes, known: Sequence[x509.Certificate]
) -> str:
    """Why a container is not as it was written; empty when nothing speaks against it."""
    value = bytes(signature.pkcs7_content)
    if value[_der_length(value) :].strip(b"\0"):
        return "padding"
    _, first, second, _ = (int(number) for number in signature.byte_range)
    hole = frozenset(data[first + 1 : second - 1])
    if not (hole <= _UPPER or hole <= _LOWER):
        return "contents"
    spare = _spare(signature)
    if any(_damaged(one, other) for one in spare for other in known):
        return "certificates"
    return ""


def _der_length(value: bytes) -> int:
    """Length of the one DER object at the beginning: what follows must be zero padding."""
    _, _, _, header, content, trailer = parser.parse(value, strict=False)
    return len(header) + len(content) + len(trailer)


def _spare(signature: EmbeddedPdfSignature) -> list[x509.Certificate]:
    signed = [
        signature.signed_data,
        *extract_tst_data_iter(signature.signer_info, signed=False),
    ]
    return [one for data in signed for one in extract_certificate_info(data).other_certs]


def _damaged(one: x509.Certificate, other: x509.Certificate) -> bool:
    if one.dump() == other.dump():
        return False
    alike = [a == b for a, b in zip(_parts(one), _parts(other), strict=True)]
    return sum(alike) >= _SAME_PARTS


def _parts(certificate: x509.Certificate) -> tuple[object, ...]:
    body = certificate["tbs_certificate"]
    return (
        body["serial_number"].dump(),
        body["issuer"].dump(),
        body["subject"].dump(),
        body["validity"].dump(),
        body["subject_public_key_info"].dump(),
        certificate["signature_value"].dump(),
    )
