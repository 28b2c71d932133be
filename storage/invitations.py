"""Invitations (招待): asked for by an administrator, mailed by the worker, accepted once.

The database knows a link by its hash only, and only after the mailing process has written it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import Language, Role
from domain.members import INVITATION_LIFE, CheckedMember
from storage import departments, ledger, member_passkeys, people, recovery
from storage.locks import locked, take_turn
from storage.tables import Invitation, Member, Organisation, OutboxItem

INVITATION = "invitation"
"""Kind of the outbox item that starts the mailing."""


class AlreadyMember(Exception):
    """An active member of the organisation has this address."""


class AlreadyInvited(Exception):
    """An invitation to this address is open."""


class InvitationOver(Exception):
    """It was accepted, revoked, replaced by a newer mail, or is too old."""


class AddressTaken(Exception):
    """Somebody has a login with this address, in another organisation or since a moment ago."""


@dataclass(frozen=True)
class Joining:
    """What the invited person says of himself. `password_hash` comes from identity/."""

    name: str
    password_hash: str
    language: Language


def is_open(row: Invitation) -> bool:
    """Whether it waits for its person, however old."""
    return row.accepted_at is None and row.revoked_at is None


def is_live(row: Invitation, now: datetime) -> bool:
    """Whether its link opens something."""
    return is_open(row) and now - row.invited_at <= INVITATION_LIFE


def waiting(session: Session, organisation_id: UUID) -> Sequence[Invitation]:
    """All that are open, the newest first."""
    return session.scalars(
        select(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .order_by(Invitation.invited_at.desc(), Invitation.id)
    ).all()


def find(session: Session, organisation_id: UUID, invitation_id: UUID) -> Invitation | None:
    """An invitation of the organisation; another's does not exist."""
    row = session.get(Invitation, invitation_id)
    return row if row is not None and row.organisation_id == organisation_id else None


def invite(
    session: Session, actor: Member, wanted: CheckedMember, language: Language, now: datetime
) -> Invitation:
    """Order the mail. Raises AlreadyMember and AlreadyInvited.

    Whether the address has a login in another organisation is not looked at: an administrator
    must not learn that. Whoever reads the mailbox is told when he accepts.
    """
    mail = people.normal_mail(wanted.mail)
    take_turn(session, f"invitation:{actor.organisation_id}:{mail}")
    known = people.member_by_mail(session, mail)
    if known is not None and known.organisation_id == actor.organisation_id:
        raise AlreadyMember
    if any(row.mail == mail for row in waiting(session, actor.organisation_id)):
        raise AlreadyInvited
    row = Invitation(
        organisation_id=actor.organisation_id,
        mail=mail,
        roles=[role.value for role in wanted.roles],
        department_id=wanted.department_id,
        language=language.value,
        invited_by=actor.id,
        invited_at=now,
        generation=1,
    )
    session.add(row)
    session.flush()
    _order(session, actor, row, now)
    return row


def again(session: Session, actor: Member, invitation: Invitation, now: datetime) -> None:
    """Another mail with another link; the old one dies. Raises InvitationOver."""
    row = _open(session, invitation)
    row.generation += 1
    row.token_sha256 = row.sent_at = row.failed_at = None
    row.invited_at, row.invited_by = now, actor.id
    session.flush()
    _order(session, actor, row, now)


def revoke(session: Session, actor: Member, invitation: Invitation, now: datetime) -> None:
    """Its link opens nothing any more. Raises InvitationOver."""
    row = _open(session, invitation)
    row.revoked_at = now
    session.flush()
    _note(session, Event.INVITATION_REVOKED, f"member:{actor.id}", row, now)


def by_token(session: Session, token_sha256: str) -> Invitation | None:
    """The invitation behind a mailed link, also of one that is over. Writes nothing."""
    return session.scalar(select(Invitation).where(Invitation.token_sha256 == token_sha256))


def accept(
    session: Session, invitation: Invitation, token_sha256: str, joining: Joining, now: datetime
) -> Member:
    """The invited person is a member from now on; the link has done its work.

    Who had retired from the organisation comes back to his own row, with a new password and
    without his old authenticator app. Raises InvitationOver and AddressTaken.
    """
    row = locked(session, Invitation, invitation.id)
    if row is None or row.token_sha256 != token_sha256 or not is_live(row, now):
        raise InvitationOver
    take_turn(session, f"member:{row.mail}")
    known = session.scalar(select(Member).where(Member.mail == row.mail))
    if known is not None and (known.active or known.organisation_id != row.organisation_id):
        raise AddressTaken
    member = _made(session, row, known, joining, now)
    if row.department_id is not None:
        departments.assign(session, member, row.department_id)
    row.accepted_at, row.member_id = now, member.id
    session.flush()
    _note(session, Event.INVITATION_ACCEPTED, f"member:{member.id}", row, now)
    return member


def _made(
    session: Session, row: Invitation, known: Member | None, joining: Joining, now: datetime
) -> Member:
    if known is None:
        roles = [Role(role) for role in row.roles]
        new = people.NewMember(
            row.mail, joining.name, joining.password_hash, roles, language=joining.language
        )
        actor = f"member:{row.invited_by}"
        return people.create_member(session, row.organisation_id, new, now, actor)
    known.name, known.password_hash = joining.name, joining.password_hash
    known.roles, known.language = list(row.roles), joining.language.value
    known.totp_sealed = known.totp_last_step = None
    member_passkeys.remove_all(session, known, None, now)
    recovery.end_all(session, known.id, now)
    known.active, known.retired_at, known.successor_id = True, None, None
    known.revision += 1
    return known


def organisation_of(session: Session, invitation: Invitation) -> Organisation:
    """Who invites."""
    return session.get_one(Organisation, invitation.organisation_id)


def _open(session: Session, invitation: Invitation) -> Invitation:
    row = locked(session, Invitation, invitation.id)
    if row is None or not is_open(row):
        raise InvitationOver
    return row


def _order(session: Session, actor: Member, row: Invitation, now: datetime) -> None:
    session.add(
        OutboxItem(kind=INVITATION, subject_id=row.id, generation=row.generation, created_at=now)
    )
    _note(session, Event.MEMBER_INVITED, f"member:{actor.id}", row, now)


def _note(session: Session, tag: Event, actor: str, row: Invitation, now: datetime) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=actor,
        organisation_id=row.organisation_id,
        data={
            "invitation": row.id,
            "generation": row.generation,
            "roles": list(row.roles),
            **({"member": row.member_id} if row.member_id is not None else {}),
        },
    )
