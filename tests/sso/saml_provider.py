"""An identity provider for tests that speaks SAML: it signs what it is told to say."""

import base64
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner

ENTITY = "https://idp.city.example/saml"
SSO_URL = "https://idp.city.example/saml/sso"
MFA = "https://refeds.org/profile/mfa"
P, A = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
Element = Any


def key_pair(name: str = "one") -> tuple[rsa.RSAPrivateKey, str]:
    """A key and its certificate, in PEM; the same for the same name."""
    return _made(name)


@cache
def _made(name: str) -> tuple[rsa.RSAPrivateKey, str]:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return key, made.public_bytes(Encoding.PEM).decode()


class OldSigner(XMLSigner):
    """Signs with SHA-1 too, as providers of before do."""

    def check_deprecated_methods(self) -> None:
        """Whatever it is."""


def text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Says:
    """What an assertion says; tests change parts of it."""

    acs: str = ""
    audience: str = ""
    request: str = ""
    issuer: str = ENTITY
    subject: str = "u-9"
    form: str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    attributes: dict[str, list[str]] = field(default_factory=dict)
    context: str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    before: timedelta = timedelta(0)
    after: timedelta = timedelta(minutes=5)
    recipient: str | None = None
    confirms: str | None = None
    destination: str | None = None
    answers: str | None = None
    name: str = "_a1"
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success"


def assertion(says: Says) -> Element:
    """Unsigned."""
    attributes = "".join(
        f'<a:Attribute Name="{name}">'
        + "".join(f"<a:AttributeValue>{value}</a:AttributeValue>" for value in values)
        + "</a:Attribute>"
        for name, values in says.attributes.items()
    )
    until = text_of(says.at + says.after)
    recipient = says.acs if says.recipient is None else says.recipient
    confirms = says.request if says.confirms is None else says.confirms
    return etree.fromstring(
        f'<a:Assertion xmlns:a="{A}" ID="{says.name}" Version="2.0" '
        f'IssueInstant="{text_of(says.at)}"><a:Issuer>{says.issuer}</a:Issuer>'
        f'<a:Subject><a:NameID Format="{says.form}">{says.subject}</a:NameID>'
        '<a:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<a:SubjectConfirmationData Recipient="{recipient}" InResponseTo="{confirms}" '
        f'NotOnOrAfter="{until}"/></a:SubjectConfirmation></a:Subject>'
        f'<a:Conditions NotBefore="{text_of(says.at + says.before)}" NotOnOrAfter="{until}">'
        f"<a:AudienceRestriction><a:Audience>{says.audience}</a:Audience></a:AudienceRestriction>"
        f'</a:Conditions><a:AuthnStatement AuthnInstant="{text_of(says.at)}"><a:AuthnContext>'
        f"<a:AuthnContextClassRef>{says.context}</a:AuthnContextClassRef></a:AuthnContext>"
        f"</a:AuthnStatement><a:AttributeStatement>{attributes}</a:AttributeStatement>"
        "</a:Assertion>"
    )


def signed(
    element: Element,
    who: str = "one",
    method: SignatureMethod = SignatureMethod.RSA_SHA256,
    digest: DigestAlgorithm = DigestAlgorithm.SHA256,
    c14n: CanonicalizationMethod = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
) -> Element:
    key, certificate = key_pair(who)
    signer = OldSigner(SignatureConstructionMethod.enveloped, method, digest, c14n.value)
    return signer.sign(
        element, key=key, cert=certificate, reference_uri=element.get("ID"), id_attribute="ID"
    )


def response(says: Says, *assertions: Element, name: str = "_r1") -> Element:
    answers = says.request if says.answers is None else says.answers
    destination = says.acs if says.destination is None else says.destination
    root = etree.fromstring(
        f'<p:Response xmlns:p="{P}" xmlns:a="{A}" ID="{name}" Version="2.0" '
        f'IssueInstant="{text_of(says.at)}" Destination="{destination}" '
        f'InResponseTo="{answers}"><a:Issuer>{says.issuer}</a:Issuer>'
        f'<p:Status><p:StatusCode Value="{says.status}"/></p:Status></p:Response>'
    )
    root.extend(assertions)
    return root


def encoded(root: Element) -> str:
    return base64.b64encode(etree.tostring(root)).decode()


def request_of(way: str) -> Element:
    """The request that a browser is sent with."""
    packed = parse_qs(urlsplit(way).query)["SAMLRequest"][0]
    return etree.fromstring(zlib.decompress(base64.b64decode(packed), -15))


@dataclass
class SamlProvider:
    """`says` is what it says of whoever comes."""

    attributes: dict[str, list[str]] = field(default_factory=dict)
    change: Callable[[Says], None] = lambda _: None

    def go(self, way: str) -> tuple[str, str]:
        """Where the browser's form is posted to, and the response in it."""
        asked = request_of(way)
        says = Says(
            acs=asked.get("AssertionConsumerServiceURL"),
            audience=asked.findtext(f"{{{A}}}Issuer"),
            request=asked.get("ID"),
            attributes=self.attributes,
            name=f"_{asked.get('ID')}",
        )
        self.change(says)
        return says.acs, encoded(response(says, signed(assertion(says))))


def metadata(certificate: str = "") -> bytes:
    pem = certificate or key_pair()[1]
    plain = "".join(pem.strip().splitlines()[1:-1])
    return (
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
        f'xmlns:ds="{DS}" entityID="{ENTITY}"><md:IDPSSODescriptor '
        f'protocolSupportEnumeration="{P}"><md:KeyDescriptor use="signing"><ds:KeyInfo>'
        f"<ds:X509Data><ds:X509Certificate>{plain}</ds:X509Certificate></ds:X509Data>"
        "</ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService "
        'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
        f'Location="{SSO_URL}"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    ).encode()
