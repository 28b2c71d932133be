"""The list of envelopes: found, filtered and paged, each with what it waits for."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, union
from sqlalchemy.orm import Session

from domain.envelope_lists import DUE_WITHIN, STATES, Filter, ListQuery, Order
from domain.imports import Origin
from domain.kinds import (
    GONE,
    MAIL_BOUNCED,
    EnvelopeState,
    HindranceKind,
    PartyKind,
    SlotKind,
    SlotState,
)
from domain.states import SlotView, StateWord, state_words
from storage.absences import day_of
from storage.followers import followed_by
from storage.gates import waiting_gates
from storage.listing import LEAN
from storage.named import few_titled
from storage.numbers import numbers_begun
from storage.paging import Page, existing
from storage.tables import (
    Absence,
    Envelope,
    Hindrance,
    Member,
    Participant,
    Party,
    Slot,
    SlotCandidate,
    Stage,
)
from storage.titles import titled
from storage.unindexed import unindexed
from storage.waiting_envelopes import waits_for
from webapp.login import now
from webapp.sender.list_orders import TITLES, first_ids, keys, left_out

PAGE_SIZE = 20
_RARE = {Filter.ATTENTION, Filter.LOST, Filter.WAITING}
"""What few of many envelopes are."""
COUNTED = 1000
"""What comes after is neither counted nor paged to: in a list that long people search."""
_WHOLE_NUMBER = re.compile(r"[0-9]{10}")


@dataclass(frozen=True)
class Awaited:
    """Somebody who is asked to act."""

    name: str
    kind: SlotKind
    since: datetime | None


@dataclass(frozen=True)
class ListRow:
    """One envelope of the list."""

    envelope: Envelope
    words: tuple[StateWord, ...]
    awaited: tuple[Awaited, ...]
    stage_deadline_at: datetime | None = None
    """The open stage's own deadline, where it comes before the envelope's."""


def list_page(  # noqa: PLR0913 - who looks, at what, which page, when
    session: Session,
    member: Member,
    wanted: ListQuery,
    number: int,
    now: datetime,
    *,
    drafts: bool = True,
) -> Page[ListRow]:
    """A page of the envelopes of the member's organisation. Without `drafts` there are only those
    that were sent."""
    where = _conditions(session, member, wanted, now)
    # What was concluded elsewhere, and what was deleted, stands in the register only; what was
    # discarded stands nowhere.
    where += [
        Envelope.origin == literal(Origin.SENT.value, literal_execute=True),
        Envelope.state.not_in([state.value for state in GONE]),
    ]
    if not drafts:
        where.append(Envelope.state != EnvelopeState.DRAFT.value)
    where += left_out(wanted.order)
    states, order = STATES.get(wanted.wanted, ()), wanted.order
    if wanted.search.strip() or wanted.wanted in _RARE:
        return _narrowed_page(session, where, states, order, number)
    found = _first(session, where, states, order, 1) if number <= 1 else []
    if number <= 1 and len(found) < PAGE_SIZE:
        return Page(list_rows(session, found), len(found), 1, PAGE_SIZE)
    counted = _count(session, where, states)
    total = min(counted, COUNTED)
    number = existing(number, total, PAGE_SIZE)
    envelopes = found or _first(session, where, states, order, number)
    rows = list_rows(session, envelopes)
    return Page(rows, total, number, PAGE_SIZE, more=counted > COUNTED)


def _narrowed_page(
    session: Session,
    where: Sequence[ColumnElement[bool]],
    states: Sequence[EnvelopeState],
    order: Order,
    number: int,
) -> Page[ListRow]:
    """Through the index of titles, which has all that is compared, or by what few envelopes are:
    any other index has the order, and would ask the table for everything, however old what is
    found."""
    if states:
        where = [*where, unindexed(Envelope.state).in_([state.value for state in states])]
    query = select(Envelope.id).where(*where)
    found = session.scalars(query.order_by(*keys(order, unindexed)).limit(COUNTED + 1)).all()
    total = min(len(found), COUNTED)
    number = existing(number, total, PAGE_SIZE)
    ids = found[(number - 1) * PAGE_SIZE : min(number * PAGE_SIZE, total)]
    listed = list_rows(session, _envelopes(session, ids))
    return Page(listed, total, number, PAGE_SIZE, more=len(found) > COUNTED)


def _conditions(
    session: Session, member: Member, wanted: ListQuery, now: datetime
) -> list[ColumnElement[bool]]:
    mine = member.organisation_id
    own = Envelope.organisation_id == mine
    its = unindexed(Envelope.organisation_id) == mine
    waiting = wanted.wanted is Filter.WAITING
    narrowed = {
        Filter.ATTENTION: [_needing_a_look(mine)],
        Filter.LOST: [its, _undelivered()],
        **({Filter.WAITING: [its, waits_for(session, member, now)]} if waiting else {}),
        Filter.DUE: [own, _due(now + DUE_WITHIN)],
    }
    matching, few = _matching(session, mine, wanted.search)
    where = [*narrowed.get(wanted.wanted, [its if few else own]), *matching]
    if wanted.mine:
        by_title = bool(wanted.search.strip()) or wanted.order in TITLES
        by = unindexed(Envelope.created_by) if by_title else Envelope.created_by
        where.append(by.in_(followed_by(session, member)))
    return where


def _first(
    session: Session,
    where: Sequence[ColumnElement[bool]],
    states: Sequence[EnvelopeState],
    order: Order,
    number: int,
) -> Sequence[Envelope]:
    """One page of them."""
    end = number * PAGE_SIZE
    return _envelopes(session, first_ids(session, where, states, order, end)[end - PAGE_SIZE :])


def _envelopes(session: Session, ids: Sequence[UUID]) -> list[Envelope]:
    """In this order."""
    rows = session.scalars(select(Envelope).where(Envelope.id.in_(ids)).options(*LEAN))
    by_id = {envelope.id: envelope for envelope in rows}
    return [by_id[one] for one in ids]


def _undelivered() -> ColumnElement[bool]:
    """Somebody is asked by a mail that did not arrive, and has not come by another way."""
    return Envelope.id.in_(
        select(Hindrance.envelope_id).where(
            Hindrance.ended_at.is_(None), Hindrance.reason == MAIL_BOUNCED
        )
    )


def _due(until: datetime) -> ColumnElement[bool]:
    """The envelope's deadline, or that of a stage that is open, comes before then."""
    stage = select(Stage.id).where(
        Stage.envelope_id == Envelope.id,
        Stage.version == Envelope.version,
        Stage.deadline_at < until,
        select(Slot.id)
        .where(Slot.stage_id == Stage.id, Slot.state == SlotState.ASKED.value)
        .exists(),
    )
    return or_(Envelope.deadline_at < until, stage.correlate(Envelope).exists())


