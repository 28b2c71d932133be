"""Lasting consents as their giver sees them in あなたの文書, and taking them back from there, also
after everything that stood on them is completed.

Each query names the address: nobody sees or ends what another said, not even for the same party.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from domain.consents import ConsentKind
from domain.events import utc_text
from domain.limits import MAX_NONCE_CHARACTERS
from domain.refusals import Refusal, RefusalCode
from storage import withdrawals
from storage.consenting import Said, Speaking, is_known
from storage.fresh_links import MAILBOX
from storage.locks import take_turn
from storage.mailbox_list import has_address
from storage.outbox import When
from storage.tables import (
    Consent,
    ConsentVersion,
    Envelope,
    MailboxVisit,
    Organisation,
    Participant,
    Party,
)


@dataclass(frozen=True)
class Held:
    """A lasting consent that holds: to whom, for which party, to which text."""

    consent: Consent
    version: ConsentVersion
    organisation: Organisation
    party: Party


def held_by(session: Session, mail: str) -> tuple[Held, ...]:
    """Of a mailbox's address, the newest first."""
    return tuple(_held(session, row) for row in session.scalars(_of(mail)))


def held_one(session: Session, mail: str, consent_id: UUID) -> Held | None:
    """One of them; None for whatever is not this address's, or holds no more."""
    row = session.scalar(_of(mail).where(Consent.id == consent_id))
    return _held(session, row) if row is not None else None


def withdraw(
    session: Session, visit: MailboxVisit, consent_id: UUID, said: Said, when: When
) -> Sequence[Consent]:
    """Take back what this address said to the organisation for the party; whoever follows an
    envelope under way that stood on it is told, or the newest one's sender. A form that was sent
    before changes nothing.

    Raises LookupError for what is not this mailbox's or holds no more, Refusal NOT_ALLOWED for a
    form that nobody made.
    """
    if not 0 < len(said.nonce) <= MAX_NONCE_CHARACTERS:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    if is_known(session, said.nonce):
        return ()
    found = held_one(session, visit.mail, consent_id)
    if found is None:
        raise LookupError(str(consent_id))
    # As in a visit: in an envelope somebody may take back the same consent just now.
    take_turn(session, f"consents of {found.party.name} to {found.organisation.id}")
    same = [row for row in held_by(session, visit.mail) if _is_alike(row, found)]
    if not same:
        raise LookupError(str(consent_id))
    made = [_write(session, visit, row, said, number, when) for number, row in enumerate(same)]
    mails = {row.consent.mail for row in same}
    told = withdrawals.under_way(session, found.consent, found.party, mails)
    told = told or [withdrawals.latest(session, found.consent, found.party, mails)]
    withdrawals.tell(session, told, made[0], when)
    return made


def _is_alike(row: Held, other: Held) -> bool:
    return (row.organisation.id, row.version.id, row.party.name, row.party.kind) == (
        other.organisation.id,
        other.version.id,
        other.party.name,
        other.party.kind,
    )


def _write(  # noqa: PLR0913 - who, what, which of several, when
    session: Session, visit: MailboxVisit, row: Held, said: Said, number: int, when: When
) -> Consent:
    proof = {
        "method": MAILBOX,
        "factors": [],
        "mailbox_visit_id": str(visit.id),
        "visit_opened_at": utc_text(visit.opened_at),
    }
    envelope = session.get_one(Envelope, row.consent.envelope_id)
    person = session.get_one(Participant, row.consent.participant_id)
    speaking = Speaking(session, envelope, person, row.party, said, proof, when.at)
    return speaking.write(ConsentKind.WITHDRAWN, row.version, row.consent, number)


def _of(mail: str) -> Any:  # noqa: ANN401 - a select of consents
    """What was given by this address, by a person whose address it still is, and can still carry
    an act: the organisation asks for that text, or an envelope does that is under way."""
    ending = aliased(Consent)
    ended = select(ending.id).where(ending.withdraws_id == Consent.id).exists()
    asked = exists().where(
        Organisation.id == Consent.organisation_id,
        Organisation.consent_version_id == Consent.version_id,
    )
    under_way = exists().where(
        Envelope.organisation_id == Consent.organisation_id,
        Envelope.consent_version_id == Consent.version_id,
        Envelope.state.in_(withdrawals.UNDER_WAY),
    )
    return (
        select(Consent)
        .join(ConsentVersion, ConsentVersion.id == Consent.version_id)
        .join(Participant, Participant.id == Consent.participant_id)
        .where(
            Consent.kind == ConsentKind.GIVEN.value,
            Consent.mail == mail.casefold(),
            has_address(mail),
            ConsentVersion.lasting.is_(True),
            ~ended,
            or_(asked, under_way),
        )
        .order_by(Consent.at.desc(), Consent.id)
    )


def _held(session: Session, row: Consent) -> Held:
    return Held(
        row,
        session.get_one(ConsentVersion, row.version_id),
        session.get_one(Organisation, row.organisation_id),
        session.get_one(Party, row.party_id),
    )
