"""Verifications of a period (期間検証), asked for and read: the documents worker does them.

What a run found stays as it was found; who asked and when is in the operation log, with the hash of
the report.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from domain.disclosure import BY_SEARCH, conditions_words
from domain.events import Event
from domain.findings import Finding
from domain.kinds import Language
from domain.lists import Asked, Sorting, Usual
from domain.refusals import Words
from domain.verification import (
    OPEN_RUNS,
    Basis,
    LedgerFindings,
    Period,
    ReportHead,
    ReportLine,
    RunState,
    period_words,
    run_state,
    stamps_of,
)
from storage import ledger
from storage.listing import Keys, containing, sorted_page
from storage.locks import take_turn
from storage.orders import order_again
from storage.paging import Page, existing
from storage.tables import (
    Deal,
    Document,
    Envelope,
    Member,
    Organisation,
    OutboxItem,
    Revision,
    Verification,
    VerificationItem,
)

VERIFICATION = "verification"
"""Kind of the outbox item that starts a run."""
PAGE_SIZE = 100
RUN_SORTS: Usual = {"asked": True, "who": False, "result": True}
LINE_SORTS: Usual = {"made_on": False, "result": True}
"""Of a run's documents, which stand in it by the day of their transaction."""
STILL = timedelta(minutes=5)
"""Longer than a document may take: a run that did not move meanwhile is started again."""
_CHUNK = 500


class TooManyRuns(Exception):
    """The organisation has as many runs under way as may wait at once."""


@dataclass(frozen=True)
class Run:
    """A run, and who asked for it."""

    row: Verification
    asked_by: str

    @property
    def state(self) -> RunState:
        """How far it is."""
        return run_state(self.row.planned_at, self.row.finished_at)

    @property
    def words(self) -> Words:
        """What is verified."""
        return asked_words(self.row)

    @property
    def good(self) -> bool:
        """Finished, and nothing found anywhere."""
        return self.row.finished_at is not None and self.chained and not self.row.problems

    @property
    def chained(self) -> bool:
        """The chains of the ledger and of the operation log held, when it was finished."""
        chains = self.row.chains or {}
        return bool(chains.get("ledger_intact") and chains.get("log_intact"))


def asked_words(row: Verification) -> Words:
    """What a run is of, in words."""
    query = searched(row)
    return period_words(period_of(row)) if query is None else conditions_words(query)


def searched(row: Verification) -> Mapping[str, Any] | None:
    """The conditions of a run for a ZIP; None for one of a period."""
    return dict(row.asked["conditions"]) if row.asked["basis"] == BY_SEARCH else None


def period_of(row: Verification) -> Period:
    """As it was asked for."""
    since, until = (date.fromisoformat(str(row.asked[name])) for name in ("since", "until"))
    return Period(Basis(row.asked["basis"]), since, until)


def ask(
    session: Session, member: Member, period: Period, language: Language, now: datetime
) -> Verification:
    """Order a run, and its workflow. The same period that is under way already is not verified
    twice at once.

    Raises TooManyRuns.
    """
    asked = {
        "basis": period.basis.value,
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
    }
    row, new = order(session, member, asked, language, now)
    if new:
        session.add(OutboxItem(kind=VERIFICATION, subject_id=row.id, created_at=now))
        ledger.append(
            session,
            Event.VERIFICATION_ASKED,
            at=now,
            actor=f"member:{member.id}",
            organisation_id=member.organisation_id,
            data={"verification": row.id, **asked},
        )
    return row


def order(
    session: Session,
    member: Member,
    asked: Mapping[str, Any],
    language: Language,
    now: datetime,
) -> tuple[Verification, bool]:
    """The run that is asked for, and whether it is a new one; the caller starts its workflow.

    Raises TooManyRuns.
    """
    take_turn(session, f"verifications of {member.organisation_id}")
    open_runs = session.scalars(
        select(Verification).where(
            Verification.organisation_id == member.organisation_id,
            Verification.finished_at.is_(None),
        )
    ).all()
    same = next((run for run in open_runs if run.asked == asked), None)
    if same is not None:
        return same, False
    if len(open_runs) >= OPEN_RUNS:
        raise TooManyRuns
    row = Verification(
        organisation_id=member.organisation_id,
        member_id=member.id,
        language=language.value,
        asked=dict(asked),
        asked_at=now,
        moved_at=now,
    )
    session.add(row)
    session.flush()
    return row, True


def find(session: Session, organisation_id: UUID, run_id: UUID) -> Run | None:
    """A run of this organisation; a foreign one does not exist."""
    found = session.execute(_runs(organisation_id).where(Verification.id == run_id)).first()
    return Run(found[0], found[1]) if found else None


