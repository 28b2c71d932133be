"""One signature: ours, step by step, against pyHanko alone on the same token and TSA.

Ours fills in a text in the same revision; the bare library only signs. Ours is compared without the
final check (`judge`) and without what the child costs (`child`): both are safety that the bare
library does not have, and both are listed.
"""

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf

from bench import bare
from bench.report import Row, measured, row
from domain.kinds import FieldKind
from domain.ports.signatures import (
    DraftSignature,
    FilledField,
    PlacedField,
    SignatureText,
    Timestamp,
)
from signing.frames import Frame
from signing.pool import ChildPool, StampDigest
from signing.prepare import PoolPreparer
from signing.signer import PoolSigner
from signing.timestamps import TimestampClient
from signing.trust import SigningIdentity, TrustMaterial
from signing.work import drafting
from tests.files.generate import changed, contract
from tests.pki.scene import own_tokens, trust_service

RUNS = 15
SUBJECT = "sign"
MEGABYTE = 2**20
GOAL = 1.5
FILLED = "東京都千代田区霞が関一丁目"


@dataclass
class Scene:
    """Everything that a signature needs."""

    pool: ChildPool
    signer: PoolSigner
    here: PoolSigner
    """The same without children."""
    bare: bare.TokenSigner
    identity: SigningIdentity
    trust: TrustMaterial
    timestamps: TimestampClient
    tsa: str

    def prepare(self, data: bytes, count: int, *, texts: bool = True) -> bytes:
        """With an invisible signature field and, if wanted, a text for each of `count` people."""
        fields = [field for number in range(count) for field in _fields(number, texts=texts)]
        return PoolPreparer(self.pool).prepare(data, fields)


@contextmanager
def scene() -> Iterator[Scene]:
    """Own tokens, own trust service, two children; gone afterwards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        own_tokens(Path(folder)) as tokenry,
        trust_service(tokenry) as pki,
        ChildPool(2) as pool,
    ):
        trust = TrustMaterial.from_files(pki.files.roots, pki.files.tsa_chain)
        identity = SigningIdentity.from_file(tokenry.signing_key, "ecdsa-p256", pki.files.signing)
        token = tokenry.open_signing()
        timestamps = TimestampClient(pki.tsa_urls, trust)
        signer, here = (
            PoolSigner(place, token, identity, timestamps, trust, "Musubi")
            for place in (pool, _NoPool())
        )
        alone = bare.TokenSigner(token, identity)
        yield Scene(pool, signer, here, alone, identity, trust, timestamps, pki.tsa_urls[0])


class _NoPool(ChildPool):
    """The children's work done here."""

    def __init__(self) -> None:
        super().__init__(0)

    def run(
        self,
        job: str,
        fields: dict[str, Any],
        parts: Sequence[bytes] = (),
        timestamp: StampDigest | None = None,
    ) -> Frame:
        """One of the two jobs; without what the child's start changes in the bare library."""
        work = {"draft": drafting.draft, "embed": drafting.embed}[job]
        return work(Frame(job, fields, tuple(parts)))


def name(number: int) -> str:
    """Of the field of signer `number`, from 0."""
    return f"FIELD_{number + 1:04d}"


def _fields(number: int, *, texts: bool) -> tuple[PlacedField, ...]:
    if not texts:
        return (PlacedField(name(number), FieldKind.SIGNATURE),)
    text = f"TEXT_{number + 1:04d}"
    place = (40.0, 640.0 + 9 * number, 300.0, 8.0)
    return (
        PlacedField(name(number), FieldKind.SIGNATURE, locks=(text,)),
        PlacedField(text, FieldKind.TEXT, rect=place),
    )


def words(number: int, *, texts: bool = True) -> SignatureText:
    """As the activity has them."""
    filled = FilledField(f"TEXT_{number + 1:04d}", FieldKind.TEXT, FILLED, FILLED)
    now = datetime.now(UTC)
    return SignatureText(name(number), "bench", "日本", now, (filled,) if texts else ())


