"""One bench for all tests of signing/: children, a token, trial authorities, a few signed files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from domain.kinds import FieldKind
from domain.ports.signatures import PlacedField, SignatureText
from signing.archive import PoolArchiver
from signing.intake import PoolInspector
from signing.pool import ChildPool
from signing.prepare import PoolPreparer
from signing.signer import PoolSigner
from signing.timestamps import TimestampClient
from signing.trust import SigningIdentity, TrustMaterial
from signing.verify import DocumentReport, verify_file
from tests.files.generate import contract
from tests.pki.fixtures import Pki


@dataclass
class Bench:
    """The real parts, wired as the signing worker wires them."""

    pki: Pki
    pool: ChildPool
    trust: TrustMaterial
    identity: SigningIdentity
    timestamps: TimestampClient
    finished: dict[int, list[bytes]] = field(default_factory=dict)

    @property
    def signer(self) -> PoolSigner:
        return PoolSigner(
            self.pool,
            self.pki.tokens.open_signing(),
            self.identity,
            self.timestamps,
            self.trust,
            "Musubi",
        )

    @property
    def archiver(self) -> PoolArchiver:
        return PoolArchiver(self.pool, self.identity, self.timestamps, self.trust)

    @property
    def inspector(self) -> PoolInspector:
        return PoolInspector(self.pool)

    def prepare(self, data: bytes, names: list[str]) -> bytes:
        return self.place(data, [PlacedField(name, FieldKind.SIGNATURE) for name in names])

    def place(self, data: bytes, fields: list[PlacedField]) -> bytes:
        return PoolPreparer(self.pool).prepare(data, fields)

    def sign(self, base: bytes, name: str) -> bytes:
        """The next revision, with nothing filled and nothing to see."""
        return self.act(base, text(name))

    def act(self, base: bytes, words: SignatureText) -> bytes:
        """The next revision, as the activity makes it."""
        draft = self.signer.draft(base, words)
        value = self.signer.sign(base, draft)
        stamp = self.signer.timestamp(value)
        revision = base + self.signer.embed(base, draft, value, stamp)
        self.signer.check(revision, words.field_name)
        return revision

    def revisions(self, signers: int) -> list[bytes]:
        """Base, one revision per signer, archive: made once per number of signers."""
        if signers not in self.finished:
            names = field_names(signers)
            made = [self.prepare(contract(2), names)]
            for name in names:
                made.append(self.sign(made[-1], name))
            made.append(made[-1] + self.archiver.archive(made[-1], names))
            self.finished[signers] = made
        return self.finished[signers]

    def verify(self, data: bytes) -> DocumentReport:
        return verify_file(data, self.pool, self.trust)


def field_names(count: int) -> list[str]:
    return [f"FIELD_{number:02d}" for number in range(1, count + 1)]


def text(name: str) -> SignatureText:
    return SignatureText(
        field_name=name,
        reason="山田太郎様 taro@example.jp が2026-11-23 16:47:04 +09:00 JSTに承認しました",
        location="日本",
        at=datetime.now(UTC),
    )


@pytest.fixture(scope="session")
def pool() -> Iterator[ChildPool]:
    with ChildPool(2) as children:
        yield children


@pytest.fixture(scope="session")
def bench(pki: Pki, pool: ChildPool) -> Bench:
    trust = TrustMaterial.from_files(pki.files.roots, pki.files.tsa_chain)
    identity = SigningIdentity.from_file(pki.tokens.signing_key, "ecdsa-p256", pki.files.signing)
    return Bench(pki, pool, trust, identity, TimestampClient(pki.tsa_urls, trust))
