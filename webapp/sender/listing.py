"""The list of envelopes: found, filtered and paged, each with what it waits for."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, union, union_all
from sqlalchemy.orm import Session

from domain.kinds import EnvelopeState, HindranceKind, PartyKind, SlotKind, SlotState
from domain.refusals import Words
from domain.states import SlotView, StateWord, state_words
from storage.gates import waiting_gates
from storage.paging import Page, existing
from storage.tables import (
    Envelope,
    Hindrance,
    Participant,
    Party,
    Slot,
    SlotCandidate,
    Stage,
)

PAGE_SIZE = 20
COUNTED = 1000
"""What comes after is neither counted nor paged to: in a list that long people search."""
_WHOLE_NUMBER = re.compile(r"[0-9]{10}")


class Filter(StrEnum):
    """What the list is narrowed to; stands in the URL."""

    ALL = "all"
    RUNNING = "running"
    ATTENTION = "attention"
    DRAFT = "draft"
    DONE = "done"
    ENDED = "ended"


FILTER_WORDS = {
    Filter.ALL: Words("すべて", "All"),
    Filter.RUNNING: Words("進行中", "In progress"),
    Filter.ATTENTION: Words("要確認", "Needs a look"),
    Filter.DRAFT: Words("下書き", "Drafts"),
    Filter.DONE: Words("完了", "Completed"),
    Filter.ENDED: Words("辞退・取り下げ・期限切れ", "Declined, withdrawn, expired"),
}

_STATES: dict[Filter, tuple[EnvelopeState, ...]] = {
    Filter.RUNNING: (
        EnvelopeState.SENDING,
        EnvelopeState.RUNNING,
        EnvelopeState.SENT_BACK,
        EnvelopeState.COMPLETING,
    ),
    Filter.DRAFT: (EnvelopeState.DRAFT,),
    Filter.DONE: (EnvelopeState.DONE,),
    Filter.ENDED: (EnvelopeState.DECLINED, EnvelopeState.WITHDRAWN, EnvelopeState.EXPIRED),
}


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


def list_page(  # noqa: PLR0913 - whose, narrowed how, which page
    session: Session,
    organisation_id: UUID,
    wanted: Filter,
    search: str,
    number: int,
    *,
    drafts: bool = True,
) -> Page[ListRow]:
    """A page of the organisation's envelopes, the newest change first. Without `drafts` there are
    only those that were sent."""
    whose = (
        _needing_a_look(organisation_id)
        if wanted is Filter.ATTENTION
        else Envelope.organisation_id == organisation_id
    )
    where = [whose, *_matching(session, organisation_id, search)]
    if not drafts:
        where.append(Envelope.state != EnvelopeState.DRAFT.value)
    states = _STATES.get(wanted, ())
    found = _newest(session, where, states, 1) if number <= 1 else []
    if number <= 1 and len(found) < PAGE_SIZE:
        return Page(list_rows(session, found), len(found), 1, PAGE_SIZE)
    counted = _count(session, where, states)
    total = min(counted, COUNTED)
    number = existing(number, total, PAGE_SIZE)
    envelopes = found or _newest(session, where, states, number)
    rows = list_rows(session, envelopes)
    return Page(rows, total, number, PAGE_SIZE, more=counted > COUNTED)


def _newest(
    session: Session,
    where: Sequence[ColumnElement[bool]],
    states: Sequence[EnvelopeState],
    number: int,
) -> Sequence[Envelope]:
    """Each state by its own index, and the newest of all: sorting every envelope of an office
    takes the longer the longer it works."""
    end = number * PAGE_SIZE
    newest = (Envelope.changed_at.desc(), Envelope.number.desc())
    query = select(Envelope.id, Envelope.changed_at, Envelope.number).where(*where)
    parts = [query.where(Envelope.state == state.value) for state in states] or [query]
    found = union_all(
        *(select(part.order_by(*newest).limit(end).subquery()) for part in parts)
    ).subquery()
    return session.scalars(
        select(Envelope)
        .join(found, found.c.id == Envelope.id)
        .order_by(*newest)
        .limit(PAGE_SIZE)
        .offset(end - PAGE_SIZE)
    ).all()


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


def _matching(session: Session, organisation_id: UUID, search: str) -> list[ColumnElement[bool]]:
    """Whose number begins so, or whose title has it; a whole number finds its envelope at once."""
    text = unicodedata.normalize("NFKC", search).strip()[:100]
    if not text:
        return []
    if _WHOLE_NUMBER.fullmatch(text):
        whole = [Envelope.organisation_id == organisation_id, Envelope.number == text]
        if session.scalar(select(Envelope.id).where(*whole)) is not None:
            return whole
    words = {text, search.strip()[:100]}
    return [
        or_(
            Envelope.number.startswith(text, autoescape=True),
            *(Envelope.title.icontains(word, autoescape=True) for word in sorted(words)),
        )
    ]


def list_rows(session: Session, envelopes: Sequence[Envelope]) -> tuple[ListRow, ...]:
    """The envelopes in their order, each with what it waits for."""
    ids = [envelope.id for envelope in envelopes]
    slots = slots_by_envelope(session, ids)
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
        )
        for envelope in envelopes
    )


@dataclass(frozen=True)
class SlotOfEnvelope:
    """A slot with what lists and words need."""

    view: SlotView
    name: str
    since: datetime | None


def slots_by_envelope(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[SlotOfEnvelope]]:
    """Slots of the envelopes' current versions, in the order of the route."""
    found: dict[UUID, list[SlotOfEnvelope]] = defaultdict(list)
    rows = session.execute(
        select(Slot, Participant.name, Party.kind)
        .join(Stage, Stage.id == Slot.stage_id)
        .join(Envelope, Envelope.id == Slot.envelope_id)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .join(Participant, Participant.id == SlotCandidate.participant_id)
        .join(Party, Party.id == Participant.party_id)
        .where(
            Slot.envelope_id.in_(ids),
            Stage.version == Envelope.version,
            # A slot is bound at the latest by its act; before that its candidates stand for it.
            or_(Slot.participant_id.is_(None), Slot.participant_id == Participant.id),
        )
        .order_by(Stage.position, Slot.position)
    )
    for slot, name, party in rows:
        view = SlotView(SlotKind(slot.kind), SlotState(slot.state), PartyKind(party))
        found[slot.envelope_id].append(SlotOfEnvelope(view, name, slot.asked_at))
    return found


def open_hindrances(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[HindranceKind]]:
    """What the envelopes wait for besides people."""
    found: dict[UUID, list[HindranceKind]] = defaultdict(list)
    rows = session.scalars(
        select(Hindrance).where(Hindrance.envelope_id.in_(ids), Hindrance.ended_at.is_(None))
    )
    for hindrance in rows:
        found[hindrance.envelope_id].append(HindranceKind(hindrance.kind))
    return found
