"""Changes of members' second factors, for the process that mails them."""

from uuid import UUID

from sqlalchemy.orm import Session

from domain.kinds import Language, NoticeKind
from domain.member_passkeys import FactorChange
from domain.ports.notices import PendingNotice
from storage.database import Database
from storage.desks.letters import contact_of, name_of
from storage.desks.rows import note_mailing
from storage.outbox import message_host
from storage.tables import FactorReset, Member, Organisation

_KINDS = {
    FactorChange.RESET: NoticeKind.FACTOR_RESET,
    FactorChange.PASSKEY_ADDED: NoticeKind.MEMBER_PASSKEY_ADDED,
    FactorChange.PASSKEY_REMOVED: NoticeKind.MEMBER_PASSKEY_REMOVED,
    FactorChange.PASSWORD_RESET: NoticeKind.PASSWORD_CHANGED,
}


class StoredFactorResetDesk:
    """domain.ports.desks.FactorResetDesk on the tables. The mail has no row of its own: it belongs
    to no envelope, and the member's page says whether it went out."""

    def __init__(self, database: Database, base_url: str, *, trial: bool) -> None:
        self._database = database
        self._host = message_host(base_url)
        self._trial = trial

    def due(self, reset_id: UUID) -> PendingNotice | None:
        """The mail that is to be sent, or None."""
        with self._database.reading() as session:
            row = session.get(FactorReset, reset_id)
            if row is None or row.sent_at or row.failed_at:
                return None
            return self._mail(session, row)

    def _mail(self, session: Session, row: FactorReset) -> PendingNotice:
        member = session.get_one(Member, row.member_id)
        organisation = session.get_one(Organisation, member.organisation_id)
        actor = session.get(Member, row.reset_by) if row.reset_by is not None else None
        language = Language(member.language)
        return PendingNotice(
            notice_id=row.id,
            message_id=f"<factor-reset-{row.id.hex}@{self._host}>",
            kind=_KINDS[FactorChange(row.what)],
            language=language,
            to_name=member.name,
            to_mail=member.mail,
            organisation=name_of(organisation, language),
            contact=contact_of(organisation),
            zone=organisation.zone,
            queued_at=row.at,
            actor_name=actor.name if actor is not None else "",
            to_sender=True,
            trial=self._trial,
        )

    def sent(self, reset_id: UUID, *, accepted: bool) -> None:
        """What the next server said of the mail."""
        with self._database.transaction() as session:
            note_mailing(session, FactorReset, reset_id, accepted=accepted)
