"""What the operations page reads: states and waits, by number and id.

No document, no title, no name, no address: an operator sees that something waits, never for whom.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from domain.kinds import ENDED, EnvelopeState, HindranceKind, NoticeState, SlotKind, SlotState
from domain.lists import Asked, Usual
from storage.gates import waiting_gates
from storage.listing import Keys, behind, only, sorted_page
from storage.operations import gaps
from storage.outbox import NOT_SENT
from storage.paging import Page
from storage.tables import Act, Envelope, Hindrance, Notice, OutboxItem, Slot, Stage

UNNOTED_SINCE = timedelta(days=7)
ROWS = 100
"""Things that wait to be started; there are few."""
SORTS: Usual = {"since": False, "number": False}
RUNNING = tuple(
    state
    for state in EnvelopeState
    if state not in ENDED | {EnvelopeState.DRAFT, EnvelopeState.IMPORTING}
)
"""States of envelopes that the page lists; the counts above are of all."""


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
    """One envelope that has not ended."""

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
    unnoted: int = 0
    """Operations of the last week that no operation log could take when they happened."""


def overview(session: Session, asked: Asked, wanted: EnvelopeState | None = None) -> Overview:
    """Read it all at one moment; of the running envelopes what is asked for. `asked.text` is the
    beginning of a number."""
    counts: Counter[EnvelopeState] = Counter()
    for state, count in session.execute(
        select(Envelope.state, func.count()).group_by(Envelope.state)
    ):
        counts[EnvelopeState(state)] = count
    return Overview(
        counts={state: counts[state] for state in EnvelopeState},
        running=_running(session, asked, [wanted] if wanted and wanted in RUNNING else RUNNING),
        outbox=_outbox(session),
        unnoted=gaps(session, datetime.now(UTC) - UNNOTED_SINCE),
    )


def _running(session: Session, asked: Asked, states: Sequence[EnvelopeState]) -> Page[RunningRow]:
    """What needs an operator comes first, whichever way the list runs."""
    query = select(Envelope).where(
        Envelope.state.in_([one.value for one in states]),
        Envelope.number.startswith(asked.text, autoescape=True),
    )
    stuck = exists().where(
        Hindrance.envelope_id == Envelope.id,
        Hindrance.kind == HindranceKind.OPERATOR.value,
        Hindrance.ended_at.is_(None),
    )
    first = behind(~stuck, asked.sorting)
    keys: Keys = {"since": (first, Envelope.changed_at), "number": (first, Envelope.number)}
    page = only(sorted_page(session, query, keys, Envelope.id, asked.sorting, asked.number))
    envelopes = page.rows
    waits = _waits(session, [envelope.id for envelope in envelopes])
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
    return Page(rows, page.total, page.number, page.size)


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
