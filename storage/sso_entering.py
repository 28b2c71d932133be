"""From a provider's statement to a member: known, to be linked, or new; of its organisation only.

An address that is a member's already proves nothing by itself: the provider's administrators, or
whoever inherited the mailbox, would take over what that member may do here. So a first single
sign-on of somebody who has a login is confirmed once by that login. Who has none is made one, or
comes by an invitation that an administrator has sent to his address.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.forms import FormProblems, printable
from domain.forms import check_mail as checked_mail
from domain.kinds import Language, Role
from domain.limits import MAX_NAME_CHARACTERS
from domain.sso import SsoRefused, Statement, Why, check_mail, roles_by_groups
from domain.sso_forms import rules_of
from storage import departments, ledger, members, operators, people, sso
from storage.locks import locked, take_turn
from storage.sso_exempt import NoDoorLeft
from storage.tables import Invitation, Member, SsoConnection, SsoIdentity


@dataclass(frozen=True)
class Known:
    """Somebody who logs in."""

    member: Member
    came: bool = False
    """He is a member since this moment."""


@dataclass(frozen=True)
class Unlinked:
    """A member who has a login, and has to show once that it is his."""

    member: Member


def judge(session: Session, connection: SsoConnection, said: Statement) -> Known | Unlinked | None:
    """Whom the statement means, without writing; None: somebody new, who would be made a member.
    Raises SsoRefused."""
    identity = _identity(session, connection, said)
    if identity is not None:
        known = session.get_one(Member, identity.member_id)
        if not known.active or known.organisation_id != connection.organisation_id:
            raise SsoRefused(Why.CLOSED, "left")
        return Known(known)
    rules = rules_of(connection.rules)
    check_mail(said, rules, frozenset(sso.domains(session, connection.organisation_id)))
    mail = _mail(said)
    member = session.scalar(select(Member).where(Member.mail == mail))
    if member is not None:
        if member.organisation_id != connection.organisation_id:
            raise SsoRefused(Why.CLOSED, "elsewhere")
        if not member.active:
            raise SsoRefused(Why.CLOSED, "left")
        if member.password_hash != people.NO_PASSWORD:
            return Unlinked(member)
        # He came by another provider, or this one knows him by another subject now: nothing is
        # left that he could confirm it by, so that an administrator decides.
        if rules.relinks and not _is_known(session, connection, said.issuer, member):
            return Known(member)
        raise SsoRefused(Why.CLOSED, "other_subject")
    if not rules.makes_members and _invitation(session, connection, mail) is None:
        raise SsoRefused(Why.UNKNOWN)
    return None


def enter(
    session: Session, connection: SsoConnection, said: Statement, now: datetime, language: Language
) -> Known | Unlinked:
    """The same, and write: whoever is new is a member afterwards, and who was made by the
    connection is called, and may do, what it says now. Raises SsoRefused."""
    take_turn(session, f"sso-subject:{connection.id}:{said.subject}")
    take_turn(session, f"member:{said.mail}")
    found = judge(session, connection, said)
    if isinstance(found, Unlinked):
        return found
    if found is None:
        return Known(_make(session, connection, said, now, language), came=True)
    identity = _identity(session, connection, said)
    if identity is None:
        made = not _was_invited(session, found.member)
        identity = _add(session, connection, found.member, said, now, made=made)
    identity.used_at = now
    if identity.made:
        _follow(session, connection, found.member, said, now)
    return found


def link(
    session: Session, connection: SsoConnection, member: Member, said: Statement, now: datetime
) -> None:
    """The member has shown by his own login that the statement speaks of him. Raises SsoRefused
    where it speaks of somebody else by now."""
    take_turn(session, f"sso-subject:{connection.id}:{said.subject}")
    found = judge(session, connection, said)
    if found is None or found.member.id != member.id:
        raise SsoRefused(Why.CLOSED, "changed")
    if isinstance(found, Unlinked):
        _add(session, connection, member, said, now, made=False)
        data = {"member": member.id, "changed": ["sso"], "protocol": connection.protocol}
        _note(session, Event.MEMBER_CHANGED, f"member:{member.id}", connection, now, data)


def followed(session: Session, member: Member) -> list[SsoConnection]:
    """Connections whose provider has made the member: his roles are what it says of his groups."""
    made = (
        select(SsoConnection)
        .join(SsoIdentity, SsoIdentity.connection_id == SsoConnection.id)
        .where(SsoIdentity.member_id == member.id, SsoIdentity.made.is_(True))
        .order_by(SsoConnection.protocol)
    )
    return list(session.scalars(made).unique())


def _make(
    session: Session, connection: SsoConnection, said: Statement, now: datetime, language: Language
) -> Member:
    mail = _mail(said)
    invitation = _invitation(session, connection, mail)
    said_roles = roles_by_groups(said.groups or (), rules_of(connection.rules))
    roles = [Role(role) for role in operators.granted(session, (), said_roles)]
    if invitation is not None:
        roles = [Role(role) for role in invitation.roles]
    new = people.NewMember(
        mail=mail,
        name=_name(said),
        password_hash=people.NO_PASSWORD,
        roles=roles,
        department=_line(said.department),
        language=Language(invitation.language) if invitation is not None else language,
    )
    member = people.create_member(session, connection.organisation_id, new, now, "system")
    department = _department(session, connection.organisation_id, said.department)
    if invitation is not None:
        department = invitation.department_id or department
        _accept(session, invitation, member, connection, now)
    if department is not None:
        departments.assign(session, member, department)
    _add(session, connection, member, said, now, made=invitation is None)
    return member


def _accept(
    session: Session,
    invitation: Invitation,
    member: Member,
    connection: SsoConnection,
    now: datetime,
) -> None:
    """The mailed link has done its work without being opened."""
    invitation.accepted_at, invitation.member_id = now, member.id
    data = {"invitation": invitation.id, "member": member.id, "protocol": connection.protocol}
    _note(session, Event.INVITATION_ACCEPTED, f"member:{member.id}", connection, now, data)


def _follow(
    session: Session, connection: SsoConnection, member: Member, said: Statement, now: datetime
) -> None:
    """Name, department and, where groups are mapped and said, roles, as the provider says them now.
    The organisation's last administrator stays one, and so does the last who comes in without the
    provider."""
    rules = rules_of(connection.rules)
    take_turn(session, f"administrators:{member.organisation_id}")
    row = locked(session, Member, member.id)
    assert row is not None
    before = {"roles": list(row.roles), "department": row.department_id}
    name = _name(said) if said.name.strip() else row.name
    roles = list(row.roles)
    if rules.groups and said.groups is not None:
        said_roles = [role.value for role in roles_by_groups(said.groups, rules)]
        roles = operators.granted(session, row.roles, said_roles)
    try:
        members.keep_an_administrator(session, row, roles)
    except (members.NoAdministratorLeft, NoDoorLeft):
        roles = list(row.roles)
    department = _department(session, row.organisation_id, said.department)
    renamed = row.name != name
    if department is not None and department != row.department_id:
        departments.assign(session, row, department)
    after = {"roles": roles, "department": row.department_id}
    if before == after and not renamed:
        return
    row.name, row.roles = name, roles
    row.revision += 1
    data = {"member": row.id, "before": before, "after": after, "renamed": renamed}
    _note(session, Event.MEMBER_CHANGED, "system", connection, now, data)


def _identity(session: Session, connection: SsoConnection, said: Statement) -> SsoIdentity | None:
    return session.scalar(
        select(SsoIdentity).where(
            SsoIdentity.connection_id == connection.id,
            SsoIdentity.issuer == said.issuer,
            SsoIdentity.subject == said.subject,
        )
    )


def _add(  # noqa: PLR0913 - whom, as whom, by what, when
    session: Session,
    connection: SsoConnection,
    member: Member,
    said: Statement,
    now: datetime,
    *,
    made: bool,
) -> SsoIdentity:
    row = SsoIdentity(
        connection_id=connection.id,
        member_id=member.id,
        issuer=said.issuer,
        subject=said.subject,
        made=made,
        linked_at=now,
        used_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _is_known(session: Session, connection: SsoConnection, issuer: str, member: Member) -> bool:
    query = select(SsoIdentity.id).where(
        SsoIdentity.connection_id == connection.id,
        SsoIdentity.issuer == issuer,
        SsoIdentity.member_id == member.id,
    )
    return session.scalar(query.limit(1)) is not None


def _invitation(session: Session, connection: SsoConnection, mail: str) -> Invitation | None:
    """An open one to this address, however old its link: the roles were an administrator's word."""
    return session.scalar(
        select(Invitation).where(
            Invitation.organisation_id == connection.organisation_id,
            Invitation.mail == mail,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
    )


def _was_invited(session: Session, member: Member) -> bool:
    """Whether an administrator's word made him a member: then it says what he may do, whatever
    provider he comes by. His own earlier identity may have gone with its connection."""
    query = select(Invitation.id).where(Invitation.member_id == member.id)
    return session.scalar(query.limit(1)) is not None


def _department(session: Session, organisation_id: UUID, said: str) -> UUID | None:
    """By name or by code."""
    wanted = said.strip()
    for row in departments.listed(session, organisation_id) if wanted else ():
        if wanted in {row.name, row.code}:
            return row.id
    return None


def _mail(said: Statement) -> str:
    try:
        return people.normal_mail(checked_mail("mail", said.mail))
    except FormProblems:
        raise SsoRefused(Why.NO_MAIL, "form") from None


def _name(said: Statement) -> str:
    return _line(said.name) or said.mail.partition("@")[0][:MAX_NAME_CHARACTERS]


def _line(text: str) -> str:
    """As a name may stand in mails and headers."""
    plain = "".join(character for character in text if printable(character)).strip()
    return plain[:MAX_NAME_CHARACTERS]


def _note(  # noqa: PLR0913 - what, who, where, when
    session: Session,
    tag: Event,
    actor: str,
    connection: SsoConnection,
    now: datetime,
    data: dict[str, object],
) -> None:
    session.flush()
    ledger.append(
        session,
        tag,
        at=now,
        actor=actor,
        organisation_id=connection.organisation_id,
        data=data,
    )