def heavy(size: int) -> bytes:
    """A contract with `size` bytes of incompressible pictures."""

    def add(pdf: pikepdf.Pdf) -> None:
        picture = pdf.make_indirect(pikepdf.Stream(pdf, os.urandom(size)))
        picture["/Type"], picture["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Image
        picture["/Width"], picture["/Height"] = 1024, size // (3 * 1024)
        picture["/ColorSpace"], picture["/BitsPerComponent"] = pikepdf.Name.DeviceRGB, 8
        pdf.pages[0].obj["/Resources"]["/XObject"] = pikepdf.Dictionary(
            P=pdf.make_indirect(picture)
        )

    return changed(contract(2), add)


class Ours:
    """The steps of person `number`'s signature on one base; each leaves its result for the next."""

    def __init__(self, scene: Scene, base: bytes, number: int) -> None:
        self._scene, self._base, self._number = scene, base, number
        self._draft: DraftSignature
        self._value: bytes
        self._stamp: Timestamp
        self.revision = b""

    def draft(self) -> None:
        """In a child."""
        self._draft = self._scene.signer.draft(self._base, words(self._number))

    def value(self) -> None:
        """The draft checked, one C_Sign, the value checked."""
        self._value = self._scene.signer.sign(self._base, self._draft)

    def stamp(self) -> None:
        """A token, checked."""
        self._stamp = self._scene.signer.timestamp(self._value)

    def embed(self) -> None:
        """In a child."""
        self.revision = self._base + self._embedded(self._scene.signer)

    def judge(self) -> None:
        """From the bytes, in a child."""
        self._scene.signer.check(self.revision, name(self._number))

    def draft_here(self) -> None:
        """The child's work on the draft without the child."""
        self._scene.here.draft(self._base, words(self._number))

    def embed_here(self) -> None:
        """The child's work on the embedding without the child."""
        self._embedded(self._scene.here)

    def _embedded(self, signer: PoolSigner) -> bytes:
        return signer.embed(self._base, self._draft, self._value, self._stamp)


def run() -> list[Row]:
    """All rows of the subject."""
    with scene() as ready:
        files = {"1 page": contract(1), "20 pages": contract(20), "20 MB": heavy(20 * MEGABYTE)}
        rows = [
            found for label, data in files.items() for found in _against_bare(ready, label, data)
        ]
        return [*rows, *_twenty(ready)]


def _against_bare(scene: Scene, label: str, data: bytes) -> list[Row]:
    base = scene.prepare(data, 1)
    ours = Ours(scene, base, 0)
    steps: list[Callable[[], object]] = [
        ours.draft, ours.value, ours.stamp, ours.embed, ours.judge, ours.draft_here,
        ours.embed_here,
        lambda: bare.sign(base, name(0), scene.bare, scene.identity, scene.tsa),
    ]  # fmt: skip
    draft, value, stamp, embed, judge, draft_here, embed_here, alone = measured(steps, RUNS)
    work = _sums(draft_here, value, stamp, embed_here)
    child = _sums(draft, embed, [-time for time in draft_here], [-time for time in embed_here])
    return [
        row(
            SUBJECT,
            f"{label}: fill and draft, C_Sign, token, embed",
            work,
            baseline=alone,
            goal=GOAL,
        ),
        row(SUBJECT, f"{label}: of it fill and draft", draft_here),
        row(SUBJECT, f"{label}: of it token, checked", stamp),
        row(SUBJECT, f"{label}: the child's cost", child),
        row(SUBJECT, f"{label}: the check from bytes", judge),
        row(SUBJECT, f"{label}: all", _sums(draft, value, stamp, embed, judge), baseline=alone),
    ]


def _sums(*parts: Sequence[float]) -> list[float]:
    return [sum(row) for row in zip(*parts, strict=True)]


def _twenty(scene: Scene) -> list[Row]:
    """The last of twenty signatures on one document against the first."""
    bases = [scene.prepare(contract(2), 20)]
    for number in range(19):
        ours = Ours(scene, bases[-1], number)
        for step in (ours.draft, ours.value, ours.stamp, ours.embed):
            step()
        bases.append(ours.revision)
    first, last = Ours(scene, bases[0], 0), Ours(scene, bases[-1], 19)
    times = measured([_whole(first), _whole(last), *_parts(first), *_parts(last)], RUNS)
    rows = [row(SUBJECT, "the 20th signer against the 1st", times[1], baseline=times[0], goal=GOAL)]
    labels = ("fill and draft", "C_Sign", "token", "embed", "check")
    for label, one, twenty in zip(labels, times[2:7], times[7:12], strict=True):
        rows.append(row(SUBJECT, f"of it {label}", twenty, baseline=one))
    growth = statistics.median(len(b) - len(a) for a, b in pairwise(bases))
    return [*rows, Row(SUBJECT, "growth per signature", growth / 1024, "KiB", 19)]


def _whole(ours: Ours) -> Callable[[], object]:
    return lambda: [step() for step in _parts(ours)]


def _parts(ours: Ours) -> tuple[Callable[[], None], ...]:
    return (ours.draft, ours.value, ours.stamp, ours.embed, ours.judge)
