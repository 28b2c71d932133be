"""SAML 2.0 as a service provider: the request and the response.

One profile of it: Web Browser SSO, the request by HTTP-Redirect, the response by HTTP-POST, in
answer to a request of ours, with one assertion that the provider signed and did not encrypt. What
is read is nothing but the bytes that the signature covers, parsed anew (`signed_data`): whatever
else a response holds, moved, wrapped or commented, is never looked at.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from domain.sso import MAX_GROUPS, MAX_SUBJECT_CHARACTERS, SKEW, SsoRefused, Statement, Why

MAX_ENCODED = 400_000
"""Of a response as it is posted; usual ones have 10,000 characters."""
FRESH = timedelta(minutes=10)
"""How old an assertion may be that was asked for a moment ago."""
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_NS = {"p": _PROTOCOL, "a": _ASSERTION, "ds": _DS}
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
_MAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = f"{_DS}enveloped-signature"
_KNOWN_CONDITIONS = frozenset({"AudienceRestriction", "OneTimeUse", "ProxyRestriction"})
_SIGNATURES = frozenset(
    {
        *(SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512),
        *(SignatureMethod.ECDSA_SHA256, SignatureMethod.ECDSA_SHA384, SignatureMethod.ECDSA_SHA512),
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})

Element = Any
"""lxml has no types."""


@dataclass(frozen=True)
class Ourselves:
    """What we are called, and where answers come to."""

    entity_id: str
    acs_url: str


@dataclass(frozen=True)
class IdentityProvider:
    """Who answers. Certificates are PEM; any of them may sign, so that they can be changed."""

    entity_id: str
    sso_url: str
    certificates: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """A verified assertion. Its id must not be taken again before `until`."""

    said: Statement
    assertion_id: str
    until: datetime


def request_url(
    provider: IdentityProvider, ourselves: Ourselves, request_id: str, now: datetime
) -> str:
    """Where the browser is sent. The request is not signed: what it says, the answer is held
    against."""
    root = etree.Element(f"{{{_PROTOCOL}}}AuthnRequest", nsmap={"samlp": _PROTOCOL})
    root.set("ID", request_id)
    root.set("Version", "2.0")
    root.set("IssueInstant", now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    root.set("Destination", provider.sso_url)
    root.set("AssertionConsumerServiceURL", ourselves.acs_url)
    root.set("ProtocolBinding", _POST)
    issuer = etree.SubElement(root, f"{{{_ASSERTION}}}Issuer", nsmap={"saml": _ASSERTION})
    issuer.text = ourselves.entity_id
    squeezer = zlib.compressobj(wbits=-15)
    packed = squeezer.compress(etree.tostring(root)) + squeezer.flush()
    query = urlencode({"SAMLRequest": base64.b64encode(packed).decode()})
    return f"{provider.sso_url}{'&' if '?' in provider.sso_url else '?'}{query}"


def read_response(  # noqa: PLR0913 - who answers whom, to what, when
    encoded: str,
    provider: IdentityProvider,
    ourselves: Ourselves,
    request_id: str,
    claims: Mapping[str, str],
    now: datetime,
) -> Answer:
    """What the provider says in answer to this request. Raises SsoRefused."""
    root = parsed(_decoded(encoded))
    _check_response(root, provider, ourselves, request_id)
    assertion = _signed_assertion(root, provider, now)
    _check_assertion(assertion, provider, ourselves, now)
    until = _confirmed_until(assertion, ourselves, request_id, now)
    said = _statement(assertion, provider.entity_id, claims, now)
    return Answer(said, assertion.get("ID"), until + SKEW)


def _decoded(encoded: str) -> bytes:
    if len(encoded) > MAX_ENCODED:
        raise SsoRefused(Why.UNTRUSTED, "size")
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise SsoRefused(Why.UNTRUSTED, "base64") from None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )


def parsed(data: bytes) -> Element:
    """XML without a DTD, so without entities. Raises SsoRefused."""
    try:
        root = etree.fromstring(data, parser=_parser())
    except (etree.XMLSyntaxError, ValueError):
        raise SsoRefused(Why.UNTRUSTED, "xml") from None
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None or info.externalDTD is not None:
        raise SsoRefused(Why.UNTRUSTED, "dtd")
    if any(isinstance(item, etree._Entity) for item in root.iter()):  # noqa: SLF001 - its only name
        raise SsoRefused(Why.UNTRUSTED, "entity")
    return root


def _check_response(
    root: Element, provider: IdentityProvider, ourselves: Ourselves, request_id: str
) -> None:
    """What stands around the assertion, which nobody need have signed: it only refuses."""
    if root.tag != f"{{{_PROTOCOL}}}Response" or root.get("Version") != "2.0":
        raise SsoRefused(Why.UNTRUSTED, "response")
    if root.get("InResponseTo") != request_id:
        raise SsoRefused(Why.UNTRUSTED, "in_response_to")
    if root.get("Destination", ourselves.acs_url) != ourselves.acs_url:
        raise SsoRefused(Why.UNTRUSTED, "destination")
    issuer = root.find("a:Issuer", _NS)
    if issuer is not None and text_of(issuer) != provider.entity_id:
        raise SsoRefused(Why.UNTRUSTED, "issuer")
    codes = [code.get("Value", "") for code in root.findall("p:Status//p:StatusCode", _NS)]
    if not codes or codes[0] != _SUCCESS:
        last = codes[-1].rpartition(":")[2][:40] if codes else "none"
        raise SsoRefused(Why.DENIED, last if last.isascii() and last.isalnum() else "other")


def _signed_assertion(root: Element, provider: IdentityProvider, now: datetime) -> Element:
    """The one assertion, as its signature covers it. Raises SsoRefused."""
    if root.find(".//a:EncryptedAssertion", _NS) is not None:
        raise SsoRefused(Why.UNTRUSTED, "encrypted")
    everywhere = list(root.iter(f"{{{_ASSERTION}}}Assertion"))
    if len(everywhere) != 1 or everywhere[0].getparent() is not root:
        raise SsoRefused(Why.UNTRUSTED, "assertions")
    assertion = everywhere[0]
    name = assertion.get("ID") or ""
    ids = [item.get(word) for item in root.iter(etree.Element) for word in ("ID", "Id", "id")]
    if not name or ids.count(name) != 1:
        raise SsoRefused(Why.UNTRUSTED, "id")
    _check_signature_shape(assertion, name)
    # Alone, so that no reference leads anywhere else.
    alone = etree.tostring(assertion, with_tail=False)
    for certificate in provider.certificates:
        signed = _verified(alone, certificate, now)
        if signed is not None:
            return _covered(signed, name)
    raise SsoRefused(Why.UNTRUSTED, "signature")


def _check_signature_shape(assertion: Element, name: str) -> None:
    """One signature, of this assertion, made without anything that could move what it covers."""
    found = list(assertion.iter(f"{{{_DS}}}Signature"))
    if not found:
        raise SsoRefused(Why.UNTRUSTED, "unsigned")
    info = found[0].find("ds:SignedInfo", _NS)
    if len(found) != 1 or found[0].getparent() is not assertion or info is None:
        raise SsoRefused(Why.UNTRUSTED, "signatures")
    references = info.findall("ds:Reference", _NS)
    uris = [reference.get("URI") for reference in references]
    methods = [item.get("Algorithm") for item in info.findall("ds:CanonicalizationMethod", _NS)]
    transforms = [item.get("Algorithm") for item in info.iter(f"{{{_DS}}}Transform")]
    if uris != [f"#{name}"] or found[0].find("ds:Object", _NS) is not None:
        raise SsoRefused(Why.UNTRUSTED, "reference")
    if methods != [_EXCLUSIVE] or transforms != [_ENVELOPED, _EXCLUSIVE]:
        raise SsoRefused(Why.UNTRUSTED, "transforms")


def _verified(alone: bytes, certificate: str, now: datetime) -> bytes | None:
    """The bytes that this certificate's key signed; None where it did not."""
    configuration = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=_SIGNATURES,
        digest_algorithms=_DIGESTS,
        verification_time=now,
    )
    try:
        found = XMLVerifier().verify(
            parsed(alone),
            x509_cert=x509.load_pem_x509_certificate(certificate.encode()),
            id_attribute="ID",
            expect_config=configuration,
        )
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, KeyError):
        return None
    return None if isinstance(found, list) else found.signed_data