def _count(
    session: Session, where: Sequence[ColumnElement[bool]], states: Sequence[EnvelopeState]
) -> int:
    query = select(Envelope.id).where(*where).limit(COUNTED + 1)
    if states:
        query = query.where(Envelope.state.in_([state.value for state in states]))
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _needing_a_look(organisation_id: UUID) -> ColumnElement[bool]:
    """Few of many: nothing else narrows the list, so that databases begin with these."""
    own = select(Envelope.id).where(Envelope.organisation_id == organisation_id)
    return Envelope.id.in_(
        union(
            select(Hindrance.envelope_id).where(
                Hindrance.ended_at.is_(None),
                own.where(Envelope.id == Hindrance.envelope_id).correlate(Hindrance).exists(),
            ),
            own.where(Envelope.refusal.is_not(None)),
            own.where(Envelope.state == EnvelopeState.SENT_BACK.value),
        )
    )


def _matching(
    session: Session, organisation_id: UUID, search: str
) -> tuple[list[ColumnElement[bool]], bool]:
    """Whose number begins so, or whose title has it; a whole number finds its envelope at once.
    And whether the ids of few are among the conditions, by which databases are to begin."""
    text = unicodedata.normalize("NFKC", search).strip()[:100]
    if not text:
        return [], False
    if _WHOLE_NUMBER.fullmatch(text):
        whole = [Envelope.organisation_id == organisation_id, Envelope.number == text]
        if session.scalar(select(Envelope.id).where(*whole)) is not None:
            return whole, False
    if edges := numbers_begun(text):
        return [or_(Envelope.number.between(*edges), titled(text))], False
    few = few_titled(session, organisation_id, text)
    if few is None:
        return [titled(text)], False
    return [Envelope.id.in_(few), titled(text)], True


