"""Of a response counts what the provider signed, for us, now, in answer to this request."""

import base64
import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

from domain.sso import SsoRefused, Why
from identity import saml, saml_metadata
from tests.sso.saml_provider import (
    DS,
    ENTITY,
    MFA,
    SSO_URL,
    A,
    Element,
    P,
    Says,
    assertion,
    encoded,
    key_pair,
    metadata,
    request_of,
    response,
    signed,
)

US = saml.Ourselves("https://musubi.example/metadata", "https://musubi.example/acs")
IDP = saml.IdentityProvider(ENTITY, SSO_URL, (key_pair("older")[1], key_pair()[1]))
CLAIMS = {"mail": "email", "name": "displayName", "department": "dep", "groups": "groups"}
REQUEST = "_request"


def says(**changes: Any) -> Says:
    values: dict[str, Any] = {
        "acs": US.acs_url,
        "audience": US.entity_id,
        "request": REQUEST,
        "attributes": {"email": ["Hanako@City.example"], "displayName": ["花子"]},
    }
    return Says(**values | changes)


def read(root: Element | str) -> saml.Answer:
    text = root if isinstance(root, str) else encoded(root)
    return saml.read_response(text, IDP, US, REQUEST, CLAIMS, datetime.now(UTC))


def refusal(root: Element | str) -> str:
    with pytest.raises(SsoRefused) as found:
        read(root)
    assert found.value.why in {Why.UNTRUSTED, Why.DENIED}
    return found.value.detail


def good(**changes: Any) -> Element:
    said = says(**changes)
    return response(said, signed(assertion(said)))


def test_a_person_comes_with_what_the_provider_says() -> None:
    attributes = {
        "email": ["Hanako@City.example"],
        "displayName": ["花子"],
        "dep": ["契約課"],
        "groups": ["a", "b"],
    }
    answer = read(good(attributes=attributes, context=MFA))
    said = answer.said
    assert (said.issuer, said.subject, said.mail) == (ENTITY, "u-9", "hanako@city.example")
    assert (said.name, said.department, said.groups) == ("花子", "契約課", ("a", "b"))
    assert said.factors == (MFA,)
    assert said.mail_verified is None
    assert answer.assertion_id == "_a1"
    assert answer.until > datetime.now(UTC) + timedelta(minutes=5)


def test_no_word_of_groups_is_not_the_same_as_none_of_them() -> None:
    assert read(good(attributes={"email": ["hanako@city.example"]})).said.groups is None
    assert read(good(attributes={"groups": []})).said.groups == ()
    overage = {"http://schemas.microsoft.com/claims/groups.link": ["https://graph.example/me"]}
    assert read(good(attributes=overage)).said.groups is None


def test_the_request_says_who_asks_and_where_the_answer_goes() -> None:
    way = saml.request_url(IDP, US, REQUEST, datetime.now(UTC))
    assert way.startswith(f"{SSO_URL}?SAMLRequest=")
    asked = request_of(way)
    assert (asked.get("ID"), asked.get("Destination")) == (REQUEST, SSO_URL)
    assert asked.get("AssertionConsumerServiceURL") == US.acs_url
    assert asked.findtext(f"{{{A}}}Issuer") == US.entity_id


OLD, MINUTES = timedelta(minutes=-20), timedelta(minutes=5)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"audience": "https://another.example"}, "audience"),
        ({"issuer": "https://evil.example"}, "issuer"),
        ({"recipient": "https://another.example/acs"}, "recipient"),
        ({"confirms": "_another"}, "in_response_to"),
        ({"answers": "_another"}, "in_response_to"),
        ({"answers": "", "confirms": ""}, "in_response_to"),
        ({"destination": "https://another.example/acs"}, "destination"),
        ({"after": -MINUTES}, "conditions_late"),
        ({"before": MINUTES}, "conditions_early"),
        ({"at": OLD, "after": timedelta(hours=1)}, "issue_instant"),
        ({"at": -OLD, "before": OLD}, "issue_instant"),
        ({"subject": ""}, "name_id"),
        ({"form": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"}, "name_id"),
        ({"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"}, "Responder"),
    ],
)
def test_what_was_said_to_somebody_else_or_at_another_time_is_refused(
    changes: dict[str, Any], detail: str
) -> None:
    if "at" in changes:  # counted from the test's own start: a suite runs for longer than that
        changes = changes | {"at": datetime.now(UTC) + changes["at"]}
    assert refusal(good(**changes)) == detail


