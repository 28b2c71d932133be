"""Codes for あなたの文書, for the process that mails them: the one place that asks whether an
address is anybody's."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import Language, NoticeKind
from domain.ports.notices import PendingNotice
from storage import mailbox_list
from storage.database import Database
from storage.desks.rows import now
from storage.locks import locked
from storage.mailbox_codes import is_live
from storage.outbox import message_host
from storage.tables import Envelope, MailboxCode, Organisation, Participant


class StoredMailboxDesk:
    """domain.ports.desks.MailboxDesk on the tables. The mail has no row of its own: it belongs to
    no envelope, and nobody is told where it does not arrive."""

    def __init__(self, database: Database, base_url: str, *, trial: bool) -> None:
        self._database = database
        self._host = message_host(base_url)
        self._trial = trial

    def due(self, code_id: UUID) -> PendingNotice | None:
        """The mail that is to be sent, or None."""
        with self._database.reading() as session:
            code = session.get(MailboxCode, code_id)
            if code is None or code.sent_at is not None or not is_live(code, now()):
                return None
            if not mailbox_list.is_known(session, code.mail):
                return None
            return self._mail(session, code)

    def _mail(self, session: Session, code: MailboxCode) -> PendingNotice:
        """Names no person, organisation or envelope: whoever looks over the reader's shoulder
        learns nothing, and one address may be several people's."""
        return PendingNotice(
            notice_id=code.id,
            message_id=f"<mailbox-{code.id.hex}@{self._host}>",
            kind=NoticeKind.MAILBOX,
            language=Language(code.language),
            to_name="",
            to_mail=code.mail,
            organisation="",
            contact="",
            zone=_zone(session, code.mail),
            queued_at=code.requested_at,
            trial=self._trial,
        )

    def issued(self, code_id: UUID, stored: str) -> bool:
        """Keep the hash."""
        with self._database.transaction() as session:
            code = locked(session, MailboxCode, code_id)
            if code is None or not is_live(code, now()):
                return False
            code.code_hash = code.code_hash or stored
            return True

    def sent(self, code_id: UUID) -> None:
        """The next server accepted the mail; a repeat sends no other."""
        with self._database.transaction() as session:
            code = locked(session, MailboxCode, code_id)
            if code is not None and code.sent_at is None:
                code.sent_at = now()


def _zone(session: Session, mail: str) -> str:
    """Of an organisation that writes to this address; it dates the mail."""
    found = session.scalar(
        select(Organisation.zone)
        .join(Envelope, Envelope.organisation_id == Organisation.id)
        .join(Participant, Participant.envelope_id == Envelope.id)
        .where(Participant.mailbox == mail)
        .order_by(Envelope.changed_at.desc())
        .limit(1)
    )
    return found or "UTC"
