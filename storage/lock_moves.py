"""What moved the end of a contract's retention since it was sent: its own 取引情報, and the years
that its organisation keeps things for.

A lock says until when; whoever can enter other values can open it. So the second person of a
deletion is shown each of them, and who made it shorter does not confirm.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.deals import Change, Deal
from domain.events import Event, Json, canonical, utc_text
from domain.ids import read_id
from domain.retention import Lock, Rule, lock
from storage.tables import DealChange, Envelope, LedgerEvent, Member

_DAYS = ("made_on", "received_on", "ends_on")
_OF_DEAL = (*_DAYS, "renews", "retention_years")
_OF_RULE = ("years", "month")


@dataclass(frozen=True)
class Basis:
    """What a lock is computed from."""

    rule: Rule
    deal: Deal
    ended_on: date

    @property
    def lock(self) -> Lock:
        """Until when it is kept."""
        return lock(self.rule, self.deal, self.ended_on)


@dataclass(frozen=True)
class LockMove:
    """One change that moved a lock. `member_id` None: nobody's own doing."""

    at: datetime
    member_id: UUID | None
    who: str
    reason: str
    of_rule: bool
    """It was the organisation's setting; `changes` are its `years` and `month`. Otherwise they are
    values of the contract's."""
    changes: tuple[Change, ...]
    before: date | None
    """The last day of the retention; None: as long as the contract renews by itself."""
    after: date | None

    @property
    def shorter(self) -> bool:
        """It ends earlier than it did."""
        return self.after is not None and (self.before is None or self.after < self.before)

    def opened(self, today: date) -> bool:
        """Without it the contract could not be deleted on this day."""
        return self.shorter and (self.before is None or self.before >= today)


@dataclass(frozen=True)
class _Step:
    at: datetime
    member_id: UUID | None
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    of_rule: bool

    def undone(self, basis: Basis) -> Basis:
        """As it was before; `basis` is as it was afterwards."""
        return self._with(basis, self.before)

    def done(self, basis: Basis) -> Basis:
        return self._with(basis, self.after)

    def _with(self, basis: Basis, said: dict[str, Any]) -> Basis:
        if self.of_rule:
            rule = Rule(
                said.get("years", basis.rule.years), said.get("month", basis.rule.fiscal_month)
            )
            return replace(basis, rule=rule)
        known = {name: said[name] for name in _OF_DEAL if name in said}
        days = {name: _day(known[name]) for name in _DAYS if name in known}
        return replace(basis, deal=replace(basis.deal, **(known | days)))

    @property
    def changes(self) -> tuple[Change, ...]:
        names = _OF_RULE if self.of_rule else _OF_DEAL
        both = ((name, self.before.get(name), self.after.get(name)) for name in names)
        return tuple(Change(*one) for one in both if one[1] != one[2])


def lock_moves(session: Session, envelope: Envelope, today: Basis) -> tuple[LockMove, ...]:
    """Oldest first; `today` is what holds now. A change counts by what it moved when it was made,
    and by what it would move now, so that one does not hide behind another that held longer."""
    steps = sorted((*_of_deal(session, envelope), *_of_rule(session, envelope)), key=lambda s: s.at)
    names = _names(session, steps)
    found: list[LockMove] = []
    basis = today
    for step in reversed(steps):
        after = step.done(basis)
        before = step.undone(after)
        ends = _moved((before, after), (step.undone(today), step.done(today)))
        if ends is not None:
            who = names.get(step.member_id, "") if step.member_id else ""
            found.append(
                LockMove(
                    step.at, step.member_id, who, step.reason, step.of_rule, step.changes, *ends
                )
            )
        basis = before
    return tuple(reversed(found))


def _moved(*pairs: tuple[Basis, Basis]) -> tuple[date | None, date | None] | None:
    """The ends before and after; of several the one that gave up most. None: nothing moved."""
    ends = [(first.lock.until, then.lock.until) for first, then in pairs]
    return max((one for one in ends if one[0] != one[1]), key=_given_up, default=None)


def _given_up(ends: tuple[date | None, date | None]) -> tuple[bool, date]:
    first, then = (end or date.max for end in ends)
    return then < first, first


def _of_deal(session: Session, envelope: Envelope) -> Iterator[_Step]:
    rows = session.scalars(
        select(DealChange).where(DealChange.envelope_id == envelope.id).order_by(DealChange.number)
    )
    for row in rows:
        yield _Step(row.at, row.member_id, row.reason, row.before, row.after, of_rule=False)


def _of_rule(session: Session, envelope: Envelope) -> Iterator[_Step]:
    """Since there was something to keep."""
    rows = session.scalars(
        select(LedgerEvent)
        .where(
            LedgerEvent.tag == Event.ORGANISATION_CHANGED.value,
            LedgerEvent.organisation_id == envelope.organisation_id,
            LedgerEvent.at >= (envelope.sent_at or envelope.created_at),
        )
        .order_by(LedgerEvent.sequence)
    )
    for row in rows:
        before, after = row.data.get("before"), row.data.get("after")
        if row.data.get("what") != "retention" or not before or not after:
            continue
        kind, _, key = row.actor.partition(":")
        member_id = read_id(key) if kind == "member" else None
        yield _Step(row.at, member_id, "", before, after, of_rule=True)


def _names(session: Session, steps: list[_Step]) -> dict[UUID, str]:
    ids = {step.member_id for step in steps if step.member_id is not None}
    rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def moves_as_said(moves: tuple[LockMove, ...]) -> list[Json]:
    """As a tombstone keeps them."""
    return [
        {
            "at": utc_text(one.at),
            "member": str(one.member_id) if one.member_id else None,
            "reason": one.reason,
            "of": "organisation" if one.of_rule else "contract",
            "changes": [[part.name, part.before, part.after] for part in one.changes],
            "before": one.before.isoformat() if one.before else None,
            "after": one.after.isoformat() if one.after else None,
        }
        for one in moves
    ]


def moves_digest(moves: tuple[LockMove, ...]) -> str:
    """By which a form says what its page showed; empty where nothing moved it."""
    if not moves:
        return ""
    return hashlib.sha256(canonical({"moves": moves_as_said(moves)})).hexdigest()
