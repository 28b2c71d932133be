"""Envelopes that are under way in the rows, and whether a workflow carries them."""

from uuid import UUID

from sqlalchemy import exists, or_, select

from domain.events import Event
from domain.kinds import WORKFLOW_GONE, EnvelopeState, HindranceKind
from storage import ledger
from storage.database import Database
from storage.desks.closing import unclosed
from storage.desks.plan import ENDED_BY_ACT
from storage.desks.rows import SYSTEM, locked_envelope, now
from storage.tables import Envelope, Hindrance, OutboxItem

CARRIED = frozenset(
    {
        EnvelopeState.SENDING,
        EnvelopeState.RUNNING,
        EnvelopeState.SENT_BACK,
        EnvelopeState.COMPLETING,
    }
)
"""States in which nothing moves without the workflow."""


class StoredWatchDesk:
    """What housekeeping compares with Temporal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def under_way(self) -> tuple[UUID, ...]:
        """Envelopes whose workflow was started and has not ended them, oldest change first; also
        those that an act has ended, and nothing has followed from that."""
        waiting = exists().where(OutboxItem.subject_id == Envelope.id, OutboxItem.done_at.is_(None))
        with self._database.reading() as session:
            return tuple(
                session.scalars(
                    select(Envelope.id)
                    .where(
                        or_(
                            Envelope.state.in_([state.value for state in CARRIED]),
                            Envelope.state.in_([state.value for state in ENDED_BY_ACT])
                            & Envelope.ended_at.is_(None),
                        ),
                        ~waiting,
                    )
                    .order_by(Envelope.changed_at)
                )
            )

    def unclosed(self) -> tuple[UUID, ...]:
        """Ended envelopes whose workflow has not come to its own end, the first to end first."""
        with self._database.reading() as session:
            return tuple(
                session.scalars(select(Envelope.id).where(*unclosed()).order_by(Envelope.ended_at))
            )

    def gone(self, envelope_id: UUID) -> bool:
        """Nothing carries the envelope: show it as 要対応. False if that is shown already."""
        with self._database.transaction() as session:
            envelope = locked_envelope(session, envelope_id)
            open_ones = select(Hindrance.id).where(
                Hindrance.envelope_id == envelope_id,
                Hindrance.kind == HindranceKind.OPERATOR.value,
                Hindrance.ended_at.is_(None),
            )
            ended = EnvelopeState(envelope.state) not in CARRIED
            if ended or session.scalar(open_ones.limit(1)) is not None:
                return False
            moment = now()
            session.add(
                Hindrance(
                    envelope_id=envelope_id,
                    kind=HindranceKind.OPERATOR.value,
                    reason=WORKFLOW_GONE,
                    since=moment,
                )
            )
            session.flush()
            ledger.append(
                session,
                Event.OPERATOR_NEEDED,
                at=moment,
                actor=SYSTEM,
                envelope_id=envelope_id,
                organisation_id=envelope.organisation_id,
                data={"reason": WORKFLOW_GONE},
            )
            return True

    def carried_again(self, running: frozenset[UUID]) -> int:
        """End the hindrance of envelopes that a workflow carries again, or has carried to their end
        since. Returns how many."""
        with self._database.transaction() as session:
            found = session.scalars(
                select(Hindrance).where(
                    Hindrance.reason == WORKFLOW_GONE, Hindrance.ended_at.is_(None)
                )
            ).all()
            back = [
                hindrance
                for hindrance in found
                if hindrance.envelope_id in running
                or session.get_one(Envelope, hindrance.envelope_id).ended_at is not None
            ]
            for hindrance in back:
                hindrance.ended_at = now()
            return len(back)
