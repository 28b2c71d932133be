"""A verification's rows: what is verified, document by document, and what was found.

A step that is killed has kept what it verified so far; the next one goes on behind it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select
from sqlalchemy.exc import MultipleResultsFound, NoResultFound
from sqlalchemy.orm import Session

from domain.deal_search import check_search
from domain.disclosure import typed_of
from domain.events import Event
from domain.findings import Finding
from domain.kinds import EnvelopeState
from domain.ports.verification import CheckTask, Kept, Stored
from domain.refusals import Refusal
from domain.verification import Basis, Judgement, LedgerFindings, ReportHead, ReportLine
from storage import deal_search, deciding, disclosures, ledger, operations, verifications
from storage.database import Database
from storage.desks.rows import SYSTEM, now
from storage.evidence import evidence_record
from storage.locks import locked
from storage.tables import (
    Deal,
    Document,
    Envelope,
    Member,
    Organisation,
    Revision,
    Verification,
    VerificationItem,
)
from storage.vault import BlobMissing, DataKeyUnusable, Vault, VaultError
from storage.versions import of_version

_AT_ONCE = 500
"""Rows of one statement: databases bound the number of its parameters."""
_NOT_ONE = (NoResultFound, MultipleResultsFound)
"""No LookupError: a row that refers to one that is gone, in a damaged database."""


class StoredVerificationDesk:
    """domain.ports.verification.VerificationDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def plan(self, run_id: UUID) -> int:
        """Write down every document of the period, once. How many are left; 0 for no such run."""
        found = self._found_out(run_id)
        with self._database.transaction() as session:
            run = locked(session, Verification, run_id)
            if run is None:
                return 0
            if run.planned_at is None:
                if found is not None:
                    deciding.write_down(session, run.id, found)
                fits = found is None or disclosures.fits(session, run, now())
                run.documents = _insert_items(session, run) if fits else 0
                run.planned_at = run.moved_at = now()
                if not fits:
                    run.finished_at = run.planned_at  # given up, without a report
            return run.documents - run.checked

    def _found_out(self, run_id: UUID) -> frozenset[UUID] | None:
        """Before anything is locked, because it may take long."""
        with self._database.reading() as session:
            run = session.get(Verification, run_id)
            query = verifications.searched(run) if run and run.planned_at is None else None
            if run is None or query is None:
                return None
            return deciding.found_out(session, self._vault, run.organisation_id, query)

    def unchecked(self, run_id: UUID, limit: int) -> tuple[CheckTask, ...]:
        """The next documents, in order."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(VerificationItem)
                .where(VerificationItem.run_id == run_id, VerificationItem.checked_at.is_(None))
                .order_by(VerificationItem.position)
                .limit(limit)
            )
            return tuple(
                CheckTask(run_id, row.position, row.envelope_id, row.document_id, row.revision_id)
                for row in rows
            )

    def read(self, task: CheckTask) -> Stored:
        """The document's bytes, held against their row."""
        with self._database.reading() as session:
            revision = session.get(Revision, task.revision_id) if task.revision_id else None
            if revision is None:
                return Stored(b"", Finding.BLOB_MISSING)
            return stored(session, self._vault, revision.blob_id, revision.sha256)

    def kept(self, envelope_id: UUID) -> Kept:
        """What the database says of an envelope."""
        with self._database.reading() as session:
            chain = ledger.verify(session, envelope_id)
            chained = chain.intact and chain.events > 0
            try:
                record = evidence_record(session, self._vault, envelope_id, reader=None)
            except (VaultError, Refusal, LookupError, ValueError, *_NOT_ONE):
                return Kept(None, chained)
            return Kept(record, chained)

    def keep(self, task: CheckTask, judgement: Judgement) -> None:
        """The first judgement of a document stays."""
        with self._database.transaction() as session:
            run = locked(session, Verification, task.run_id)
            item = session.get(VerificationItem, (task.run_id, task.position))
            if run is None or item is None or item.checked_at is not None:
                return
            item.checked_at = run.moved_at = now()
            item.findings = [finding.value for finding in judgement.findings]
            item.wrong = not judgement.good
            item.signatures = judgement.signatures
            item.stamps = [asdict(stamp) for stamp in judgement.stamps]
            item.trial = judgement.trial
            run.checked += 1
            run.problems += item.wrong
            run.trial = run.trial or judgement.trial

    def left(self, run_id: UUID) -> int:
        """Documents that are not verified yet."""
        with self._database.reading() as session:
            run = session.get(Verification, run_id)
            return run.documents - run.checked if run is not None else 0

    def chains(self, run_id: UUID) -> LedgerFindings | None:
        """Recompute the chains; None for a run that is finished, unknown, or not that far."""
        with self._database.reading() as session:
            run = session.get(Verification, run_id)
            if run is None or run.finished_at is not None or run.planned_at is None:
                return None
            if run.checked < run.documents:
                return None
            events = ledger.verify(session)
            log = operations.verify(session, run.organisation_id)
        return LedgerFindings(
            events.intact,
            events.events,
            log.intact,
            log.entries,
            {"ledger": events.head, "log": log.head},
        )

    def report(self, run_id: UUID, chains: LedgerFindings) -> tuple[ReportHead, list[ReportLine]]:
        """What the report says."""
        with self._database.reading() as session:
            row = session.get_one(Verification, run_id)
            asked_by = session.get_one(Member, row.member_id).name
            head = verifications.report_head(session, row, asked_by, chains)
            return head, list(verifications.every_line(session, run_id))

    def finish(self, run_id: UUID, chains: LedgerFindings, report: bytes) -> None:
        """Keep the result and the report. The first one stays."""
        with self._database.transaction() as session:
            run = locked(session, Verification, run_id)
            if run is None or run.finished_at is not None:
                return
            run.chains = asdict(chains)
            run.report_blob_id = self._vault.put(session, run.id, report)
            run.report_sha256 = hashlib.sha256(report).hexdigest()
            run.report_size = len(report)
            run.finished_at = run.moved_at = now()
            ledger.append(
                session,
                Event.VERIFICATION_FINISHED,
                at=run.finished_at,
                actor=SYSTEM,
                organisation_id=run.organisation_id,
                data={
                    "verification": run.id,
                    "documents": run.documents,
                    "problems": run.problems,
                    "ledger_intact": chains.ledger_intact,
                    "log_intact": chains.log_intact,
                    "report_sha256": run.report_sha256,
                },
                once=f"verification:finished:{run.id}",
            )

    def order_again(self, moment: datetime) -> int:
        """Have runs that stand still started again. Returns how many."""
        with self._database.transaction() as session:
            return verifications.order_still_runs(session, moment)


