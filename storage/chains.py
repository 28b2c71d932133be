"""Approval chains as rows: each saving is a version; what runs keeps the one it was sent with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.chains import CheckedChain, typed_chain
from domain.events import Event, canonical
from storage import ledger
from storage.locks import locked, take_turn
from storage.paging import Page, existing
from storage.tables import Chain, LedgerEvent, Member

VERSIONS_AT_ONCE = 20


@dataclass(frozen=True)
class ChainVersion:
    """One saving of a chain, and who saved it; None where no event says so."""

    row: Chain
    author: Member | None


class ChainChangedMeanwhile(Exception):
    """Somebody else saved a version, or a chain of this name, since the form was opened."""


class ChainNameTaken(Exception):
    """Another chain of the organisation has the name that one should get."""


def newest(session: Session, organisation_id: UUID, *, only_active: bool = False) -> list[Chain]:
    """The newest version of each chain, by name; with `only_active` of those that are offered."""
    query = select(Chain).where(Chain.organisation_id == organisation_id)
    if only_active:
        query = query.where(Chain.active.is_(True))
    found: dict[str, Chain] = {}
    for row in session.scalars(query.order_by(Chain.name, Chain.version.desc())):
        found.setdefault(row.name, row)
    return list(found.values())


def versions(session: Session, chain: Chain, number: int) -> Page[ChainVersion]:
    """A page of all versions of the chain, the newest first."""
    same = (Chain.organisation_id == chain.organisation_id, Chain.name == chain.name)
    total = session.scalar(select(func.count()).select_from(Chain).where(*same)) or 0
    number = existing(number, total, VERSIONS_AT_ONCE)
    rows = session.scalars(
        select(Chain)
        .where(*same)
        .order_by(Chain.version.desc())
        .limit(VERSIONS_AT_ONCE)
        .offset((number - 1) * VERSIONS_AT_ONCE)
    ).all()
    authors = _authors(session, chain.organisation_id, [str(row.id) for row in rows])
    found = [ChainVersion(row, authors.get(str(row.id))) for row in rows]
    return Page(found, total, number, VERSIONS_AT_ONCE)


def _authors(
    session: Session, organisation_id: UUID, chain_ids: Sequence[str]
) -> dict[str, Member]:
    """Who saved these versions, as the ledger says it."""
    saved = session.scalars(
        select(LedgerEvent).where(
            LedgerEvent.organisation_id == organisation_id,
            LedgerEvent.tag == Event.CHAIN_SAVED.value,
            LedgerEvent.data["chain"].as_string().in_(chain_ids),
        )
    )
    found = {str(event.data["chain"]): event.actor.removeprefix("member:") for event in saved}
    wanted = {UUID(actor) for actor in found.values()}
    people = session.scalars(
        select(Member).where(Member.organisation_id == organisation_id, Member.id.in_(wanted))
    )
    members = {str(row.id): row for row in people}
    return {chain: members[actor] for chain, actor in found.items() if actor in members}


def find(session: Session, organisation_id: UUID, chain_id: UUID) -> Chain | None:
    """A chain of the organisation; another's does not exist."""
    return session.scalar(
        select(Chain).where(Chain.id == chain_id, Chain.organisation_id == organisation_id)
    )


def offered(session: Session, organisation_id: UUID, chain_id: UUID) -> Chain | None:
    """What senders get now of the chain that the id is any version of: the newest. None where the
    chain is stopped, or another organisation's."""
    return session.scalar(_newest_of(organisation_id, chain_id).where(Chain.active.is_(True)))


def latest(session: Session, chain: Chain) -> Chain:
    """The newest version of its chain, that nobody else follows by another until the transaction
    ends."""
    take_turn(session, f"chain:{chain.organisation_id}:{chain.name}")
    return session.scalars(_newest_of(chain.organisation_id, chain.id)).one()


