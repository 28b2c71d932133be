"""Checks and renewals whose workflow is gone: nobody would ever answer them.

Their rows wait, and their order says that it was started. It is given once more; where the workflow
still runs, nothing happens.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, or_, select
from sqlalchemy.orm import Session

from domain.kinds import GONE, DocumentState
from storage.database import Database
from storage.desks.archive import ARCHIVE
from storage.orders import order_again
from storage.repairs import REPAIR
from storage.stamps import STAMP
from storage.tables import (
    Document,
    Envelope,
    MemberSeal,
    OfficialSeal,
    OrganisationLogo,
    OutboxItem,
    Stamp,
)
from storage.uploads import INTAKE

CHECKED_WITHIN = timedelta(minutes=3)
"""Longer than the costliest check takes, shorter than its sender's patience."""
RENEWED_WITHIN = timedelta(hours=3)
"""After its moment: its workflow looks once an hour."""
_CHECKING = DocumentState.CHECKING.value


def order_all(database: Database, moment: datetime) -> Mapping[str, int]:
    """Order anew what has stood still. How many of each kind of order, where any."""
    with database.transaction() as session:
        started, overdue = moment - CHECKED_WITHIN, moment - RENEWED_WITHIN
        ordered = {
            INTAKE: _again(session, INTAKE, _documents(repaired=False), started),
            REPAIR: _again(session, REPAIR, _documents(repaired=True), started),
            STAMP: _again(session, STAMP, _pictures(), started),
            ARCHIVE: _again(session, ARCHIVE, _stale(overdue), overdue),
        }
    return {kind: number for kind, number in ordered.items() if number}


def _again(session: Session, kind: str, waiting: Select[UUID], started: datetime) -> int:
    """What was started after that moment is given its time."""
    lost: ScalarSelect[UUID] = (
        select(OutboxItem.subject_id)
        .where(
            OutboxItem.kind == kind,
            OutboxItem.done_at < started,
            OutboxItem.subject_id.in_(waiting),
        )
        .scalar_subquery()
    )
    return order_again(session, kind, lost)


def _documents(*, repaired: bool) -> Select[UUID]:
    agreed = Document.repair_agreed_at.is_not(None)
    return _kept().where(
        Document.state == _CHECKING, Document.removed_at.is_(None), agreed if repaired else ~agreed
    )


def _stale(before: datetime) -> Select[UUID]:
    return _kept().where(Document.fresher_at < before)


def _kept() -> Select[UUID]:
    """Documents that are neither deleted nor discarded."""
    return (
        select(Document.id)
        .join(Envelope, Envelope.id == Document.envelope_id)
        .where(Envelope.state.not_in([state.value for state in GONE]))
    )


def _pictures() -> Select[UUID]:
    """Of everything that the same check cleans."""
    tables = (Stamp, MemberSeal, OfficialSeal, OrganisationLogo)
    return select(OutboxItem.subject_id).where(
        OutboxItem.kind == STAMP,
        or_(
            *(
                OutboxItem.subject_id.in_(select(table.id).where(table.state == _CHECKING))
                for table in tables
            )
        ),
    )
