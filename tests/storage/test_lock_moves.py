"""Whoever makes a retention shorter confirms no deletion; the second person is shown who did."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.forms import FormProblems
from domain.kinds import EnvelopeState, Role
from storage import deals, deletions, organisations
from storage.lock_moves import LockMove, moves_digest
from storage.tables import Deal, Envelope, LedgerEvent, Member
from tests.storage.test_deletions import LATER, propose, seen_of
from tests.storage.verifying import concluded
from tests.storage.world import World, now

SOONER = datetime(2035, 6, 1, 3, tzinfo=UTC)
"""After seven years, before ten."""

Step = Callable[[World, UUID, UUID, datetime], None]


def entered(**values: Any) -> Step:
    """取引情報 of the contract are changed."""

    def step(world: World, envelope_id: UUID, by: UUID, at: datetime) -> None:
        with world.database.transaction() as session:
            row = session.get_one(Deal, envelope_id)
            deals.change(
                session, session.get_one(Envelope, envelope_id),
                replace(deals.deal_of(row), **values), member=session.get_one(Member, by),
                reason="理由", revision=row.revision, now=at,
            )  # fmt: skip

    return step


def kept(years: int) -> Step:
    """The organisation's years are changed."""

    def step(world: World, envelope_id: UUID, by: UUID, at: datetime) -> None:
        del envelope_id
        with world.database.transaction() as session:
            organisations.keep_for(session, session.get_one(Member, by), years, 4, [], at)

    return step


@pytest.fixture
def envelope_id(world: World) -> UUID:
    return concluded(world).envelope_id


@pytest.fixture
def second(world: World) -> UUID:
    return world.join("second", Role.CLERK)


@pytest.fixture
def third(world: World) -> UUID:
    return world.join("third", Role.CLERK)


def moves(world: World, envelope_id: UUID) -> tuple[LockMove, ...]:
    with world.reading() as session:
        return deletions.moves_of(session, session.get_one(Envelope, envelope_id))


def confirm(world: World, envelope_id: UUID, by: UUID, at: datetime, moved: str) -> None:
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        seen = seen_of(session, envelope)
        deletions.confirm(session, envelope, seen, session.get_one(Member, by), at, moved=moved)


def refused(world: World, envelope_id: UUID, by: UUID, at: datetime, moved: str) -> set[str]:
    with pytest.raises(FormProblems) as found:
        confirm(world, envelope_id, by, at, moved)
    return set(found.value.problems)


CASES: dict[str, tuple[Step, Step, datetime]] = {
    "30 years to none of its own": (
        entered(retention_years=30), entered(retention_years=None), LATER
    ),
    "an earlier end": (
        entered(ends_on=date(2050, 3, 31)), entered(ends_on=date(2027, 3, 31)), LATER
    ),
    "自動更新 unticked": (entered(renews=True), entered(renews=False), LATER),
    "the organisation's 10 to 7": (kept(10), kept(7), SOONER),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_whoever_made_it_shorter_may_propose_and_does_not_confirm(
    world: World, envelope_id: UUID, second: UUID, third: UUID, case: str
) -> None:
    long, short, at = CASES[case]
    long(world, envelope_id, third, now() + timedelta(days=1))
    with pytest.raises(FormProblems):
        propose(world, envelope_id, second, at)
    short(world, envelope_id, world.member_id, now() + timedelta(days=2))
    found = moves(world, envelope_id)
    assert found[-1].member_id == world.member_id
    assert found[-1].opened(at.date())
    propose(world, envelope_id, second, at)
    shown = moves_digest(found)
    assert refused(world, envelope_id, world.member_id, at, shown) == {"decision"}
    assert refused(world, envelope_id, third, at, "") == {"moves"}, "the page showed none"
    confirm(world, envelope_id, third, at, shown)
    with world.reading() as session:
        assert session.get_one(Envelope, envelope_id).state == EnvelopeState.DELETED
        stone = deletions.latest(session, session.get_one(Envelope, envelope_id))
        [event] = session.query(LedgerEvent).filter_by(tag="deletion:confirmed")
        assert deletions.moves_of(session, session.get_one(Envelope, envelope_id)) == found
    assert event.data["shortened_by"] == [str(world.member_id)]
    assert stone is not None
    assert stone.row.tombstone is not None
    assert stone.row.tombstone["lock_moves"][-1]["member"] == str(world.member_id)


def test_who_shortened_it_may_propose_and_another_confirms(
    world: World, envelope_id: UUID, second: UUID
) -> None:
    entered(retention_years=30)(world, envelope_id, world.member_id, now())
    entered(retention_years=None)(world, envelope_id, world.member_id, now())
    propose(world, envelope_id, world.member_id)
    confirm(world, envelope_id, second, LATER, moves_digest(moves(world, envelope_id)))


def test_what_would_be_over_anyway_holds_nobody_back(
    world: World, envelope_id: UUID, second: UUID
) -> None:
    """Eleven years, shortened to ten; thirteen have passed."""
    entered(retention_years=11)(world, envelope_id, second, now())
    entered(retention_years=None)(world, envelope_id, second, now())
    found = moves(world, envelope_id)
    assert [one.shorter for one in found] == [False, True]
    propose(world, envelope_id, world.member_id)
    confirm(world, envelope_id, second, LATER, moves_digest(found))


def test_a_change_does_not_hide_behind_another_that_held_longer(
    world: World, envelope_id: UUID, second: UUID, third: UUID
) -> None:
    """The organisation's years fell while the contract's own thirty held; then those fell."""
    entered(retention_years=30)(world, envelope_id, third, now())
    kept(7)(world, envelope_id, second, now() + timedelta(days=1))
    entered(retention_years=None)(world, envelope_id, third, now() + timedelta(days=2))
    propose(world, envelope_id, world.member_id, SOONER)
    shown = moves_digest(moves(world, envelope_id))
    for one in (second, third):
        assert refused(world, envelope_id, one, SOONER, shown) == {"decision"}


def test_what_moves_no_end_is_not_shown(world: World, envelope_id: UUID) -> None:
    entered(amount=1)(world, envelope_id, world.member_id, now())
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        organisations.keep_for(session, member, 10, 4, ["12-31"], now())
    assert moves(world, envelope_id) == ()