def run_page(session: Session, organisation_id: UUID, asked: Asked) -> Page[Run]:
    """A page of the organisation's runs."""
    query = _runs(organisation_id).where(*containing(asked.text, Member.name))
    keys: Keys = {
        "asked": (Verification.asked_at,),
        "who": (Member.name, Verification.asked_at),
        "result": (Verification.problems, Verification.asked_at),
    }
    page = sorted_page(session, query, keys, Verification.id, asked.sorting, asked.number)
    return Page([Run(*row) for row in page.rows], page.total, page.number, page.size)


def _runs(organisation_id: UUID) -> Select[Verification, str]:
    """But for what was given up with its ZIP, before anything was verified."""
    reported = or_(Verification.finished_at.is_(None), Verification.report_blob_id.is_not(None))
    return (
        select(Verification, Member.name)
        .join(Member, Member.id == Verification.member_id)
        .where(Verification.organisation_id == organisation_id, reported)
    )


def lines_page(session: Session, run: Run, asked: Asked, *, wrong: bool) -> Page[ReportLine]:
    """A page of a run's documents; `wrong`: of those with findings."""
    conditions = _wrong() if wrong else ()
    total = (
        session.scalar(
            select(func.count())
            .select_from(VerificationItem)
            .where(VerificationItem.run_id == run.row.id, *conditions)
        )
        or 0
    )
    number = existing(asked.number, total, PAGE_SIZE)
    query = _lines(run.row.id).where(*conditions).order_by(None)
    query = query.order_by(*_running(asked.sorting))
    rows = session.execute(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    return Page([_line(*row) for row in rows], total, number, PAGE_SIZE)


def _running(sorting: Sorting) -> list[ColumnElement[Any]]:
    """By an index, read either way: what has no day comes first when the list runs downwards."""
    found = [VerificationItem.position]
    columns = [VerificationItem.wrong, *found] if sorting.key == "result" else found
    return [column.desc() if sorting.down else column.asc() for column in columns]


def _wrong() -> tuple[ColumnElement[bool], ...]:
    """Every judgement counts its findings in a column that both databases compare."""
    return (VerificationItem.checked_at.is_not(None), VerificationItem.wrong.is_(True))


def every_line(session: Session, run_id: UUID) -> Iterator[ReportLine]:
    """All documents of a run, in order; taken while the session is open."""
    rows = session.execute(_lines(run_id).execution_options(yield_per=_CHUNK))
    for row in rows:
        yield _line(*row)


def _lines(
    run_id: UUID,
) -> Select[VerificationItem, Envelope, Document, Deal | None, Revision | None]:
    return (
        select(VerificationItem, Envelope, Document, Deal, Revision)
        .join(Envelope, Envelope.id == VerificationItem.envelope_id)
        .join(Document, Document.id == VerificationItem.document_id)
        .outerjoin(Deal, Deal.envelope_id == VerificationItem.envelope_id)
        .outerjoin(Revision, Revision.id == VerificationItem.revision_id)
        .where(VerificationItem.run_id == run_id)
        .order_by(VerificationItem.position)
    )


def _line(
    item: VerificationItem,
    envelope: Envelope,
    document: Document,
    deal: Deal | None,
    revision: Revision | None,
) -> ReportLine:
    return ReportLine(
        number=envelope.number,
        title=envelope.title,
        document=document.title,
        made_on=deal.made_on if deal else None,
        concluded=envelope.ended_at,
        partner=deal.partner if deal else "",
        findings=tuple(Finding(code) for code in item.findings),
        checked_at=item.checked_at,
        signatures=item.signatures,
        stamps=stamps_of(item.stamps),
        sha256=revision.sha256 if revision else "",
        trial=item.trial,
    )


def report_head(
    session: Session, row: Verification, asked_by: str, chains: LedgerFindings
) -> ReportHead:
    """What stands above the report's lines, of a run that is about to be finished."""
    organisation = session.get_one(Organisation, row.organisation_id)
    return ReportHead(
        organisation=organisation.name,
        asked_by=asked_by,
        asked_at=row.asked_at,
        finished_at=row.finished_at or row.moved_at,
        zone=organisation.zone,
        language=Language(row.language),
        asked=asked_words(row),
        documents=row.documents,
        good=row.checked - row.problems,
        problems=row.problems,
        ledger_intact=chains.ledger_intact,
        log_intact=chains.log_intact,
        trial=row.trial,
    )


def order_still_runs(session: Session, now: datetime) -> int:
    """Have the relay start again what does not move: its workflow may have been ended. Where it
    runs, nothing happens. Returns how many."""
    return order_again(
        session, VERIFICATION, still_runs(now).with_only_columns(Verification.id).scalar_subquery()
    )


def still_runs(now: datetime) -> Select[Verification]:
    """What does not move."""
    return select(Verification).where(
        Verification.finished_at.is_(None), Verification.moved_at < now - STILL
    )