def without(path: str) -> Element:
    said = says()
    made = assertion(said)
    for element in made.iterfind(path, {"a": A}):
        element.getparent().remove(element)
    return response(said, signed(made))


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("a:Conditions", "conditions"),
        ("a:Conditions/a:AudienceRestriction", "audience"),
        ("a:Subject/a:SubjectConfirmation", "confirmation"),
        ("a:AuthnStatement", "authn_statement"),
        ("a:Issuer", "issuer"),
    ],
)
def test_an_assertion_that_leaves_something_out_is_refused(path: str, detail: str) -> None:
    assert refusal(without(path)) == detail


def test_an_unknown_condition_is_none_that_holds() -> None:
    said = says()
    made = assertion(said)
    etree.SubElement(made.find(f"{{{A}}}Conditions"), f"{{{A}}}Condition")
    assert refusal(response(said, signed(made))) == "conditions"


def _unsigned() -> Element:
    return response(says(), assertion(says()))


def _signed_around() -> Element:
    """Only the response is signed."""
    return signed(response(says(), assertion(says())))


def _by_another() -> Element:
    return response(says(), signed(assertion(says()), "another"))


def _changed() -> Element:
    root = good()
    root.find(f".//{{{A}}}NameID").text = "admin"
    return root


def _sha1() -> Element:
    made = signed(assertion(says()), method=SignatureMethod.RSA_SHA1, digest=DigestAlgorithm.SHA1)
    return response(says(), made)


def _sha1_digest() -> Element:
    return response(says(), signed(assertion(says()), digest=DigestAlgorithm.SHA1))


def _with_comments() -> Element:
    method = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0_WITH_COMMENTS
    return response(says(), signed(assertion(says()), c14n=method))


@pytest.mark.parametrize(
    ("make", "detail"),
    [
        (_unsigned, "unsigned"),
        (_signed_around, "unsigned"),
        (_by_another, "signature"),
        (_changed, "signature"),
        (_sha1, "signature"),
        (_sha1_digest, "signature"),
        (_with_comments, "transforms"),
    ],
)
def test_what_the_provider_did_not_sign_as_it_must_is_refused(
    make: Callable[[], Element], detail: str
) -> None:
    assert refusal(make()) == detail


def evil(name: str) -> Element:
    return assertion(says(subject="admin", name=name))


def wrapped_beside() -> Element:
    """XSW 3: the forged one first, the signed one beside it."""
    root = good()
    root.insert(2, evil("_evil"))
    return root


def wrapped_in_it() -> Element:
    """XSW 4: the signed one inside the forged one."""
    root = good()
    true = root.find(f"{{{A}}}Assertion")
    false = evil("_evil")
    root.replace(true, false)
    false.append(true)
    return root


def wrapped_with_its_signature() -> Element:
    """XSW 5: the forged one carries the signature of the true one, which stands at the end."""
    root = good()
    true = root.find(f"{{{A}}}Assertion")
    false = evil("_evil")
    signature = true.find(f"{{{DS}}}Signature")
    false.insert(1, signature)
    root.replace(true, false)
    root.append(true)
    return root


def wrapped_in_the_signature() -> Element:
    """XSW 6 to 8: the true one inside the forged one's signature, in an Object."""
    root = good()
    true = root.find(f"{{{A}}}Assertion")
    false = evil("_evil")
    signature = true.find(f"{{{DS}}}Signature")
    false.insert(1, signature)
    root.replace(true, false)
    etree.SubElement(signature, f"{{{DS}}}Object").append(true)
    return root


def wrapped_in_extensions() -> Element:
    """XSW 7: the true one in Extensions of the response."""
    root = good()
    true = root.find(f"{{{A}}}Assertion")
    root.replace(true, evil("_evil"))
    extensions = etree.Element(f"{{{P}}}Extensions")
    extensions.append(true)
    root.insert(1, extensions)
    return root


