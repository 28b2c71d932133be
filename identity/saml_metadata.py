"""Metadata of SAML: ours for providers, theirs for us, and the certificates in them."""

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from domain.sso import SsoRefused
from identity.saml import IdentityProvider, Ourselves, parsed, text_of

MAX_METADATA = 1024 * 1024
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_NS = {"m": _METADATA, "ds": _DS}
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"

Element = Any
"""lxml has no types."""


class MetadataUnreadable(Exception):
    """It is no metadata of a provider that we can ask; the text is a code."""


def our_metadata(ourselves: Ourselves) -> bytes:
    """What providers can read instead of typing it."""
    root = etree.Element(f"{{{_METADATA}}}EntityDescriptor", nsmap={"md": _METADATA})
    root.set("entityID", ourselves.entity_id)
    role = etree.SubElement(root, f"{{{_METADATA}}}SPSSODescriptor")
    role.set("AuthnRequestsSigned", "false")
    role.set("WantAssertionsSigned", "true")
    role.set("protocolSupportEnumeration", _PROTOCOL)
    form = etree.SubElement(role, f"{{{_METADATA}}}NameIDFormat")
    form.text = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    service = etree.SubElement(role, f"{{{_METADATA}}}AssertionConsumerService")
    service.set("Binding", _POST)
    service.set("Location", ourselves.acs_url)
    service.set("index", "0")
    service.set("isDefault", "true")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def read_metadata(data: bytes) -> IdentityProvider:
    """A provider's own. Raises MetadataUnreadable. It is not verified: an administrator brings it,
    and what it says is shown and tried before anybody is sent there."""
    if len(data) > MAX_METADATA:
        raise MetadataUnreadable("size")
    try:
        root = parsed(data)
    except SsoRefused as problem:
        raise MetadataUnreadable(problem.detail) from None
    found = [
        item for item in root.iter(f"{{{_METADATA}}}EntityDescriptor") if _role(item) is not None
    ]
    if len(found) != 1:
        raise MetadataUnreadable("providers")
    role = _role(found[0])
    urls = [
        service.get("Location", "")
        for service in role.findall("m:SingleSignOnService", _NS)
        if service.get("Binding") == _REDIRECT
    ]
    if not urls:
        raise MetadataUnreadable("redirect")
    keys = [key for key in role.findall("m:KeyDescriptor", _NS) if key.get("use") != "encryption"]
    texts = [text_of(item) for key in keys for item in key.iter(f"{{{_DS}}}X509Certificate")]
    return IdentityProvider(
        found[0].get("entityID", ""), urls[0], read_certificates("\n\n".join(texts))
    )


def _role(entity: Element) -> Element:
    return entity.find("m:IDPSSODescriptor", _NS)


def read_certificates(text: str) -> tuple[str, ...]:
    """PEM of each; bare base64, as metadata has it, is taken too, with a blank line between two.
    Raises MetadataUnreadable."""
    return tuple(dict.fromkeys(_certificate(part) for part in _parts(text)))


def _parts(text: str) -> Iterable[str]:
    ending = "-----END CERTIFICATE-----"
    if ending in text:
        return [
            part.partition("-----BEGIN CERTIFICATE-----")[2] for part in text.split(ending)[:-1]
        ]
    return [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def _certificate(base64_text: str) -> str:
    try:
        raw = base64.b64decode("".join(base64_text.split()), validate=True)
        found = x509.load_der_x509_certificate(raw)
        _check_key(found)
    except (ValueError, binascii.Error):
        raise MetadataUnreadable("certificate") from None
    return found.public_bytes(Encoding.PEM).decode()


def _check_key(certificate: x509.Certificate) -> None:
    key = cast("object", certificate.public_key())
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 256:
        return
    raise MetadataUnreadable("key")


def ends(certificate: str) -> datetime:
    """When a certificate ends, aware UTC."""
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
