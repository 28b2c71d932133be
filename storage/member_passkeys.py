"""Passkeys of members' logins as rows: whose they are, what they answered, and that once only.

What was asked lies in the asking browser's signed cookie, so that strangers who only ask fill no
table; what was answered is a row, so that no answer counts twice.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.events import Event, Json, canonical, utc_text
from domain.member_passkeys import MAX_MEMBER_PASSKEYS, FactorChange
from domain.passkeys import CHALLENGE_LIFE, RelyingParty, key_sha256
from runtime.passkeys import (
    Assertion,
    Known,
    PasskeyRefused,
    check_assertion,
    check_registration,
)
from storage import factor_mails, ledger, people, recovery
from storage.locks import locked, take_turn
from storage.passkeys import credential_sha256
from storage.people import VAULT_OWNER
from storage.tables import Member, MemberPasskey, SpentChallenge
from storage.vault import Vault


@dataclass(frozen=True)
class Answer:
    """What a browser answered to the challenge that it was asked, at this origin."""

    party: RelyingParty
    challenge: bytes
    assertion: Assertion
    user_handle: bytes | None = None
    """Whose passkey the authenticator says that it is."""


@dataclass(frozen=True)
class NewPasskey:
    """What a browser made, and what its owner calls it."""

    party: RelyingParty
    challenge: bytes
    response: str
    name: str


def of_member(session: Session, member_id: UUID) -> Sequence[MemberPasskey]:
    """Those that may be used, oldest first; also those that were made for another host."""
    return session.scalars(
        select(MemberPasskey)
        .where(MemberPasskey.member_id == member_id, MemberPasskey.removed_at.is_(None))
        .order_by(MemberPasskey.registered_at, MemberPasskey.id)
    ).all()


def known(session: Session, member_id: UUID, rp_id: str) -> list[Known]:
    """As browsers are told of those of this host."""
    rows = of_member(session, member_id)
    return [
        Known(row.credential_id, tuple(map(str, row.transports)))
        for row in rows
        if row.rp_id == rp_id
    ]


def find(session: Session, member: Member, passkey_id: UUID) -> MemberPasskey | None:
    """The member's own, removed or not; another's does not exist."""
    row = session.get(MemberPasskey, passkey_id)
    return row if row is not None and row.member_id == member.id else None


def register(
    session: Session, vault: Vault, member: Member, new: NewPasskey, now: datetime
) -> MemberPasskey:
    """Keep what the browser made. Raises PasskeyRefused for what proves no new passkey, answers no
    fresh challenge, or is one too many."""
    take_turn(session, f"member-passkeys:{member.id}")
    rows = of_member(session, member.id)
    if len(rows) >= MAX_MEMBER_PASSKEYS:
        raise PasskeyRefused("too many")
    made = check_registration(new.party, new.response, new.challenge)
    _spend(session, new.challenge, now)
    finder = credential_sha256(made.credential_id)
    if session.scalar(select(MemberPasskey).where(MemberPasskey.credential_sha256 == finder)):
        raise PasskeyRefused("registered before")
    row = MemberPasskey(
        id=uuid4(),
        member_id=member.id,
        rp_id=new.party.id,
        credential_sha256=finder,
        credential_id=made.credential_id,
        public_key=made.public_key,
        transports=list(made.transports),
        name=new.name,
        registered_at=now,
        sign_count=made.sign_count,
    )
    row.sealed = vault.seal(
        session, VAULT_OWNER, member.organisation_id, _sealed(row), _context(row)
    )
    session.add(row)
    session.get_one(Member, member.id).has_passkey = True
    session.flush()
    _note(session, Event.MEMBER_PASSKEY_ADDED, member, row, member.id, now)
    factor_mails.order(session, member, FactorChange.PASSKEY_ADDED, member.id, now)
    return row


def use(
    session: Session, vault: Vault, answer: Answer, now: datetime, member_id: UUID | None = None
) -> Member:
    """Whose passkey answered: its challenge is spent and the authenticator's count kept, in the
    transaction of what it opens. `member_id` is who is asked, where that is known; where it is not,
    the authenticator must say whose it is (WebAuthn 3, section 7.2, step 6). Raises
    PasskeyRefused, with the member whose passkey was claimed to answer."""
    row = _named(session, answer)
    try:
        return _use(session, vault, row, answer, now, member_id)
    except PasskeyRefused as refused:
        refused.claimed = row.member_id
        raise


def _use(  # noqa: PLR0913 - whose passkey, what it answered, when, and who is asked
    session: Session,
    vault: Vault,
    row: MemberPasskey,
    answer: Answer,
    now: datetime,
    member_id: UUID | None,
) -> Member:
    if row.removed_at is not None or row.rp_id != answer.party.id:
        raise PasskeyRefused("removed, or another host's")
    member = session.get_one(Member, row.member_id)
    told = answer.user_handle == member.id.bytes
    if member_id is None and not told:
        raise PasskeyRefused("does not say whose it is")
    if member_id not in {None, member.id} or not (told or answer.user_handle is None):
        raise PasskeyRefused("another member's")
    if not member.active or not _is_genuine(session, vault, row, member):
        raise PasskeyRefused("no passkey of an active member")
    row.sign_count = check_assertion(
        answer.party, answer.assertion, row.public_key, answer.challenge, row.sign_count
    )
    _spend(session, answer.challenge, now)
    row.last_used_at = now
    return member


def _named(session: Session, answer: Answer) -> MemberPasskey:
    finder = credential_sha256(answer.assertion.credential_id)
    found = session.scalar(
        select(MemberPasskey.id).where(MemberPasskey.credential_sha256 == finder)
    )
    row = locked(session, MemberPasskey, found) if found is not None else None
    if row is None:
        raise PasskeyRefused("unknown")
    return row


def remove(
    session: Session,
    member: Member,
    going: Collection[UUID],
    now: datetime,
    *,
    keep: UUID | None = None,
) -> int:
    """Their owner removes some of his; how many went. Twice is once. His other logins end, for each
    may have been opened by one of them; `keep` is the one by which he does it. A mail tells him."""
    take_turn(session, f"member-passkeys:{member.id}")
    rows = [row for row in of_member(session, member.id) if row.id in going]
    for row in rows:
        _end(session, member, row, member.id, now)
    if rows:
        people.end_logins(session, member.id, now, keep=keep)
        factor_mails.order(session, member, FactorChange.PASSKEY_REMOVED, member.id, now)
    return len(rows)


def remove_all(session: Session, member: Member, by: UUID | None, now: datetime) -> int:
    """None of his opens anything any more; how many there were."""
    take_turn(session, f"member-passkeys:{member.id}")
    rows = of_member(session, member.id)
    for row in rows:
        _end(session, member, row, by, now)
    return len(rows)


def _end(
    session: Session, member: Member, row: MemberPasskey, by: UUID | None, now: datetime
) -> None:
    row.removed_at, row.removed_by = now, by
    session.flush()
    kept = session.get_one(Member, member.id)
    kept.has_passkey = bool(of_member(session, member.id))
    if not kept.has_factor:
        recovery.end_all(session, member.id, now)
    _note(session, Event.MEMBER_PASSKEY_REMOVED, member, row, by, now)


def _spend(session: Session, challenge: bytes, now: datetime) -> None:
    """Raises PasskeyRefused where it was answered before."""
    name = hashlib.sha256(challenge).hexdigest()
    take_turn(session, f"challenge:{name}")
    session.execute(delete(SpentChallenge).where(SpentChallenge.until < now))
    if session.get(SpentChallenge, name) is not None:
        raise PasskeyRefused("answered before")
    session.add(SpentChallenge(challenge_sha256=name, until=now + CHALLENGE_LIFE))
    session.flush()


def _is_genuine(session: Session, vault: Vault, row: MemberPasskey, member: Member) -> bool:
    owner = member.organisation_id
    return vault.vouches(session, VAULT_OWNER, owner, row.sealed, _context(row), _sealed(row))


def _sealed(row: MemberPasskey) -> bytes:
    said: Json = {
        "member": str(row.member_id),
        "rp_id": row.rp_id,
        "credential_id": row.credential_id,
        "public_key": row.public_key,
        "registered_at": utc_text(row.registered_at),
    }
    return canonical(said)


def _context(row: MemberPasskey) -> bytes:
    return b"member-passkey:" + row.id.bytes


def _note(  # noqa: PLR0913 - what, whose, which, by whom, when
    session: Session,
    tag: Event,
    member: Member,
    row: MemberPasskey,
    by: UUID | None,
    now: datetime,
) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{by}" if by is not None else "system",
        organisation_id=member.organisation_id,
        data={"member": member.id, "passkey": row.id, "key_sha256": key_sha256(row.public_key)},
    )
