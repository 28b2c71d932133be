"""Invitations, for the process that mails them."""

from uuid import UUID

from sqlalchemy.orm import Session

from domain.kinds import Language, LinkPurpose, NoticeKind
from domain.ports.notices import PendingNotice
from storage.database import Database
from storage.desks.letters import contact_of, name_of
from storage.desks.rows import now
from storage.invitations import is_live, organisation_of
from storage.locks import locked
from storage.mail_texts import sender_at
from storage.outbox import message_host
from storage.tables import Invitation, Member


class StoredInvitationDesk:
    """domain.ports.desks.InvitationDesk on the tables. The mail has no row of its own: it belongs
    to no envelope, and the list of invitations says whether it went out."""

    def __init__(self, database: Database, base_url: str, *, trial: bool) -> None:
        self._database = database
        self._host = message_host(base_url)
        self._trial = trial

    def due(self, invitation_id: UUID) -> PendingNotice | None:
        """The mail that is to be sent, or None."""
        with self._database.reading() as session:
            row = session.get(Invitation, invitation_id)
            if row is None or row.sent_at or row.failed_at or not is_live(row, now()):
                return None
            return self._mail(session, row)

    def _mail(self, session: Session, row: Invitation) -> PendingNotice:
        organisation = organisation_of(session, row)
        language = Language(row.language)
        sender = sender_at(session, organisation.id, row.invited_at)
        return PendingNotice(
            notice_id=row.id,
            message_id=f"<invitation-{row.id.hex}-{row.generation}@{self._host}>",
            kind=NoticeKind.INVITATION,
            language=language,
            to_name="",
            to_mail=row.mail,
            organisation=name_of(organisation, language),
            contact=contact_of(organisation),
            zone=organisation.zone,
            queued_at=row.invited_at,
            link_id=row.id,
            link_purpose=LinkPurpose.INVITATION,
            link_generation=row.generation,
            actor_name=session.get_one(Member, row.invited_by).name,
            trial=self._trial,
            reply_to=sender.reply_to or organisation.contact_mail,
            from_name=sender.in_language(language),
        )

    def issued(self, invitation_id: UUID, generation: int, token_sha256: str) -> bool:
        """Keep the hash."""
        with self._database.transaction() as session:
            row = locked(session, Invitation, invitation_id)
            if row is None or row.generation != generation or not is_live(row, now()):
                return False
            row.token_sha256 = token_sha256
            return True

    def sent(self, invitation_id: UUID, generation: int, *, accepted: bool) -> None:
        """What the next server said of this mail; a newer one's turn is its own."""
        with self._database.transaction() as session:
            row = locked(session, Invitation, invitation_id)
            if row is None or row.generation != generation:
                return
            if accepted:
                row.sent_at = row.sent_at or now()
            else:
                row.failed_at = row.failed_at or now()
