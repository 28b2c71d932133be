"""Checks and renewals whose workflow was lost are ordered again, and only those."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.kinds import EnvelopeState
from storage.lost_orders import CHECKED_WITHIN, RENEWED_WITHIN, order_all
from storage.tables import Document, Envelope, MemberSeal, OutboxItem, Stamp
from tests.storage.verifying import concluded
from tests.storage.world import World, now

MINUTE = timedelta(minutes=1)


def ordered(world: World, minutes: float = 10) -> dict[str, int]:
    return dict(order_all(world.database, now() + minutes * MINUTE))


def start_all(world: World) -> list[tuple[str, UUID]]:
    """What the relay starts now."""
    entries = world.relay.starts(100)
    for entry in entries:
        world.relay.started(entry.item_id)
    return [(entry.kind, entry.subject_id) for entry in entries]


def waiting_document(world: World) -> UUID:
    """Uploaded; its check was started, and came to nothing."""
    document_id = world.upload(world.draft(0), "契約書.pdf", b"%PDF-1.7 x")
    assert ("intake", document_id) in start_all(world)
    return document_id


def test_a_document_without_an_answer_is_checked_again(world: World) -> None:
    document_id = waiting_document(world)
    assert ordered(world, CHECKED_WITHIN / MINUTE - 1) == {}
    assert ordered(world) == {"intake": 1}
    assert ordered(world) == {}  # it waits for the relay
    assert start_all(world) == [("intake", document_id)]


@pytest.mark.parametrize(
    "answer",
    [
        lambda world, key: world.set(Document, key, state="ready"),
        lambda world, key: world.set(Document, key, removed_at=now()),
        lambda world, key: world.set(
            Envelope, envelope_of(world, key), state=EnvelopeState.DISCARDED.value
        ),
    ],
)
def test_what_has_its_answer_or_needs_none_is_left_alone(
    world: World, answer: Callable[[World, UUID], None]
) -> None:
    answer(world, waiting_document(world))
    assert ordered(world) == {}


def test_a_repair_is_ordered_again_as_a_repair(world: World) -> None:
    document_id = waiting_document(world)
    world.set(Document, document_id, repair_agreed_at=now())
    order(world, "repair", document_id)
    assert ordered(world) == {"repair": 1}
    assert start_all(world) == [("repair", document_id)]


@pytest.mark.parametrize("table", [Stamp, MemberSeal])
def test_a_stamp_without_an_answer_is_cleaned_again(
    world: World, table: type[Stamp] | type[MemberSeal]
) -> None:
    envelope_id = concluded(world).envelope_id
    start_all(world)
    key = uuid4()
    owner = (
        {"participant_id": world.participant(envelope_id, "a").id}
        if table is Stamp
        else {"member_id": world.member_id}
    )
    with world.database.transaction() as session:
        session.add(table(id=key, size=1, created_at=now(), **owner))
    order(world, "stamp", key)
    assert ordered(world) == {"stamp": 1}
    assert start_all(world) == [("stamp", key)]
    world.set(table, key, state="ready")
    assert ordered(world) == {}


def test_a_renewal_that_is_overdue_is_ordered_again_and_no_deleted_one(world: World) -> None:
    envelope_id = concluded(world).envelope_id
    [document_id] = world.documents(envelope_id)
    start_all(world)
    order(world, "archive", document_id)
    world.set(Document, document_id, fresher_at=now())
    late = RENEWED_WITHIN / MINUTE
    assert ordered(world, late - 1) == {}
    assert ordered(world, late + 1) == {"archive": 1}
    assert start_all(world) == [("archive", document_id)]
    assert world.archive.renewal(document_id) is not None
    world.set(Envelope, envelope_id, state=EnvelopeState.DELETED.value)
    assert ordered(world, late + 1) == {}
    assert world.archive.renewal(document_id) is None


def order(world: World, kind: str, subject_id: UUID) -> None:
    """Ordered and started."""
    at = now()
    with world.database.transaction() as session:
        session.add(OutboxItem(kind=kind, subject_id=subject_id, created_at=at, done_at=at))


def envelope_of(world: World, document_id: UUID) -> UUID:
    with world.reading() as session:
        query = select(Document.envelope_id).where(Document.id == document_id)
        return session.scalars(query).one()
