"""The canary proves that the token signs, and notices when it does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signing.canary import Canary, CanarySilent


class SoftToken:
    """A key in memory, under one label."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self.key = key
        self.labels: list[str] = []

    def sign(self, key_label: str, data: bytes, algorithm: str) -> bytes:
        """An ECDSA signature."""
        self.labels.append(key_label)
        assert algorithm == "ecdsa-p256"
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


@pytest.fixture
def token(tmp_path: Path) -> tuple[SoftToken, Path]:
    """A token and the PEM file of its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "canary")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "canary.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return SoftToken(key), file


def test_a_healthy_token_sings_with_the_canary_key_only(token: tuple[SoftToken, Path]) -> None:
    """The signing key is used for nothing but acts."""
    soft, file = token
    Canary(soft, "canary-1", file).sing()
    assert soft.labels == ["canary-1"]


def test_a_signature_by_another_key_is_noticed(token: tuple[SoftToken, Path]) -> None:
    """A token that answers is not yet a token that signs."""
    soft, file = token
    canary = Canary(soft, "canary-1", file)
    soft.key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(CanarySilent):
        canary.sing()
