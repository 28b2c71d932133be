"""Imported contracts by the limit for their time-stamps, and one of them by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from domain.imports import Clock, Shown, Way, clock
from domain.kinds import EnvelopeState
from domain.lists import Asked, Usual
from storage.import_limits import counted_from
from storage.listing import Keys, containing, sorted_page, told
from storage.paging import Page
from storage.tables import Deal, Document, Envelope, Imported, Organisation

SORTS: Usual = {
    "limit": False,
    "title": False,
    "partner": False,
    "received": True,
    "stamped": True,
}


_STILL_THERE = Envelope.state != EnvelopeState.DELETED.value


@dataclass(frozen=True)
class ImportRow:
    """One contract from elsewhere, and where it stands against its limit."""

    row: Imported
    envelope: Envelope
    document: Document
    deal: Deal | None
    """None before it is taken."""
    clock: Clock | None
    """None for what an older version left without a limit, until the next round of warnings."""
    received_on: date | None
    """As somebody said, in the register or before it was taken; None where nobody did."""

    @property
    def way(self) -> Way:
        """How it was received."""
        return Way(self.row.way)

    @property
    def unexplained(self) -> bool:
        """Its time-stamp came late, and nobody said why."""
        return bool(self.row.late) and not self.row.late_reason


def clocks_page(
    session: Session, organisation_id: UUID, shown: Shown, today: date, asked: Asked
) -> Page[ImportRow]:
    """A page of what was uploaded or taken."""
    query = _rows(organisation_id).where(
        _STILL_THERE,
        *_narrowed(shown, today),
        *containing(asked.text, Envelope.title, Envelope.number, Deal.partner),
    )
    unknown = case((Imported.limit_on.is_(None), 0), else_=1)
    keys: Keys = {
        "limit": (unknown, Imported.limit_on),
        "title": (Envelope.title,),
        "partner": (told(Deal.partner), Envelope.title),
        "received": (Deal.received_on, Envelope.title),
        "stamped": (Imported.token_time,),
    }
    page = sorted_page(session, query, keys, Imported.envelope_id, asked.sorting, asked.number)
    zone = _zone(session, organisation_id)
    rows = [_row(row[0], row[1], row[2], row[3], zone, today) for row in page.rows]
    return Page(rows, page.total, page.number, page.size)


def find_imported(session: Session, envelope: Envelope, now: datetime) -> ImportRow | None:
    """What was concluded elsewhere; None for what was sent from here."""
    zone = _zone(session, envelope.organisation_id)
    query = _rows(envelope.organisation_id).where(Imported.envelope_id == envelope.id)
    found = session.execute(query).first()
    return _row(*found, zone, now.astimezone(zone).date()) if found else None


def count_late(session: Session, organisation_id: UUID, today: date) -> int:
    """How many are past their limit without a time-stamp, or wait for a reason."""
    unexplained = (Imported.late.is_(True)) & (Imported.late_reason == "")
    open_late = Imported.token.is_(None) & (Imported.limit_on < today)
    query = _rows(organisation_id).where(_STILL_THERE, or_(unexplained, open_late))
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _rows(organisation_id: UUID) -> Select[Imported, Envelope, Document, Deal | None]:
    return (
        select(Imported, Envelope, Document, Deal)
        .join(Envelope, Envelope.id == Imported.envelope_id)
        .join(Document, Document.id == Imported.document_id)
        .outerjoin(Deal, Deal.envelope_id == Imported.envelope_id)
        .where(Imported.organisation_id == organisation_id, Document.removed_at.is_(None))
    )


def _narrowed(shown: Shown, today: date) -> Sequence[ColumnElement[bool]]:
    if shown is Shown.OPEN:
        return (Imported.token.is_(None),)
    if shown is Shown.LATE:
        return (
            or_(Imported.late.is_(True), Imported.token.is_(None) & (Imported.limit_on < today)),
        )
    return ()


def _row(  # noqa: PLR0913 - the columns of the query, and what they are judged by
    row: Imported,
    envelope: Envelope,
    document: Document,
    deal: Deal | None,
    zone: ZoneInfo,
    today: date,
) -> ImportRow:
    stamped = row.token_time.astimezone(zone).date() if row.token_time else None
    stands = clock(row.limit_on, stamped, today) if row.limit_on else None
    if deal is not None:
        return ImportRow(row, envelope, document, deal, stands, deal.received_on)
    received, said = counted_from(row, envelope, zone)
    return ImportRow(row, envelope, document, deal, stands, received if said else None)


def _zone(session: Session, organisation_id: UUID) -> ZoneInfo:
    return ZoneInfo(session.get_one(Organisation, organisation_id).zone)
