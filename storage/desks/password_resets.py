"""Requests for a new password, for the process that mails the links: the one place that asks
whether an address is a member's."""

from uuid import UUID

from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import Language, LinkPurpose, NoticeKind
from domain.ports.notices import PendingNotice
from storage import ledger, people
from storage.database import Database
from storage.desks.letters import contact_of, name_of
from storage.desks.rows import note_mailing, now
from storage.locks import locked
from storage.outbox import message_host
from storage.password_resets import has_own_password, is_live
from storage.tables import Member, Organisation, PasswordReset


class StoredPasswordResetDesk:
    """domain.ports.desks.PasswordResetDesk on the tables. The mail has no row of its own: it
    belongs to no envelope, and nobody is told where it does not arrive."""

    def __init__(self, database: Database, base_url: str, *, trial: bool) -> None:
        self._database = database
        self._host = message_host(base_url)
        self._trial = trial

    def due(self, reset_id: UUID) -> PendingNotice | None:
        """The mail that is to be sent, or None."""
        with self._database.reading() as session:
            row = session.get(PasswordReset, reset_id)
            if row is None or row.sent_at or row.failed_at or not is_live(row, now()):
                return None
            member = people.member_by_mail(session, row.mail)
            return self._mail(session, row, member) if member is not None else None

    def _mail(self, session: Session, row: PasswordReset, member: Member) -> PendingNotice:
        organisation = session.get_one(Organisation, member.organisation_id)
        language = Language(member.language)
        linked = has_own_password(organisation, member)
        return PendingNotice(
            notice_id=row.id,
            message_id=f"<password-reset-{row.id.hex}@{self._host}>",
            kind=NoticeKind.PASSWORD_RESET if linked else NoticeKind.PASSWORD_UNUSED,
            language=language,
            to_name=member.name,
            to_mail=member.mail,
            organisation=name_of(organisation, language),
            contact=contact_of(organisation),
            zone=organisation.zone,
            queued_at=row.requested_at,
            link_id=row.id if linked else None,
            link_purpose=LinkPurpose.PASSWORD_RESET if linked else None,
            to_sender=True,
            trial=self._trial,
        )

    def issued(self, reset_id: UUID, token_sha256: str | None) -> bool:
        """Keep the hash and whose it is; the log of his organisation says it once."""
        with self._database.transaction() as session:
            row = locked(session, PasswordReset, reset_id)
            member = people.member_by_mail(session, row.mail) if row is not None else None
            if row is None or member is None or not is_live(row, now()):
                return False
            first, row.member_id = row.member_id is None, member.id
            row.token_sha256 = token_sha256
            if first:
                _note(session, row, member)
            return True

    def sent(self, reset_id: UUID, *, accepted: bool) -> None:
        """What the next server said of the mail."""
        with self._database.transaction() as session:
            note_mailing(session, PasswordReset, reset_id, accepted=accepted)


def _note(session: Session, row: PasswordReset, member: Member) -> None:
    ledger.append(
        session,
        Event.MEMBER_RESET_ASKED,
        at=row.requested_at,
        actor="visitor",
        organisation_id=member.organisation_id,
        data={"member": member.id, "link": row.token_sha256 is not None},
        address=row.address,
    )
