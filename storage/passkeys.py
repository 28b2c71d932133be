"""Passkeys as rows: whose they are, and challenges that are used once.

A passkey belongs to one mail address in one organisation, for the host that people reach. No
organisation ever sees another's, and an address that a sender corrects has passkeys of its own.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.events import Event, Json, canonical, utc_text
from domain.factors import Moment
from domain.lists import Asked, Usual
from domain.passkeys import CHALLENGE_LIFE, MAX_PASSKEYS, RelyingParty, key_sha256
from domain.refusals import Refusal, RefusalCode
from runtime.passkeys import Assertion, Known, PasskeyRefused, check_assertion
from storage import ledger
from storage.database import Database
from storage.listing import Keys, only, sorted_page, told
from storage.locks import locked
from storage.paging import Page
from storage.people import VAULT_OWNER, normal_mail
from storage.standing import Holder
from storage.tables import (
    Envelope,
    MemberPasskey,
    Participant,
    Passkey,
    PasskeyChallenge,
    Visit,
)
from storage.vault import Vault
from storage.visits import Visiting

SORTS: Usual = {"registered": True, "browser": False, "used": True, "state": True}
"""Of an address's own, which are few."""
CHALLENGE_BYTES = 32
CHALLENGES_A_VISIT = 200
"""More than a person can press; a script that asks without end fills no table."""


@dataclass(frozen=True)
class PasskeyProof:
    """What a browser answered to one of this visit's challenges, at this origin."""

    party: RelyingParty
    challenge_id: UUID
    assertion: Assertion


def of_address(
    session: Session, organisation_id: UUID, mail: str, rp_id: str
) -> tuple[Passkey, ...]:
    """The passkeys that may be used now, oldest first."""
    return tuple(
        session.scalars(
            select(Passkey)
            .where(
                Passkey.organisation_id == organisation_id,
                Passkey.mail == normal_mail(mail),
                Passkey.rp_id == rp_id,
                Passkey.removed_at.is_(None),
            )
            .order_by(Passkey.registered_at, Passkey.id)
            .limit(MAX_PASSKEYS)
        )
    )


def of_other_hosts(session: Session, rp_id: str) -> int:
    """How many passkeys, of whomever on this installation, were made for another host and are not
    removed: they open nothing any more."""
    return sum(
        session.scalars(
            select(func.count()).where(kind.rp_id != rp_id, kind.removed_at.is_(None))
        ).one()
        for kind in (Passkey, MemberPasskey)
    )


def every_of(session: Session, organisation_id: UUID, mail: str, asked: Asked) -> Page[Passkey]:
    """A page of all that an address ever registered with an organisation."""
    query = select(Passkey).where(
        Passkey.organisation_id == organisation_id, Passkey.mail == normal_mail(mail)
    )
    keys: Keys = {
        "registered": (Passkey.registered_at,),
        "browser": (told(Passkey.agent), Passkey.registered_at),
        "used": (Passkey.last_used_at, Passkey.registered_at),
        "state": (Passkey.removed_at, Passkey.registered_at),
    }
    return only(sorted_page(session, query, keys, Passkey.id, asked.sorting, asked.number))


def of_holder(session: Session, holder: Holder, rp_id: str) -> tuple[Passkey, ...]:
    """Those of a link's holder with the organisation that sent it."""
    return of_address(session, holder.organisation.id, holder.participant.mail, rp_id)