def list_rows(session: Session, envelopes: Sequence[Envelope]) -> tuple[ListRow, ...]:
    """The envelopes in their order, each with what it waits for."""
    if not envelopes:
        return ()
    ids = [envelope.id for envelope in envelopes]
    slots = slots_by_envelope(session, ids, day_of(session, envelopes[0].organisation_id, now()))
    hindrances = open_hindrances(session, ids)
    gates = waiting_gates(session, ids)
    return tuple(
        ListRow(
            envelope=envelope,
            words=state_words(
                EnvelopeState(envelope.state),
                [item.view for item in slots[envelope.id]],
                hindrances[envelope.id],
                at_gate=envelope.id in gates,
            ),
            awaited=tuple(
                Awaited(item.name, item.view.kind, item.since)
                for item in slots[envelope.id]
                if item.view.state is SlotState.ASKED and envelope.state != EnvelopeState.SENT_BACK
            ),
            stage_deadline_at=_sooner(envelope, slots[envelope.id]),
        )
        for envelope in envelopes
    )


@dataclass(frozen=True)
class SlotOfEnvelope:
    """A slot with what lists and words need."""

    view: SlotView
    name: str
    since: datetime | None
    deadline_at: datetime | None = None
    """Of its stage."""


def _sooner(envelope: Envelope, slots: Sequence[SlotOfEnvelope]) -> datetime | None:
    whole = envelope.deadline_at
    own = (one.deadline_at for one in slots if one.view.state is SlotState.ASKED)
    return min((at for at in own if at and whole and at < whole), default=None)


def slots_by_envelope(
    session: Session, ids: Sequence[UUID], day: date
) -> dict[UUID, list[SlotOfEnvelope]]:
    """Slots of the envelopes' current versions, in the order of the route. A deputy whose absent
    person is back on that day is awaited no longer."""
    found: dict[UUID, list[SlotOfEnvelope]] = defaultdict(list)
    rows = session.execute(
        select(
            Slot.envelope_id,
            Slot.kind,
            Slot.state,
            Slot.asked_at,
            Stage.deadline_at,
            Participant.name,
            Party.kind.label("party"),
        )
        .select_from(Slot)
        .join(Stage, Stage.id == Slot.stage_id)
        .join(Envelope, Envelope.id == Slot.envelope_id)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .join(Participant, Participant.id == SlotCandidate.participant_id)
        .join(Party, Party.id == Participant.party_id)
        .outerjoin(Absence, Absence.id == Participant.absence_id)
        .where(
            Slot.envelope_id.in_(ids),
            Stage.version == Envelope.version,
            # A slot is bound at the latest by its act; before that its candidates stand for it.
            or_(
                and_(Slot.participant_id.is_(None), _holds(day)),
                Slot.participant_id == Participant.id,
            ),
        )
        .order_by(Stage.position, Slot.position)
    )
    for row in rows:
        view = SlotView(SlotKind(row.kind), SlotState(row.state), PartyKind(row.party))
        found[row.envelope_id].append(SlotOfEnvelope(view, row.name, row.asked_at, row.deadline_at))
    return found


def _holds(day: date) -> ColumnElement[bool]:
    """Of whoever is no deputy, and of a deputy as long as his absence lasts."""
    lasts = and_(Absence.cancelled_at.is_(None), Absence.ends_on >= day)
    return or_(Participant.absence_id.is_(None), lasts)


def open_hindrances(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[HindranceKind]]:
    """What the envelopes wait for besides people."""
    found: dict[UUID, list[HindranceKind]] = defaultdict(list)
    rows = session.scalars(
        select(Hindrance).where(Hindrance.envelope_id.in_(ids), Hindrance.ended_at.is_(None))
    )
    for hindrance in rows:
        found[hindrance.envelope_id].append(HindranceKind(hindrance.kind))
    return found
