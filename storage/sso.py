"""Connections for single sign-on, as administrators keep them, and who may log in how.

What is made of a provider's statement stands in storage.sso_entering.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import Role
from domain.sso import Mode, Protocol, domain_of, vouches_as_before
from domain.sso_forms import CheckedConnection
from storage import ledger, people, sso_exempt, sso_noted
from storage.locks import locked, take_turn
from storage.organisations import note_change
from storage.tables import (
    LoginSession,
    Member,
    Organisation,
    SsoConnection,
    SsoDomain,
    SsoIdentity,
)

_WHAT = "sso"


class NothingTried(Exception):
    """No connection has led an administrator to a login as it is kept now."""


class NobodyExempt(Exception):
    """Nobody named could log in on the day on which the provider fails: an active administrator
    with a password and a second factor."""


class DomainTaken(Exception):
    """Another organisation has it."""


@dataclass(frozen=True)
class Secret:
    """What is kept of a client's secret: sealed, or the one from before."""

    sealed: bytes | None = None
    keeps: bool = True


def connections(session: Session, organisation_id: UUID) -> Sequence[SsoConnection]:
    """All of the organisation, OIDC first."""
    return session.scalars(
        select(SsoConnection)
        .where(SsoConnection.organisation_id == organisation_id)
        .order_by(SsoConnection.protocol)
    ).all()


def connection_of(
    session: Session, organisation_id: UUID, protocol: Protocol
) -> SsoConnection | None:
    """The organisation's connection of this protocol."""
    return session.scalar(
        select(SsoConnection).where(
            SsoConnection.organisation_id == organisation_id,
            SsoConnection.protocol == protocol.value,
        )
    )


def is_tried(connection: SsoConnection) -> bool:
    """Whether an administrator has logged in with it as it is now."""
    return connection.tried_revision == connection.revision


def offered(session: Session, organisation_id: UUID) -> list[SsoConnection]:
    """What members may log in with."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or organisation.sso_mode == Mode.OFF:
        return []
    return [row for row in connections(session, organisation_id) if is_tried(row)]


def find_offered(
    session: Session, organisation_id: UUID, protocol: Protocol
) -> SsoConnection | None:
    """The organisation's connection, if members may log in with it."""
    found = [row for row in offered(session, organisation_id) if row.protocol == protocol]
    return found[0] if found else None


def save(  # noqa: PLR0913 - by whom, which, into what, when
    session: Session,
    actor: Member,
    protocol: Protocol,
    wanted: CheckedConnection,
    secret: Secret,
    now: datetime,
) -> bool:
    """A new connection, or other values of one. False where nothing changes. A change of who the
    provider is has to be tried anew before members are sent there; where others can speak for
    members than before, those with a password show once more that the provider's account is theirs.
    """
    take_turn(session, f"sso:{actor.organisation_id}")
    row = connection_of(session, actor.organisation_id, protocol)
    link, rules = _plain(wanted.link), _plain(wanted.rules)
    is_new, unlinked = row is None, 0
    before = sso_noted.said(row.name, row.link, row.rules) if row is not None else {}
    if row is None:
        row = SsoConnection(
            organisation_id=actor.organisation_id,
            protocol=protocol.value,
            name=wanted.name,
            link=link,
            rules=rules,
            revision=1,
            created_at=now,
        )
        session.add(row)
        changed = ["name", "link", "rules"]
    else:
        values = {"name": wanted.name, "link": link, "rules": rules}
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not vouches_as_before(row.link, link):
            unlinked = _unlink(session, row)
        row.name, row.link, row.rules = wanted.name, link, rules
    if not secret.keeps:
        row.secret_sealed = secret.sealed
        changed.append("secret")
    if not {"link", "secret"}.isdisjoint(changed) and not is_new:
        row.revision += 1
    if changed:
        said: dict[str, Any] = {"unlinked": unlinked} if unlinked else {}
        kept = sso_noted.differing(before, sso_noted.said(wanted.name, link, rules))
        note_change(
            session, actor, now, _WHAT, kept, protocol=protocol.value, changed=changed, **said
        )
    return bool(changed)


