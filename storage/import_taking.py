"""A batch is taken: every file of it stands in the register, and its time-stamp is ordered.

Where some cannot be taken yet, those that can become a batch of their own, which is taken whole: a
batch is one thing or the other, and what waits is all that the first one still holds.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from domain.events import Event
from domain.forms import FormProblems, check_text
from domain.imports import NO_LATE_REASON, CheckedImport
from domain.kinds import EnvelopeState, RevisionKind
from domain.limits import MAX_REASON_CHARACTERS
from domain.refusals import Words
from storage import deals, ledger
from storage.imports import Batch, ImportLine, open_for_change, read_batch
from storage.locks import locked
from storage.repairs import uploaded
from storage.tables import Envelope, ImportBatch, Imported, Member, OutboxItem, Revision

IMPORT = "import"
"""Kind of the outbox item that starts the time-stamping of one."""


class BatchChanged(Exception):
    """It is not what was looked at, not all of it can be taken, or it is over."""


def take(  # noqa: PLR0913 - whose, which, as shown, why late, when
    session: Session,
    member: Member,
    batch_id: UUID,
    shown: str,
    late_reason: str,
    now: datetime,
    *,
    rest_waits: bool = False,
) -> int:
    """Take all files of a batch; returns how many. With `rest_waits` only those that can be taken:
    the others stay in the batch.

    `late_reason` is for each that is past its limit and has none of its own. Raises LookupError,
    BatchChanged, and FormProblems where that reason is missing, or an earlier contract is none.
    """
    row = open_for_change(session, member, batch_id)
    batch = read_batch(session, row, now)
    if batch.sha256 != shown or not (batch.ready or (rest_waits and batch.sound)):
        raise BatchChanged
    reason = check_text(
        "late_reason", late_reason, MAX_REASON_CHARACTERS, NO_LATE_REASON if batch.late else None
    )
    if not batch.ready:
        row = _split(session, row, batch, now)
    for line in batch.sound:
        assert line.checked is not None
        own = line.checked.late_reason or (reason if line.late else "")
        _take(session, member, line, replace(line.checked, late_reason=own), now)
    row.taken_at, row.taken_by = now, member.id
    return len(batch.sound)


def _split(session: Session, row: ImportBatch, batch: Batch, now: datetime) -> ImportBatch:
    """What can be taken leaves its batch for one of its own."""
    own = ImportBatch(
        organisation_id=row.organisation_id, member_id=row.member_id, created_at=now, faults=[]
    )
    session.add(own)
    session.flush()
    for line in batch.sound:
        line.row.batch_id = own.id
    return own


def _take(
    session: Session, member: Member, line: ImportLine, checked: CheckedImport, now: datetime
) -> None:
    envelope, document, row = line.envelope, line.document, line.row
    envelope.title = document.title = checked.title
    envelope.state, envelope.changed_at = EnvelopeState.STAMPING.value, now
    upload = uploaded(session, document.id)
    session.add(
        Revision(
            document_id=document.id,
            version=envelope.version,
            number=0,
            kind=RevisionKind.IMPORTED.value,
            blob_id=upload.blob_id,
            sha256=upload.sha256,
            size=upload.size,
            created_at=now,
        )
    )
    row.way, row.limit_on = checked.way.value, checked.limit_on
    row.late_reason = checked.late_reason
    row.sha256, row.taken_at = upload.sha256, now
    try:
        deals.enter(session, envelope, checked.deal, dict(checked.own))
    except FormProblems as found:
        raise FormProblems(_named(document.file_name, found.problems)) from None
    session.add(OutboxItem(kind=IMPORT, subject_id=envelope.id, created_at=now))
    session.flush()
    ledger.append(
        session,
        Event.IMPORT_TAKEN,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data=_said(row, checked, upload.sha256),
        once=f"import:taken:{envelope.id}",
    )


def _named(name: str, problems: Mapping[str, Words]) -> dict[str, Words]:
    """Which file of many it is."""
    return {
        field: Words(f"「{name}」：{said.ja}", f"“{name}”: {said.en}")
        for field, said in problems.items()
    }


def _said(row: Imported, checked: CheckedImport, sha256: str) -> dict[str, Any]:
    """For the ledger: the values as a hash, as every change of them."""
    return {
        "document": row.document_id,
        "batch": row.batch_id,
        "sha256": sha256,
        "way": checked.way,
        "received_on": checked.received_on.isoformat(),
        "limit_on": checked.limit_on.isoformat(),
        "values": deals.values_sha256(checked.deal),
        "explained": bool(checked.late_reason),
    }


def explain(
    session: Session, envelope: Envelope, reason: str, member: Member, now: datetime
) -> bool:
    """Why a time-stamp came late. The first one stays: False where there is one, or none is asked
    for. Raises FormProblems."""
    text = check_text("late_reason", reason, MAX_REASON_CHARACTERS, NO_LATE_REASON)
    row = locked(session, Imported, envelope.id)
    if row is None or not row.late or row.late_reason:
        return False
    row.late_reason = text
    session.flush()
    ledger.append(
        session,
        Event.IMPORT_EXPLAINED,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={"reason": hashlib.sha256(text.encode()).hexdigest()},
        once=f"import:explained:{envelope.id}",
    )
    return True
