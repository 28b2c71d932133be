"""Every algorithm that the setting offers, with a key of its own under the trial CA."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import pem
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from domain.ports.signatures import SignatureInvalid
from signing.archive import PoolArchiver
from signing.signer import PoolSigner
from signing.trust import DIGESTS, SigningIdentity
from signing.verify import Level, Verdict
from tests.files.generate import contract
from tests.signing import judges
from tests.signing.conftest import Bench, text
from trial import profiles
from trial.issue import TrustFolder, base_url_of

pytestmark = pytest.mark.local_sockets

ALGORITHM_NAMES = {
    "ecdsa-p256": "sha256_ecdsa/sha256",
    "ecdsa-p384": "sha384_ecdsa/sha384",
    "rsa3072-pss": "rsassa_pss/sha256",
    "rsa3072-pkcs1": "sha256_rsa/sha256",
}
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class SoftwareToken:
    """Signs as the token would, with a key in memory."""

    def __init__(self, key: Key) -> None:
        self.key = key

    def sign(self, key_label: str, data: bytes, algorithm: str) -> bytes:
        digest = hashes.SHA384() if DIGESTS[algorithm] == "sha384" else hashes.SHA256()
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(digest))
        if algorithm == "rsa3072-pss":
            return self.key.sign(data, padding.PSS(padding.MGF1(digest), 32), digest)
        return self.key.sign(data, padding.PKCS1v15(), digest)


def _key(algorithm: str) -> Key:
    if algorithm == "ecdsa-p256":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "ecdsa-p384":
        return ec.generate_private_key(ec.SECP384R1())
    return rsa.generate_private_key(65537, 3072)


def _signer(bench: Bench, algorithm: str, key: Key) -> tuple[PoolSigner, SigningIdentity]:
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    identity = SigningIdentity("own", algorithm, _chain(bench, spki))
    signer = PoolSigner(
        bench.pool, SoftwareToken(key), identity, bench.timestamps, bench.trust, "Musubi"
    )
    return signer, identity


def _chain(bench: Bench, spki: bytes) -> tuple[bytes, ...]:
    key = load_der_public_key(spki)
    assert isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey))
    folder = TrustFolder(bench.pki.trust_dir)
    profile = next(row for row in profiles.ALL if row.name == "signing")
    certificate = profiles.build(
        profile,
        key,
        folder.certificate("ca"),
        folder.private_key("ca"),
        base_url_of(bench.pki.trust_dir),
        datetime.now(UTC),
    )
    return (certificate.public_bytes(Encoding.DER), *bench.identity.chain[1:])


def _in_the_token(bench: Bench, algorithm: str) -> tuple[PoolSigner, SigningIdentity]:
    """A key that was generated inside the token and never leaves it."""
    token, label = bench.pki.tokens.open_signing(), f"test-{algorithm}"
    if not token.has_key(label):
        token.generate_signing_key(label, algorithm)
    identity = SigningIdentity(label, algorithm, _chain(bench, token.public_key(label)))
    signer = PoolSigner(bench.pool, token, identity, bench.timestamps, bench.trust, "Musubi")
    return signer, identity


def finished_by(bench: Bench, algorithm: str) -> bytes:
    """A contract that two people signed, archived."""
    return _finished(bench, *_in_the_token(bench, algorithm))


def _finished(bench: Bench, signer: PoolSigner, identity: SigningIdentity) -> bytes:
    names = ["FIELD_01", "FIELD_02"]
    revision = bench.prepare(contract(), names)
    for name in names:
        draft = signer.draft(revision, text(name))
        value = signer.sign(revision, draft)
        revision += signer.embed(revision, draft, value, signer.timestamp(value))
        signer.check(revision, name)
    archiver = PoolArchiver(bench.pool, identity, bench.timestamps, bench.trust)
    return revision + archiver.archive(revision, names)


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_each_algorithm_of_the_token_makes_files_that_every_judge_accepts(
    bench: Bench, algorithm: str, tmp_path: Path
) -> None:
    signer, identity = _in_the_token(bench, algorithm)
    revision = _finished(bench, signer, identity)
    report = bench.verify(revision)
    assert report.verdict is Verdict.VALID
    signed = [row for row in report.signatures if row.kind == "signature"]
    assert {row.level for row in signed} == {Level.B_LTA}
    assert {row.algorithm for row in signed} == {ALGORITHM_NAMES[algorithm]}
    assert {row.certificate_sha256 for row in signed} == {identity.certificate_sha256}
    file = tmp_path / "signed.pdf"
    file.write_bytes(revision)
    assert judges.qpdf_finds_nothing(file)
    assert [valid for _, valid, _ in judges.pdfsig_verdicts(file)] == [True, True]
    for cut in judges.cuts(revision)[:2]:
        assert judges.openssl_verifies_cms(cut, bench.pki.files.roots, tmp_path)


def test_a_certificate_of_another_key_stops_the_signature_at_once(bench: Bench) -> None:
    signer, _ = _signer(bench, "ecdsa-p256", _key("ecdsa-p256"))
    signer._token = SoftwareToken(_key("ecdsa-p256"))
    base = bench.prepare(contract(), ["FIELD_01"])
    draft = signer.draft(base, text("FIELD_01"))
    with pytest.raises(SignatureInvalid, match="value"):
        signer.sign(base, draft)


def test_another_certificate_than_ours_does_not_pass_the_check(bench: Bench) -> None:
    signed = bench.revisions(1)[1]
    other, _ = _signer(bench, "ecdsa-p256", _key("ecdsa-p256"))
    with pytest.raises(SignatureInvalid, match="certificate"):
        other.check(signed, "FIELD_01")


def test_an_unknown_algorithm_stops_the_start(bench: Bench) -> None:
    with pytest.raises(ValueError, match="sha1"):
        SigningIdentity.from_file("key", "sha1-rsa", bench.pki.files.signing)


def test_a_file_without_certificates_stops_the_start(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_bytes(pem.armor("CERTIFICATE REQUEST", b"x"))
    with pytest.raises(ValueError, match=r"empty\.pem"):
        SigningIdentity.from_file("key", "ecdsa-p256", empty)


def test_a_longer_chain_of_rsa_certificates_has_more_room(bench: Bench) -> None:
    rsa_identity = replace(bench.identity, algorithm="rsa3072-pkcs1")
    assert rsa_identity.reserved > bench.identity.reserved
