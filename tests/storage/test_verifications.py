"""期間検証 as rows, on both databases."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.deals import Deal
from domain.findings import Finding
from domain.lists import Asked
from domain.ports.verification import Kept
from domain.verification import Basis, Period
from storage import deals, verifications
from storage.desks.verification import StoredVerificationDesk
from storage.tables import (
    Deal as DealRow,
)
from storage.tables import (
    Document,
    Envelope,
    LedgerEvent,
    Member,
    OperationEntry,
    OutboxItem,
    Revision,
    Verification,
)
from tests.storage.verifying import (
    YEAR,
    Believer,
    asked,
    carried_out,
    concluded,
    found,
    newest_file,
    number,
    run_of,
)
from tests.storage.world import Journey, World, now, person

DAY = date(2026, 4, 1)


def enter(world: World, journey: Journey, made_on: date) -> None:
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        row = deals.find(session, envelope)
        assert row is not None
        deals.change(
            session, envelope, Deal(made_on=made_on, partner="青山建設"),
            member=session.get_one(Member, world.member_id), reason="転記",
            revision=row.revision, now=now(),
        )  # fmt: skip


def alter(world: World, journey: Journey) -> None:
    """One bit of the file on the disk."""
    path = newest_file(world, journey)
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


def test_everything_concluded_is_verified_and_what_is_under_way_is_not(world: World) -> None:
    journeys = [concluded(world), concluded(world)]
    Journey.begin(world, person("b"))
    run_id = asked(world)
    believer = carried_out(world, run_id)
    assert found(world, run_id) == {number(world, one): () for one in journeys}
    run = run_of(world, run_id)
    assert (run.documents, run.checked, run.problems) == (2, 2, 0)
    assert run.chains is not None
    assert run.chains["ledger_intact"]
    assert run.chains["log_intact"]
    with world.reading() as session:
        assert run.report_blob_id is not None
        assert world.vault.read(session, run.report_blob_id).startswith("あおば市".encode())
        tags = session.scalars(select(OperationEntry.tag)).all()
        done = session.scalars(
            select(LedgerEvent).where(LedgerEvent.tag == "verification:finished")
        ).one()
    assert {"verification:asked", "verification:finished"} <= set(tags)
    assert done.data["report_sha256"] == run.report_sha256
    assert len(set(believer.judged)) == 2


def test_one_altered_file_is_found_and_named(world: World) -> None:
    good, bad = concluded(world), concluded(world)
    alter(world, bad)
    run_id = asked(world)
    carried_out(world, run_id)
    assert found(world, run_id) == {
        number(world, good): (),
        number(world, bad): (Finding.BLOB_ALTERED,),
    }
    run = run_of(world, run_id)
    assert (run.checked, run.problems) == (2, 1)
    with world.reading() as session:
        known = verifications.find(session, world.organisation_id, run_id)
        assert known is not None
        assert not known.good
        page = verifications.lines_page(
            session, known, Asked.read({}, verifications.LINE_SORTS), wrong=True
        )
    assert [line.number for line in page.rows] == [number(world, bad)]


def test_what_is_gone_is_found_too(world: World) -> None:
    lost, rowless = concluded(world), concluded(world)
    newest_file(world, lost).unlink()
    with world.database.transaction() as session:
        of = select(Document.id).where(Document.envelope_id == rowless.envelope_id)
        version = session.get_one(Envelope, rowless.envelope_id).version
        session.execute(
            update(Revision)
            .where(Revision.document_id.in_(of.scalar_subquery()), Revision.version == version)
            .values(version=version + 7)
        )
    run_id = asked(world)
    carried_out(world, run_id)
    assert found(world, run_id) == {
        number(world, lost): (Finding.BLOB_MISSING,),
        number(world, rowless): (Finding.BLOB_MISSING,),
    }


def test_a_ledger_event_that_is_gone_is_found_with_its_envelope(world: World) -> None:
    good, bad = concluded(world), concluded(world)
    world.disarm()
    disarmed = "ALTER TABLE ledger_events DISABLE TRIGGER USER"
    if world.database.engine.dialect.name == "postgresql":
        with world.database.engine.begin() as connection:
            connection.exec_driver_sql(disarmed)
    with world.database.transaction() as session:
        session.execute(
            update(LedgerEvent)
            .where(LedgerEvent.envelope_id == bad.envelope_id, LedgerEvent.envelope_sequence == 2)
            .values(actor="member:nobody")
        )
    run_id = asked(world)
    carried_out(world, run_id)
    seen = found(world, run_id)
    assert Finding.LEDGER_BROKEN in seen[number(world, bad)]
    assert seen[number(world, good)] == ()
    run = run_of(world, run_id)
    assert run.chains is not None
    assert not run.chains["ledger_intact"]


def test_a_row_that_refers_to_one_that_is_gone_is_a_finding_and_not_tried_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = concluded(world)

    def damaged(session: Session, *_: object, **__: object) -> None:
        session.get_one(Envelope, uuid4())

    monkeypatch.setattr("storage.desks.verification.evidence_record", damaged)
    kept = StoredVerificationDesk(world.database, world.vault).kept(journey.envelope_id)
    assert kept == Kept(None, chained=True)


def test_the_period_counts_the_day_that_was_asked_for(world: World) -> None:
    first, second = concluded(world), concluded(world)
    enter(world, first, DAY)
    enter(world, second, DAY + timedelta(days=1))
    run_id = asked(world, Period(Basis.MADE_ON, DAY, DAY))
    carried_out(world, run_id)
    assert set(found(world, run_id)) == {number(world, first)}
    # Whoever empties a date does not take the document out of the run.
    world.set(DealRow, second.envelope_id, made_on=None)
    world.set(Envelope, second.envelope_id, ended_at=datetime(2026, 3, 31, 15, 30, tzinfo=UTC))
    run_id = asked(world, Period(Basis.MADE_ON, DAY, DAY))
    carried_out(world, run_id)
    assert set(found(world, run_id)) == {number(world, first), number(world, second)}
    # 15:30 UTC on 31 March is the first of April in the organisation's zone
    world.set(Envelope, second.envelope_id, ended_at=datetime(2026, 3, 31, 15, 30, tzinfo=UTC))
    run_id = asked(world, Period(Basis.CONCLUDED, DAY, DAY))
    carried_out(world, run_id)
    assert set(found(world, run_id)) == {number(world, second)}


def test_a_step_that_is_repeated_verifies_nothing_twice(world: World) -> None:
    concluded(world)
    run_id = asked(world)
    believer = carried_out(world, run_id)
    before = run_of(world, run_id)
    carried_out(world, run_id, believer)
    after = run_of(world, run_id)
    assert len(believer.judged) == 1
    assert (after.checked, after.finished_at) == (before.checked, before.finished_at)


def test_a_killed_step_goes_on_behind_what_it_kept(world: World) -> None:
    for _ in range(3):
        concluded(world)
    run_id = asked(world)

    class Mortal(Believer):
        def judge(self, *args: object) -> object:  # type: ignore[override]
            if len(self.judged) == 2:
                raise RuntimeError
            return super().judge(*args)  # type: ignore[arg-type]

    mortal = Mortal()
    with pytest.raises(RuntimeError):
        carried_out(world, run_id, mortal)
    assert run_of(world, run_id).checked == 2
    healthy = carried_out(world, run_id)
    assert run_of(world, run_id).finished_at is not None
    assert len({*mortal.judged, *healthy.judged}) == 3
    assert len(healthy.judged) == 1


def test_the_same_period_is_not_verified_twice_at_once_and_few_wait(world: World) -> None:
    first = asked(world)
    assert asked(world) == first
    for year in (2001, 2002):
        asked(world, YEAR._replace(since=date(year, 1, 1)))
    with pytest.raises(verifications.TooManyRuns):
        asked(world, YEAR._replace(since=date(2003, 1, 1)))
    carried_out(world, first)
    assert asked(world) != first


def test_a_run_that_stands_still_is_started_again(world: World) -> None:
    run_id = asked(world)
    desk = StoredVerificationDesk(world.database, world.vault)
    with world.database.transaction() as session:
        session.execute(update(OutboxItem).values(done_at=now()))
    assert desk.order_again(now()) == 0
    world.set(Verification, run_id, moved_at=now() - timedelta(hours=1))
    assert desk.order_again(now()) == 1
    carried_out(world, run_id)
    world.set(Verification, run_id, moved_at=now() - timedelta(hours=1))
    assert desk.order_again(now()) == 0


def test_another_organisation_has_no_such_run(world: World) -> None:
    run_id = asked(world)
    with world.reading() as session:
        assert verifications.find(session, uuid4(), run_id) is None
        wishes = Asked.read({}, verifications.RUN_SORTS)
        assert not verifications.run_page(session, uuid4(), wishes).rows
        assert verifications.run_page(session, world.organisation_id, wishes).total == 1
