"""A completed document's fresher archive data: planned, started once, stored, postponed."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.events import Event
from domain.kinds import RENEWAL_INVALID, HindranceKind, RevisionKind
from domain.messages import Ending, HindranceChange
from domain.refusals import Refusal
from storage.desks import StaleBase
from storage.desks.relay import StoredRelayDesk
from storage.tables import Document, Hindrance, OutboxItem, Revision
from tests.storage.world import Journey, World, now, person


def archived(world: World, *, fresher: bool = True) -> tuple[Journey, UUID]:
    """An envelope whose only document was archived, with a plan for fresher data."""
    journey = Journey.begin(world, person("a"))
    journey.sign("a")
    [task] = world.archive.unarchived(journey.envelope_id)
    moment = now() + timedelta(days=7) if fresher else None
    world.archive.store_archive(task.document_id, task.revision_id, b"% DSS\n", moment)
    return journey, task.document_id


def newest(world: World, document_id: UUID) -> Revision:
    with world.reading() as session:
        return session.scalars(
            select(Revision)
            .where(Revision.document_id == document_id)
            .order_by(Revision.version.desc(), Revision.number.desc())
        ).all()[0]


def starts(world: World) -> list[UUID]:
    desk = StoredRelayDesk(world.database)
    return [item.subject_id for item in desk.starts(50) if item.kind == "archive"]


def test_the_start_is_committed_with_the_archive_revision_and_only_once(world: World) -> None:
    journey, document_id = archived(world)
    assert starts(world) == [document_id]
    base = newest(world, document_id)
    again = world.archive.store_archive(document_id, base.id, b"% DSS\n", now())
    assert again == base.id
    with world.reading() as session:
        assert session.query(OutboxItem).filter_by(kind="archive").count() == 1
        planned = session.get_one(Document, document_id).fresher_at
    assert planned is not None
    assert planned > now()
    assert world.tags(journey.envelope_id).count(Event.ARCHIVE_PLANNED) == 1


def test_nothing_is_planned_when_the_data_are_fresh(world: World) -> None:
    journey, document_id = archived(world, fresher=False)
    assert starts(world) == []
    assert world.archive.renewal(document_id) is None
    assert Event.ARCHIVE_PLANNED not in world.tags(journey.envelope_id)


def test_completion_does_not_wait_for_fresher_data(world: World) -> None:
    journey, _ = archived(world)
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    assert Event.ENVELOPE_COMPLETED in world.tags(journey.envelope_id)
    assert world.archive.unarchived(journey.envelope_id) == ()


def test_a_renewal_is_one_more_archive_revision_with_the_same_signatures(world: World) -> None:
    journey, document_id = archived(world)
    journey.complete()
    first = newest(world, document_id)
    task = world.archive.renewal(document_id)
    assert task is not None
    assert (task.revision_id, task.signature_fields) == (first.id, ("FIELD_0001",))
    stored = world.archive.store_renewal(document_id, first.id, b"% DSS 2\n", None)
    second = newest(world, document_id)
    assert (second.id, second.number, second.kind) == (
        stored,
        first.number + 1,
        RevisionKind.ARCHIVE,
    )
    before, after = (world.archive.read_revision(row.id) for row in (first, second))
    assert after == before + b"% DSS 2\n"
    assert world.archive.renewal(document_id) is None
    assert Event.ARCHIVE_RENEWED in world.tags(journey.envelope_id)


def test_a_renewal_on_old_bytes_is_not_stored(world: World) -> None:
    _, document_id = archived(world)
    with pytest.raises(StaleBase):
        world.archive.store_renewal(document_id, uuid4(), b"% DSS 2\n", None)


def test_a_document_that_is_not_archived_is_not_renewed(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    [document_id] = world.documents(journey.envelope_id)
    assert world.archive.renewal(document_id) is None
    with world.database.transaction() as session:
        session.get_one(Document, document_id).fresher_at = now()
    with pytest.raises(Refusal, match="not_allowed"):
        world.archive.renewal(document_id)
    with pytest.raises(Refusal, match="not_allowed"):
        world.archive.store_renewal(document_id, uuid4(), b"x", None)


def test_a_document_that_nobody_knows_has_no_plan(world: World) -> None:
    assert world.archive.renewal(uuid4()) is None


def open_problems(world: World, envelope_id: UUID) -> list[str]:
    with world.reading() as session:
        found = select(Hindrance.reason).where(
            Hindrance.envelope_id == envelope_id,
            Hindrance.kind == HindranceKind.OPERATOR.value,
            Hindrance.ended_at.is_(None),
        )
        return list(session.scalars(found))


def test_a_problem_is_shown_to_operators_until_a_later_renewal_succeeds(world: World) -> None:
    journey, document_id = archived(world)
    journey.complete()
    later = now() + timedelta(days=1)
    for _ in range(3):
        assert world.archive.postpone_renewal(document_id, later, "revoked") == later
    world.archive.postpone_renewal(document_id, later)
    task = world.archive.renewal(document_id)
    assert task is not None
    assert task.fresher_at == later
    assert open_problems(world, journey.envelope_id) == [f"{RENEWAL_INVALID}:{document_id}"]
    assert world.tags(journey.envelope_id).count(Event.OPERATOR_NEEDED) == 1
    base = world.archive.store_renewal(document_id, task.revision_id, b"% DSS 2\n", later)
    assert open_problems(world, journey.envelope_id) == []
    world.archive.postpone_renewal(document_id, later, "revoked")
    assert len(open_problems(world, journey.envelope_id)) == 1
    assert world.tags(journey.envelope_id).count(Event.OPERATOR_NEEDED) == 2
    world.archive.store_renewal(document_id, base, b"% DSS 3\n", None)
    assert open_problems(world, journey.envelope_id) == []


def test_a_step_that_goes_on_ends_no_problem_of_a_renewal_and_is_shown_beside_it(
    world: World,
) -> None:
    journey, document_id = archived(world)
    world.archive.postpone_renewal(document_id, now() + timedelta(days=1), "revoked")
    step = {"envelope_id": journey.envelope_id, "kind": HindranceKind.OPERATOR, "reason": "x"}
    world.envelopes.hinder(HindranceChange(**step, begins=True))
    assert len(open_problems(world, journey.envelope_id)) == 2
    world.envelopes.hinder(HindranceChange(**step, begins=False))
    assert open_problems(world, journey.envelope_id) == [f"{RENEWAL_INVALID}:{document_id}"]
