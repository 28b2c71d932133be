"""Every change of the register's values, searched: old and new, who, when and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from domain.deal_changes import BY_SYSTEM, CHANGE_HEADS, OWN_FIELD, ChangeSearch
from domain.deal_words import RELATIONS, VALUE_WORDS, plain_value
from domain.deals import OWN, Change, Relation, changes
from domain.kinds import Language
from domain.lists import Asked, Sorting
from runtime.i18n import second_text
from runtime.spreadsheets import harmless
from storage import own_fields
from storage.listing import Column
from storage.paging import Page, existing
from storage.tables import Deal, DealChange, Envelope, Member
from storage.unindexed import unindexed

PAGE_SIZE = 50
COUNTED = 10_000
_CHUNK = 500


@dataclass(frozen=True)
class FoundChange:
    """One change; `who` is None where the service entered something by itself."""

    row: DealChange
    envelope: Envelope
    who: str | None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What differs."""
        return changes(self.row.before, self.row.after)


def changes_page(  # noqa: PLR0913 - whose, narrowed how, which page
    session: Session,
    organisation_id: UUID,
    zone: str,
    search: ChangeSearch,
    asked: Asked,
    size: int = PAGE_SIZE,
) -> Page[FoundChange]:
    """A page of them."""
    query = _asked(organisation_id, zone, search, asked.sorting)
    ids = query.with_only_columns(DealChange.id).order_by(None).limit(COUNTED + 1).subquery()
    counted = session.scalar(select(func.count()).select_from(ids)) or 0
    total = min(counted, COUNTED)
    number = existing(asked.number, total, size)
    rows = session.execute(query.limit(size).offset((number - 1) * size))
    found = [FoundChange(row, envelope, who) for row, envelope, who in rows]
    return Page(found, total, number, size, more=counted > COUNTED)


def every_change(
    session: Session, organisation_id: UUID, zone: str, search: ChangeSearch, sorting: Sorting
) -> Iterator[FoundChange]:
    """All that is found; taken while the session is open."""
    query = _asked(organisation_id, zone, search, sorting)
    for row, envelope, who in session.execute(query.execution_options(yield_per=_CHUNK)):
        yield FoundChange(row, envelope, who)


def changes_of(
    session: Session, organisation_id: UUID, envelope_ids: Sequence[UUID]
) -> Iterator[FoundChange]:
    """Those of some envelopes, envelope by envelope."""
    for start in range(0, len(envelope_ids), _CHUNK):
        some = envelope_ids[start : start + _CHUNK]
        query = _query(organisation_id, DealChange.envelope_id.in_(some))
        ordered = query.order_by(Envelope.number, DealChange.number)
        for row, envelope, who in session.execute(ordered):
            yield FoundChange(row, envelope, who)


def who_changes(session: Session, organisation_id: UUID) -> Sequence[tuple[UUID, str]]:
    """Members, those who have left among them, to choose from."""
    rows = session.execute(
        select(Member.id, Member.name)
        .where(Member.organisation_id == organisation_id)
        .order_by(Member.name, Member.id)
    )
    return [(row.id, row.name) for row in rows]


def change_lines(
    session: Session,
    organisation_id: UUID,
    found: Iterable[FoundChange],
    language: Language,
    zone: str,
) -> Iterator[list[str]]:
    """A line for each value that changed, harmless in spreadsheets."""
    yield [head.in_language(language) for head in CHANGE_HEADS]
    labels = own_labels(session, organisation_id, language)
    for one in found:
        who = BY_SYSTEM.in_language(language) if one.who is None else one.who
        for change in one.changes:
            yield [
                second_text(one.row.at, zone),
                one.envelope.number,
                harmless(one.envelope.title),
                harmless(_name(change, labels, language)),
                harmless(_value(change.name, change.before, language)),
                harmless(_value(change.name, change.after, language)),
                harmless(who),
                harmless(one.row.reason),
            ]


def own_labels(session: Session, organisation_id: UUID, language: Language) -> Mapping[str, str]:
    """What own fields are called, by their names in the history."""
    return {
        OWN + field.id: field.label.in_language(language)
        for known in own_fields.definitions(session, organisation_id)
        for field in known.fields
    }


def _name(change: Change, labels: Mapping[str, str], language: Language) -> str:
    if change.name.startswith(OWN):
        return labels.get(change.name, OWN_FIELD.in_language(language))
    return VALUE_WORDS[change.name].in_language(language)


def _value(name: str, value: object, language: Language) -> str:
    if name == "relation" and value:
        return RELATIONS[Relation(str(value))].in_language(language)
    return plain_value(value)


def _query(
    organisation_id: UUID, *where: ColumnElement[bool]
) -> Select[DealChange, Envelope, str | None]:
    return (
        select(DealChange, Envelope, Member.name)
        .join(Deal, Deal.envelope_id == DealChange.envelope_id)
        .join(Envelope, Envelope.id == DealChange.envelope_id)
        .outerjoin(Member, Member.id == DealChange.member_id)
        .where(unindexed(Deal.organisation_id) == organisation_id, *where)
    )


def _asked(
    organisation_id: UUID, zone: str, search: ChangeSearch, sorting: Sorting
) -> Select[DealChange, Envelope, str | None]:
    """In an order that an index has, read either way: that of the changes, or that of the numbers
    of the organisation's envelopes, which also finds one of them."""
    by_number = sorting.key == "number"
    query = _query(organisation_id, *_conditions(search, zone))
    if by_number or search.number:
        query = query.where(Envelope.organisation_id == organisation_id)
    columns: Sequence[Column] = (DealChange.at, DealChange.envelope_id, DealChange.number)
    if by_number:
        columns = (Envelope.number, Envelope.id, DealChange.number)
    return query.order_by(*(one.desc() if sorting.down else one.asc() for one in columns))


def _conditions(search: ChangeSearch, zone: str) -> Collection[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.since:
        found.append(DealChange.at >= _midnight(search.since, zone))
    if search.until:
        found.append(DealChange.at < _midnight(search.until + timedelta(days=1), zone))
    if search.number:
        found.append(Envelope.number == search.number)
    if search.who:
        found.append(DealChange.member_id == search.who)
    if search.by_system:
        found.append(DealChange.member_id.is_(None))
    if search.field:
        before = DealChange.before[search.field].as_string()
        found.append(before.is_distinct_from(DealChange.after[search.field].as_string()))
    return found


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
