"""I10, I11: every blob has its row and every row its file; no nonce twice under a key."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.faults.oracle.scene import Breach, Scene
from storage.blobfiles import ROUND, blob_path
from storage.tables import Blob, DataKey, SignatureIntent

ORPHAN_AGE = timedelta(hours=1)
HEADER = slice(7, 30)
"""Salt and nonce prefix in a blob's file; see storage.segments."""


def check(scene: Scene, session: Session) -> Iterator[Breach]:
    """Files against rows, and what makes their keys and nonces."""
    rows = {row.id: row for row in session.scalars(select(Blob))}
    headers: Counter[bytes] = Counter()
    destroyed = set(session.scalars(select(DataKey.id).where(DataKey.wrapped == b"")))
    for blob_id, row in rows.items():
        path = blob_path(scene.home.blobs, blob_id)
        if not path.exists():
            if row.data_key_id in destroyed:  # by two people; I13 judges that
                continue
            yield Breach("I10", f"blob {blob_id} has a row and no file")
            continue
        with path.open("rb") as file:
            headers[file.read(HEADER.stop)[HEADER]] += 1
    yield from _orphans(scene, set(rows))
    for header, count in headers.items():
        if count > 1:
            yield Breach("I11", f"{count} blobs share a key and its nonces ({header.hex()[:16]})")
    yield from _seals(session)


def _orphans(scene: Scene, known: set[UUID]) -> Iterator[Breach]:
    latest = scene.now.timestamp() - ORPHAN_AGE.total_seconds()
    for path in scene.home.blobs.rglob("*"):
        if path.name == ROUND or not path.is_file() or path.stat().st_mtime > latest:
            continue
        if path.suffix != ".blob" or UUID(path.stem) not in known:
            yield Breach("I10", f"{path.relative_to(scene.home.blobs)} belongs to nobody")


def _seals(session: Session) -> Iterator[Breach]:
    sealed = session.execute(
        select(SignatureIntent.document_id, SignatureIntent.sealed_tail).where(
            SignatureIntent.sealed_tail.is_not(None)
        )
    )
    nonces = Counter((document, tail[1:13]) for document, tail in sealed if tail)
    for (document, _), count in nonces.items():
        if count > 1:
            yield Breach("I11", f"{count} secrets of document {document} share a nonce")
