"""A ZIP for the tax office, made from rows and the vault: streamed, one document in memory."""

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.deal_search import check_search
from domain.disclosure import (
    ADDED_LATER,
    DOCUMENT,
    FILE,
    HASH,
    KEPT_FOR,
    LATER,
    LOST,
    MAX_ZIP_BYTES,
    MISSING,
    NOT_INSIDE,
    README,
    RESULT,
    TOKEN,
    conditions_words,
    file_stem,
    typed_of,
)
from domain.events import Event
from domain.findings import Finding
from domain.kinds import EnvelopeState, Language
from domain.ports.disclosure import DisclosureTask
from domain.ports.verification import Stored
from domain.refusals import Refusal, RefusalCode, Words
from domain.report_words import REPORT_WORDS, Said
from domain.stamp_proofs import Stamped, files
from domain.verification import GOOD, WRONG, ReportLine
from runtime.i18n import second_text
from runtime.report_tables import report_lines
from runtime.spreadsheets import ENCODINGS, csv_lines, harmless
from runtime.zips import Member, stream_zip
from storage import disclosures, ledger, verifications
from storage.database import Database
from storage.deal_changes import change_lines, changes_of
from storage.deal_search import every
from storage.deal_table import deal_cells, deal_heads, own_cells, own_columns
from storage.deciding import forget, listed
from storage.desks.rows import SYSTEM, now
from storage.desks.verification import stored
from storage.locks import locked
from storage.own_fields import values_of
from storage.stamp_proofs import stamps_of
from storage.tables import (
    Deal,
    Disclosure,
    Document,
    Envelope,
    Imported,
    Organisation,
    Revision,
    Verification,
    VerificationItem,
)
from storage.vault import Vault

_TOLD_EVERY = 20
"""Documents between two notes of how far it is."""


@dataclass(frozen=True)
class _Entry:
    """A document on its way into the ZIP."""

    envelope_id: UUID
    title: str
    name: str
    blob_id: UUID | None
    sha256: str
    wrong: bool
    token: bytes | None = None
    """Of an imported document: the time-stamp that lies beside it."""

    @property
    def token_name(self) -> str:
        """Of its file."""
        return f"{self.name.removesuffix('.pdf')}.tst"


@dataclass
class _Plan:
    """What a ZIP is made of."""

    row: Disclosure
    run: Verification
    organisation: Organisation
    entries: list[_Entry]
    taken: set[str] = field(default_factory=set)
    """Names of the documents that are in it."""
    lost: dict[str, Finding] = field(default_factory=dict)
    """By name: why a document is not in it."""
    named: list[UUID] = field(default_factory=list)
    """Envelopes that stand in the index."""
    envelopes: int = 0
    concluded: int = 0
    later: int = 0
    """Envelopes of these that were not concluded yet, or not found, when it was planned."""

    @property
    def language(self) -> Language:
        return Language(self.row.language)

    @property
    def missing(self) -> int:
        return len(self.lost)

    @property
    def lost_since(self) -> int:
        """Documents that were good when the report was made."""
        return sum(entry.name in self.lost and not entry.wrong for entry in self.entries)