def _unlink(session: Session, row: SsoConnection) -> int:
    """Whoever keeps the connection could name any subject now, and would be that member. Who has
    no password has nothing to confirm it by, and stays whom the provider calls so."""
    own = select(Member.id).where(Member.password_hash != people.NO_PASSWORD)
    ended = session.scalars(
        delete(SsoIdentity)
        .where(SsoIdentity.connection_id == row.id, SsoIdentity.member_id.in_(own))
        .returning(SsoIdentity.member_id)
        .execution_options(synchronize_session=False)
    )
    return len(set(ended))


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """As JSON gives it back: tuples are lists there, and would look like a change."""
    return {name: _listed(part) for name, part in value.items()}


def _listed(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list | tuple):
        return [_listed(part) for part in value]
    return value


def remove(
    session: Session,
    actor: Member,
    protocol: Protocol,
    now: datetime,
    *,
    but: UUID | None = None,
) -> bool:
    """The connection goes with whom it knew and the logins that it made; members stay. Where it was
    the last that works, nobody is held to a single sign-on any more. `but` is the login by which
    it is done, which stays: otherwise it could not be taken back."""
    take_turn(session, f"sso:{actor.organisation_id}")
    row = connection_of(session, actor.organisation_id, protocol)
    if row is None:
        return False
    session.execute(delete(SsoIdentity).where(SsoIdentity.connection_id == row.id))
    _end_logins(session, [row], but, now)
    session.delete(row)
    session.flush()
    organisation = _organisation(session, actor.organisation_id)
    others = connections(session, organisation.id)
    if not any(is_tried(left) for left in others):
        organisation.sso_mode = Mode.OFF.value
        _end_logins(session, others, but, now)
    note_change(session, actor, now, _WHAT, protocol=protocol.value, changed=["removed"])
    return True


def note_tried(session: Session, actor: Member, connection: SsoConnection, now: datetime) -> bool:
    """An administrator came back from the provider. False where the connection was changed since
    he left (`connection` is what he left with)."""
    row = locked(session, SsoConnection, connection.id)
    if row is None or row.organisation_id != actor.organisation_id:
        return False
    if row.revision != connection.revision:
        return False
    row.tried_revision, row.tried_at = row.revision, now
    note_change(session, actor, now, _WHAT, protocol=row.protocol, changed=["tried"])
    return True


def choose(  # noqa: PLR0913 - by whom, how, for whom not, when
    session: Session,
    actor: Member,
    mode: Mode,
    exempt: Sequence[UUID],
    now: datetime,
    *,
    but: UUID | None = None,
) -> bool:
    """How members log in from now on. False where nothing changes.

    Raises NothingTried and NobodyExempt. Once it is demanded, logins by password end, but for
    those of whoever is exempt and of the administrator himself: what he types is not lost. Once
    it is off, those by single sign-on end, but for the one of `but`, by which it is done.
    """
    take_turn(session, f"sso:{actor.organisation_id}")
    organisation = _organisation(session, actor.organisation_id)
    named = sorted({str(key) for key in exempt})
    tried = any(is_tried(row) for row in connections(session, organisation.id))
    if mode is not Mode.OFF and not tried:
        raise NothingTried
    if mode is Mode.DEMANDED and not sso_exempt.can_come_in(session, organisation.id, named):
        raise NobodyExempt
    before = (organisation.sso_mode, sorted(organisation.sso_exempt or []))
    if before == (mode.value, named):
        return False
    organisation.sso_mode, organisation.sso_exempt = mode.value, named or None
    if mode is Mode.DEMANDED:
        _end_passwords(session, organisation, actor, now)
    if mode is Mode.OFF:
        _end_logins(session, connections(session, organisation.id), but, now)
    note_change(session, actor, now, _WHAT, before=before[0], after=mode.value, exempt=named)
    return True


def administrators(session: Session, organisation_id: UUID) -> list[Member]:
    """Who may be named for the day on which the provider fails."""
    rows = session.scalars(
        select(Member)
        .where(Member.organisation_id == organisation_id, Member.active.is_(True))
        .order_by(Member.name, Member.id)
    )
    return [row for row in rows if Role.ADMIN in row.roles]


