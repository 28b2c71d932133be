"""私の対応待ち: the envelopes of his own organisation in which a member is asked, or whose gate he
is to open, by deadline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from domain.kinds import (
    FILLING_ACTS,
    EnvelopeState,
    FieldKind,
    HandoverPolicy,
    Language,
    LinkPurpose,
    PartyKind,
    SlotKind,
    SlotState,
)
from domain.lists import Asked, Usual
from domain.refusals import Words
from domain.waiting import Alone, Show
from runtime.telemetry import logger
from storage import factors, gates, mandates, own_side
from storage.absences import day_of
from storage.corrections import correction_before
from storage.field_rows import fields_of_slot
from storage.filling import Filling, filling_of
from storage.listing import Keys, containing, only, sorted_page
from storage.paging import Page
from storage.returns import returned_by
from storage.standing import Holder, holder_of
from storage.tables import (
    Absence,
    Act,
    Envelope,
    Link,
    LoginSession,
    Member,
    Participant,
    Party,
    Slot,
    SlotCandidate,
    Stage,
    Visit,
)
from storage.vault import Vault, VaultError
from storage.visits import Visiting, find_visit

log = logger(__name__)
LITTLE = 500
"""Envelopes that a member was ever asked in, up to which they are looked at one by one."""
PAGE_SIZE = 20
"""Of the list, and of what is acted on at once."""
SORTS: Usual = {"deadline": False, "asked": True, "title": False}
_KINDS: dict[Show, tuple[SlotKind, ...]] = {
    Show.APPROVE: (SlotKind.APPROVE, SlotKind.CONFIRM),
    Show.SIGN: (SlotKind.SIGN,),
}


_WITH_GATES = frozenset({Show.ALL, Show.GATE})


@dataclass(frozen=True)
class Task:
    """One envelope, and why it is opened by itself; None where several can be acted on at once."""

    holder: Holder
    alone: Words | None

    @property
    def key(self) -> UUID:
        """Of the participant who is asked."""
        return self.holder.participant.id

    @property
    def envelope(self) -> Envelope:
        """In which he is asked."""
        return self.holder.envelope


@dataclass(frozen=True)
class GateTask:
    """A gate that the route has come to, and that he may open."""

    envelope: Envelope
    stage: Stage
    deadline_at: datetime | None
    alone: Words = Alone.GATE

    @property
    def key(self) -> UUID:
        """Of the gate's stage."""
        return self.stage.id


def count(session: Session, member: Member, now: datetime) -> int:
    """How many wait for him. Every page says it: whoever was never asked anything costs no more
    than that is looked up."""
    known = taking_part(session, member)
    asked = _total(session, asked_of(session, member, Show.ALL, now, known)) if known != [] else 0
    return asked + _gates_total(session, member, now)


def tasks(  # noqa: PLR0913 - whose, which of them, and when
    session: Session,
    vault: Vault,
    member: Member,
    show: Show,
    asked: Asked,
    now: datetime,
) -> Page[Task | GateTask]:
    """A page of them. By deadlines, what was asked first comes first of two on the same day."""
    listed = _listed(session, member, show, asked.text, now)
    keys: Keys = {
        "deadline": (listed.c.deadline, listed.c.asked),
        "asked": (listed.c.asked,),
        "title": (listed.c.title,),
    }
    sorting = asked.sorting
    page = only(
        sorted_page(
            session, select(listed.c.id), keys, listed.c.id, sorting, asked.number, size=PAGE_SIZE
        )
    )
    found = (_task(session, vault, member, key, now) for key in page.rows)
    rows = [task for task in found if task is not None]
    return Page(rows, page.total, page.number, page.size)


def counts(session: Session, member: Member, now: datetime) -> dict[Show, int]:
    """How many each choice would show."""
    known = taking_part(session, member)
    closed = _gates_total(session, member, now)
    found: dict[Show, int] = {
        show: _total(session, asked_of(session, member, show, now, known))
        for show in Show
        if show is not Show.GATE
    }
    return {**found, Show.ALL: found[Show.ALL] + closed, Show.GATE: closed}


def member_asked(session: Session, holder: Holder) -> Member | None:
    """The member of the sending organisation who is asked, however his page was opened; None for
    people of the other side, and for whoever is no member."""
    return own_side.member_behind(session, holder.participant)


def holder_for(
    session: Session, member: Member, participant_id: UUID, now: datetime
) -> Holder | None:
    """His standing there, if it is he who is asked; None for whatever is not his."""
    link = session.scalar(
        select(Link)
        .join(Participant, Participant.id == Link.participant_id)
        .join(Party, Party.id == Participant.party_id)
        .join(Envelope, Envelope.id == Participant.envelope_id)
        .where(
            Participant.id == participant_id,
            Link.purpose == LinkPurpose.ACT.value,
            *_is_his(member),
        )
    )
    return holder_of(session, link, now) if link is not None else None


