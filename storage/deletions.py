"""Deletion of what has ended, by two people, once its retention is over.

The second person's confirmation is the deletion: from then on nobody is shown anything but what it
was. Keys and bytes go right after, by a workflow (storage.desks.deletions) that goes on wherever it
was killed.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from domain.deals import Deal as DealValues
from domain.events import Event, canonical, utc_text
from domain.forms import FormProblems, check_text
from domain.kinds import ENDED, EnvelopeState
from domain.limits import MAX_REASON_CHARACTERS
from domain.lists import Asked, Usual
from domain.retention import (
    HANGING,
    MOVED,
    NO_REASON,
    NO_REFUSAL_REASON,
    SAME_PERSON,
    SHORTENED_BY_SAME,
    STILL_LOCKED,
    Decision,
    Lock,
    Rule,
)
from storage import deals, disclosures, ledger
from storage.dependents import Dependent, as_said, dependents, digest
from storage.listing import Keys, containing, sorted_page
from storage.lock_moves import Basis, LockMove, lock_moves, moves_as_said, moves_digest
from storage.locks import locked
from storage.paging import Page
from storage.tables import (
    Deal,
    Deletion,
    Document,
    Envelope,
    Imported,
    Member,
    Organisation,
    OutboxItem,
    Revision,
)

DELETION = "deletion"
"""Kind of the outbox item that has keys and bytes removed."""
SORTS: Usual = {"proposed": True, "title": False, "decided": True}


class NothingToDecide(Exception):
    """It was decided already, or nobody proposed anything."""


@dataclass(frozen=True)
class Proposal:
    """A deletion, with the names of both people."""

    row: Deletion
    envelope: Envelope
    proposed_by: str
    decided_by: str

    @property
    def decision(self) -> Decision | None:
        """None: it waits."""
        return Decision(self.row.decision) if self.row.decision else None


def rule_of(session: Session, organisation_id: UUID) -> Rule:
    """What the organisation has decided."""
    row = session.get_one(Organisation, organisation_id)
    return Rule(row.retention_years, row.fiscal_month)


def lock_of(session: Session, envelope: Envelope) -> Lock | None:
    """Until when it is kept; None for what has not ended, which nobody deletes at all."""
    basis = _basis(session, envelope) if EnvelopeState(envelope.state) in ENDED else None
    return basis.lock if basis is not None else None


def moves_of(session: Session, envelope: Envelope) -> tuple[LockMove, ...]:
    """What moved the end of its retention, oldest first; also of what was deleted since."""
    basis = _basis(session, envelope)
    return lock_moves(session, envelope, basis) if basis is not None else ()


def openers(moves: tuple[LockMove, ...], today: date) -> frozenset[UUID]:
    """Whoever made it so short that it may be deleted on this day: they confirm no deletion."""
    return frozenset(
        one.member_id for one in moves if one.member_id is not None and one.opened(today)
    )


def _basis(session: Session, envelope: Envelope) -> Basis | None:
    if envelope.ended_at is None:
        return None
    row = session.get(Deal, envelope.id)
    values = deals.deal_of(row) if row is not None else DealValues()
    ended_on = _day_of(session, envelope, envelope.ended_at)
    return Basis(rule_of(session, envelope.organisation_id), values, ended_on)


def _day_of(session: Session, envelope: Envelope, moment: datetime) -> date:
    zone = ZoneInfo(session.get_one(Organisation, envelope.organisation_id).zone)
    return moment.astimezone(zone).date()


def propose(  # noqa: PLR0913 - what was read, why, who, when
    session: Session,
    envelope: Envelope,
    reason: str,
    member: Member,
    now: datetime,
    hanging: str = "",
) -> Deletion:
    """Ask for a second person. What waits for one already is not asked for twice. `hanging` is the
    digest of what hangs on it, as the page showed it.

    Raises FormProblems: no reason, its retention has not ended, or something else hangs on it.
    """
    text = check_text("reason", reason, MAX_REASON_CHARACTERS, NO_REASON)
    envelope = _locked(session, envelope)
    until = _free(session, envelope, now)
    hangs = _read(session, envelope, hanging)
    waiting = _waiting(session, envelope)
    if waiting is not None:
        return waiting
    row = Deletion(
        organisation_id=envelope.organisation_id,
        envelope_id=envelope.id,
        proposed_by=member.id,
        proposed_at=now,
        reason=text,
        locked_until=until,
    )
    session.add(row)
    session.flush()
    data = {"deletion": row.id, "reason": _sha256(text), "locked_until": until.isoformat()}
    data |= {"dependents": [one.envelope.id for one in hangs]} if hangs else {}
    _note(session, Event.DELETION_PROPOSED, envelope, member, now, data)
    return row


def confirm(  # noqa: PLR0913 - what was read, who, when
    session: Session,
    envelope: Envelope,
    seen: UUID | None,
    member: Member,
    now: datetime,
    hanging: str = "",
    moved: str = "",
) -> Deletion:
    """Delete it, by the proposal that was read (`seen`), with what hung on it (`hanging`) and what
    had moved the end of its retention (`moved`), as digests. Raises FormProblems: the same person,
    one who made the retention shorter, it was made longer since, or something else hangs on it or
    moved it; NothingToDecide."""
    envelope = _locked(session, envelope)
    locked(session, Deal, envelope.id)  # what is changed meanwhile counts, or comes too late
    row = _proposed(session, envelope, seen)
    if row.proposed_by == member.id:
        raise FormProblems({"decision": SAME_PERSON})
    _free(session, envelope, now)
    hangs = _read(session, envelope, hanging)
    moves = moves_of(session, envelope)
    shortened = openers(moves, _day_of(session, envelope, now))
    if member.id in shortened:
        raise FormProblems({"decision": SHORTENED_BY_SAME})
    if moves_digest(moves) != moved:
        raise FormProblems({"moves": MOVED})
    row.decision, row.decided_by, row.decided_at = Decision.CONFIRMED.value, member.id, now
    row.tombstone = _tombstone(session, envelope) | {
        "dependents": as_said(hangs),
        "lock_moves": moves_as_said(moves),
    }
    row.tombstone_sha256 = hashlib.sha256(canonical(row.tombstone)).hexdigest()
    envelope.state, envelope.changed_at = EnvelopeState.DELETED.value, now
    for document in session.scalars(select(Document).where(Document.envelope_id == envelope.id)):
        # No search, reader or check asks the vault for what is about to go.
        document.text_blob_id, document.thumbnail_blob_ids = None, []
        document.found_blob_id = None
        document.fresher_at = None  # nor any archive for newer data
    disclosures.end_with(session, envelope.id, now)
    session.add(OutboxItem(kind=DELETION, subject_id=row.id, created_at=now))
    session.flush()
    data = {
        "deletion": row.id,
        "proposed_by": row.proposed_by,
        "reason": _sha256(row.reason),
        "tombstone_sha256": row.tombstone_sha256,
        "documents": [
            {"document": document["id"], "sha256": document["sha256"]}
            for document in row.tombstone["documents"]
        ],
    }
    data |= {"shortened_by": sorted(map(str, shortened))} if shortened else {}
    _note(session, Event.DELETION_CONFIRMED, envelope, member, now, data)
    return row


def refuse(  # noqa: PLR0913 - what was read, why, who, when
    session: Session,
    envelope: Envelope,
    seen: UUID | None,
    reason: str,
    member: Member,
    now: datetime,
) -> Deletion:
    """Keep it: another says why, whoever proposed it takes it back without a word. Raises
    FormProblems, NothingToDecide."""
    envelope = _locked(session, envelope)
    row = _proposed(session, envelope, seen)
    own = row.proposed_by == member.id
    missing = None if own else NO_REFUSAL_REASON
    text = check_text("decision_reason", reason, MAX_REASON_CHARACTERS, missing)
    decision = Decision.TAKEN_BACK if own else Decision.REFUSED
    row.decision, row.decided_by, row.decided_at = decision.value, member.id, now
    row.decision_reason = text
    session.flush()
    data = {"deletion": row.id, "decision": decision, "reason": _sha256(text) if text else ""}
    _note(session, Event.DELETION_REFUSED, envelope, member, now, data)
    return row


def _locked(session: Session, envelope: Envelope) -> Envelope:
    row = locked(session, Envelope, envelope.id)
    assert row is not None
    return row


def _read(session: Session, envelope: Envelope, hanging: str) -> tuple[Dependent, ...]:
    """What hangs on it, if that is what the page showed. Raises FormProblems where it is not."""
    found = dependents(session, envelope)
    if digest(found) != hanging:
        raise FormProblems({"hanging": HANGING})
    return found


def _free(session: Session, envelope: Envelope, now: datetime) -> Any:  # noqa: ANN401 - a date
    """The last day of its retention, which is over. Raises FormProblems."""
    found = lock_of(session, envelope)
    gone = envelope.state == EnvelopeState.DELETED
    if gone or found is None or not found.free(_day_of(session, envelope, now)):
        raise FormProblems({"reason": STILL_LOCKED})
    return found.until


def _proposed(session: Session, envelope: Envelope, seen: UUID | None) -> Deletion:
    """The proposal that waits; `seen` is the one that was read."""
    row = _waiting(session, envelope)
    if row is None or row.id != seen or envelope.state == EnvelopeState.DELETED:
        raise NothingToDecide
    return row


def _waiting(session: Session, envelope: Envelope) -> Deletion | None:
    return session.scalar(
        select(Deletion).where(Deletion.envelope_id == envelope.id, Deletion.decision.is_(None))
    )


def _tombstone(session: Session, envelope: Envelope) -> dict[str, Any]:
    """What it was: enough to know a copy of it again, and nothing of its content."""
    documents = session.scalars(
        select(Document)
        .where(Document.envelope_id == envelope.id, Document.removed_at.is_(None))
        .order_by(Document.position, Document.from_version)
    ).all()
    deal = session.get(Deal, envelope.id)
    imported = session.get(Imported, envelope.id)
    return {
        "number": envelope.number,
        "title": envelope.title,
        "origin": envelope.origin,
        "state": envelope.state,
        "ended_at": utc_text(envelope.ended_at) if envelope.ended_at else None,
        "deal": deals.deal_of(deal).as_json() if deal is not None else None,
        "token_sha256": hashlib.sha256(imported.token).hexdigest()
        if imported is not None and imported.token
        else None,
        "documents": [
            {
                "id": str(document.id),
                "title": document.title,
                "file_name": document.file_name,
                "pages": document.pages,
                "sha256": _newest(session, document),
            }
            for document in documents
        ],
    }


def _newest(session: Session, document: Document) -> str:
    """Of the finished bytes."""
    found = session.scalar(
        select(Revision.sha256)
        .where(Revision.document_id == document.id)
        .order_by(Revision.version.desc(), Revision.number.desc())
        .limit(1)
    )
    return found or document.sha256 or ""


def latest(session: Session, envelope: Envelope) -> Proposal | None:
    """The newest proposal of an envelope."""
    query = _proposals(envelope.organisation_id).where(Deletion.envelope_id == envelope.id)
    found = session.execute(query.limit(1)).first()
    return _proposal(*found) if found else None


def page_of(
    session: Session, organisation_id: UUID, asked: Asked, *, waiting: bool
) -> Page[Proposal]:
    """A page of an organisation's proposals; `waiting`: for a second person."""
    query = _proposals(organisation_id).where(
        *containing(asked.text, Envelope.title, Envelope.number)
    )
    if waiting:
        query = query.where(Deletion.decision.is_(None))
    keys: Keys = {
        "proposed": (Deletion.proposed_at,),
        "title": (Envelope.title,),
        "decided": (Deletion.decided_at, Deletion.proposed_at),
    }
    page = sorted_page(session, query, keys, Deletion.id, asked.sorting, asked.number)
    return Page([_proposal(*row) for row in page.rows], page.total, page.number, page.size)


def _proposals(organisation_id: UUID) -> Select[Deletion, Envelope, str, str | None]:
    first, second = aliased(Member), aliased(Member)
    return (
        select(Deletion, Envelope, first.name, second.name)
        .join(Envelope, Envelope.id == Deletion.envelope_id)
        .join(first, first.id == Deletion.proposed_by)
        .outerjoin(second, second.id == Deletion.decided_by)
        .where(Deletion.organisation_id == organisation_id)
        .order_by(Deletion.proposed_at.desc(), Deletion.id)
    )


def _proposal(row: Deletion, envelope: Envelope, first: str, second: str | None) -> Proposal:
    return Proposal(row, envelope, first, second or "")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _note(  # noqa: PLR0913 - the parts of one event
    session: Session,
    tag: Event,
    envelope: Envelope,
    member: Member,
    now: datetime,
    data: dict[str, Any],
) -> None:
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{member.id}",
        envelope_id=envelope.id,
        organisation_id=envelope.organisation_id,
        data=data,
    )