def _newest_of(organisation_id: UUID, chain_id: UUID) -> Select[Chain]:
    """The newest version of the chain that the id is any version of."""
    named = select(Chain.name).where(Chain.id == chain_id, Chain.organisation_id == organisation_id)
    return (
        select(Chain)
        .where(Chain.organisation_id == organisation_id, Chain.name == named.scalar_subquery())
        .order_by(Chain.version.desc())
        .limit(1)
    )


def save(  # noqa: PLR0913 - the parts of one saving, by name
    session: Session,
    member: Member,
    checked: CheckedChain,
    based_on: Chain | None,
    now: datetime,
    *,
    active: bool = True,
) -> Chain:
    """A new chain, or the next version of one. Equal stages under the same name make no version.
    `active` says whether senders may choose a new one; a further version stays as it was.

    Raises ChainChangedMeanwhile where `based_on` is not the newest any more, or a new chain's name
    is taken, and ChainNameTaken where it is to get another's.
    """
    before = based_on.name if based_on is not None else checked.name
    for name in sorted({before, checked.name}):
        take_turn(session, f"chain:{member.organisation_id}:{name}")
    last = _last_version(session, member.organisation_id, before)
    if last != (based_on.version if based_on is not None else 0):
        raise ChainChangedMeanwhile
    if based_on is not None and before == checked.name and _same(based_on, checked):
        return based_on
    if before != checked.name:
        _rename(session, member.organisation_id, before, checked.name)
    row = Chain(
        organisation_id=member.organisation_id,
        name=checked.name,
        version=last + 1,
        definition=checked.definition,
        active=based_on.active if based_on is not None else active,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, Event.CHAIN_SAVED, row, member, now)
    if before != checked.name:
        names = {"before": {"name": before}, "after": {"name": checked.name}}
        _note(session, Event.CHAIN_RENAMED, row, member, now, names)
    return row


def _rename(session: Session, organisation_id: UUID, before: str, after: str) -> None:
    """All versions, so that whoever names an old one goes on following the chain. What was sent
    keeps the name that it was sent with (`chain_uses`)."""
    if _last_version(session, organisation_id, after):
        raise ChainNameTaken
    keys = session.scalars(
        select(Chain.id).where(Chain.organisation_id == organisation_id, Chain.name == before)
    ).all()
    for key in keys:
        row = locked(session, Chain, key)
        if row is not None:
            row.name = after
    session.flush()


def _same(chain: Chain, checked: CheckedChain) -> bool:
    """Whatever form an older version's row has."""
    return typed_chain("", chain.definition) == typed_chain("", checked.definition)


def switch(session: Session, member: Member, chain: Chain, now: datetime, *, active: bool) -> bool:
    """Offer a chain to senders, or no longer: all its versions. False where nothing changes.

    Envelopes that were sent with it go on.
    """
    take_turn(session, f"chain:{member.organisation_id}:{chain.name}")
    rows = session.scalars(
        select(Chain.id).where(
            Chain.organisation_id == member.organisation_id,
            Chain.name == chain.name,
            Chain.active.is_not(active),
        )
    ).all()
    for chain_id in rows:
        row = locked(session, Chain, chain_id)
        if row is not None:
            row.active = active
    if rows:
        session.flush()
        _note(session, Event.CHAIN_OFFERED if active else Event.CHAIN_STOPPED, chain, member, now)
    return bool(rows)


def _last_version(session: Session, organisation_id: UUID, name: str) -> int:
    found = session.scalar(
        select(func.max(Chain.version)).where(
            Chain.organisation_id == organisation_id, Chain.name == name
        )
    )
    return found or 0


def _note(  # noqa: PLR0913 - the parts of one event
    session: Session,
    tag: Event,
    chain: Chain,
    member: Member,
    now: datetime,
    log_data: dict[str, Any] | None = None,
) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{member.id}",
        organisation_id=member.organisation_id,
        data={
            "chain": chain.id,
            "version": chain.version,
            "definition": hashlib.sha256(canonical(chain.definition)).hexdigest(),
        },
        log_data=log_data,
    )
