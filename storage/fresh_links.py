"""A fresh link, asked for by its person: the holder of a link that works no more, or that is for
something which is over. While he is asked, a new link to act; once it is finished, the documents.

It goes to the registered address and nowhere else, so that an old token is worth a mail to
somebody else at most. What comes of it is told by the mail alone: the page answers everybody alike.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import utc_text
from domain.evidence import person_sha256, values_sha256
from domain.kinds import ActKind, LinkPurpose
from domain.limits import MAX_NONCE_CHARACTERS
from domain.refusals import RefusalCode
from storage import late_files, mailbox_codes, mailbox_list, tries
from storage.database import Database
from storage.locks import locked
from storage.outbox import When
from storage.shown import shown_documents, shown_sha256
from storage.standing import Holder, holder_of
from storage.tables import Act, Envelope, Link, MailboxVisit, Participant, PastLink
from storage.tries import Limit
from storage.visits import MAX_ADDRESS_CHARACTERS, MAX_AGENT_CHARACTERS, Caller

METHOD = "mailed_link"
"""He holds a token that was mailed to him once."""
MAILBOX = "mailbox"
"""He has shown that the mailbox is his (あなたの文書)."""
_HOUR = timedelta(hours=1)
LIMIT = Limit(3, _HOUR, memory=_HOUR)
"""Mails that one person may ask for."""


def post_fresh_link(
    database: Database, token_sha256: str, caller: Caller, nonce: str, when: When
) -> UUID | None:
    """What whoever holds this token asks for; `when` is the time of the POST. Returns the id of
    his act, or of the mail with the finished documents' link.

    None where nothing is to be sent: a token that never was, somebody who is not asked and is
    handed nothing, or who has asked three times within the hour. Nobody is told which.
    """
    now = when.at
    with database.transaction() as session:
        found = _link_of(session, token_sha256)
        if found is None or not 0 < len(nonce) <= MAX_NONCE_CHARACTERS:
            return None
        link, generation = found
        person = session.get_one(Participant, link.participant_id)
        # Two windows of one person are ordered here.
        if locked(session, Envelope, person.envelope_id) is None:
            return None
        known = session.scalar(select(Act).where(Act.nonce == nonce))
        if known is not None:
            return known.id if known.participant_id == person.id else None
        holder = holder_of(session, link, now)
        bucket = f"fresh:{person.id}"
        if not holder.may_act:
            return late_files.order(session, holder, nonce, (bucket, LIMIT), when)
        if tries.count(session, {bucket: LIMIT}, now).wait is not None:
            return None
        proof = {"method": METHOD, "link_generation": generation}
        return _write(session, holder, proof, caller, nonce, now)


def post_by_mailbox(  # noqa: PLR0913 - who asks, from where, for which person, when
    database: Database,
    visit: MailboxVisit,
    participant_id: UUID,
    caller: Caller,
    nonce: str,
    now: datetime,
) -> int | None:
    """The same, asked for from the list of あなたの文書. Returns the seconds to wait where the
    hour's mails are spent, else None.

    Raises LookupError for whatever is not this mailbox's, or asks nothing of its person now.
    """
    with database.transaction() as session:
        whose = select(Participant.envelope_id).where(Participant.id == participant_id)
        envelope_id = session.scalar(whose)
        if envelope_id is None or locked(session, Envelope, envelope_id) is None:
            raise LookupError(str(participant_id))
        entry = mailbox_list.entry_of(session, visit.mail, participant_id, now)
        if entry is None or not entry.asked or not 0 < len(nonce) <= MAX_NONCE_CHARACTERS:
            raise LookupError(str(participant_id))
        if session.scalar(select(Act.id).where(Act.nonce == nonce)) is not None:
            return None
        wait = tries.count(session, {f"fresh:{participant_id}": LIMIT}, now).wait
        if wait is None:
            generation = entry.holder.link.generation
            proof = {
                "method": MAILBOX,
                "link_generation": generation,
                "mailbox_visit_id": str(visit.id),
            }
            _write(session, entry.holder, proof, caller, nonce, now)
        return wait


def _link_of(session: Session, token_sha256: str) -> tuple[Link, int] | None:
    """The link that a token opened or opens, and the token's generation."""
    link = session.scalar(select(Link).where(Link.token_sha256 == token_sha256))
    if link is not None:
        return link, link.generation
    past = session.get(PastLink, token_sha256)
    link = session.get(Link, past.link_id) if past is not None else None
    return None if past is None or link is None else (link, past.generation)


