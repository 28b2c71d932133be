"""The trust service as a client meets it: chains, OCSP, CRLs and time stamps over HTTP."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.pki.fixtures import Pki
from trial.issue import ensure
from trial.revocation import revoke

QUERY = {"Content-Type": "application/timestamp-query"}
CHAINS = {"signing": "ca", "canary": "ca", "tsa1": "tsa-ca", "tsa2": "tsa-ca", "ca": "root"}


def certificate(pki: Pki, name: str) -> x509.Certificate:
    path = pki.trust_dir / "certificates" / f"{name}.pem"
    return x509.load_pem_x509_certificate(path.read_bytes())


def ask_ocsp(
    pki: Pki, name: str, issuer: str, algorithm: hashes.SHA1 | hashes.SHA256 | None = None
) -> ocsp.OCSPResponse:
    asked = ocsp.OCSPRequestBuilder().add_certificate(
        certificate(pki, name), certificate(pki, issuer), algorithm or hashes.SHA256()
    )
    request = asked.add_extension(x509.OCSPNonce(b"0123456789abcdef"), critical=False).build()
    url = certificate(pki, name).extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    answer = httpx.post(
        url.value[0].access_location.value,
        content=request.public_bytes(serialization.Encoding.DER),
    )
    return ocsp.load_der_ocsp_response(answer.content)


def query_for(digest: bytes, nonce: int) -> bytes:
    return bytes(
        tsp.TimeStampReq(
            {
                "version": "v1",
                "message_imprint": {
                    "hash_algorithm": {"algorithm": "sha256"},
                    "hashed_message": digest,
                },
                "nonce": nonce,
                "cert_req": True,
            }
        ).dump()
    )


def stamp(url: str, digest: bytes, nonce: int) -> tsp.TimeStampResp:
    answer = httpx.post(url, content=query_for(digest, nonce), headers=QUERY)
    assert answer.headers["content-type"] == "application/timestamp-reply"
    return tsp.TimeStampResp.load(answer.content)


def info_of(response: tsp.TimeStampResp) -> tsp.TSTInfo:
    signed: cms.SignedData = response["time_stamp_token"]["content"]
    return signed["encap_content_info"]["content"].parsed


@pytest.mark.parametrize(("name", "issuer"), CHAINS.items())
def test_ocsp_says_good_for_every_level_with_data_of_this_moment(
    pki: Pki, name: str, issuer: str
) -> None:
    for algorithm in (hashes.SHA1(), hashes.SHA256()):  # noqa: S303 - CertID is no signature
        answer = ask_ocsp(pki, name, issuer, algorithm)
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
        age = datetime.now(UTC) - answer.this_update_utc
        assert timedelta(0) <= age < timedelta(seconds=5)
        nonce = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        assert nonce == b"0123456789abcdef"


def test_the_responder_is_issued_by_the_ca_for_ocsp_and_needs_no_check(pki: Pki) -> None:
    answer = ask_ocsp(pki, "signing", "ca")
    (responder,) = answer.certificates
    responder.verify_directly_issued_by(certificate(pki, "ca"))
    usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert not responder.extensions.get_extension_for_class(x509.OCSPNoCheck).critical


@pytest.mark.parametrize("name", ["root", "tsa-root", "ca", "tsa-ca"])
def test_every_crl_is_signed_fresh_and_valid_for_a_day(pki: Pki, name: str) -> None:
    data = httpx.get(f"{pki.base_url}/crl/{name}.crl").content
    crl = x509.load_der_x509_crl(data)
    key = certificate(pki, name).public_key()
    assert crl.is_signature_valid(key)  # type: ignore[arg-type]  # the keys are elliptic curves
    assert crl.last_update_utc <= datetime.now(UTC)
    assert crl.next_update_utc is not None
    assert crl.next_update_utc - crl.last_update_utc == timedelta(days=1)


def test_a_revoked_certificate_is_told_by_ocsp_and_crl_at_once(
    pki: Pki, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer((pki.trust_dir / "revoked.json").unlink)
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    revoke(pki.trust_dir, certificate(pki, "tsa2"), at)
    answer = ask_ocsp(pki, "tsa2", "tsa-ca")
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_time_utc == at
    crl = x509.load_der_x509_crl(httpx.get(f"{pki.base_url}/crl/tsa-ca.crl").content)
    number = certificate(pki, "tsa2").serial_number
    assert crl.get_revoked_certificate_by_serial_number(number) is not None


def test_a_foreign_or_broken_ocsp_request_gets_an_error_status(pki: Pki) -> None:
    assert ask_ocsp(pki, "canary", "ca").response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    broken = httpx.post(f"{pki.base_url}/ocsp/ca", content=b"junk")
    status = ocsp.load_der_ocsp_response(broken.content).response_status
    assert status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    foreign = ocsp.OCSPRequestBuilder().add_certificate(
        certificate(pki, "tsa1"), certificate(pki, "tsa-ca"), hashes.SHA256()
    )
    answer = httpx.post(
        f"{pki.base_url}/ocsp/ca",
        content=foreign.build().public_bytes(serialization.Encoding.DER),
    )
    status = ocsp.load_der_ocsp_response(answer.content).response_status
    assert status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_openssl_verifies_the_time_stamps_of_both_authorities(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"contract")
    hashed = hashes.Hash(hashes.SHA256())
    hashed.update(b"contract")
    digest = hashed.finalize()
    for number, url in enumerate(pki.tsa_urls):
        (tmp_path / "reply").write_bytes(stamp(url, digest, 77 + number).dump())
        done = subprocess.run(
            [
                *("openssl", "ts", "-verify", "-data", str(tmp_path / "data")),
                *("-in", str(tmp_path / "reply"), "-CAfile", str(pki.files.roots)),
                *("-untrusted", str(pki.files.tsa_chain)),
            ],
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr


def test_a_time_stamp_names_its_certificate_by_sha256_and_carries_the_chain(pki: Pki) -> None:
    response = stamp(pki.tsa_urls[0], bytes(32), 5)
    signed: cms.SignedData = response["time_stamp_token"]["content"]
    attributes = {a["type"].native: a["values"] for a in signed["signer_infos"][0]["signed_attrs"]}
    assert "signing_certificate" not in attributes
    (named,) = attributes["signing_certificate_v2"][0]["certs"]
    assert named["hash_algorithm"]["algorithm"].native == "sha256"
    own = certificate(pki, "tsa1")
    assert named["cert_hash"].native == own.fingerprint(hashes.SHA256())
    carried = {c.chosen.serial_number for c in signed["certificates"]}
    assert carried == {own.serial_number, certificate(pki, "tsa-ca").serial_number}
    info = info_of(response)
    assert info["accuracy"]["seconds"].native == 1
    assert info["ordering"].native is False
    assert info["nonce"].native == 5
    assert info["message_imprint"]["hashed_message"].native == bytes(32)


def test_parallel_time_stamps_have_serial_numbers_of_their_own(pki: Pki) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda n: stamp(pki.tsa_urls[n % 2], bytes(32), n), range(40))
        infos = [info_of(response) for response in responses]
    assert len({info["serial_number"].native for info in infos}) == 40
    assert {info["nonce"].native for info in infos} == set(range(40))


def test_nonsense_gets_a_refusal_and_the_authority_lives_on(pki: Pki) -> None:
    answer = httpx.post(pki.tsa_urls[0], content=b"nonsense", headers=QUERY)
    # TimeStampResp with nothing but PKIStatusInfo, whose status is rejection (RFC 3161, 2.4.2).
    assert (answer.content[0], answer.content[2]) == (0x30, 0x30)
    assert answer.content[4:7] == bytes.fromhex("020102")
    assert httpx.get(pki.tsa_urls[0]).status_code == 405
    assert httpx.post(pki.tsa_urls[0], content=bytes(9000), headers=QUERY).status_code == 413
    assert stamp(pki.tsa_urls[0], bytes(32), 1)["status"]["status"].native == "granted"


def test_the_front_page_lists_every_service_and_says_trial(pki: Pki) -> None:
    page = httpx.get(pki.base_url).text
    assert "試験用" in page
    for place in ("/tsa1", "/tsa2", "/ocsp/root", "/crl/tsa-root.crl", "/ca/ca.cer"):
        assert place in page
    assert httpx.get(f"{pki.base_url}/elsewhere").status_code == 404


def test_the_ca_hands_out_its_own_certificate(pki: Pki) -> None:
    access = certificate(pki, "signing").extensions.get_extension_for_class(
        x509.AuthorityInformationAccess
    )
    data = httpx.get(access.value[1].access_location.value).content
    assert x509.load_der_x509_certificate(data) == certificate(pki, "ca")


def test_issuing_again_changes_nothing(pki: Pki) -> None:
    before = {path: path.read_bytes() for path in pki.trust_dir.rglob("*.pem")}
    made = pki.tokens.made
    assert ensure(pki.trust_dir, pki.base_url, made.signing_key, made.canary_key) == pki.files
    assert {path: path.read_bytes() for path in pki.trust_dir.rglob("*.pem")} == before
