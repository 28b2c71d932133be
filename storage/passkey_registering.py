"""Registering a passkey: by whoever has just shown that the mailbox is his, or has one already.

A first passkey is only as good as the mailbox: whoever holds the link *and* reads the mail can
register his own. A further one needs one of those that are there.
"""

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.factors import Factor, Moment
from domain.kinds import NoticeKind
from domain.passkeys import MAX_PASSKEYS, RelyingParty, key_sha256
from domain.refusals import Refusal, RefusalCode
from runtime.passkeys import (
    Known,
    PasskeyRefused,
    Registered,
    challenge_of,
    check_registration,
)
from storage import factors, ledger, passkeys
from storage.database import Database
from storage.locks import take_turn
from storage.outbox import Outgoing, Receiver, When, queue
from storage.people import normal_mail
from storage.tables import Participant, Passkey, PasskeyChallenge
from storage.vault import Vault
from storage.visits import MAX_AGENT_CHARACTERS, Visiting


def may_register(session: Session, visiting: Visiting, rp_id: str) -> bool:
    """Whether this visit has shown enough for a passkey of its own."""
    rows = passkeys.of_holder(session, visiting.holder, rp_id)
    passed = factors.passed_in(session, visiting.visit.id)
    if rows:
        return (Factor.PASSKEY, Moment.OPENING) in passed and len(rows) < MAX_PASSKEYS
    by_mail = {(Factor.MAIL_CODE, Moment.OPENING), (Factor.MAIL_CODE, Moment.REGISTERING)}
    return bool(by_mail & passed)


def ask(
    database: Database, visiting: Visiting, rp_id: str, now: datetime
) -> tuple[PasskeyChallenge, UUID, tuple[Known, ...]]:
    """A challenge, the handle under which the passkey is filed, and those that are there already.

    Raises Refusal FACTOR_MISSING where the visit has not shown enough.
    """
    with database.transaction() as session:
        if not may_register(session, visiting, rp_id):
            raise Refusal(RefusalCode.FACTOR_MISSING)
        challenge = secrets.token_bytes(passkeys.CHALLENGE_BYTES)
        row = passkeys.add_challenge(session, visiting, Moment.REGISTERING, now, challenge)
        rows = passkeys.of_holder(session, visiting.holder, rp_id)
        return row, _handle(rows, row), passkeys.known(rows)


def _handle(rows: tuple[Passkey, ...], asked: PasskeyChallenge) -> UUID:
    """The same for all passkeys of an address; random at first, as the challenge's id is."""
    return rows[0].user_handle if rows else asked.id


def register(  # noqa: PLR0913 - whose, what, where and when
    database: Database,
    vault: Vault,
    visiting: Visiting,
    party: RelyingParty,
    response: str,
    agent: str,
    now: datetime,
) -> UUID:
    """Keep what the browser made. Returns the passkey's id.

    Raises Refusal FACTOR_MISSING where the visit has not shown enough; PasskeyRefused for an
    answer that proves no new passkey, or answers no challenge of this visit.
    """
    with database.transaction() as session:
        holder = visiting.holder
        mail = normal_mail(holder.participant.mail)
        take_turn(session, f"passkeys:{holder.organisation.id}:{mail}")
        if not may_register(session, visiting, party.id):
            raise Refusal(RefusalCode.FACTOR_MISSING)
        rows = passkeys.of_holder(session, holder, party.id)
        asked = passkeys.live_challenge(
            session, visiting.visit, Moment.REGISTERING, challenge_of(response), now
        )
        if asked is None:
            raise PasskeyRefused("no challenge of this visit")
        made = check_registration(party, response, asked.challenge)
        if _is_known(session, holder.organisation.id, made):
            raise PasskeyRefused("registered before")
        passkeys.use_challenge(session, asked.id, visiting.visit, Moment.REGISTERING, now)
        row = Passkey(
            id=uuid4(),
            organisation_id=holder.organisation.id,
            mail=mail,
            rp_id=party.id,
            user_handle=_handle(rows, asked),
            credential_sha256=passkeys.credential_sha256(made.credential_id),
            credential_id=made.credential_id,
            public_key=made.public_key,
            transports=list(made.transports),
            participant_id=holder.participant.id,
            visit_id=visiting.visit.id,
            agent=agent[:MAX_AGENT_CHARACTERS],
            registered_at=now,
            sign_count=made.sign_count,
        )
        row.sealed = passkeys.seal(session, vault, row)
        session.add(row)
        session.flush()
        _note(session, visiting, row, now)
        _tell(session, visiting, row, now)
        if holder.participant.passkey:
            factors.pass_by_registering(session, visiting, now)
        return row.id


def _tell(session: Session, visiting: Visiting, row: Passkey, now: datetime) -> None:
    """The mailbox's owner learns of it: it may have been somebody else who reads his mail."""
    person = session.get_one(Participant, row.participant_id)
    mail = Outgoing(NoticeKind.PASSKEY_REGISTERED, f"passkey:{row.id}", Receiver.of(person))
    # A passkey belongs to the host that mails come from.
    queue(session, visiting.holder.envelope.id, mail, When(now, row.rp_id))


def _is_known(session: Session, organisation_id: UUID, made: Registered) -> bool:
    found = session.scalar(
        select(Passkey.id).where(
            Passkey.organisation_id == organisation_id,
            Passkey.credential_sha256 == passkeys.credential_sha256(made.credential_id),
        )
    )
    return found is not None


def _note(session: Session, visiting: Visiting, row: Passkey, now: datetime) -> None:
    ledger.append(
        session,
        Event.PASSKEY_REGISTERED,
        at=now,
        actor=f"participant:{row.participant_id}",
        envelope_id=visiting.holder.envelope.id,
        data={
            "passkey": row.id,
            "visit": visiting.visit.id,
            "key_sha256": key_sha256(row.public_key),
        },
    )
