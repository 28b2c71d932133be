"""What the operations page reads: states and waits, by number and id.

No document, no title, no name, no address: an operator sees that something waits, never for whom.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.kinds import ENDED, EnvelopeState, HindranceKind, NoticeState, SlotKind, SlotState
from domain.lists import PAGE_SIZE, Asked, Usual
from domain.retention import Decision
from storage.disclosures import still_packs
from storage.gates import waiting_gates
from storage.listing import Keys, ordering
from storage.operations import gaps
from storage.outbox import NOT_SENT
from storage.paging import Page, existing
from storage.tables import (
    Act,
    Consent,
    Deletion,
    Envelope,
    Hindrance,
    Notice,
    OutboxItem,
    Slot,
    Stage,
)
from storage.unindexed import unindexed
from storage.verifications import STILL, still_runs

UNNOTED_SINCE = timedelta(days=7)
ROWS = 100
"""Things that wait to be started; there are few."""
_DIGITS = 10
"""Of every envelope's number."""
_TELLING = 4
"""Digits of a number that leave less than what runs in a large office."""
SORTS: Usual = {"since": False, "number": False}
RUNNING = tuple(
    state
    for state in EnvelopeState
    if state not in ENDED | {EnvelopeState.DRAFT, EnvelopeState.IMPORTING}
)
"""States of envelopes that the page lists; the counts above are of all."""
STUCK = (*RUNNING, EnvelopeState.DONE)
"""Of those that need an operator: also what is done, while a renewal of it does not verify, or the
mail that hands it over has not arrived."""


@dataclass(frozen=True)
class Wait:
    """One thing that an envelope waits for. `what` is a word of `Waits`; `detail` a code."""

    what: str
    since: datetime | None
    detail: str = ""
    attempts: int = 0
    error: str = ""


@dataclass(frozen=True)
class RunningRow:
    """One envelope that has not ended, or that needs an operator all the same."""

    envelope_id: UUID
    number: str
    state: EnvelopeState
    changed_at: datetime
    waits: tuple[Wait, ...]

    @property
    def urgent(self) -> bool:
        """Whether an operator should look."""
        return any(wait.what == "operator" for wait in self.waits)


@dataclass(frozen=True)
class Overview:
    """The whole page, as far as the database knows."""

    counts: dict[EnvelopeState, int]
    running: Page[RunningRow]
    outbox: tuple[Wait, ...]
    """Not started yet."""
    still: tuple[Wait, ...]
    """Started, besides envelopes, and without a move for minutes."""
    unnoted: int = 0
    """Operations of the last week that no operation log could take when they happened."""


def overview(session: Session, asked: Asked, wanted: EnvelopeState | None = None) -> Overview:
    """Read it all at one moment; of the running envelopes what is asked for. `asked.text` is the
    beginning of a number."""
    moment = datetime.now(UTC)
    counts: Counter[EnvelopeState] = Counter()
    for state, count in session.execute(
        select(Envelope.state, func.count()).group_by(Envelope.state)
    ):
        counts[EnvelopeState(state)] = count
    states = [wanted] if wanted and wanted in RUNNING else RUNNING
    running = None if asked.text else sum(counts[state] for state in states)
    return Overview(
        counts={state: counts[state] for state in EnvelopeState},
        running=_running(session, asked, states, running),
        outbox=_outbox(session),
        still=_still(session, moment),
        unnoted=gaps(session, moment - UNNOTED_SINCE),
    )


