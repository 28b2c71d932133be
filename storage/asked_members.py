"""Members who are asked to act in an envelope of their own organisation: who they are in its log.

They act as participants, because the envelope's evidence tells people of all sides alike; the
operation log of their organisation tells its own people apart by their logins' names.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.ids import read_id
from storage.tables import Act, Member, Participant, Visit

_PARTICIPANT = "participant:"


@dataclass(frozen=True)
class Asked:
    """A member who acts as a participant."""

    member_id: UUID
    participant_id: UUID
    address: str
    """Of the network from which he did it, as far as his visit or his act says."""


def asked_member(
    session: Session, organisation_id: UUID, actor: str, data: dict[str, Any]
) -> Asked | None:
    """Whom an event's actor is among the organisation's own; None for people of the other side, and
    for whoever is a member elsewhere. `data` is the event's, as the ledger keeps it."""
    key = read_id(actor.removeprefix(_PARTICIPANT)) if actor.startswith(_PARTICIPANT) else None
    if key is None:
        return None
    member_id = session.scalar(
        select(Member.id)
        .join(Participant, Participant.member_id == Member.id)
        .where(Participant.id == key, Member.organisation_id == organisation_id)
    )
    if member_id is None:
        return None
    return Asked(member_id, key, _address(session, key, data))


def _address(session: Session, participant_id: UUID, data: dict[str, Any]) -> str:
    visit_id, act_id = read_id(data.get("visit")), read_id(data.get("act"))
    visit = session.get(Visit, visit_id) if visit_id is not None else None
    if visit is not None and visit.participant_id == participant_id:
        return visit.address
    act = session.get(Act, act_id) if act_id is not None else None
    if act is not None and act.participant_id == participant_id:
        return str(act.evidence.get("address", ""))
    return ""
