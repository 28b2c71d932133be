"""Warnings of terms that end, ordered as mails: each once for its contract and day.

Housekeeping asks every hour. Whatever was ordered is a row, so that nothing is told again after a
restart; what was missed while nothing ran is told as long as its day has not passed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kinds import NoticeKind, NoticeState
from domain.terms import MARGINS, MORNING, MOST_MAILS, MoreWarnings, TermWarning
from storage.absences import day_of
from storage.database import Database
from storage.followers import all_in_charge
from storage.locks import take_turn
from storage.outbox import TOGETHER, Outgoing, Receiver, When, queue
from storage.tables import Deal, Envelope, Member, Notice, Organisation
from storage.terms import coming

log = structlog.get_logger()

_BATCH = 500
"""Contracts of one organisation in one transaction; the next round takes the rest."""


class _Due(NamedTuple):
    envelope: Envelope
    warning: TermWarning


def order_all(database: Database, when: When) -> int:
    """One round over all organisations. Returns how many warnings were ordered. What fails for one
    is written to the log and tried again in the next round; the others do not wait for it."""
    with database.reading() as session:
        organisations = session.scalars(select(Organisation.id)).all()
    ordered = 0
    for organisation_id in organisations:
        try:
            ordered += _order_for(database, organisation_id, when)
        except Exception as error:  # noqa: BLE001 - the next round comes; a type says enough
            name = type(error).__name__
            log.warning("terms_not_told", organisation=str(organisation_id), error=name)
    return ordered


def _order_for(database: Database, organisation_id: UUID, when: When) -> int:
    with database.reading() as session:
        if not _due(session, organisation_id, when.at):
            return 0
    with database.transaction() as session:
        take_turn(session, f"term warnings of {organisation_id}")
        due = _due(session, organisation_id, when.at)
        return sum(_tell(session, member, own, when) for member, own in _by_receiver(session, due))


def _due(session: Session, organisation_id: UUID, at: datetime) -> Sequence[_Due]:
    """What nobody was told yet, the next day first; nothing before the office opens."""
    local = _local(session, organisation_id, at)
    if local.hour < MORNING:
        return []
    endings = coming(session, organisation_id, local.date(), max(MARGINS))
    due = [
        _Due(ending.envelope, warning)
        for ending in endings
        for warning in ending.term.due(local.date())
    ]
    told = _told(session, organisation_id, local.date())
    due = [one for one in due if (one.envelope.id, _when(one.warning)) not in told]
    return sorted(due, key=lambda one: (one.warning.day, one.envelope.number))[:_BATCH]


def _when(warning: TermWarning) -> tuple[date, int]:
    """What it is told once of, whatever the day is called: whoever enters days of notice, or that
    it renews, knows of it."""
    return warning.day, warning.margin


def _told(
    session: Session, organisation_id: UUID, today: date
) -> set[tuple[UUID, tuple[date, int]]]:
    """Whoever it was that was told: he may have left since."""
    rows = session.execute(
        select(Notice.envelope_id, Notice.occasion)
        .join(Deal, Deal.envelope_id == Notice.envelope_id)
        .where(
            Deal.organisation_id == organisation_id,
            Deal.ends_on >= today,
            Notice.kind == NoticeKind.TERM_ENDING.value,
        )
    )
    return {(envelope_id, _when(TermWarning.read(occasion))) for envelope_id, occasion in rows}


def _by_receiver(session: Session, due: Sequence[_Due]) -> Iterator[tuple[Member, list[_Due]]]:
    senders: dict[UUID, Sequence[Member]] = {}
    found: dict[UUID, list[_Due]] = defaultdict(list)
    for one in due:
        sender = one.envelope.created_by
        if sender not in senders:
            senders[sender] = all_in_charge(session, session.get_one(Member, sender))
        for member in senders[sender]:
            found[member.id].append(one)
    for member_id, own in found.items():
        yield session.get_one(Member, member_id), own


def _tell(session: Session, member: Member, due: Sequence[_Due], when: When) -> int:
    """A mail for each, up to a number that somebody reads; one more a day for whatever is left: it
    leads to the list, which has what comes later too. Returns how many warnings that are."""
    receiver = Receiver.of(member)
    room = max(0, MOST_MAILS - _mails_today(session, member, when.at, NoticeKind.TERM_ENDING))
    for number, one in enumerate(due):
        mail = Outgoing(NoticeKind.TERM_ENDING, one.warning.occasion, receiver)
        row = queue(session, one.envelope.id, mail, when)
        if number >= room:
            row.state, row.last_error = NoticeState.FAILED.value, TOGETHER
    rest = due[room:]
    if rest and not _mails_today(session, member, when.at, NoticeKind.TERMS_ENDING):
        more = MoreWarnings(len(rest), day_of(session, member.organisation_id, when.at))
        mail = Outgoing(NoticeKind.TERMS_ENDING, more.occasion, receiver)
        queue(session, rest[0].envelope.id, mail, when)
    return len(due)


def _mails_today(session: Session, member: Member, at: datetime, kind: NoticeKind) -> int:
    local = _local(session, member.organisation_id, at)
    midnight = datetime.combine(local.date(), time.min, local.tzinfo)
    return (
        session.scalar(
            select(func.count()).where(
                Notice.member_id == member.id,
                Notice.kind == kind.value,
                Notice.queued_at >= midnight,
                func.coalesce(Notice.last_error, "") != TOGETHER,
            )
        )
        or 0
    )


def _local(session: Session, organisation_id: UUID, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(session.get_one(Organisation, organisation_id).zone))