class Judged(NamedTuple):
    """Why this is opened by itself, if it is, and what shows on the pages of a signer who has
    nothing else to fill in."""

    alone: Words | None
    shows: Filling | None = None


def judge(session: Session, vault: Vault, holder: Holder, now: datetime) -> Judged:
    """By itself: the single page would ask for more than the act, tell more, or refuse."""
    person, slot = holder.participant, holder.slot
    if not holder.may_act or slot is None:
        return Judged(Alone.NOT_NOW)
    if person.handover == HandoverPolicy.DEMANDED:
        return Judged(Alone.HANDOVER)
    if factors.demanded(person):
        return Judged(Alone.FACTOR)
    if correction_before(session, holder.envelope) or returned_by(session, slot):
        return Judged(Alone.NEWS)
    if holder.slot_kind is not SlotKind.SIGN:
        return Judged(None)
    return _of_signer(session, vault, holder, now)


def _of_signer(session: Session, vault: Vault, holder: Holder, now: datetime) -> Judged:
    assert holder.slot is not None
    fields = fields_of_slot(session, holder.slot)
    if any(row.kind is not FieldKind.SIGNATURE for row in fields):
        return Judged(Alone.FIELDS)
    shows = None
    if any(row.field.rect for row in fields):
        shows = _filled(session, vault, holder)
        if shows is None or shows.problems:
            return Judged(Alone.LOOK, shows)
    gap = mandates.gap(session, holder.envelope, holder.participant, now)
    return Judged(gap, shows if gap is None else None)


def _filled(session: Session, vault: Vault, holder: Holder) -> Filling | None:
    """None where his choice cannot be read: one envelope's row takes nobody's whole list away."""
    assert holder.slot is not None
    person, language = holder.participant, Language(holder.participant.language)
    try:
        return filling_of(session, vault, holder.envelope, holder.slot, person, language)
    except VaultError as problem:
        log.warning("typed_values_unreadable", person=str(person.id), why=type(problem).__name__)
        return None


def live_visit(
    session: Session, holder: Holder, login: LoginSession, cookie_sha256: str, now: datetime
) -> Visiting | None:
    """A visit that this login opened in this browser before: what was read in it counts."""
    found = session.scalars(
        select(Visit.id)
        .where(
            Visit.participant_id == holder.participant.id,
            Visit.link_id == holder.link.id,
            Visit.login_id == login.id,
            Visit.cookie_sha256 == cookie_sha256,
            Visit.ended_at.is_(None),
        )
        .order_by(Visit.opened_at.desc(), Visit.id)
    )
    living = (find_visit(session, cookie_sha256, key, now) for key in found)
    return next((visiting for visiting in living if visiting is not None), None)


def visits_of(
    session: Session, keys: Iterable[UUID], login: LoginSession, cookie_sha256: str, now: datetime
) -> Sequence[Visiting]:
    """Those of these visits that this login opened in this browser, and that still last."""
    found = (find_visit(session, cookie_sha256, key, now) for key in keys)
    return [one for one in found if one is not None and one.visit.login_id == login.id]


def opened_by(
    session: Session, keys: Iterable[UUID], login: LoginSession, cookie_sha256: str
) -> Mapping[UUID, Participant]:
    """Whose visits these are, of those that this login opened in this browser, over or not."""
    visits = (session.get(Visit, key) for key in keys)
    return {
        visit.id: session.get_one(Participant, visit.participant_id)
        for visit in visits
        if visit is not None and visit.login_id == login.id and visit.cookie_sha256 == cookie_sha256
    }


def _task(
    session: Session, vault: Vault, member: Member, key: UUID, now: datetime
) -> Task | GateTask | None:
    stage = session.get(Stage, key)
    if stage is not None:
        envelope = session.get_one(Envelope, stage.envelope_id)
        return GateTask(envelope, stage, stage.deadline_at or envelope.deadline_at)
    holder = holder_for(session, member, key, now)
    if holder is None or not holder.may_act:
        return None
    return Task(holder, judge(session, vault, holder, now).alone)


