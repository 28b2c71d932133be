"""Warnings of imports that have no time-stamp yet, ordered as mails: of each file each once.

Files that were uploaded and not taken are meant above all, however little was said of them, but
also those whose authority does not answer. Housekeeping asks every hour; one mail stands for all
files of its kind.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.imports import DueImports, Warned, due_warning
from domain.kinds import NoticeKind
from domain.terms import MORNING
from domain.working_days import ClosedDays
from storage.database import Database
from storage.followers import all_in_charge
from storage.import_limits import begin_clocks, closed_days, counted_from
from storage.locks import take_turn
from storage.outbox import Outgoing, Receiver, When, queue
from storage.tables import Deal, Document, Envelope, ImportBatch, Imported, Member, Organisation

log = structlog.get_logger()


class _Due(NamedTuple):
    row: Imported
    member_id: UUID
    limit_on: date
    warned: Warned


def order_all(database: Database, when: When) -> int:
    """One round over all organisations. Returns how many mails were ordered. What fails for one is
    written to the log and tried again in the next round; the others do not wait for it."""
    with database.reading() as session:
        open_files = select(Imported.organisation_id).where(Imported.token.is_(None)).distinct()
        organisations = session.scalars(open_files).all()
    ordered = 0
    for organisation_id in organisations:
        try:
            with database.transaction() as session:
                begin_clocks(session, organisation_id)
            ordered += _order_for(database, organisation_id, when)
        except Exception as error:  # noqa: BLE001 - the next round comes; a type says enough
            name = type(error).__name__
            log.warning("imports_not_told", organisation=str(organisation_id), error=name)
    return ordered


def _order_for(database: Database, organisation_id: UUID, when: When) -> int:
    with database.reading() as session:
        if not _due(session, organisation_id, when.at):
            return 0
    with database.transaction() as session:
        take_turn(session, f"import warnings of {organisation_id}")
        found: dict[tuple[UUID, Warned], list[_Due]] = defaultdict(list)
        for one in _due(session, organisation_id, when.at):
            one.row.warned = one.warned.value
            for member in all_in_charge(session, session.get_one(Member, one.member_id)):
                found[member.id, one.warned].append(one)
        for (member_id, warned), files in found.items():
            _tell(session, session.get_one(Member, member_id), warned, files, when)
        return len(found)


def _tell(
    session: Session, member: Member, warned: Warned, files: Sequence[_Due], when: When
) -> None:
    due = DueImports(warned, len(files), min(one.limit_on for one in files))
    mail = Outgoing(NoticeKind.IMPORT_DUE, due.occasion, Receiver.of(member))
    queue(session, files[0].row.envelope_id, mail, when)


def _due(session: Session, organisation_id: UUID, at: datetime) -> Sequence[_Due]:
    """What nobody was told of yet; nothing before the office opens."""
    zone = ZoneInfo(session.get_one(Organisation, organisation_id).zone)
    local = at.astimezone(zone)
    if local.hour < MORNING:
        return []
    rows = session.execute(
        select(Imported, Envelope, ImportBatch.member_id, Deal.received_on)
        .join(Envelope, Envelope.id == Imported.envelope_id)
        .join(ImportBatch, ImportBatch.id == Imported.batch_id)
        .join(Document, Document.id == Imported.document_id)
        .outerjoin(Deal, Deal.envelope_id == Imported.envelope_id)
        .where(
            Imported.organisation_id == organisation_id,
            Imported.token.is_(None),
            Imported.limit_on.is_not(None),
            Document.removed_at.is_(None),
        )
        .order_by(Imported.limit_on, Imported.envelope_id)
    )
    closed, found = closed_days(session, organisation_id), []
    for row, envelope, member_id, received_on in rows:
        received = received_on or counted_from(row, envelope, zone)[0]
        warned = _warning(row, received, local.date(), closed)
        if warned is not None and row.limit_on is not None:
            found.append(_Due(row, member_id, row.limit_on, warned))
    return found


def _warning(row: Imported, received: date, today: date, closed: ClosedDays) -> Warned | None:
    """What is to be told now; None where it was told."""
    if row.limit_on is None:
        return None
    due = due_warning(received, row.limit_on, today, closed)
    told = Warned(row.warned) if row.warned else None
    later = due is not None and (told is None or list(Warned).index(due) > list(Warned).index(told))
    return due if later else None