def _covered(signed: bytes, name: str) -> Element:
    assertion = parsed(signed)
    if assertion.tag != f"{{{_ASSERTION}}}Assertion" or assertion.get("ID") != name:
        raise SsoRefused(Why.UNTRUSTED, "reference")
    return assertion


def _check_assertion(
    assertion: Element, provider: IdentityProvider, ourselves: Ourselves, now: datetime
) -> None:
    issuer = assertion.find("a:Issuer", _NS)
    if assertion.get("Version") != "2.0" or issuer is None or text_of(issuer) != provider.entity_id:
        raise SsoRefused(Why.UNTRUSTED, "issuer")
    made = _moment(assertion.get("IssueInstant"), "issue_instant")
    if not now - FRESH - SKEW <= made <= now + SKEW:
        raise SsoRefused(Why.UNTRUSTED, "issue_instant")
    conditions = assertion.findall("a:Conditions", _NS)
    if len(conditions) != 1:
        raise SsoRefused(Why.UNTRUSTED, "conditions")
    _check_period(conditions[0], now, "conditions")
    if any(etree.QName(item).localname not in _KNOWN_CONDITIONS for item in conditions[0]):
        raise SsoRefused(Why.UNTRUSTED, "conditions")
    restrictions = conditions[0].findall("a:AudienceRestriction", _NS)
    audiences = [
        {text_of(audience) for audience in restriction.findall("a:Audience", _NS)}
        for restriction in restrictions
    ]
    if not audiences or any(ourselves.entity_id not in named for named in audiences):
        raise SsoRefused(Why.UNTRUSTED, "audience")