def wrapped_response() -> Element:
    """XSW 1 and 2: the true response inside the forged one."""
    true = good()
    false = response(says(subject="admin"), evil("_evil"), name="_r2")
    etree.SubElement(false, f"{{{P}}}Extensions").append(true)
    return false


def same_name_twice() -> Element:
    root = good()
    false = evil("_a1")
    false.tag = f"{{{A}}}Advice"
    root.insert(2, false)
    return root


def detached() -> Element:
    """The signature is beside the assertion, and speaks of it by name."""
    root = good()
    root.append(root.find(f".//{{{DS}}}Signature"))
    return root


def two_signatures() -> Element:
    root = good()
    made = root.find(f"{{{A}}}Assertion")
    made.append(copy.deepcopy(made.find(f"{{{DS}}}Signature")))
    return root


def of_nothing() -> Element:
    """A reference to the whole document, whatever that is."""
    root = good()
    root.find(f".//{{{DS}}}Reference").set("URI", "")
    return root


@pytest.mark.parametrize(
    ("wrap", "detail"),
    [
        (wrapped_beside, "assertions"),
        (wrapped_in_it, "assertions"),
        (wrapped_with_its_signature, "assertions"),
        (wrapped_in_the_signature, "assertions"),
        (wrapped_in_extensions, "assertions"),
        (wrapped_response, "assertions"),
        (same_name_twice, "id"),
        (detached, "unsigned"),
        (two_signatures, "signatures"),
        (of_nothing, "reference"),
    ],
)
def test_a_wrapped_signature_makes_nothing_true(wrap: Callable[[], Element], detail: str) -> None:
    # Some of these find the forged statement and verify the true one, where both are looked for.
    assert refusal(wrap()) in {detail, "in_response_to", "unsigned"}


def test_a_comment_cuts_no_name_short() -> None:
    made = signed(assertion(says(subject="admin.evil")))
    subject = made.find(f".//{{{A}}}NameID")
    subject.text = "admin"
    comment = etree.Comment("")
    comment.tail = ".evil"
    subject.append(comment)
    assert read(response(says(), made)).said.subject == "admin.evil"


def test_an_encrypted_assertion_is_said_to_be_one() -> None:
    root = good()
    etree.SubElement(root, f"{{{A}}}EncryptedAssertion")
    assert refusal(root) == "encrypted"


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b'<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>', "dtd"),
        (b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>', "dtd"),
        (b"<r>&x;</r>", "xml"),
        (b"<r/>", "response"),
        (b"no xml", "xml"),
    ],
)
def test_nothing_of_a_dtd_is_read(raw: bytes, detail: str) -> None:
    assert refusal(base64.b64encode(raw).decode()) == detail


def test_what_is_no_base64_or_too_long_is_refused() -> None:
    assert refusal("%%%") == "base64"
    assert refusal("A" * (saml.MAX_ENCODED + 1)) == "size"


def test_metadata_tell_who_the_provider_is() -> None:
    found = saml_metadata.read_metadata(metadata())
    assert (found.entity_id, found.sso_url) == (ENTITY, SSO_URL)
    assert found.certificates == (key_pair()[1],)
    again = saml_metadata.read_certificates(key_pair()[1] + key_pair("another")[1])
    assert again == (key_pair()[1], key_pair("another")[1])
    ours = etree.fromstring(saml_metadata.our_metadata(US))
    assert ours.get("entityID") == US.entity_id


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<a/>", "providers"),
        (b"<!DOCTYPE a><a/>", "dtd"),
        (b"", "xml"),
        (metadata().replace(b"HTTP-Redirect", b"SOAP"), "redirect"),
        (metadata().replace(b"MII", b"NII"), "certificate"),
    ],
)
def test_metadata_of_nobody_are_said_to_be_so(data: bytes, code: str) -> None:
    with pytest.raises(saml_metadata.MetadataUnreadable, match=code):
        saml_metadata.read_metadata(data)
