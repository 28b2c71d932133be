"""Who is judged as an envelope's sender: whoever presses 送信, and who made the draft.

`Envelope.created_by` is whose envelope it is: who made the draft, and from the sending on who sent
it. `drafted_by` is who made the draft, where that was somebody else.
"""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.chain_seats import Sender
from domain.kinds import ActKind, SlotKind
from storage import places
from storage.followers import follower
from storage.tables import Act, Envelope, Member, Participant, Slot, SlotCandidate, Stage


@dataclass(frozen=True)
class Senders:
    """Of a draft; the same person twice, as a rule."""

    sender: Member
    """Who sends it, or would, because he looks at it."""
    maker: Member

    @property
    def organisation_id(self) -> UUID:
        """Theirs."""
        return self.sender.organisation_id

    @property
    def mails(self) -> frozenset[str]:
        """Their addresses, in small letters."""
        return frozenset(one.mail.lower() for one in (self.sender, self.maker))

    @property
    def judged(self) -> Sender:
        """As chains know them."""
        return Sender(self.sender.id, self.sender.department_id, self.maker.id)


def senders_of(session: Session, envelope: Envelope, member: Member | None = None) -> Senders:
    """Of a draft that `member` would send; None: whoever has it."""
    owner = session.get_one(Member, envelope.created_by)
    drafted_by = envelope.drafted_by
    maker = session.get_one(Member, drafted_by) if drafted_by is not None else owner
    return Senders(member or owner, maker)


def note_sender(envelope: Envelope, member: Member) -> None:
    """From now on it is whose who sends it; who made the draft is kept beside."""
    if envelope.created_by == member.id:
        return
    envelope.drafted_by = envelope.drafted_by or envelope.created_by
    envelope.created_by = member.id


def deciding_for(session: Session, envelope: Envelope) -> frozenset[UUID]:
    """Members on whose behalf nobody else decides by way of them: who made the draft, who sent it,
    who follows it up, and who confirmed a correction."""
    corrected = session.scalars(
        select(Act.member_id).where(
            Act.envelope_id == envelope.id,
            Act.kind == ActKind.CORRECT.value,
            Act.accepted.is_not(False),
            Act.member_id.is_not(None),
        )
    )
    found = {envelope.created_by, envelope.drafted_by, follower(session, envelope).id, *corrected}
    return frozenset(one for one in found if one is not None)


def shares_a_decision(session: Session, envelope: Envelope, member: Member) -> bool:
    """Whether he is one of several of whom one approves or signs, as himself or as a deputy: the
    others can decide on what he changes."""
    mine = (
        select(SlotCandidate.slot_id)
        .join(Participant, Participant.id == SlotCandidate.participant_id)
        .where(
            Participant.envelope_id == envelope.id,
            Participant.left_at.is_(None),
            or_(Participant.member_id == member.id, Participant.mailbox == member.mail.lower()),
        )
    )
    rows = session.execute(
        select(SlotCandidate.slot_id, SlotCandidate.participant_id)
        .join(Slot, Slot.id == SlotCandidate.slot_id)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            Slot.id.in_(mine),
            Slot.kind.in_([SlotKind.APPROVE.value, SlotKind.SIGN.value]),
            Stage.version == envelope.version,
        )
    )
    people: dict[UUID, list[UUID]] = defaultdict(list)
    for slot_id, person in rows:
        people[slot_id].append(person)
    # Whoever is away and his deputy are one: nobody else decides on what he changes.
    return any(
        len(candidates) > 1 and not places.one_place(session, candidates)
        for candidates in people.values()
    )