class StoredDisclosureDesk:
    """domain.ports.disclosure.DisclosureDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def task(self, disclosure_id: UUID) -> DisclosureTask | None:
        """What is left to do; None for one that is ready, or unknown."""
        with self._database.reading() as session:
            row = session.get(Disclosure, disclosure_id)
            return DisclosureTask(row.run_id) if row and _open(row) else None

    def pack(self, disclosure_id: UUID) -> None:
        """Make the ZIP, once its documents are verified. The first one stays."""
        plan = self._plan(disclosure_id)
        if plan is None:
            return
        made_at = now()
        stream = self._vault.upload(disclosure_id, MAX_ZIP_BYTES)
        try:
            for chunk in stream_zip(self._members(plan, made_at), made_at, plan.organisation.zone):
                stream.write(chunk)
            stream.settle()
            with self._database.transaction() as session:
                row = locked(session, Disclosure, disclosure_id)
                if row is None or not _open(row):
                    return
                kept = stream.finish(session)
                row.blob_id, row.sha256, row.size = kept.blob_id, kept.sha256, kept.size
                row.packed, row.envelopes = len(plan.taken), plan.envelopes
                row.missing = plan.missing
                row.ready_at = row.moved_at = now()
                row.expires_at = row.ready_at + KEPT_FOR
                forget(session, row.run_id)
                _note(session, row)
        except Refusal as refusal:
            if refusal.code is not RefusalCode.TOO_LARGE:
                raise
            # Another try would end there, too.
            self._give_up(disclosure_id)
        finally:
            stream.abandon()

    def order_again(self, moment: datetime) -> int:
        """Have what stands still started again. Returns how many."""
        with self._database.transaction() as session:
            return disclosures.order_still_packs(session, moment)

    def _plan(self, disclosure_id: UUID) -> _Plan | None:
        with self._database.reading() as session:
            row = session.get(Disclosure, disclosure_id)
            if row is None or not _open(row):
                return None
            run = session.get_one(Verification, row.run_id)
            if run.finished_at is None:
                return None
            organisation = session.get_one(Organisation, row.organisation_id)
            return _Plan(row, run, organisation, list(_entries(session, run.id)))

    def _members(self, plan: _Plan, made_at: datetime) -> Iterator[Member]:
        for number, entry in enumerate(plan.entries, start=1):
            found = self._document(entry)
            if found.finding is None:
                plan.taken.add(entry.name)
                yield f"documents/{entry.name}", (found.data,)
                if entry.token is not None:
                    yield f"documents/{entry.token_name}", (entry.token,)
                    yield from self._further(entry, entry.token)
            else:
                plan.lost[entry.name] = found.finding
            if number % _TOLD_EVERY == 0:
                self._tell(plan.row.id, number)
        with self._database.reading() as session:
            if plan.run.report_blob_id is not None:
                yield "verification.pdf", (self._vault.read(session, plan.run.report_blob_id),)
            lines = report_lines(_lines(session, plan), plan.language, plan.organisation.zone)
            yield "verification.csv", csv_lines(lines, ENCODINGS["utf-8"])
            index = list(_index(session, plan))
            history = changes_of(session, plan.organisation.id, plan.named)
            changed = list(
                change_lines(
                    session, plan.organisation.id, history, plan.language, plan.organisation.zone
                )
            )
        for name, encoding in ENCODINGS.items():
            suffix = "" if name == "utf-8" else f"-{name}"
            yield f"index{suffix}.csv", csv_lines(index, encoding)
            yield f"changes{suffix}.csv", csv_lines(changed, encoding)
        yield "README.txt", (_readme(plan, made_at),)

    def _further(self, entry: _Entry, token: bytes) -> Iterator[Member]:
        """Further time-stamps of an import, and all that they are over but the document itself."""
        with self._database.reading() as session:
            stamps = stamps_of(session, Stamped.IMPORT, entry.envelope_id, token)
        for name, data in files(stamps) if len(stamps) > 1 else ():
            yield f"documents/{entry.token_name}-further/{name}", (data,)

    def _document(self, entry: _Entry) -> Stored:
        """Once more from the vault: since its verification it may have become unreadable."""
        if entry.blob_id is None:
            return Stored(b"", Finding.BLOB_MISSING)
        with self._database.reading() as session:
            return stored(session, self._vault, entry.blob_id, entry.sha256)

    def _give_up(self, disclosure_id: UUID) -> None:
        with self._database.transaction() as session:
            row = locked(session, Disclosure, disclosure_id)
            if row is not None and _open(row):
                row.gone_at = row.moved_at = now()
                forget(session, row.run_id)

    def _tell(self, disclosure_id: UUID, packed: int) -> None:
        with self._database.transaction() as session:
            row = locked(session, Disclosure, disclosure_id)
            if row is not None and row.ready_at is None:
                row.packed, row.moved_at = packed, now()


def _open(row: Disclosure) -> bool:
    return row.ready_at is None and row.gone_at is None


def _entries(session: Session, run_id: UUID) -> Iterator[_Entry]:
    counted: dict[UUID, int] = defaultdict(int)
    rows = session.execute(
        select(VerificationItem, Envelope.number, Document.title, Revision, Imported.token)
        .join(Envelope, Envelope.id == VerificationItem.envelope_id)
        .join(Document, Document.id == VerificationItem.document_id)
        .outerjoin(Revision, Revision.id == VerificationItem.revision_id)
        .outerjoin(Imported, Imported.envelope_id == VerificationItem.envelope_id)
        .where(VerificationItem.run_id == run_id)
        .order_by(VerificationItem.position)
    )
    for item, number, title, revision, token in rows:
        counted[item.envelope_id] += 1
        yield _Entry(
            item.envelope_id,
            title,
            f"{file_stem(number, counted[item.envelope_id], title)}.pdf",
            revision.blob_id if revision else None,
            revision.sha256 if revision else "",
            item.wrong,
            token,
        )


def _lines(session: Session, plan: _Plan) -> Iterator[ReportLine]:
    """The report's; of what became unreadable after it was written, with what was found."""
    lines = verifications.every_line(session, plan.run.id)
    for entry, line in zip(plan.entries, lines, strict=True):
        finding = plan.lost.get(entry.name)
        if finding is None or finding in line.findings:
            yield line
        else:
            yield replace(line, findings=(finding, *line.findings))