def _listed(session: Session, member: Member, show: Show, text: str, now: datetime) -> Subquery:
    """What he is asked as a person, and gates, with what the list is sorted by."""
    titled = containing(text, Envelope.title, Envelope.number)
    parts: list[Select[*tuple[Any, ...]]] = []
    if show is not Show.GATE:
        people = asked_of(session, member, show, now, taking_part(session, member)).where(*titled)
        columns = (_deadline(), Slot.asked_at, Envelope.title)
        parts.append(_with(people, Participant.id, *(func.min(column) for column in columns)))
    his = gates.waiting_for(session, member, now) if show in _WITH_GATES else None
    if his is not None or show is Show.GATE:
        closed = at_gates(his or (false(),)).where(*titled)
        parts.append(_with(closed, Stage.id, _deadline(), Stage.opened_at, Envelope.title))
    return (union_all(*parts) if len(parts) > 1 else parts[0]).subquery()


def _with(query: Select[UUID], *columns: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - of any type
    names = ("id", "deadline", "asked", "title")
    named = (column.label(name) for column, name in zip(columns, names, strict=True))
    return query.with_only_columns(*named)


def at_gates(his: Sequence[ColumnElement[bool]]) -> Select[UUID]:
    """Ids of gates, by conditions on stages and envelopes."""
    return select(Stage.id).join(Envelope, Envelope.id == Stage.envelope_id).where(*his)


def _gates_total(session: Session, member: Member, now: datetime) -> int:
    his = gates.waiting_for(session, member, now)
    return _total(session, at_gates(his)) if his is not None else 0


def _total(session: Session, query: Select[UUID]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def asked_of(
    session: Session, member: Member, show: Show, now: datetime, known: Sequence[UUID] | None
) -> Select[UUID]:
    """Ids of participants, each once, however many slots of a stage he may fill."""
    # Whoever takes part in little is looked for by that, also where the most of what runs is
    # others'; and nobody's index of envelopes is tried before.
    narrowed = () if known is None else (Participant.id.in_(known),)
    state = Envelope.state if known is None else func.coalesce(Envelope.state, None)
    query = (
        select(Participant.id)
        .join(Party, Party.id == Participant.party_id)
        .join(Envelope, Envelope.id == Participant.envelope_id)
        .join(SlotCandidate, SlotCandidate.participant_id == Participant.id)
        .join(Slot, Slot.id == SlotCandidate.slot_id)
        .join(Stage, Stage.id == Slot.stage_id)
        .outerjoin(Absence, Absence.id == Participant.absence_id)
        .where(
            *_is_his(member),
            Participant.left_at.is_(None),
            *narrowed,
            state == EnvelopeState.RUNNING.value,
            Stage.version == Envelope.version,
            Slot.state == SlotState.ASKED.value,
            or_(_deadline().is_(None), _deadline() >= now),
            _is_due(session, member, now),
            ~_has_acted(),
        )
        .group_by(Participant.id)
    )
    if show is Show.DEPUTY:
        return query.where(Participant.deputy_of.is_not(None))
    kinds = _KINDS.get(show)
    return query.where(Slot.kind.in_([kind.value for kind in kinds])) if kinds else query


def taking_part(session: Session, member: Member) -> Sequence[UUID] | None:
    """Whatever he was ever asked, if that is little; None where what runs now is less."""
    by_address = and_(Participant.member_id.is_(None), Participant.mailbox == member.mail.lower())
    found = [
        key
        for his in (Participant.member_id == member.id, by_address)
        for key in session.scalars(select(Participant.id).where(his).limit(LITTLE + 1))
    ]
    return found if len(found) <= LITTLE else None


def _is_his(member: Member) -> tuple[ColumnElement[bool], ...]:
    """For the own side of his own organisation, by himself or by his address. What he is asked by
    others is theirs to send him."""
    # Not by an index of his: he takes part in whatever he was ever asked, and few of it still runs.
    himself = func.coalesce(Participant.member_id, None)
    address = func.coalesce(Participant.mailbox, None)
    return (
        Envelope.organisation_id == member.organisation_id,
        Party.kind == PartyKind.OWN.value,
        or_(
            himself == member.id,
            and_(himself.is_(None), address == member.mail.lower()),
        ),
    )


def _deadline() -> ColumnElement[datetime]:
    """A stage's own is never later than the envelope's."""
    return func.coalesce(Stage.deadline_at, Envelope.deadline_at)


def _is_due(session: Session, member: Member, now: datetime) -> ColumnElement[bool]:
    """A deputy is not needed any more when the absence is over."""
    today = day_of(session, member.organisation_id, now)
    holds = and_(Absence.cancelled_at.is_(None), Absence.ends_on >= today)
    return or_(Participant.absence_id.is_(None), holds)


def _has_acted() -> ColumnElement[bool]:
    """On this slot, by an act that counts or is about to be decided."""
    return exists().where(
        Act.participant_id == Participant.id,
        Act.slot_id == Slot.id,
        Act.kind.in_([kind.value for kind in FILLING_ACTS]),
        or_(Act.accepted.is_(None), Act.accepted.is_(True)),
    )