def _running(
    session: Session, asked: Asked, states: Sequence[EnvelopeState], running: int | None
) -> Page[RunningRow]:
    """What needs an operator comes first, whichever way the list runs. `running`: how many run,
    where that is known."""
    parts = _Parts(session, asked, states)
    total = (parts.count() if running is None else running) + parts.count_done()
    number = existing(asked.number, total, PAGE_SIZE)
    start = (number - 1) * PAGE_SIZE
    envelopes = list(parts.stuck(start, PAGE_SIZE))
    if len(envelopes) < PAGE_SIZE:
        before = max(0, start - parts.count_stuck())
        envelopes += parts.others(before, PAGE_SIZE - len(envelopes))
    waits = _waits(session, [envelope.id for envelope in envelopes])
    for envelope in envelopes:
        if envelope.state == EnvelopeState.STAMPING:
            waits[envelope.id].append(Wait("timestamp", envelope.changed_at))
    rows = [
        RunningRow(
            envelope.id,
            envelope.number,
            EnvelopeState(envelope.state),
            envelope.changed_at,
            tuple(waits[envelope.id]),
        )
        for envelope in envelopes
    ]
    return Page(rows, total, number, PAGE_SIZE)


@dataclass(frozen=True)
class _Parts:
    """Running envelopes in two parts, for the page renews itself: the few that need an operator,
    found by what hinders them, with what is done among them, and all others, each state by its own
    index."""

    session: Session
    asked: Asked
    states: Sequence[EnvelopeState]

    def count(self) -> int:
        """Of both, without what is done."""
        states = self._state().in_([one.value for one in self.states])
        return self._count(select(Envelope.id).where(states, *self._numbered()))

    def count_stuck(self) -> int:
        """Of the first part."""
        return self._count(self._stuck().with_only_columns(Envelope.id))

    def count_done(self) -> int:
        """Of the first part, what is done."""
        done = self._stuck().where(unindexed(Envelope.state) == EnvelopeState.DONE.value)
        return self._count(done.with_only_columns(Envelope.id))

    def stuck(self, offset: int, limit: int) -> Sequence[Envelope]:
        """Some of the first part."""
        order = ordering(_keys(), Envelope.id, self.asked.sorting)
        query = self._stuck().order_by(*order).limit(limit).offset(offset)
        return self.session.scalars(query).all()

    def others(self, offset: int, limit: int) -> Sequence[Envelope]:
        """Some of the second part."""
        order, columns = ordering(_keys(), Envelope.id, self.asked.sorting), _columns()
        of_states = [
            select(*columns)
            .where(
                self._state() == state.value,
                Envelope.id.not_in(_hindered()),
                *self._numbered(),
            )
            .order_by(*order)
            .limit(offset + limit)
            .subquery()
            for state in self.states
        ]
        found = union_all(*(select(part) for part in of_states)).subquery()
        keys: Keys = {"since": (found.c.changed_at,), "number": (found.c.number,)}
        some = select(found.c.id).order_by(*ordering(keys, found.c.id, self.asked.sorting))
        ids = self.session.scalars(some.limit(limit).offset(offset)).all()
        rows = {
            row.id: row
            for row in self.session.scalars(select(Envelope).where(Envelope.id.in_(ids)))
        }
        return [rows[key] for key in ids]

    def _stuck(self) -> Select[Envelope]:
        # Not by an index of states, in which most of what runs is not hindered.
        state = func.coalesce(Envelope.state, None)
        states = STUCK if self.states is RUNNING else self.states
        return select(Envelope).where(
            Envelope.id.in_(_hindered()),
            state.in_([one.value for one in states]),
            *self._numbered(),
        )

    def _state(self) -> ColumnElement[str]:
        """An index of states is not for a number that was typed: few envelopes begin like it."""
        typed = len(self.asked.text) >= _TELLING
        return func.coalesce(Envelope.state, None) if typed else Envelope.state.expression

    def _numbered(self) -> list[ColumnElement[bool]]:
        text = self.asked.text
        if not text:
            return []
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
            return [false()]
        # An index of numbers serves this, and none a LIKE.
        return [Envelope.number.between(text.ljust(_DIGITS, "0"), text.ljust(_DIGITS, "9"))]

    def _count(self, query: Select[UUID]) -> int:
        return self.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _keys() -> Keys:
    return {"since": (Envelope.changed_at,), "number": (Envelope.number,)}


