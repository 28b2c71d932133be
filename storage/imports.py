"""取込: files from elsewhere, looked at together, then taken into the register whole or not at all.

Each file is an envelope of its own from the moment in which it arrives (state IMPORTING), so that
the check of uploads, the vault and the ledger are the same as everybody's. Until it is taken it
stands nowhere but in its batch.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.deals import read_day
from domain.events import Event, Json, canonical
from domain.forms import FormCheck, FormProblems
from domain.import_table import ImportTable
from domain.imports import MAX_BATCH, CheckedImport, Judge, Origin, TypedImport, check_import
from domain.kinds import DocumentState, EnvelopeState
from domain.limits import MAX_TITLE_CHARACTERS
from domain.lists import Asked, Usual
from domain.refusals import Refusal, RefusalCode, Words
from domain.tables import SHOWN_FAULTS
from storage import ledger, uploads
from storage.drafts import free_number
from storage.import_judging import judge_of
from storage.import_limits import begin_clock
from storage.listing import Keys, sorted_page
from storage.locks import locked
from storage.paging import Page
from storage.tables import Document, Envelope, ImportBatch, Imported, Member
from storage.uploads import Upload

BATCH_SORTS: Usual = {"begun": False, "who": False, "files": True}
_CHECKING = frozenset({DocumentState.UPLOADING.value, DocumentState.CHECKING.value})


@dataclass(frozen=True)
class ImportLine:
    """One file of a batch, and what is known of it."""

    row: Imported
    envelope: Envelope
    document: Document
    typed: TypedImport
    checked: CheckedImport | None
    problems: dict[str, Words]
    late: bool
    """The limit for its time-stamp has passed already, as far as it is known."""
    twins: tuple[str, ...] = ()
    """Numbers of envelopes that the same bytes were taken as before."""
    repeated: bool = False
    """The same bytes are in this batch twice."""

    @property
    def checking(self) -> bool:
        """Nobody knows yet whether the PDF can be taken."""
        return self.document.state in _CHECKING

    @property
    def refused(self) -> bool:
        """The PDF cannot be taken."""
        return not self.checking and self.document.state != DocumentState.READY

    @property
    def sound(self) -> bool:
        """It can be taken; a reason for being late may be missing."""
        return self.checked is not None and self.document.state == DocumentState.READY

    @property
    def received_on(self) -> date | None:
        """As somebody said, whatever else is missing; None where nobody said a day."""
        return read_day(FormCheck(), "received_on", self.typed.deal.received_on)

    @property
    def name(self) -> str:
        """What the PDF was called."""
        return self.document.file_name


@dataclass(frozen=True)
class Batch:
    """All files that are looked at together."""

    row: ImportBatch
    lines: tuple[ImportLine, ...]

    @property
    def open(self) -> bool:
        """Neither taken nor dropped."""
        return self.row.taken_at is None and self.row.dropped_at is None

    @property
    def checking(self) -> bool:
        """Some PDF is still being looked at."""
        return any(line.checking for line in self.lines)

    @property
    def ready(self) -> bool:
        """Every file can be taken."""
        return self.open and bool(self.lines) and all(line.sound for line in self.lines)

    @property
    def sound(self) -> tuple[ImportLine, ...]:
        """What can be taken, while others may wait."""
        return tuple(line for line in self.lines if line.sound)

    @property
    def late(self) -> bool:
        """Some file that can be taken is past its limit, and has no reason of its own."""
        return any(
            line.late and line.checked is not None and not line.checked.late_reason
            for line in self.sound
        )

    @property
    def sha256(self) -> str:
        """Of what is shown as ready to be taken: what is taken is exactly this."""
        shown: list[Json] = [
            [str(line.envelope.id), line.document.sha256, line.checked.as_json()]
            for line in self.sound
            if line.checked is not None
        ]
        return hashlib.sha256(canonical(shown)).hexdigest()


def open_batch(session: Session, member: Member, now: datetime) -> ImportBatch:
    """An empty one."""
    row = ImportBatch(
        organisation_id=member.organisation_id, member_id=member.id, created_at=now, faults=[]
    )
    session.add(row)
    session.flush()
    return row


def open_for_change(session: Session, member: Member, batch_id: UUID) -> ImportBatch:
    """The batch, locked. Raises LookupError for a foreign or unknown one, and for one that is over.

    Every member of the organisation who may import goes on with it.
    """
    row = locked(session, ImportBatch, batch_id)
    if row is None or row.organisation_id != member.organisation_id:
        raise LookupError(str(batch_id))
    if row.taken_at is not None or row.dropped_at is not None:
        raise LookupError(str(batch_id))
    return row


def add_file(
    session: Session, batch: ImportBatch, upload: Upload, member: Member, now: datetime
) -> Document:
    """The file becomes an envelope of its own, and is checked. The caller has locked the batch.

    Raises Refusal IMPORT_FULL.
    """
    count, last = session.execute(
        select(func.count(), func.coalesce(func.max(Imported.position), 0)).where(
            Imported.batch_id == batch.id
        )
    ).one()
    if count >= MAX_BATCH:
        upload.abandon()
        raise Refusal(RefusalCode.IMPORT_FULL)
    envelope = Envelope(
        organisation_id=batch.organisation_id,
        number=free_number(session),
        title=PurePath(upload.file_name).stem[:MAX_TITLE_CHARACTERS],
        created_by=member.id,
        state=EnvelopeState.IMPORTING.value,
        origin=Origin.IMPORTED.value,
        created_at=now,
        changed_at=now,
    )
    session.add(envelope)
    session.flush()
    ledger.append(
        session,
        Event.ENVELOPE_CREATED,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data={"origin": Origin.IMPORTED, "batch": batch.id},
    )
    document = uploads.finish_upload(session, envelope, upload, member, now)
    row = Imported(
        envelope_id=envelope.id,
        organisation_id=batch.organisation_id,
        batch_id=batch.id,
        document_id=document.id,
        position=last + 1,
        typed=TypedImport().flat(),
        sha256=document.sha256,
    )
    begin_clock(session, row, envelope)
    session.add(row)
    session.flush()
    return document


def find_batch(session: Session, organisation_id: UUID, batch_id: UUID, now: datetime) -> Batch:
    """A batch of this organisation, whatever became of it. Raises LookupError."""
    row = session.get(ImportBatch, batch_id)
    if row is None or row.organisation_id != organisation_id:
        raise LookupError(str(batch_id))
    return read_batch(session, row, now)


def read_batch(session: Session, row: ImportBatch, now: datetime) -> Batch:
    """With all its files, in the order in which they came."""
    judge = judge_of(session, row.organisation_id, now)
    rows = session.execute(
        select(Imported, Envelope, Document)
        .join(Envelope, Envelope.id == Imported.envelope_id)
        .join(Document, Document.id == Imported.document_id)
        .where(Imported.batch_id == row.id, Document.removed_at.is_(None))
        .order_by(Imported.position)
    ).all()
    twins = _twins(session, row)
    seen = Counter(document.sha256 for _, _, document in rows if document.sha256)
    return Batch(
        row,
        tuple(
            _line(
                imported,
                envelope,
                document,
                judge,
                tuple(twins.get(document.sha256 or "", ())),
                repeated=seen[document.sha256 or ""] > 1,
            )
            for imported, envelope, document in rows
        ),
    )


def _line(  # noqa: PLR0913 - a file, and what it is held against
    row: Imported,
    envelope: Envelope,
    document: Document,
    judge: Judge,
    twins: tuple[str, ...],
    *,
    repeated: bool,
) -> ImportLine:
    typed, problems = TypedImport.read(row.typed), dict[str, Words]()
    checked: CheckedImport | None = None
    try:
        checked = check_import(typed, PurePath(document.file_name).stem, judge)
    except FormProblems as found:
        problems = dict(found.problems)
    limit_on = checked.limit_on if checked is not None else row.limit_on
    late = limit_on is not None and judge.today > limit_on
    return ImportLine(row, envelope, document, typed, checked, problems, late, twins, repeated)


def _twins(session: Session, batch: ImportBatch) -> dict[str, list[str]]:
    """Of each hash in the batch: what the same bytes are in the register already."""
    here = select(Imported.sha256).where(Imported.batch_id == batch.id).scalar_subquery()
    found: dict[str, list[str]] = {}
    for sha256, number in session.execute(
        select(Imported.sha256, Envelope.number)
        .join(Envelope, Envelope.id == Imported.envelope_id)
        .where(
            Imported.organisation_id == batch.organisation_id,
            Imported.batch_id != batch.id,
            Imported.taken_at.is_not(None),
            Imported.sha256.in_(here),
        )
        .order_by(Envelope.number)
    ):
        found.setdefault(str(sha256), []).append(number)
    return found


def set_values(
    session: Session, batch: ImportBatch, envelope_id: UUID, typed: TypedImport, now: datetime
) -> None:
    """Keep what is said of one file, right or wrong. Raises LookupError."""
    row = row_in(session, batch, envelope_id)
    _set(session, row, typed, judge_of(session, batch.organisation_id, now))


def apply_table(
    session: Session, batch: ImportBatch, table: ImportTable, name: str, now: datetime
) -> None:
    """What the table says of each file; nothing of it where it has a fault."""
    batch.table_name, batch.faulty = name[:200], len(table.faults)
    batch.unused = list(table.unknown[:SHOWN_FAULTS])
    batch.faults = [
        [fault.line, fault.column, fault.words.ja, fault.words.en]
        for fault in sorted(table.faults, key=lambda one: one.line)[:SHOWN_FAULTS]
    ]
    if table.faults:
        return
    judge = judge_of(session, batch.organisation_id, now)
    for row, document in files_in(session, batch):
        _set(session, row, table.said[document.file_name], judge)


def refuse_table(batch: ImportBatch, words: Words, name: str) -> None:
    """Nothing of the table can be read."""
    batch.table_name, batch.faults, batch.faulty = name[:200], [[0, "", *words]], 1
    batch.unused = []


def _set(session: Session, row: Imported, typed: TypedImport, judge: Judge) -> None:
    """The clock runs whatever is missing: from the day of receipt where one is said that can be
    right, else from the day of the upload."""
    row.typed, row.way = typed.flat(), typed.way[:32]
    begin_clock(session, row, session.get_one(Envelope, row.envelope_id))
    with suppress(FormProblems):
        row.limit_on = check_import(typed, "x", judge).limit_on


def file_names(session: Session, batch: ImportBatch) -> Sequence[str]:
    """In the order in which they came."""
    return [document.file_name for _, document in files_in(session, batch)]


def files_in(session: Session, batch: ImportBatch) -> Iterator[tuple[Imported, Document]]:
    """What is in the batch still, in the order in which it came."""
    rows = session.execute(
        select(Imported, Document)
        .join(Document, Document.id == Imported.document_id)
        .where(Imported.batch_id == batch.id, Document.removed_at.is_(None))
        .order_by(Imported.position)
    )
    yield from ((row, document) for row, document in rows)


def row_in(session: Session, batch: ImportBatch, envelope_id: UUID) -> Imported:
    """One file of it. Raises LookupError for another's."""
    row = session.get(Imported, envelope_id)
    if row is None or row.batch_id != batch.id:
        raise LookupError(str(envelope_id))
    return row


def batch_page(
    session: Session, organisation_id: UUID, asked: Asked
) -> Page[tuple[ImportBatch, int, str]]:
    """Those that wait for somebody, with their files and who began them."""
    query = (
        select(ImportBatch, func.count(Document.id), Member.name)
        .join(Member, Member.id == ImportBatch.member_id)
        .outerjoin(Imported, Imported.batch_id == ImportBatch.id)
        .outerjoin(Document, (Document.id == Imported.document_id) & Document.removed_at.is_(None))
        .where(
            ImportBatch.organisation_id == organisation_id,
            ImportBatch.taken_at.is_(None),
            ImportBatch.dropped_at.is_(None),
        )
        .group_by(ImportBatch.id, Member.name)
    )
    keys: Keys = {
        "begun": (ImportBatch.created_at,),
        "who": (Member.name, ImportBatch.created_at),
        "files": (func.count(Document.id), ImportBatch.created_at),
    }
    return sorted_page(session, query, keys, ImportBatch.id, asked.sorting, asked.number)