def _check_period(element: Element, now: datetime, code: str) -> None:
    """`NotBefore` and `NotOnOrAfter`, whichever there is."""
    before, after = element.get("NotBefore"), element.get("NotOnOrAfter")
    if before is not None and now + SKEW < _moment(before, code):
        raise SsoRefused(Why.UNTRUSTED, f"{code}_early")
    if after is not None and now - SKEW >= _moment(after, code):
        raise SsoRefused(Why.UNTRUSTED, f"{code}_late")


def _confirmed_until(
    assertion: Element, ourselves: Ourselves, request_id: str, now: datetime
) -> datetime:
    """Until when whoever brings the assertion is its subject: here, and in answer to this
    request."""
    refused = SsoRefused(Why.UNTRUSTED, "confirmation")
    for confirmation in assertion.findall("a:Subject/a:SubjectConfirmation", _NS):
        data = confirmation.find("a:SubjectConfirmationData", _NS)
        if confirmation.get("Method") != _BEARER or data is None:
            continue
        if data.get("Recipient") != ourselves.acs_url:
            refused = SsoRefused(Why.UNTRUSTED, "recipient")
        elif data.get("InResponseTo") != request_id:
            refused = SsoRefused(Why.UNTRUSTED, "in_response_to")
        else:
            until = _moment(data.get("NotOnOrAfter"), "confirmation")
            _check_period(data, now, "confirmation")
            return until
    raise refused


def _statement(
    assertion: Element, issuer: str, claims: Mapping[str, str], now: datetime
) -> Statement:
    subject = assertion.find("a:Subject/a:NameID", _NS)
    name = text_of(subject) if subject is not None else ""
    form = subject.get("Format", "") if subject is not None else ""
    if not 0 < len(name) <= MAX_SUBJECT_CHARACTERS or form == _TRANSIENT:
        raise SsoRefused(Why.UNTRUSTED, "name_id")
    statements = assertion.findall("a:AuthnStatement", _NS)
    if not statements:
        raise SsoRefused(Why.UNTRUSTED, "authn_statement")
    for statement in statements:
        ends = statement.get("SessionNotOnOrAfter")
        if ends is not None and now - SKEW >= _moment(ends, "session"):
            raise SsoRefused(Why.UNTRUSTED, "session_late")
    said = _attributes(assertion)

    def first(claim: str) -> str:
        return next(iter(said.get(claims.get(claim, ""), ())), "")

    mail = first("mail") or (name if form == _MAIL_FORMAT else "")
    contexts = assertion.findall("a:AuthnStatement/a:AuthnContext/a:AuthnContextClassRef", _NS)
    groups = said.get(claims.get("groups", ""))  # who says nothing of groups takes none away
    return Statement(
        issuer=issuer,
        subject=name,
        mail=mail.strip().lower(),
        name=first("name"),
        department=first("department"),
        groups=None if groups is None else tuple(groups)[:MAX_GROUPS],
        factors=tuple(text_of(context) for context in contexts),
    )


def _attributes(assertion: Element) -> dict[str, list[str]]:
    """Values by name; by friendly name where no attribute has it for its name."""
    named: dict[str, list[str]] = {}
    friendly: dict[str, list[str]] = {}
    for attribute in assertion.findall("a:AttributeStatement/a:Attribute", _NS):
        values = [text_of(value) for value in attribute.findall("a:AttributeValue", _NS)]
        named.setdefault(attribute.get("Name", ""), []).extend(values)
        friendly.setdefault(attribute.get("FriendlyName", ""), []).extend(values)
    found = {**friendly, **named}
    found.pop("", None)
    return found


def text_of(element: Element) -> str:
    """All text inside, without blanks around it."""
    return "".join(element.itertext()).strip()


def _moment(text: str | None, code: str) -> datetime:
    """An xs:dateTime in UTC, as SAML demands it (Core, 1.3.3)."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        raise SsoRefused(Why.UNTRUSTED, code) from None
    if found.tzinfo is None:
        raise SsoRefused(Why.UNTRUSTED, code)
    return found.astimezone(UTC)
