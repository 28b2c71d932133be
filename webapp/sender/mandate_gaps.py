"""Before sending: who of the own side is asked to sign, and may not yet."""

from uuid import UUID

from sqlalchemy.orm import Session

from domain.chain_conditions import Facts
from domain.drafts import CheckedDraft
from domain.kinds import PartyKind, SlotKind
from domain.mandates import lacking
from domain.refusals import Words
from storage import mandates
from storage.people import active_members
from storage.route_plan import PlannedRoute
from webapp.login import now


def mandate_gaps(
    session: Session, organisation_id: UUID, route: PlannedRoute, draft: CheckedDraft
) -> list[tuple[str, Words]]:
    """Names, each with why; nothing where nobody looks. An authority that begins before he signs is
    early enough, so that this keeps nothing back."""
    if not mandates.looked_at(session, organisation_id, now()):
        return []
    held = mandates.held(session, organisation_id, now())
    members = {row.mail: row.id for row in active_members(session, organisation_id)}
    facts = Facts(draft.amount, draft.contract_kind)
    found = []
    for slot in (slot for stage in route.stages for slot in stage.slots):
        if slot.kind is SlotKind.SIGN and slot.person.party is PartyKind.OWN:
            member_id = slot.member_id or members.get(slot.person.mail.lower())
            own = held.get(member_id, []) if member_id else []
            if (why := lacking(own, facts)) is not None:
                found.append((slot.person.name, why))
    return found
