"""Drafts of contracts that follow a concluded one: linked to it from their first moment."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.deals import Relation
from domain.drafts import typed_draft
from domain.follow_ups import Reached, follow_up, with_last
from domain.kinds import EnvelopeState, Language
from domain.refusals import Refusal, RefusalCode
from storage import deals, drafts, own_fields
from storage.tables import Envelope, Member, Organisation, Participant, Party
from storage.template_drafts import newest_chain


def draft_after(
    session: Session, envelope: Envelope, relation: Relation, member: Member, now: datetime
) -> Envelope:
    """A new draft that names the concluded contract as the earlier one.

    Raises Refusal NOT_ALLOWED where it is not concluded.
    """
    row = deals.find(session, envelope)
    if row is None or envelope.state != EnvelopeState.DONE:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    language = Language(session.get_one(Organisation, envelope.organisation_id).language)
    before = replace(typed_draft(envelope.draft), title=envelope.title)
    before = replace(
        before,
        people=with_last(before.people, reached(session, envelope)),
        own=tuple(own_fields.values_of(session, envelope.id).items()),
        chain_id=newest_chain(session, member.organisation_id, before.chain_id),
    )
    typed = follow_up(before, deals.deal_of(row), envelope.number, relation, language=language)
    draft = drafts.create_draft(session, member, now, {"follows": envelope.id})
    drafts.save_draft(draft, typed, now)
    return draft


def reached(session: Session, envelope: Envelope) -> list[Reached]:
    """Everybody who still takes part, with the address that he was asked at last."""
    rows = session.execute(
        select(Participant, Party.kind)
        .join(Party, Party.id == Participant.party_id)
        .where(Participant.envelope_id == envelope.id, Participant.left_at.is_(None))
    )
    return [Reached((row.name, party, row.kind), row.mail, row.phone or "") for row, party in rows]
