"""Members who leave: what is theirs, who follows, and that they are out everywhere at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, or_, select, update
from sqlalchemy.orm import Session

from domain.chains import kept_recipients, kept_stages
from domain.events import Event
from domain.kinds import ENDED, IMPORTS, EnvelopeState, Role, SlotState
from domain.permissions import allowed
from storage import chains, departments, members, own_side, people
from storage.locks import locked
from storage.tables import (
    Chain,
    Department,
    Envelope,
    Member,
    Participant,
    Party,
    Slot,
    SlotCandidate,
    Stage,
    Template,
    Visit,
)

SHOWN = 50
"""Of each list; what comes after is counted."""
_OVER = frozenset({*ENDED, *IMPORTS, EnvelopeState.DRAFT})
FOLLOWING = "envelope.steer"
"""What a successor must be allowed to do."""


class NoSuccessor(Exception):
    """Nobody who may follow: no active member of the organisation with the permission, or the
    member himself."""


@dataclass(frozen=True)
class Envelopes:
    """The newest of them, and how many there are."""

    rows: Sequence[Envelope]
    total: int


@dataclass(frozen=True)
class Belongings:
    """What a member has in hand."""

    drafts: Envelopes
    sent: Envelopes
    """Under way: he gets their mails."""
    asked: Envelopes
    """He himself is asked to act."""
    gates: Envelopes
    """He alone may open what they wait for, now or later."""
    chains: Sequence[Chain]
    """Offered chains that name him."""
    headed: Sequence[Department]
    """Departments whose head he is; chains that ask their heads find nobody after him."""
    templates: int = 0
    """Templates of envelopes that he made."""

    @property
    def handed_on(self) -> bool:
        """Whether there is something for a successor."""
        return bool(self.drafts.total or self.sent.total or self.templates)


def belongings(session: Session, member: Member) -> Belongings:
    """What is his now; also of somebody who has left without a successor."""
    own = Envelope.created_by == member.id
    sent: ColumnElement[bool] = own & Envelope.state.not_in([state.value for state in _OVER])
    if not member.active and member.successor_id is not None:
        sent = false()  # it is his successor's
    return Belongings(
        drafts=_envelopes(session, own & (Envelope.state == EnvelopeState.DRAFT.value)),
        sent=_envelopes(session, sent),
        asked=_envelopes(session, Envelope.id.in_(_asked(member))),
        gates=_envelopes(session, Envelope.id.in_(_gates(member.id))),
        chains=[
            chain
            for chain in chains.newest(session, member.organisation_id, only_active=True)
            if member.id in _people_of(chain)
        ],
        headed=departments.headed_by(session, member),
        templates=session.scalar(
            select(func.count()).select_from(Template).where(Template.owner_id == member.id)
        )
        or 0,
    )


def _envelopes(session: Session, where: ColumnElement[bool]) -> Envelopes:
    query = select(Envelope).where(where)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(query.order_by(Envelope.changed_at.desc()).limit(SHOWN)).all()
    return Envelopes(rows, total)


def _asked(member: Member) -> Select[UUID]:
    return (
        select(Slot.envelope_id)
        .join(SlotCandidate, SlotCandidate.slot_id == Slot.id)
        .join(Participant, Participant.id == SlotCandidate.participant_id)
        .join(Party, Party.id == Participant.party_id)
        .join(Stage, Stage.id == Slot.stage_id)
        .join(Envelope, Envelope.id == Slot.envelope_id)
        .where(
            own_side.is_his(member),
            Participant.left_at.is_(None),
            Stage.version == Envelope.version,
            Slot.state.in_([SlotState.ASKED.value, SlotState.WAITING.value]),
            Envelope.state.not_in([state.value for state in _OVER]),
            or_(Slot.participant_id.is_(None), Slot.participant_id == Participant.id),
        )
    )


def _gates(member_id: UUID) -> Select[UUID]:
    return (
        select(Stage.envelope_id)
        .join(Envelope, Envelope.id == Stage.envelope_id)
        .where(
            Stage.gate_opener == f"member:{member_id}",
            Stage.gate_act_id.is_(None),
            Stage.version == Envelope.version,
            Envelope.state.not_in([state.value for state in _OVER]),
        )
    )


def _people_of(chain: Chain) -> set[UUID | None]:
    stages = kept_stages(chain.definition)
    slots = [slot for stage in stages for slot in stage.people]
    openers = {stage.gate.opener.member_id for stage in stages if stage.gate}
    return {slot.member_id for slot in (*slots, *kept_recipients(chain.definition))} | openers


def successors(session: Session, member: Member) -> list[Member]:
    """Who could follow him."""
    return [
        row
        for row in people.active_members(session, member.organisation_id)
        if row.id != member.id and allowed(row.roles, FOLLOWING)
    ]


def retire(  # noqa: PLR0913 - who retires whom, as seen, who follows, when
    session: Session,
    actor: Member,
    member: Member,
    seen: int,
    successor_id: UUID | None,
    now: datetime,
) -> None:
    """He is out with the next request of each of his browsers, and his mailed links open nothing.

    Raises MemberChangedMeanwhile, NoAdministratorLeft, NoDoorLeft and NoSuccessor.
    """
    row = members.begin_change(session, member, seen)
    members.keep_an_administrator(session, row, ())
    _leave(session, actor, row, _successor(session, row, successor_id), now)


def disable(session: Session, member: Member, now: datetime, *, force: bool = False) -> None:
    """The same without a successor, by whoever runs the machine; with `force` also for the only
    administrator, and the last who comes in without the identity provider. Raises
    MemberChangedMeanwhile for somebody who has left, NoAdministratorLeft and NoDoorLeft."""
    row = members.begin_change(session, member, member.revision)
    if Role.ADMIN in row.roles and not force:
        members.keep_an_administrator(session, row, ())
    _leave(session, None, row, None, now)


def _leave(
    session: Session, actor: Member | None, row: Member, successor: Member | None, now: datetime
) -> None:
    row.active, row.retired_at = False, now
    row.revision += 1
    _hand_on(session, row, successor)
    people.end_logins(session, row.id, now)
    _end_visits(session, row, now)
    data = {"successor": successor.id} if successor is not None else {}
    members.note(session, Event.MEMBER_RETIRED, actor, row, now, **data)


def follow(  # noqa: PLR0913 - who says so of whom, as seen, who follows, when
    session: Session, actor: Member, member: Member, seen: int, successor_id: UUID, now: datetime
) -> None:
    """Name who follows somebody who has left. Raises MemberChangedMeanwhile and NoSuccessor."""
    row = locked(session, Member, member.id)
    if row is None or row.active or row.revision != seen:
        raise members.MemberChangedMeanwhile
    successor = _successor(session, row, successor_id)
    row.revision += 1
    _hand_on(session, row, successor)
    members.note(session, Event.MEMBER_FOLLOWED, actor, row, now, successor=successor_id)


def _successor(session: Session, member: Member, successor_id: UUID | None) -> Member | None:
    if successor_id is None:
        return None
    for row in successors(session, member):
        if row.id == successor_id:
            return row
    raise NoSuccessor


def _hand_on(session: Session, member: Member, successor: Member | None) -> None:
    """His drafts and templates are the successor's own; for what was sent his name stays, as
    evidence does."""
    if successor is None:
        return
    member.successor_id = successor.id
    session.execute(
        update(Envelope)
        .where(Envelope.created_by == member.id, Envelope.state == EnvelopeState.DRAFT.value)
        .values(created_by=successor.id)
    )
    session.execute(
        update(Template).where(Template.owner_id == member.id).values(owner_id=successor.id)
    )


def _end_visits(session: Session, member: Member, now: datetime) -> None:
    """Pages that are open; storage.standing says of his links that they are good for nothing."""
    own = (
        select(Participant.id)
        .join(Party, Party.id == Participant.party_id)
        .join(Envelope, Envelope.id == Participant.envelope_id)
        .where(own_side.is_his(member))
    )
    session.execute(
        update(Visit)
        .where(Visit.participant_id.in_(own), Visit.ended_at.is_(None))
        .values(ended_at=now)
    )