def stored(session: Session, vault: Vault, blob_id: UUID, sha256: str) -> Stored:
    """A revision's bytes, held against the hash that its row has."""
    try:
        data = vault.read(session, blob_id)
    except BlobMissing:
        return Stored(b"", Finding.BLOB_MISSING)
    except DataKeyUnusable:
        return Stored(b"", Finding.KEY_UNUSABLE)
    except VaultError:
        return Stored(b"", Finding.BLOB_ALTERED)
    if hashlib.sha256(data).hexdigest() != sha256:
        return Stored(b"", Finding.BLOB_ALTERED)
    return Stored(data)


def _insert_items(session: Session, run: Verification) -> int:
    zone = session.get_one(Organisation, run.organisation_id).zone
    rows = session.execute(_documents(run, zone)).all()
    items = [
        {
            "run_id": run.id,
            "position": position,
            "envelope_id": envelope_id,
            "document_id": document_id,
            "revision_id": revision_id,
            "findings": [],
            "wrong": False,
            "signatures": 0,
            "stamps": [],
            "trial": False,
        }
        for position, (envelope_id, document_id, revision_id) in enumerate(rows, start=1)
    ]
    for start in range(0, len(items), _AT_ONCE):
        session.execute(insert(VerificationItem), items[start : start + _AT_ONCE])
    return len(items)


def _documents(run: Verification, zone: str) -> Select[UUID, UUID, UUID]:
    """Envelope, document and newest revision of everything that is concluded and meant. A document
    that lost its revision is among them."""
    newest = (
        select(Revision.document_id, Revision.version, func.max(Revision.number).label("number"))
        .group_by(Revision.document_id, Revision.version)
        .subquery()
    )
    return (
        select(Envelope.id, Document.id, Revision.id)
        .join(Document, Document.envelope_id == Envelope.id)
        .outerjoin(Deal, Deal.envelope_id == Envelope.id)
        .outerjoin(
            newest,
            and_(newest.c.document_id == Document.id, newest.c.version == Envelope.version),
        )
        .outerjoin(
            Revision,
            and_(
                Revision.document_id == Document.id,
                Revision.version == Envelope.version,
                Revision.number == newest.c.number,
            ),
        )
        .where(
            Envelope.organisation_id == run.organisation_id,
            Envelope.state == EnvelopeState.DONE.value,
            of_version(Envelope.version),
            *_within(run, zone),
        )
        .order_by(Deal.made_on.asc().nulls_last(), Envelope.number, Document.position, Document.id)
    )


def _within(run: Verification, zone: str) -> Sequence[ColumnElement[bool]]:
    query = verifications.searched(run)
    if query is not None:
        search, among = check_search(typed_of(query)), deciding.listed(run.id, query)
        return tuple(deal_search.conditions(run.organisation_id, search, among))
    period = verifications.period_of(run)
    begin, end = _midnight(period.since, zone), _midnight(period.until + timedelta(days=1), zone)
    ended = and_(Envelope.ended_at >= begin, Envelope.ended_at < end)
    if period.basis is Basis.MADE_ON:  # nobody leaves a document out by emptying its date
        dated = Deal.made_on.between(period.since, period.until)
        return (or_(dated, and_(Deal.made_on.is_(None), ended)),)
    return (ended,)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
