"""Issue the test certificates into a trust folder; the service that answers for them is
trial.trust.

The folder holds `keys/` (0700), `certificates/` with every certificate ever issued, and what
processes are configured with: roots.pem, signing.pem and canary.pem (leaf, then CA), tsa-chain.pem
(CA of the TSAs). Certificates are made once and then read, never made again: a time stamp names
its certificate by hash.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from runtime.files import private_folder, write_durably, write_private
from trial import profiles
from trial.profiles import Profile

STATE = "trust.json"
LEAVES = ("signing", "canary")


@dataclass(frozen=True)
class TrustFiles:
    """Paths that settings name."""

    roots: Path
    signing: Path
    canary: Path
    tsa_chain: Path


class TrustFolder:
    """Keys and certificates by name; a name's newest certificate is the current one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys = path / "keys"
        self._certificates = path / "certificates"

    def files(self) -> TrustFiles:
        """Where `ensure` writes."""
        return TrustFiles(
            self.path / "roots.pem",
            self.path / "signing.pem",
            self.path / "canary.pem",
            self.path / "tsa-chain.pem",
        )

    def create(self) -> None:
        """Make the folders."""
        self.path.mkdir(parents=True, exist_ok=True)
        private_folder(self._keys)
        self._certificates.mkdir(exist_ok=True)

    def key_file(self, name: str) -> Path:
        """PEM of a test key, mode 0600."""
        return self._keys / f"{name}.pem"

    def certificate_file(self, name: str) -> Path:
        """PEM of the current certificate of `name`."""
        return self._certificates / f"{name}.pem"

    def private_key(self, name: str) -> ec.EllipticCurvePrivateKey:
        """The test key `name`, generated at its first use."""
        path = self.key_file(name)
        if not path.exists():
            write_private(
                path,
                ec.generate_private_key(ec.SECP256R1()).private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                ),
            )
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            message = f"{path}: not an elliptic curve key"
            raise TypeError(message)
        return key

    def certificate(self, name: str) -> x509.Certificate:
        """The current certificate of `name`."""
        return x509.load_pem_x509_certificate(self.certificate_file(name).read_bytes())

    def issued(self) -> tuple[x509.Certificate, ...]:
        """Every certificate ever issued, replaced ones too: the CA still answers for them."""
        paths = sorted(self._certificates.glob("*.pem"))
        return tuple(x509.load_pem_x509_certificate(path.read_bytes()) for path in paths)

    def keep(self, name: str, certificate: x509.Certificate) -> None:
        """Store a new current certificate; the one before stays under its serial number."""
        path = self.certificate_file(name)
        if path.exists():
            old = self.certificate(name)
            path.rename(self._certificates / f"{name}.{old.serial_number:x}.pem")
        write_durably(path, pem(certificate))


def pem(*certificates: x509.Certificate) -> bytes:
    """One after the other."""
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


def ensure(
    trust_dir: Path,
    base_url: str,
    signing_key: bytes,
    canary_key: bytes,
    now: datetime | None = None,
) -> TrustFiles:
    """Issue what is missing and write the files that settings name. May be repeated.

    `base_url` is where trial.trust will answer, such as http://localhost:8090; the keys are DER
    SubjectPublicKeyInfo out of the token. Another key or another URL gets new certificates under
    the same roots.
    """
    folder = TrustFolder(trust_dir)
    folder.create()
    _write_state(folder, base_url)
    own = {"signing": signing_key, "canary": canary_key}
    for profile in profiles.ALL:
        _ensure_certificate(folder, profile, base_url, own.get(profile.name), now)
    files = folder.files()
    ca, tsa_ca = folder.certificate("ca"), folder.certificate("tsa-ca")
    for path, chain in (
        (files.roots, (folder.certificate("root"), folder.certificate("tsa-root"))),
        (files.signing, (folder.certificate("signing"), ca)),
        (files.canary, (folder.certificate("canary"), ca)),
        (files.tsa_chain, (tsa_ca,)),
    ):
        if not path.exists() or path.read_bytes() != pem(*chain):
            write_durably(path, pem(*chain))
    return files


def base_url_of(trust_dir: Path) -> str:
    """The URL that the certificates of a trust folder name."""
    state = json.loads((trust_dir / STATE).read_text(encoding="utf-8"))
    return str(state["base_url"])


def _write_state(folder: TrustFolder, base_url: str) -> None:
    text = json.dumps({"base_url": base_url}).encode()
    path = folder.path / STATE
    if not path.exists() or path.read_bytes() != text:
        write_durably(path, text)


def _ensure_certificate(
    folder: TrustFolder, profile: Profile, base_url: str, spki: bytes | None, now: datetime | None
) -> None:
    key = _public_key(folder, profile.name, spki)
    issuer = None if profile.is_root else folder.certificate(profile.issuer)
    if folder.certificate_file(profile.name).exists():
        current = folder.certificate(profile.name)
        if profiles.fits(current, profile, key, issuer, base_url):
            return
    folder.keep(
        profile.name,
        profiles.build(
            profile,
            key,
            issuer,
            folder.private_key(profile.issuer),
            base_url,
            now or datetime.now(UTC),
        ),
    )


def _public_key(folder: TrustFolder, name: str, spki: bytes | None) -> CertificatePublicKeyTypes:
    if spki is None:
        return folder.private_key(name).public_key()
    key = serialization.load_der_public_key(spki)
    if not isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)):
        message = f"{name}: this kind of key cannot be certified"
        raise TypeError(message)
    return key
