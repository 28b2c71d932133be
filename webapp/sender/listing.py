"""The list of envelopes: found, filtered and paged, each with what it waits for."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from domain.kinds import EnvelopeState, HindranceKind, PartyKind, SlotKind, SlotState
from domain.refusals import Words
from domain.states import SlotView, StateWord, state_words
from storage.gates import waiting_gates
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


@dataclass(frozen=True)
class ListPage:
    """One page of the list; `number` counts from 1."""

    rows: tuple[ListRow, ...]
    total: int
    number: int

    @property
    def last(self) -> int:
        """Number of the last page, at least 1."""
        return max(1, -(-self.total // PAGE_SIZE))


def list_page(
    session: Session, organisation_id: UUID, wanted: Filter, search: str, number: int
) -> ListPage:
    """A page of the organisation's envelopes, the newest change first."""
    where = [Envelope.organisation_id == organisation_id, *_narrowed(wanted), *_matching(search)]
    total = session.scalar(select(func.count()).select_from(Envelope).where(*where)) or 0
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    envelopes = session.scalars(
        select(Envelope)
        .where(*where)
        .order_by(Envelope.changed_at.desc(), Envelope.number)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    return ListPage(_rows(session, envelopes), total, number)


def _narrowed(wanted: Filter) -> list[ColumnElement[bool]]:
    if wanted is Filter.ALL:
        return []
    if wanted is Filter.ATTENTION:
        open_ones = select(Hindrance.envelope_id).where(Hindrance.ended_at.is_(None))
        returned = Envelope.refusal.is_not(None)
        sent_back = Envelope.state == EnvelopeState.SENT_BACK.value
        return [or_(Envelope.id.in_(open_ones), returned, sent_back)]
    return [Envelope.state.in_([state.value for state in _STATES[wanted]])]


def _matching(search: str) -> list[ColumnElement[bool]]:
    text = unicodedata.normalize("NFKC", search).strip()[:100]
    if not text:
        return []
    typed = search.strip()[:100]
    return [
        or_(
            Envelope.number.startswith(text, autoescape=True),
            Envelope.title.icontains(text, autoescape=True),
            Envelope.title.icontains(typed, autoescape=True),
        )
    ]


def _rows(session: Session, envelopes: Sequence[Envelope]) -> tuple[ListRow, ...]:
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