def _columns() -> tuple[InstrumentedAttribute[Any], ...]:
    return Envelope.id, Envelope.changed_at, Envelope.number


def _hindered() -> Select[UUID]:
    """Ids of what needs an operator."""
    return select(Hindrance.envelope_id).where(
        Hindrance.kind == HindranceKind.OPERATOR.value, Hindrance.ended_at.is_(None)
    )


def _waits(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Wait]]:
    found: dict[UUID, list[Wait]] = defaultdict(list)
    for hindrance in session.scalars(
        select(Hindrance).where(Hindrance.envelope_id.in_(ids), Hindrance.ended_at.is_(None))
    ):
        kind = HindranceKind(hindrance.kind).value
        found[hindrance.envelope_id].append(Wait(kind, hindrance.since, hindrance.reason))
    for act in session.scalars(
        select(Act).where(Act.envelope_id.in_(ids), Act.answered_at.is_(None))
    ):
        found[act.envelope_id].append(Wait("act", act.posted_at, act.kind))
    for consent in session.scalars(
        select(Consent).where(Consent.envelope_id.in_(ids), Consent.token.is_(None))
    ):
        found[consent.envelope_id].append(Wait("consent", consent.at))
    for slot in session.scalars(_open_slots(ids)):
        found[slot.envelope_id].append(_slot_wait(slot))
    for envelope_id, stage in waiting_gates(session, ids).items():
        found[envelope_id].append(_gate_wait(stage))
    for notice in session.scalars(
        select(Notice).where(
            Notice.envelope_id.in_(ids),
            Notice.state != NoticeState.SENT.value,
            func.coalesce(Notice.last_error, "").not_in(NOT_SENT),
        )
    ):
        found[notice.envelope_id].append(_notice_wait(notice))
    return found


def _open_slots(ids: Sequence[UUID]) -> Select[Slot]:
    return (
        select(Slot)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            Slot.envelope_id.in_(ids),
            Slot.state.in_([SlotState.ASKED.value, SlotState.ACTED.value]),
        )
        .order_by(Stage.position, Slot.position)
    )


def _slot_wait(slot: Slot) -> Wait:
    if slot.state == SlotState.ACTED:
        return Wait("effect", slot.acted_at, slot.kind)
    return Wait("person", slot.asked_at, SlotKind(slot.kind).value)


def _gate_wait(stage: Stage) -> Wait:
    return Wait("gate", stage.opened_at)


def _notice_wait(notice: Notice) -> Wait:
    what = {NoticeState.FAILED: "mail_failed", NoticeState.BOUNCED: "mail_bounced"}.get(
        NoticeState(notice.state), "mail"
    )
    return Wait(what, notice.queued_at, notice.kind, notice.attempts, notice.last_error or "")


def _outbox(session: Session) -> tuple[Wait, ...]:
    items = session.scalars(
        select(OutboxItem)
        .where(OutboxItem.done_at.is_(None))
        .order_by(OutboxItem.created_at)
        .limit(ROWS)
    )
    return tuple(
        Wait(item.kind, item.created_at, "", item.attempts, item.last_error or "") for item in items
    )


def _still(session: Session, now: datetime) -> tuple[Wait, ...]:
    """Not what waits to be started, which is told anyway; the relay is told of these again, too."""
    runs, packs = still_runs(now), still_packs(now)
    deletions = select(Deletion).where(
        Deletion.decision == Decision.CONFIRMED.value,
        Deletion.done_at.is_(None),
        Deletion.decided_at < now - STILL,
    )
    found = [
        *(Wait("verification", row.moved_at) for row in session.scalars(runs.limit(ROWS))),
        *(Wait("disclosure", row.moved_at) for row in session.scalars(packs.limit(ROWS))),
        *(Wait("deletion", row.decided_at) for row in session.scalars(deletions.limit(ROWS))),
    ]
    return tuple(found[:ROWS])