def _index(session: Session, plan: _Plan) -> Iterator[list[str]]:
    """A line for each document; one for each envelope without any."""
    language, entries = plan.language, defaultdict[UUID, list[_Entry]](list)
    for entry in plan.entries:
        entries[entry.envelope_id].append(entry)
    heads = (words.in_language(language) for words in (DOCUMENT, FILE, TOKEN, HASH, RESULT))
    own = own_columns(session, plan.organisation.id, str(plan.row.conditions.get("kind", "")))
    yield [*deal_heads(language, own), *heads]
    for envelope, deal, values in _found(session, plan, set(entries)):
        plan.envelopes += 1
        plan.named.append(envelope.id)
        plan.concluded += envelope.state == EnvelopeState.DONE
        facts = deal_cells(envelope, deal, language, plan.organisation.zone)
        facts += own_cells(own, values)
        for entry in entries.get(envelope.id, ()):
            yield [*facts, *_of_document(plan, entry)]
        if envelope.id not in entries:
            later = envelope.state == EnvelopeState.DONE
            plan.later += later
            yield [*facts, "", "", "", "", ADDED_LATER.in_language(language) if later else ""]


def _found(
    session: Session, plan: _Plan, packed: set[UUID]
) -> Iterator[tuple[Envelope, Deal | None, Mapping[str, str]]]:
    """What the search finds now, in its order; then what it found when the documents were written
    down, should somebody have changed its values meanwhile."""
    search, among = (
        check_search(typed_of(plan.row.conditions)),
        listed(plan.run.id, plan.row.conditions),
    )
    for row in every(session, plan.organisation.id, search, among):
        packed.discard(row.envelope.id)
        yield row.envelope, row.deal, row.own
    for envelope_id in sorted(packed):
        envelope, deal = session.get_one(Envelope, envelope_id), session.get(Deal, envelope_id)
        yield envelope, deal, values_of(session, envelope_id)


def _of_document(plan: _Plan, entry: _Entry) -> list[str]:
    inside, language = entry.name in plan.taken, plan.language
    result = (WRONG if entry.wrong or not inside else GOOD).in_language(language)
    return [
        harmless(entry.title),
        f"documents/{entry.name}" if inside else "",
        f"documents/{entry.token_name}" if inside and entry.token else "",
        entry.sha256,
        result if inside else result + NOT_INSIDE.in_language(language),
    ]


def _readme(plan: _Plan, made_at: datetime) -> bytes:
    """Japanese, then English."""
    asked = conditions_words(plan.row.conditions)
    zone, planned_at = plan.organisation.zone, plan.run.planned_at
    facts: Mapping[str, object] = {
        "organisation": plan.organisation.name,
        "at": second_text(made_at, zone),
        "planned": second_text(planned_at or made_at, zone),
        "envelopes": plan.envelopes,
        "concluded": plan.concluded,
        "documents": len(plan.taken),
    }
    file = io.StringIO()
    for language, text, of in (
        (Language.JA, README.ja, asked.ja),
        (Language.EN, README.en, asked.en),
    ):
        later = _counted(LATER, plan.later, language)
        lacking = _counted(MISSING, plan.missing, language)
        lacking += _counted(LOST, plan.lost_since, language)
        lacking += f"\n{REPORT_WORDS[Said.TRIAL].in_language(language)}\n" if plan.run.trial else ""
        said = text.format(asked=of, missing=lacking, later=later, **facts)
        file.write(said.rstrip() + "\n\n\n")
    return ("\ufeff" + file.getvalue().replace("\n", "\r\n")).encode()


def _counted(said: Words, count: int, language: Language) -> str:
    return said.in_language(language).format(count=count) if count else ""


def _note(session: Session, row: Disclosure) -> None:
    ledger.append(
        session,
        Event.DISCLOSURE_READY,
        at=now(),
        actor=SYSTEM,
        organisation_id=row.organisation_id,
        data={
            "disclosure": row.id,
            "documents": row.packed,
            "missing": row.missing,
            "sha256": row.sha256 or "",
            "size": row.size,
        },
        once=f"disclosure:ready:{row.id}",
    )
