"""What the issued certificates say, and what happens when keys or URLs change."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from trial.issue import TrustFiles, TrustFolder, ensure

URL = "http://localhost:8090"


def public(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


SIGNING, CANARY = (public(ec.generate_private_key(ec.SECP256R1())) for _ in range(2))


@pytest.fixture
def files(tmp_path: Path) -> TrustFiles:
    return ensure(tmp_path, URL, SIGNING, CANARY)


def load(path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes())


def test_the_leaf_certifies_the_tokens_key_for_signing_documents_only(files: TrustFiles) -> None:
    leaf, ca = load(files.signing)
    leaf.verify_directly_issued_by(ca)
    assert leaf.public_key() == serialization.load_der_public_key(SIGNING)
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert not usage.value.key_cert_sign
    assert not usage.value.key_encipherment


def test_the_authorities_have_a_root_of_their_own(files: TrustFiles) -> None:
    signing_root, tsa_root = load(files.roots)
    (_, ca), (tsa_ca,) = load(files.signing), load(files.tsa_chain)
    ca.verify_directly_issued_by(signing_root)
    tsa_ca.verify_directly_issued_by(tsa_root)
    assert signing_root.subject != tsa_root.subject


def test_a_tsa_certificate_is_for_time_stamps_and_nothing_else(
    files: TrustFiles, tmp_path: Path
) -> None:
    for name in ("tsa1", "tsa2"):
        tsa = TrustFolder(tmp_path).certificate(name)
        usage = tsa.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        assert usage.critical
        assert list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def test_every_name_says_that_it_is_a_test(files: TrustFiles, tmp_path: Path) -> None:
    for issued in TrustFolder(tmp_path).issued():
        (name,) = issued.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert str(name.value).startswith("Musubi TEST")
        assert "試験用" in str(name.value)


def test_no_certificate_outlives_its_issuer_and_roots_last_twenty_years(
    files: TrustFiles, tmp_path: Path
) -> None:
    folder = TrustFolder(tmp_path)
    years = {
        name: (c.not_valid_after_utc - c.not_valid_before_utc).days // 365
        for name in ("root", "ca", "tsa1", "signing")
        for c in [folder.certificate(name)]
    }
    assert years == {"root": 20, "ca": 15, "tsa1": 10, "signing": 5}


def test_the_keys_are_readable_by_their_owner_only(files: TrustFiles, tmp_path: Path) -> None:
    keys = list((tmp_path / "keys").iterdir())
    assert len(keys) == 10
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_another_key_in_the_token_gets_a_new_certificate_and_the_old_one_is_kept(
    files: TrustFiles, tmp_path: Path
) -> None:
    (old, _), canary = load(files.signing), files.canary.read_bytes()
    other = public(rsa.generate_private_key(65537, 3072))
    ensure(tmp_path, URL, other, CANARY)
    new, _ = load(files.signing)
    assert new.public_key() == serialization.load_der_public_key(other)
    assert {old, new} <= set(TrustFolder(tmp_path).issued())
    assert files.canary.read_bytes() == canary


def test_another_url_is_certified_anew_under_the_same_roots(
    files: TrustFiles, tmp_path: Path
) -> None:
    roots = files.roots.read_bytes()
    ensure(tmp_path, "http://localhost:9999", SIGNING, CANARY)
    assert files.roots.read_bytes() == roots
    leaf, _ = load(files.signing)
    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert access[0].access_location.value == "http://localhost:9999/ocsp/ca"