def has_any(session: Session, holder: Holder) -> bool:
    """Whether he has one, for whatever host."""
    found = session.scalar(
        select(Passkey.id)
        .where(
            Passkey.organisation_id == holder.organisation.id,
            Passkey.mail == normal_mail(holder.participant.mail),
            Passkey.removed_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


def known(rows: tuple[Passkey, ...]) -> tuple[Known, ...]:
    """As browsers are told of them."""
    return tuple(Known(row.credential_id, tuple(map(str, row.transports))) for row in rows)


def credential_sha256(credential_id: str) -> str:
    """Finds a passkey whose id may be long."""
    return hashlib.sha256(credential_id.encode()).hexdigest()


def ask(database: Database, visiting: Visiting, moment: Moment, now: datetime) -> PasskeyChallenge:
    """A random challenge of this visit, for registering or for opening."""
    with database.transaction() as session:
        return add_challenge(session, visiting, moment, now, secrets.token_bytes(CHALLENGE_BYTES))


def add_challenge(  # noqa: PLR0913 - whose, for what, when
    session: Session,
    visiting: Visiting,
    moment: Moment,
    now: datetime,
    challenge: bytes,
    nonce: str | None = None,
    key: UUID | None = None,
) -> PasskeyChallenge:
    """Write it. Raises Refusal NOT_ALLOWED where a visit asks without end."""
    visit = visiting.visit
    asked = select(func.count()).where(PasskeyChallenge.visit_id == visit.id)
    if session.scalars(asked).one() >= CHALLENGES_A_VISIT:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    row = PasskeyChallenge(
        visit_id=visit.id,
        participant_id=visit.participant_id,
        moment=moment.value,
        act_nonce=nonce,
        challenge=challenge,
        asked_at=now,
    )
    if key is not None:
        row.id = key
    session.add(row)
    session.flush()
    return row


def live_challenge(
    session: Session, visit: Visit, moment: Moment, challenge: bytes, now: datetime
) -> PasskeyChallenge | None:
    """The challenge that an answer names, if this visit asked for it at this moment and it may
    still be answered."""
    return session.scalar(
        select(PasskeyChallenge)
        .where(
            PasskeyChallenge.visit_id == visit.id,
            PasskeyChallenge.moment == moment.value,
            PasskeyChallenge.challenge == challenge,
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.asked_at > now - CHALLENGE_LIFE,
        )
        .limit(1)
    )


def use_challenge(
    session: Session, challenge_id: UUID, visit: Visit, moment: Moment, now: datetime
) -> PasskeyChallenge:
    """It is spent, in the transaction of what it is used for. Raises Refusal FACTOR_MISSING for
    one that was used, is too old, or is another visit's or moment's."""
    row = locked(session, PasskeyChallenge, challenge_id)
    if (
        row is None
        or row.visit_id != visit.id
        or row.moment != moment.value
        or row.used_at is not None
        or now - row.asked_at > CHALLENGE_LIFE
    ):
        raise Refusal(RefusalCode.FACTOR_MISSING)
    row.used_at = now
    return row


def find(session: Session, holder: Holder, proof: PasskeyProof) -> Passkey | None:
    """The holder's passkey that an answer names; None for somebody else's, or a removed one."""
    rows = of_holder(session, holder, proof.party.id)
    return next((r for r in rows if r.credential_id == proof.assertion.credential_id), None)


def judge(session: Session, holder: Holder, proof: PasskeyProof, visit: Visit) -> Passkey:
    """The passkey that answered. Changes nothing. Raises PasskeyRefused."""
    row = session.get(PasskeyChallenge, proof.challenge_id)
    passkey = find(session, holder, proof)
    if row is None or row.visit_id != visit.id or passkey is None:
        raise PasskeyRefused("no passkey or no challenge of this person")
    check_assertion(
        proof.party, proof.assertion, passkey.public_key, row.challenge, passkey.sign_count
    )
    return passkey


def use(  # noqa: PLR0913 - whose answer, to what, when
    session: Session,
    visiting: Visiting,
    proof: PasskeyProof | None,
    moment: Moment,
    nonce: str | None,
    now: datetime,
) -> Passkey:
    """An answer counts: its challenge is spent and the authenticator's count kept, in the
    transaction of what it proves. Raises Refusal FACTOR_MISSING."""
    if proof is None:
        raise Refusal(RefusalCode.FACTOR_MISSING)
    row = use_challenge(session, proof.challenge_id, visiting.visit, moment, now)
    found = find(session, visiting.holder, proof)
    passkey = locked(session, Passkey, found.id) if found is not None else None
    if row.act_nonce != nonce or passkey is None or passkey.removed_at is not None:
        raise Refusal(RefusalCode.FACTOR_MISSING)
    try:
        passkey.sign_count = check_assertion(
            proof.party, proof.assertion, passkey.public_key, row.challenge, passkey.sign_count
        )
    except PasskeyRefused:
        raise Refusal(RefusalCode.FACTOR_MISSING) from None
    passkey.last_used_at = now
    return passkey


def seal(session: Session, vault: Vault, passkey: Passkey) -> bytes:
    """Proves later that this service wrote the row, for this address and no other."""
    return vault.seal(
        session, VAULT_OWNER, passkey.organisation_id, _sealed(passkey), _context(passkey)
    )


def is_genuine(session: Session, vault: Vault, passkey: Passkey) -> bool:
    """Whether the row is the one that was sealed."""
    owner, said = passkey.organisation_id, _sealed(passkey)
    return vault.vouches(session, VAULT_OWNER, owner, passkey.sealed, _context(passkey), said)


def _sealed(passkey: Passkey) -> bytes:
    said: Json = {
        "organisation": str(passkey.organisation_id),
        "mail": passkey.mail,
        "rp_id": passkey.rp_id,
        "credential_id": passkey.credential_id,
        "public_key": passkey.public_key,
        "participant": str(passkey.participant_id),
        "registered_at": utc_text(passkey.registered_at),
    }
    return canonical(said)


def _context(passkey: Passkey) -> bytes:
    return b"passkey:" + passkey.id.bytes


def owned_by(passkey: Passkey, envelope: Envelope, participant: Participant) -> bool:
    """Whether it is this participant's, in the organisation that sent the envelope."""
    return passkey.organisation_id == envelope.organisation_id and passkey.mail == normal_mail(
        participant.mail
    )


def remove(session: Session, passkey: Passkey, member_id: UUID, now: datetime) -> None:
    """Nobody uses it any more; what it proved before stays proved."""
    if passkey.removed_at is not None:
        return
    passkey.removed_at, passkey.removed_by = now, member_id
    ledger.append(
        session,
        Event.PASSKEY_REMOVED,
        at=now,
        actor=f"member:{member_id}",
        organisation_id=passkey.organisation_id,
        data={"passkey": passkey.id, "key_sha256": key_sha256(passkey.public_key)},
    )
