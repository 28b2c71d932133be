"""One-time codes for the process that sends them."""

from uuid import UUID

from domain.factors import Factor
from domain.kinds import NoticeKind
from domain.messages import NoticeOrder
from domain.ports.notices import PendingNotice
from storage.database import Database
from storage.desks.notices import StoredNoticeDesk
from storage.desks.rows import now
from storage.locks import locked
from storage.one_time_codes import is_live
from storage.tables import OneTimeCode, Participant

_KINDS = {Factor.MAIL_CODE: NoticeKind.CODE, Factor.SMS_CODE: NoticeKind.SMS_CODE}


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
            person = session.get_one(Participant, code.participant_id)
            order = NoticeOrder(
                envelope_id=person.envelope_id,
                kind=_KINDS[Factor(code.factor)],
                occasion=f"code:{code_id}",
                participant_ids=(person.id,),
            )
        return next(iter(self._notices.enqueue(order)), None)

    def issued(self, code_id: UUID, stored: str) -> bool:
        """Keep the hash; ten minutes begin with the first one."""
        with self._database.transaction() as session:
            code = locked(session, OneTimeCode, code_id)
            if code is None or not is_live(code, now()):
                return False
            if code.code_hash is None:
                code.code_hash, code.issued_at = stored, now()
            return True
