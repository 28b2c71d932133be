"""The outbox: what was committed is carried, oldest first, until it has been."""

import pytest

from storage.tables import OutboxItem
from tests.storage.world import World, column, person


def test_starts_come_oldest_first_and_until_they_are_done(world: World) -> None:
    envelope_id = world.send(person("a"))
    [document_id] = world.documents(envelope_id)
    intake, envelope = world.relay.starts(10)
    assert (intake.kind, intake.subject_id) == ("intake", document_id)
    assert (envelope.kind, envelope.subject_id) == ("envelope", envelope_id)
    assert world.relay.starts(1) == (intake,)
    for _ in range(2):
        world.relay.started(intake.item_id)
    assert world.relay.starts(10) == (envelope,)


def test_a_start_that_fails_is_tried_again_after_the_others(world: World) -> None:
    world.send(person("a"))
    first, second = world.relay.starts(10)
    world.relay.start_failed(first.item_id, "UNAVAILABLE")
    assert world.relay.starts(10) == (second, first)
    assert column(world, OutboxItem, first.item_id, "attempts") == 1
    assert column(world, OutboxItem, first.item_id, "last_error") == "UNAVAILABLE"


def test_an_unknown_item_is_an_error(world: World) -> None:
    with pytest.raises(LookupError):
        world.relay.started(world.member_id)
