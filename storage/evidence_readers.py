"""Which parts of an act in evidence.json are whose to read."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import ActKind, EnvelopeState
from domain.passkeys import EVIDENCE
from storage import mandates
from storage.tables import Act, Envelope, Participant

WITHHELD = frozenset({"address", "agent", "successor", "corrected"})
"""What one party need not learn of another: the network address and the browser. Who came for
whom is told among the participants, under their own rule."""


def told(session: Session, act: Act, reader: Participant | None) -> dict[str, Any]:
    """What a reader gets of an act's evidence. A passkey's key belongs to a person: it is told of
    those who signed, as their names are, and otherwise inside a party."""
    hidden = WITHHELD if reader is not None else frozenset[str]()
    if reader is not None and act.kind != ActKind.SIGN and not _same_party(session, act, reader):
        hidden |= {EVIDENCE}
    found = {name: value for name, value in act.evidence.items() if name not in hidden}
    if reader is not None and mandates.EVIDENCE in found and not _same_party(session, act, reader):
        found[mandates.EVIDENCE] = mandates.told_to_others(found[mandates.EVIDENCE])
    return found


def may_read_reason(session: Session, act: Act, reader: Participant | None) -> bool:
    """Why it ended or was corrected, everybody was told; other reasons are words inside a party."""
    if reader is None or not act.reason or _was_told_to_all(session, act):
        return True
    return _same_party(session, act, reader)


def _was_told_to_all(session: Session, act: Act) -> bool:
    """Whether mails said why to everybody. A decline beside which others could still act ended
    nothing, and nobody heard of it."""
    if not act.accepted:
        return False
    if act.kind != ActKind.DECLINE:
        return act.kind in {ActKind.WITHDRAW, ActKind.CORRECT}
    later = select(Act.id).where(
        Act.envelope_id == act.envelope_id,
        Act.kind == ActKind.DECLINE.value,
        Act.accepted.is_(True),
        Act.answer_order > act.answer_order,
    )
    ended = session.get_one(Envelope, act.envelope_id).state == EnvelopeState.DECLINED
    return ended and session.scalar(later.limit(1)) is None


def _same_party(session: Session, act: Act, reader: Participant) -> bool:
    actor = session.get(Participant, act.participant_id) if act.participant_id else None
    return actor is not None and actor.party_id == reader.party_id
