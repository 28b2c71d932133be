"""Whom a sent envelope's contract is with, as its people say it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.deals import MAX_PARTNER_CHARACTERS
from domain.facts import Source
from domain.kinds import PartyKind
from storage.tables import Envelope, Participant, Party


def partner_of(session: Session, envelope: Envelope) -> str:
    """The companies of its people, in order."""
    names = session.scalars(
        select(Party.name)
        .where(Party.envelope_id == envelope.id, Party.kind == PartyKind.COUNTERPARTY.value)
        .order_by(Party.name)
    )
    return "、".join(name for name in names if name)[:MAX_PARTNER_CHARACTERS]


def partner_code_of(session: Session, envelope: Envelope) -> str:
    """Its code, as the address book had it, where the other side is one and has one."""
    rows = session.execute(
        select(Party.id, Participant.known)
        .join(Participant, Participant.party_id == Party.id)
        .where(Party.envelope_id == envelope.id, Party.kind == PartyKind.COUNTERPARTY.value)
    ).all()
    codes = {(row.known or {}).get(Source.PARTNER_CODE, "") for row in rows} - {""}
    return str(codes.pop()) if len({row.id for row in rows}) == 1 == len(codes) else ""