def _end_passwords(
    session: Session, organisation: Organisation, actor: Member, now: datetime
) -> None:
    kept = {actor.id, *(UUID(key) for key in organisation.sso_exempt or [])}
    others = select(Member.id).where(
        Member.organisation_id == organisation.id, Member.id.not_in(kept)
    )
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.member_id.in_(others),
            LoginSession.sso_connection_id.is_(None),
            LoginSession.ended_at.is_(None),
        )
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def _end_logins(
    session: Session, rows: Sequence[SsoConnection], but: UUID | None, now: datetime
) -> None:
    """Those that the connections made, halves of one as well."""
    ended = update(LoginSession).where(
        LoginSession.sso_connection_id.in_([row.id for row in rows]),
        LoginSession.ended_at.is_(None),
    )
    if but is not None:
        ended = ended.where(LoginSession.id != but)
    session.execute(ended.values(ended_at=now).execution_options(synchronize_session=False))


def password_is_closed(organisation: Organisation, member: Member) -> bool:
    """Whether the member's password opens nothing by itself."""
    exempt = organisation.sso_exempt or []
    return organisation.sso_mode == Mode.DEMANDED and str(member.id) not in exempt


def passkey_is_closed(organisation: Organisation, member: Member) -> bool:
    """Whether the member's passkey is a second factor only. Of who has no password it never opens a
    login alone: whether he still comes in is for the provider to say."""
    no_password = member.password_hash == people.NO_PASSWORD
    return no_password or password_is_closed(organisation, member)


def lift(session: Session, organisation: Organisation, now: datetime) -> None:
    """Passwords work again: by whoever runs the machine, for an organisation whose provider
    failed, or that has locked itself out."""
    before = organisation.sso_mode
    if before == Mode.DEMANDED:
        organisation.sso_mode = Mode.OFFERED.value
    session.flush()
    data = {"what": _WHAT, "before": before, "after": organisation.sso_mode}
    ledger.append(
        session,
        Event.ORGANISATION_CHANGED,
        at=now,
        actor="system",
        organisation_id=organisation.id,
        data=data,
    )


def domains(session: Session, organisation_id: UUID) -> list[str]:
    """For whose addresses the organisation's providers may speak."""
    return list(
        session.scalars(
            select(SsoDomain.domain)
            .where(SsoDomain.organisation_id == organisation_id)
            .order_by(SsoDomain.domain)
        )
    )


def enter_domain(session: Session, organisation: Organisation, domain: str, now: datetime) -> None:
    """The domain is the organisation's, says whoever runs the machine. Raises DomainTaken."""
    take_turn(session, f"sso-domain:{domain}")
    row = session.get(SsoDomain, domain)
    if row is not None and row.organisation_id != organisation.id:
        raise DomainTaken
    if row is None:
        session.add(SsoDomain(domain=domain, organisation_id=organisation.id, entered_at=now))
        _note_domain(session, organisation, "domain_entered", domain, now)


def strike_domain(session: Session, organisation: Organisation, domain: str, now: datetime) -> bool:
    """It is the organisation's no longer. False where it was not."""
    row = session.get(SsoDomain, domain)
    if row is None or row.organisation_id != organisation.id:
        return False
    session.delete(row)
    _note_domain(session, organisation, "domain_struck", domain, now)
    return True


def _note_domain(
    session: Session, organisation: Organisation, what: str, domain: str, now: datetime
) -> None:
    session.flush()
    ledger.append(
        session,
        Event.ORGANISATION_CHANGED,
        at=now,
        actor="system",
        organisation_id=organisation.id,
        data={"what": _WHAT, "changed": [what], "domain": domain},
    )


def organisation_for(session: Session, typed: str) -> UUID | None:
    """Whose single sign-on is meant: by the domain of an address, or the organisation's name. Never
    by whether somebody is a member."""
    domain = domain_of(typed)
    if domain:
        row = session.get(SsoDomain, domain)
        return row.organisation_id if row is not None else None
    name = typed.strip()
    found = session.scalars(
        select(Organisation.id).where(
            (Organisation.name == name) | ((Organisation.name_en == name) & (name != ""))
        )
    ).all()
    return found[0] if len(found) == 1 else None


def _organisation(session: Session, organisation_id: UUID) -> Organisation:
    found = locked(session, Organisation, organisation_id)
    if found is None:
        raise LookupError(str(organisation_id))
    return found
