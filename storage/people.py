"""Members and their logins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import Language, Role
from domain.limits import MEMBER_ABSOLUTE, MEMBER_IDLE
from domain.member_passkeys import LoginFactor
from storage import ledger, recovery
from storage.tables import LoginSession, Member, Organisation, PasswordReset

MAX_AGENT_CHARACTERS, MAX_ADDRESS_CHARACTERS = 300, 45
VAULT_OWNER = "organisation"
"""Whose data key seals small secrets of members."""
NO_PASSWORD = "none"  # noqa: S105 - no hash, so that no password matches it
"""Of a member who came by single sign-on and never had one."""
REPLACED = "replaced"
"""Why a link to a new password ended: a newer one was asked for, or the password has changed."""


@dataclass(frozen=True)
class NewMember:
    """What is known of a member before he exists. `password_hash` comes from identity/."""

    mail: str
    name: str
    password_hash: str
    roles: Sequence[Role]
    department: str = ""
    language: Language = Language.JA


def create_organisation(
    session: Session, name: str, now: datetime, *, name_en: str = "", zone: str = "Asia/Tokyo"
) -> Organisation:
    """A new tenant; contact data are set on the row that is returned."""
    organisation = Organisation(name=name, name_en=name_en, zone=zone, created_at=now)
    session.add(organisation)
    session.flush()
    return organisation


def active_members(session: Session, organisation_id: UUID) -> Sequence[Member]:
    """Whoever may be named for an act, by name."""
    return session.scalars(
        select(Member)
        .where(Member.organisation_id == organisation_id, Member.active.is_(True))
        .order_by(Member.name, Member.id)
    ).all()


def administrators(session: Session, organisation_id: UUID) -> Sequence[Member]:
    """Whom a member asks for help, by name."""
    everybody = active_members(session, organisation_id)
    return [member for member in everybody if Role.ADMIN in member.roles]


def create_member(
    session: Session, organisation_id: UUID, new: NewMember, now: datetime, actor: str = "system"
) -> Member:
    """A new member. An address that is taken raises sqlalchemy's IntegrityError."""
    member = Member(
        organisation_id=organisation_id,
        mail=normal_mail(new.mail),
        name=new.name,
        department=new.department,
        language=new.language.value,
        roles=[role.value for role in new.roles],
        password_hash=new.password_hash,
        created_at=now,
    )
    session.add(member)
    session.flush()
    ledger.append(
        session,
        Event.MEMBER_CREATED,
        at=now,
        actor=actor,
        organisation_id=organisation_id,
        data={"member": member.id, "roles": list(member.roles)},
    )
    return member


def normal_mail(mail: str) -> str:
    """How addresses are compared: logins do not depend on capitals."""
    return mail.strip().lower()


def member_by_mail(session: Session, mail: str) -> Member | None:
    """The active member with this address."""
    return session.scalar(
        select(Member).where(Member.mail == normal_mail(mail), Member.active.is_(True))
    )


def set_password(session: Session, member_id: UUID, password_hash: str) -> None:
    """A new password hash."""
    session.execute(
        update(Member).where(Member.id == member_id).values(password_hash=password_hash)
    )


def change_password(  # noqa: PLR0913 - who, what, by whom, when
    session: Session,
    member: Member,
    password_hash: str,
    now: datetime,
    *,
    keep: UUID | None = None,
    actor: str = "system",
    tag: Event = Event.MEMBER_PASSWORD_CHANGED,
) -> None:
    """A new password: every login ends, but for the one on the browser that asked (`keep`), and
    mailed links to another one open nothing any more."""
    set_password(session, member.id, password_hash)
    end_logins(session, member.id, now, keep=keep)
    session.execute(
        update(PasswordReset)
        .where(PasswordReset.member_id == member.id, PasswordReset.ended_at.is_(None))
        .values(ended_at=now, ended_why=REPLACED)
    )
    ledger.append(
        session,
        tag,
        at=now,
        actor=actor,
        organisation_id=member.organisation_id,
        data={"member": member.id},
    )


