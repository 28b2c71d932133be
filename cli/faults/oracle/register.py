"""I12, I13: imports have their time-stamps, what two people deleted is gone, and nothing else."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.faults.oracle.scene import Breach, Scene
from domain.events import Event
from domain.kinds import EnvelopeState
from domain.retention import Decision
from signing.timestamps import judge_token
from storage.blobfiles import blob_path
from storage.desks.deletions import owners
from storage.repairs import uploaded
from storage.tables import (
    Blob,
    DataKey,
    Deletion,
    Disclosure,
    Document,
    Envelope,
    ImportBatch,
    Imported,
    LedgerEvent,
    VerificationItem,
)
from storage.vault import VaultError

PATIENCE = timedelta(seconds=60)
_TAKEN = (EnvelopeState.STAMPING, EnvelopeState.DONE, EnvelopeState.DELETED)


def check(scene: Scene, session: Session) -> Iterator[Breach]:
    """Imports, whole batches, deletions with their keys, and ZIPs."""
    for envelope in scene.imports(session):
        yield from _imported(scene, session, envelope)
    yield from _batches(scene, session)
    yield from _deletions(scene, session)
    yield from _packs(scene, session)


# -- I12 ---------------------------------------------------------------------------------------


def _imported(scene: Scene, session: Session, envelope: Envelope) -> Iterator[Breach]:
    row = session.get(Imported, envelope.id)
    if row is None:
        yield Breach("I12", "it is an import, and nothing says of what", envelope.number)
        return
    events = Counter(
        session.scalars(select(LedgerEvent.tag).where(LedgerEvent.envelope_id == envelope.id))
    )
    wanted = {Event.IMPORT_TAKEN: row.taken_at, Event.IMPORT_STAMPED: row.token}
    for tag, done in wanted.items():
        if events[tag.value] != int(done is not None):
            words = f"{tag.value} stands {events[tag.value]} times in its ledger"
            yield Breach("I12", words, envelope.number)
    if (row.taken_at is not None) != (envelope.state in _TAKEN):
        yield Breach("I12", f"it is {envelope.state} and taken at {row.taken_at}", envelope.number)
    if row.taken_at is not None and envelope.state != EnvelopeState.DELETED:
        for words in _stamped(scene, session, envelope, row):
            yield Breach("I12", words, envelope.number)


def _stamped(scene: Scene, session: Session, envelope: Envelope, row: Imported) -> Iterator[str]:
    """Its token is over the bytes that the vault gives back, which are those that came."""
    try:
        data = scene.vault.read(session, uploaded(session, row.document_id).blob_id)
    except VaultError as lost:
        yield f"its file: {type(lost).__name__}: {lost}"
        return
    digest = hashlib.sha256(data)
    if digest.hexdigest() != row.sha256:
        yield "its file is not the one that came"
    if row.token is None:
        assert row.taken_at is not None
        if row.taken_at < scene.now - PATIENCE:
            yield f"it has waited for a time-stamp since {row.taken_at.isoformat()}"
        return
    if envelope.state != EnvelopeState.DONE:
        yield f"it has its time-stamp and is {envelope.state}"
    if not judge_token(row.token, digest.digest(), scene.trust).good:
        yield "its time-stamp does not hold over its file"


def _batches(scene: Scene, session: Session) -> Iterator[Breach]:
    """All or nothing."""
    for batch in session.scalars(select(ImportBatch)):
        rows = session.scalars(select(Imported).where(Imported.batch_id == batch.id)).all()
        there = [row for row in rows if not _is_left_out(session, row)]
        taken = sum(row.taken_at is not None for row in there)
        if taken not in {0, len(there)} or bool(taken) != (batch.taken_at is not None):
            words = f"{taken} of {len(there)} files of batch {batch.id} were taken"
            if scene.since is None or batch.created_at >= scene.since:
                yield Breach("I12", words)


def _is_left_out(session: Session, row: Imported) -> bool:
    return session.get_one(Envelope, row.envelope_id).state == EnvelopeState.DISCARDED


# -- I13 ---------------------------------------------------------------------------------------


def _deletions(scene: Scene, session: Session) -> Iterator[Breach]:
    confirmed = session.scalars(
        select(Deletion).where(Deletion.decision == Decision.CONFIRMED.value)
    ).all()
    gone = {row.envelope_id for row in confirmed}
    for row in confirmed:
        envelope = session.get_one(Envelope, row.envelope_id)
        for words in (*_agreed(session, envelope, row), *_erased(scene, session, row)):
            yield Breach("I13", words, envelope.number)
    deleted = select(Envelope).where(Envelope.state == EnvelopeState.DELETED.value)
    for envelope in session.scalars(deleted):
        if envelope.id not in gone:
            yield Breach("I13", "it is deleted, and nobody confirmed that", envelope.number)
    allowed = {owner for envelope_id in gone for owner in owners(session, envelope_id)}
    allowed |= set(
        session.scalars(
            select(Document.id)
            .join(Envelope, Envelope.id == Document.envelope_id)
            .where(Envelope.state == EnvelopeState.DISCARDED.value)
        )
    )
    for key in session.scalars(select(DataKey).where(DataKey.wrapped == b"")):
        if key.owner_id not in allowed:
            yield Breach("I13", f"the key of {key.owner_kind} {key.owner_id} was destroyed")


def _agreed(session: Session, envelope: Envelope, row: Deletion) -> Iterator[str]:
    if row.decided_by == row.proposed_by:
        yield f"deletion {row.id} was proposed and confirmed by one person"
    if envelope.state != EnvelopeState.DELETED:
        yield f"its deletion is confirmed, and it is {envelope.state}"
    events = session.scalars(
        select(LedgerEvent).where(LedgerEvent.envelope_id == row.envelope_id)
    ).all()
    wanted = {Event.DELETION_CONFIRMED: row.decided_at, Event.DELETION_DONE: row.done_at}
    for tag, at in wanted.items():
        found = sum(
            event.tag == tag.value and event.data.get("deletion") == str(row.id) for event in events
        )
        if found != int(at is not None):
            yield f"{tag.value} of deletion {row.id} stands {found} times in its ledger"


def _erased(scene: Scene, session: Session, row: Deletion) -> Iterator[str]:
    if row.done_at is None:
        assert row.decided_at is not None
        if row.decided_at < scene.now - PATIENCE:
            yield f"deletion {row.id} was confirmed, and its keys and bytes are still there"
        return
    keys = session.scalars(
        select(DataKey).where(DataKey.owner_id.in_(owners(session, row.envelope_id)))
    ).all()
    left = [key.owner_id for key in keys if key.wrapped]
    if left:
        yield f"deletion {row.id} is done, and the keys of {left} are there"
    blobs = session.scalars(
        select(Blob.id).where(Blob.data_key_id.in_([key.id for key in keys]))
    ).all()
    files = [blob for blob in blobs if blob_path(scene.home.blobs, blob).exists()]
    if files:
        yield f"deletion {row.id} is done, and {len(files)} of its files are there"


def _packs(scene: Scene, session: Session) -> Iterator[Breach]:
    """A ZIP is ready soon after it was ordered, and none outlives what was in it."""
    since = scene.now - PATIENCE
    for pack in session.scalars(select(Disclosure)):
        if pack.ready_at is None and pack.gone_at is None and pack.moved_at < since:
            yield Breach("I7", f"ZIP {pack.id} is neither made nor given up")
        if pack.blob_id is not None and (inside := _deleted_in(session, pack.run_id)):
            yield Breach("I13", f"ZIP {pack.id} still has {inside} inside")


def _deleted_in(session: Session, run_id: UUID) -> Sequence[str]:
    return session.scalars(
        select(Envelope.number)
        .join(VerificationItem, VerificationItem.envelope_id == Envelope.id)
        .where(VerificationItem.run_id == run_id, Envelope.state == EnvelopeState.DELETED.value)
    ).all()
