"""Time-stamps of imports and consents: what is kept with them, and further ones."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.events import Event
from domain.kinds import EnvelopeState
from domain.stamp_proofs import Datum, Further, Owed, Stamped
from storage import ledger
from storage.consenting import CONSENT
from storage.database import Database
from storage.desks.rows import SYSTEM, now
from storage.import_taking import IMPORT
from storage.locks import locked, locked_rows
from storage.stamp_proofs import rows_of, stamps_of, store
from storage.tables import Consent, Envelope, Imported, OutboxItem, StampProof

AT_ONCE = 500
"""Of one kind that a round orders: after an update every old time-stamp is looked at."""
_ORDERS = {Stamped.IMPORT: IMPORT, Stamped.CONSENT: CONSENT}


class _Subject(NamedTuple):
    envelope_id: UUID
    sha256: str
    token: bytes


class StoredProofDesk:
    """domain.ports.stamp_proofs.ProofDesk on the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def owed(self, kind: Stamped, subject_id: UUID) -> Owed | None:
        """What is to be done for its time-stamp; None for nothing, and where there is none."""
        with self._database.reading() as session:
            subject = _subject(session, kind, subject_id)
            if subject is None:
                return None
            rows = rows_of(session, kind, subject_id)
            due = bool(rows) and rows[-1].renew_at is not None and rows[-1].renew_at <= now()
            if rows and not due:
                return None
            bare = not rows or not rows[-1].data
            stamps = stamps_of(session, kind, subject_id, subject.token)
            digest = bytes.fromhex(subject.sha256)
            return Owed(kind, subject_id, digest, stamps, bare, due)

    def keep(self, owed: Owed, data: Sequence[Datum], ends_at: datetime, at: datetime) -> None:
        """Of the newest token's authority, whose certificate ends then, and when somebody looks
        again. Data that are kept already stay."""
        with self._database.transaction() as session:
            row = _newest(session, owed)
            if row is None and len(owed.stamps) == 1:
                row = StampProof(
                    kind=owed.kind.value,
                    subject_id=owed.subject_id,
                    number=0,
                    data=[],
                    ends_at=ends_at,
                    created_at=now(),
                )
                session.add(row)
            if row is None or row.number != len(owed.stamps) - 1 or row.data:
                return
            row.data, row.renew_at = store(session, data), at

    def renewed(self, owed: Owed, further: Further) -> None:
        """Keep a further token, unless another came before."""
        with self._database.transaction() as session:
            subject = _subject(session, owed.kind, owed.subject_id)
            last = _newest(session, owed)
            number = len(owed.stamps)
            if subject is None or last is None or last.number != number - 1:
                return
            last.renew_at = None
            row = StampProof(
                kind=owed.kind.value,
                subject_id=owed.subject_id,
                number=number,
                manifest=further.stamp.manifest,
                token=further.stamp.token,
                token_time=further.at,
                tsa=further.authority,
                before=store(session, further.stamp.before),
                data=store(session, further.stamp.data),
                ends_at=further.ends_at,
                renew_at=further.renew_at,
                created_at=now(),
            )
            session.add(row)
            session.flush()
            _note(session, owed.kind, subject.envelope_id, row)

    def look_again(self, owed: Owed, at: datetime | None) -> None:
        """Nothing was to be done now; None: never."""
        with self._database.transaction() as session:
            last = _newest(session, owed)
            if last is not None and last.number == len(owed.stamps) - 1:
                last.renew_at = at

    def order_due(self, moment: datetime) -> int:
        """Have the relay look at time-stamps of which nothing is kept yet, and at those that a
        further one is due for. Returns how many; the next round goes on."""
        with self._database.transaction() as session:
            return sum(_order(session, kind, moment) for kind in Stamped)


def _subject(session: Session, kind: Stamped, subject_id: UUID) -> _Subject | None:
    """What has a time-stamp, and was not deleted."""
    if kind is Stamped.CONSENT:
        consent = session.get(Consent, subject_id)
        if consent is None or consent.token is None or _deleted(session, consent.envelope_id):
            return None
        return _Subject(consent.envelope_id, consent.statement_sha256, consent.token)
    row = session.get(Imported, subject_id)
    if row is None or row.token is None or row.sha256 is None or _deleted(session, subject_id):
        return None
    return _Subject(subject_id, row.sha256, row.token)


def _deleted(session: Session, envelope_id: UUID) -> bool:
    return session.get_one(Envelope, envelope_id).state == EnvelopeState.DELETED


def _newest(session: Session, owed: Owed) -> StampProof | None:
    """Its last row; the subject's own is locked, so that nobody writes the same one twice."""
    table = Consent if owed.kind is Stamped.CONSENT else Imported
    locked(session, table, owed.subject_id)
    rows = rows_of(session, owed.kind, owed.subject_id)
    return rows[-1] if rows else None


def _order(session: Session, kind: Stamped, moment: datetime) -> int:
    waiting = set(session.scalars(_due(kind, moment).limit(AT_ONCE)))
    waiting |= set(session.scalars(_bare(kind).limit(AT_ONCE - len(waiting))))
    orders = locked_rows(
        session,
        select(OutboxItem).where(
            OutboxItem.kind == _ORDERS[kind], OutboxItem.subject_id.in_(waiting)
        ),
    )
    for order in orders:  # behind what people wait for
        order.done_at, order.created_at = None, moment
    for subject_id in sorted(waiting - {order.subject_id for order in orders}):
        item = OutboxItem(kind=_ORDERS[kind], subject_id=subject_id, created_at=moment)
        session.add(item)
    return len(waiting)


def _due(kind: Stamped, moment: datetime) -> Select[UUID]:
    return (
        select(StampProof.subject_id)
        .where(
            StampProof.kind == kind.value,
            StampProof.renew_at <= moment,
            StampProof.subject_id.in_(_living(kind)),
        )
        .order_by(StampProof.renew_at, StampProof.subject_id)
    )


def _key(kind: Stamped) -> InstrumentedAttribute[UUID]:
    return Consent.id if kind is Stamped.CONSENT else Imported.envelope_id


def _living(kind: Stamped) -> Select[UUID]:
    """What has a time-stamp, and was not deleted."""
    table = Consent if kind is Stamped.CONSENT else Imported
    return (
        select(_key(kind))
        .join(Envelope, Envelope.id == table.envelope_id)
        .where(table.token.is_not(None), Envelope.state != EnvelopeState.DELETED.value)
    )


def _bare(kind: Stamped) -> Select[UUID]:
    key = _key(kind)
    kept: ColumnElement[bool] = (
        select(StampProof.number)
        .where(StampProof.kind == kind.value, StampProof.subject_id == key)
        .exists()
    )
    return _living(kind).where(~kept).order_by(key)


def _note(session: Session, kind: Stamped, envelope_id: UUID, row: StampProof) -> None:
    envelope = session.get_one(Envelope, envelope_id)
    assert row.token is not None
    ledger.append(
        session,
        Event.STAMP_RENEWED,
        at=now(),
        actor=SYSTEM,
        envelope_id=envelope_id,
        organisation_id=envelope.organisation_id,
        data={
            "kind": kind.value,
            "subject": row.subject_id,
            "number": row.number,
            "manifest_sha256": sha256(row.manifest.encode()).hexdigest(),
            "token_sha256": sha256(row.token).hexdigest(),
            "token_time": row.token_time,
            "tsa": row.tsa,
        },
        once=f"stamp:renewed:{kind.value}:{row.subject_id}:{row.number}",
    )