def _write(  # noqa: PLR0913 - the parts of one act
    session: Session,
    holder: Holder,
    proof: Mapping[str, Any],
    caller: Caller,
    nonce: str,
    now: datetime,
) -> UUID:
    person, envelope, slot = holder.participant, holder.envelope, holder.slot
    act = Act(
        nonce=nonce,
        envelope_id=envelope.id,
        participant_id=person.id,
        kind=ActKind.FRESH_LINK.value,
        version=envelope.version,
        version_sha256=shown_sha256(shown_documents(session, envelope)),
        values_sha256=values_sha256({}),
        language=person.language,
        evidence={
            **proof,
            "address": caller.address[:MAX_ADDRESS_CHARACTERS],
            "agent": caller.agent[:MAX_AGENT_CHARACTERS],
            "at": utc_text(now),
            "link_id": str(holder.link.id),
            "target_slot_id": str(slot.id) if slot is not None else None,
            "about_id": str(person.id),
            "person_sha256": _person_sha256(nonce, person),
        },
        posted_at=now,
    )
    session.add(act)
    session.flush()
    return act.id


def _person_sha256(nonce: str, person: Participant) -> str:
    return person_sha256(nonce, person.name, person.mail, person.company)


def objection(session: Session, act: Act, envelope: Envelope) -> RefusalCode | None:
    """Why the rows say no: only the holder of a mailed token asks, or of the mailbox, and only for
    himself."""
    person = session.get(Participant, act.participant_id) if act.participant_id else None
    if person is None or person.envelope_id != envelope.id or person.left_at is not None:
        return RefusalCode.NOT_ALLOWED
    evidence = act.evidence
    link = session.scalar(
        select(Link).where(Link.participant_id == person.id, Link.purpose == LinkPurpose.ACT.value)
    )
    if link is None or evidence.get("link_id") != str(link.id):
        return RefusalCode.EVIDENCE_INCOMPLETE
    if evidence.get("about_id") != str(person.id):
        return RefusalCode.EVIDENCE_INCOMPLETE
    if evidence.get("person_sha256") != _person_sha256(act.nonce, person):
        return RefusalCode.EVIDENCE_INCOMPLETE
    if not (_was_mailed(session, link, evidence) or _has_mailbox(session, person, act)):
        return RefusalCode.EVIDENCE_INCOMPLETE
    return RefusalCode.VERSION_REPLACED if act.version != envelope.version else None


def _was_mailed(session: Session, link: Link, evidence: Mapping[str, Any]) -> bool:
    generation = evidence.get("link_generation")
    if evidence.get("method") != METHOD:
        return False
    if generation == link.generation:
        return link.token_sha256 is not None
    found = session.scalar(
        select(PastLink.generation).where(
            PastLink.link_id == link.id, PastLink.generation == generation
        )
    )
    return found is not None


def _has_mailbox(session: Session, person: Participant, act: Act) -> bool:
    """Whether the visit that the evidence names was open at the time of the POST, and is of the
    address that the link would go to."""
    named = act.evidence.get("mailbox_visit_id")
    if act.evidence.get("method") != MAILBOX or not isinstance(named, str):
        return False
    visit = session.get(MailboxVisit, UUID(named))
    if visit is None or visit.mail != mailbox_codes.normal(person.mail):
        return False
    return visit.opened_at <= act.posted_at <= (visit.ended_at or act.posted_at)