def begin_login(  # noqa: PLR0913 - who, by which token, when, how, from where
    session: Session,
    member: Member,
    token_sha256: str,
    now: datetime,
    *,
    second_factor: bool,
    agent: str = "",
    address: str = "",
    sso: UUID | None = None,
    sso_factor: bool = False,
    factor: LoginFactor | None = None,
) -> LoginSession:
    """A login on one browser. Without `second_factor` it is complete only if none is enrolled.
    `sso` is the connection by which it came; `sso_factor`: the second factor is the provider's;
    `factor`: which of Musubi's own it was."""
    login = LoginSession(
        member_id=member.id,
        token_sha256=token_sha256,
        second_factor_at=now if second_factor else None,
        created_at=now,
        last_seen_at=now,
        agent=agent[:MAX_AGENT_CHARACTERS],
        address=address[:MAX_ADDRESS_CHARACTERS],
        sso_connection_id=sso,
        sso_factor=sso_factor,
        factor=factor.value if factor is not None else None,
    )
    session.add(login)
    session.flush()
    return login


def login_by_token(session: Session, token_sha256: str) -> tuple[LoginSession, Member] | None:
    """The open login behind a token, with its active member. The caller judges its age."""
    row = session.execute(
        select(LoginSession, Member)
        .join(Member, Member.id == LoginSession.member_id)
        .where(
            LoginSession.token_sha256 == token_sha256,
            LoginSession.ended_at.is_(None),
            Member.active.is_(True),
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


def touch_login(session: Session, login_id: UUID, now: datetime) -> None:
    """The member did something."""
    session.execute(
        update(LoginSession).where(LoginSession.id == login_id).values(last_seen_at=now)
    )


def end_login(session: Session, login_id: UUID, now: datetime) -> None:
    """The token is worth nothing from now on."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == login_id, LoginSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_logins(
    session: Session, member_id: UUID, now: datetime, *, keep: UUID | None = None
) -> None:
    """Close the member's browsers, but for one (`keep`)."""
    query = update(LoginSession).where(
        LoginSession.member_id == member_id, LoginSession.ended_at.is_(None)
    )
    if keep is not None:
        query = query.where(LoginSession.id != keep)
    session.execute(query.values(ended_at=now))


def open_logins(session: Session, member_id: UUID, now: datetime) -> list[LoginSession]:
    """The member's browsers that are logged in, the one used last first."""
    rows = session.scalars(
        select(LoginSession)
        .where(
            LoginSession.member_id == member_id,
            LoginSession.ended_at.is_(None),
            LoginSession.last_seen_at >= now - MEMBER_IDLE,
            LoginSession.created_at >= now - MEMBER_ABSOLUTE,
        )
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id)
    )
    return list(rows)


def end_own_login(
    session: Session,
    member: Member,
    login_id: UUID | None,
    now: datetime,
    *,
    keep: UUID | None = None,
) -> None:
    """The member logs one of his browsers out (`login_id`), or all but one (`keep`)."""
    if login_id is not None:
        end_login(session, login_id, now)
    else:
        end_logins(session, member.id, now, keep=keep)
    ledger.append(
        session,
        Event.MEMBER_LOGINS_ENDED,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={"member": member.id, "all": login_id is None},
    )


def enrol_totp(session: Session, member: Member, sealed: bytes, step: int, now: datetime) -> None:
    """Keep the sealed secret; `step` is that of the code which proved the phone."""
    session.execute(
        update(Member).where(Member.id == member.id).values(totp_sealed=sealed, totp_last_step=step)
    )
    recovery.end_all(session, member.id, now)
    ledger.append(
        session,
        Event.MEMBER_TOTP_ENROLLED,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={"member": member.id},
    )


def accept_totp_step(session: Session, member_id: UUID, step: int) -> bool:
    """Take a code's step; False when it, or a later one, was taken before."""
    newer: ColumnElement[bool] = or_(Member.totp_last_step.is_(None), Member.totp_last_step < step)
    result = session.execute(
        update(Member).where(Member.id == member_id, newer).values(totp_last_step=step)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def mark_second_factor(
    session: Session, login_id: UUID, factor: LoginFactor, now: datetime
) -> None:
    """This browser has just proved the second factor."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == login_id)
        .values(second_factor_at=now, factor=factor.value)
    )
