"""What is kept with the detached time-stamps of imports and consents, read and told."""

import base64
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import utc_text
from domain.stamp_proofs import Datum, DatumKind, ProvedStamp, Stamped
from storage.tables import ProofDatum, StampProof


def rows_of(session: Session, kind: Stamped, subject_id: UUID) -> Sequence[StampProof]:
    """Of one time-stamp, oldest first."""
    return session.scalars(
        select(StampProof)
        .where(StampProof.kind == kind.value, StampProof.subject_id == subject_id)
        .order_by(StampProof.number)
    ).all()


def stamps_of(
    session: Session, kind: Stamped, subject_id: UUID, first: bytes
) -> tuple[ProvedStamp, ...]:
    """`first`, the token in its subject's own row, and every further one."""
    rows = rows_of(session, kind, subject_id)
    ders = _ders(session, rows)
    if not rows:
        return (ProvedStamp(first),)
    return tuple(
        ProvedStamp(
            row.token if row.token is not None else first,
            tuple(_data(row.data, ders)),
            row.manifest,
            tuple(_data(row.before, ders)),
        )
        for row in rows
    )


def told(session: Session, kind: Stamped, subject_id: UUID) -> list[dict[str, Any]]:
    """For an evidence record, in which everything stands that a stranger needs."""
    rows = rows_of(session, kind, subject_id)
    ders = _ders(session, rows)
    return [
        {
            "number": row.number,
            "manifest": row.manifest,
            "token": base64.b64encode(row.token).decode() if row.token is not None else None,
            "token_time": utc_text(row.token_time) if row.token_time is not None else None,
            "tsa": row.tsa,
            "before": _in_text(_data(row.before, ders)),
            "data": _in_text(_data(row.data, ders)),
        }
        for row in rows
    ]


def store(session: Session, data: Iterable[Datum]) -> list[list[str]]:
    """Keep what is new of it; what a row says of it."""
    named = [(datum.kind.value, sha256(datum.der).hexdigest(), datum.der) for datum in data]
    for _, key, der in named:
        if session.get(ProofDatum, key) is None:
            session.add(ProofDatum(sha256=key, data=der))
            session.flush()
    return [[kind, key] for kind, key, _ in named]


def _ders(session: Session, rows: Sequence[StampProof]) -> dict[str, bytes]:
    keys = {key for row in rows for _, key in (*row.before, *row.data)}
    found = session.scalars(select(ProofDatum).where(ProofDatum.sha256.in_(keys)))
    return {row.sha256: row.data for row in found} if keys else {}


def _data(named: Sequence[Sequence[str]], ders: dict[str, bytes]) -> Iterable[Datum]:
    return (Datum(DatumKind(kind), ders[key]) for kind, key in named if key in ders)


def _in_text(data: Iterable[Datum]) -> list[list[str]]:
    return [[kind.value, base64.b64encode(der).decode()] for kind, der in data]
