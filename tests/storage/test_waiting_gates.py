"""Gates in 私の対応待ち, as rows."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.kinds import EnvelopeState, Role
from domain.lists import Asked
from domain.stages import ANY_CLERK, Opener
from domain.waiting import Show
from storage import waiting
from storage.tables import Envelope, Member
from tests.storage.test_deputies import member
from tests.storage.test_stages import ANY, begin, enter, gate_of, person
from tests.storage.test_waiting import ASKED
from tests.storage.world import Journey, World, now


def waits_for(world: World, who: UUID, show: Show = Show.ALL, asked: Asked = ASKED) -> list[UUID]:
    """Envelopes of the list, whose badge and counts say as many."""
    with world.reading() as session:
        row = session.get_one(Member, who)
        page = waiting.tasks(session, world.vault, row, show, asked, now())
        if asked is ASKED:
            assert page.total == len(page.rows) == waiting.counts(session, row, now())[show]
            counts = waiting.counts(session, row, now())
            assert counts[Show.ALL] == waiting.count(session, row, now())
        return [task.envelope.id for task in page.rows]


def at_gate(world: World, opener: Opener) -> Journey:
    return begin(world, (gate_of(opener), ANY), person("anna", 1))


def test_a_closed_gate_waits_for_who_was_named_until_it_is_opened(world: World) -> None:
    named = world.join("mayor", Role.CLERK)
    journey = at_gate(world, Opener(member_id=named))
    assert waits_for(world, named) == waits_for(world, named, Show.GATE) == [journey.envelope_id]
    assert waits_for(world, named, Show.SIGN) == waits_for(world, named, Show.APPROVE) == []
    assert waits_for(world, world.member_id) == []
    assert journey.decide(enter(world, journey, named)).accepted
    assert waits_for(world, named) == []


def test_a_gate_of_a_role_waits_for_whom_its_mail_goes_to(world: World) -> None:
    """The sender who has the role; where he has not, everybody who has."""
    other = world.join("other", Role.CLERK)
    one, two = world.join("one", Role.ADMIN), world.join("two", Role.ADMIN)
    by_clerk = at_gate(world, ANY_CLERK)
    by_admin = at_gate(world, Opener(role=Role.ADMIN))
    assert waits_for(world, world.member_id) == [by_clerk.envelope_id]
    assert waits_for(world, other) == []
    assert waits_for(world, one) == waits_for(world, two) == [by_admin.envelope_id]


@pytest.mark.parametrize("followed", [True, False])
def test_a_gate_waits_for_who_took_over_or_for_administrators(
    world: World, *, followed: bool
) -> None:
    named, heir = world.join("mayor", Role.CLERK), world.join("deputy", Role.CLERK)
    admin = world.join("chief", Role.ADMIN)
    journey = at_gate(world, Opener(member_id=named))
    world.set(Member, named, active=False, successor_id=heir if followed else None)
    assert waits_for(world, heir if followed else admin) == [journey.envelope_id]
    assert waits_for(world, admin if followed else heir) == []


def test_gates_that_nobody_may_open_now_wait_for_nobody(world: World) -> None:
    over, ended, later = (at_gate(world, ANY_CLERK) for _ in range(3))
    world.set(Envelope, over.envelope_id, deadline_at=now() - timedelta(minutes=1))
    world.set(Envelope, ended.envelope_id, state=EnvelopeState.WITHDRAWN.value)
    world.set(Envelope, later.envelope_id, state=EnvelopeState.SENDING.value)
    begin(world, (ANY, gate_of(ANY_CLERK)), person("ben", 0))
    assert waits_for(world, world.member_id) == []


def test_a_gate_stands_among_the_requests_by_its_deadline_and_is_found_by_its_title(
    world: World,
) -> None:
    boss = world.join("boss", Role.CLERK)
    signs = Journey.begin(world, member("boss"), person("b", 0))
    gate = at_gate(world, Opener(member_id=boss))
    world.set(Envelope, gate.envelope_id, deadline_at=now() + timedelta(days=1), title="橋の工事")
    assert waits_for(world, boss) == [gate.envelope_id, signs.envelope_id]
    world.set(Envelope, gate.envelope_id, deadline_at=now() + timedelta(days=99))
    assert waits_for(world, boss) == [signs.envelope_id, gate.envelope_id]
    found = Asked.read({"q": "橋"}, waiting.SORTS)
    assert waits_for(world, boss, asked=found) == [gate.envelope_id]
    with world.reading() as session:
        row = session.get_one(Member, boss)
        [task] = waiting.tasks(session, world.vault, row, Show.GATE, ASKED, now()).rows
        assert isinstance(task, waiting.GateTask)
        assert (task.stage.gate_title, task.deadline_at) == ("議決", task.envelope.deadline_at)
