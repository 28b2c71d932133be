"""Which envelopes wait for a member, as a condition of lists of envelopes. What 対応待ち shows, and
why, storage.waiting says."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from domain.waiting import Show
from storage import gates
from storage.tables import Envelope, Member, Participant, Stage
from storage.waiting import asked_of, at_gates, taking_part


def waits_for(session: Session, member: Member, now: datetime) -> ColumnElement[bool]:
    """He is asked to act there now, by himself or as a deputy, or may open the gate it is at.

    Few of many: a list is to begin with these, by whatever he takes part in.
    """
    known = taking_part(session, member)
    people = asked_of(session, member, Show.ALL, now, known)
    # Apart from the list that it narrows, whose envelopes have the same table.
    asked = people.with_only_columns(Participant.envelope_id).correlate(None)
    his = gates.waiting_for(session, member, now)
    if his is None:
        return Envelope.id.in_(asked)
    closed = at_gates(his).with_only_columns(Stage.envelope_id).correlate(None)
    return or_(Envelope.id.in_(asked), Envelope.id.in_(closed))
