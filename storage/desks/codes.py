"""One-time codes for the process that sends them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.factors import Factor
from domain.kinds import NoticeState
from domain.messages import NoticeOrder
from domain.ports.notices import TIMED_OUT, PendingNotice
from storage.database import Database
from storage.desks.notices import StoredNoticeDesk
from storage.desks.rows import now
from storage.locks import locked
from storage.one_time_codes import KINDS, is_live
from storage.tables import Notice, OneTimeCode, Participant


class StoredCodeDesk:
    """domain.ports.desks.CodeDesk on the tables; mails and SMS are rows of the notices' desk."""

    def __init__(self, database: Database, notices: StoredNoticeDesk) -> None:
        self._database = database
        self._notices = notices

    def due(self, code_id: UUID) -> PendingNotice | None:
        """The mail or SMS that is to be sent, or None."""
        with self._database.reading() as session:
            code = session.get(OneTimeCode, code_id)
            if code is None or not is_live(code, now()):
                return None
            order = _order(session, code, to_nobody=False)
        return next(iter(self._notices.enqueue(order)), None)

    def give_up(self, code_id: UUID) -> None:
        """Of a code that nobody waits for any more nothing is told."""
        with self._database.reading() as session:
            code = session.get(OneTimeCode, code_id)
            if code is None:
                return
            order = _order(session, code, to_nobody=True)
            unsent = _unsent(session, order)
            waited_for = code.ended_at is None
        if unsent is not None and waited_for:
            self._notices.failed(unsent.id, f"{TIMED_OUT} {unsent.last_error or ''}".strip())
        else:
            self._notices.enqueue(order)

    def issued(self, code_id: UUID, stored: str) -> bool:
        """Keep the hash; ten minutes begin with the first one."""
        with self._database.transaction() as session:
            code = locked(session, OneTimeCode, code_id)
            if code is None or not is_live(code, now()):
                return False
            if code.code_hash is None:
                code.code_hash, code.issued_at = stored, now()
            return True


def _order(session: Session, code: OneTimeCode, *, to_nobody: bool) -> NoticeOrder:
    """Ordered to nobody, what was not sent yet is given up."""
    person = session.get_one(Participant, code.participant_id)
    return NoticeOrder(
        envelope_id=person.envelope_id,
        kind=KINDS[Factor(code.factor)],
        occasion=f"code:{code.id}",
        participant_ids=() if to_nobody else (person.id,),
    )


def _unsent(session: Session, order: NoticeOrder) -> Notice | None:
    return session.scalar(
        select(Notice).where(
            Notice.envelope_id == order.envelope_id,
            Notice.kind == order.kind.value,
            Notice.occasion == order.occasion,
            Notice.state == NoticeState.QUEUED.value,
        )
    )
