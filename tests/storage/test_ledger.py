"""The ledger: one chain whoever writes, and every change of the past is found and named."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.events import GENESIS, Event, event_hash
from domain.kinds import ActKind
from storage import ledger
from storage.ledger import Break
from storage.migrations import guards
from storage.tables import LedgerEvent, LedgerHead
from tests.storage.world import Journey, World, carry_out, person

AT = datetime(2026, 11, 23, 7, 47, 4, 123456, tzinfo=UTC)

THREE = 3


def write(world: World, envelope_id: UUID | None, count: int = 1) -> None:
    for _ in range(count):
        with world.database.transaction() as session:
            ledger.append(
                session,
                Event.DOCUMENT_VIEWED,
                at=AT,
                actor="visitor",
                envelope_id=envelope_id,
                data={"document": uuid4(), "at": AT, "count": 1, "kind": ActKind.SIGN},
            )


@pytest.fixture
def open_ledger(world: World) -> World:
    """A ledger of which a thief has removed the guards; the world's own envelope has events."""
    with world.database.engine.begin() as connection:
        guards.remove(connection)
    return world


def tamper(world: World, change: Callable[[Session], object]) -> None:
    with world.database.transaction() as session:
        change(session)


def test_both_chains_are_intact_and_their_heads_are_named(world: World) -> None:
    first, second = world.draft(0), world.draft(0)
    write(world, first, THREE)
    write(world, second)
    write(world, None)
    with world.reading() as session:
        overall, own = ledger.verify(session), ledger.verify(session, first)
        head = session.get_one(LedgerHead, str(first))
        assert overall.intact
        assert own.intact
        assert (own.events, own.head) == (4, head.hash)
        assert overall.events == session.query(LedgerEvent).count()


def test_an_event_named_once_is_written_once(world: World) -> None:
    for _ in range(2):
        with world.database.transaction() as session:
            ledger.append(session, Event.SYSTEM_SEEDED, at=AT, actor="system", once="seed")
    with world.reading() as session:
        assert session.query(LedgerEvent).filter_by(once="seed").count() == 1
        assert ledger.verify(session).intact


def test_parallel_writers_keep_one_chain(world: World) -> None:
    envelopes = [world.draft(0) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda index: write(world, envelopes[index % 4]), range(40)))
    with world.reading() as session:
        assert ledger.verify(session).intact
        for envelope_id in envelopes:
            assert ledger.verify(session, envelope_id).events == 11


@pytest.mark.parametrize("statement", ["UPDATE ledger_events SET actor = 'x'",
                                       "DELETE FROM ledger_events"])  # fmt: skip
def test_the_database_itself_refuses_to_change_the_past(world: World, statement: str) -> None:
    write(world, world.draft(0))
    with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as session:
        session.execute(text(statement))


def test_an_edited_event_is_found_and_its_position_named(open_ledger: World) -> None:
    envelope_id = open_ledger.draft(0)
    write(open_ledger, envelope_id, THREE)
    changes: list[dict[str, object]] = [
        {"actor": "system"},
        {"tag": "link:opened"},
        {"at": AT + timedelta(hours=1)},
    ]
    for values in changes:
        edit_and_restore(open_ledger, envelope_id, values)


def edit_and_restore(world: World, envelope_id: UUID, values: dict[str, object]) -> None:
    found = {}

    def edit(session: Session) -> None:
        row = session.query(LedgerEvent).filter_by(envelope_id=envelope_id, envelope_sequence=2)
        event = row.one()
        for name, value in values.items():
            found[name] = getattr(event, name)
            setattr(event, name, value)

    tamper(world, edit)
    with world.reading() as session:
        own, overall = ledger.verify(session, envelope_id), ledger.verify(session)
        position = session.query(LedgerEvent).filter_by(
            envelope_id=envelope_id, envelope_sequence=2
        )
        assert (own.fault, own.position) == (Break.ALTERED, 2)
        assert (overall.fault, overall.position) == (Break.ALTERED, position.one().sequence)
    values = found
    tamper(world, edit)


def test_a_removed_event_is_found(open_ledger: World) -> None:
    envelope_id = open_ledger.draft(0)
    write(open_ledger, envelope_id, THREE)
    tamper(
        open_ledger,
        lambda session: (
            session.query(LedgerEvent)
            .filter_by(envelope_id=envelope_id, envelope_sequence=2)
            .delete()
        ),
    )
    with open_ledger.reading() as session:
        own = ledger.verify(session, envelope_id)
        assert (own.fault, own.position) == (Break.MISSING, 2)
        assert ledger.verify(session).fault is Break.MISSING


def test_exchanged_events_are_found(open_ledger: World) -> None:
    envelope_id = open_ledger.draft(0)
    write(open_ledger, envelope_id, THREE)

    def exchange(session: Session) -> None:
        rows = session.query(LedgerEvent).filter_by(envelope_id=envelope_id)
        second = rows.filter_by(envelope_sequence=2).one()
        third = rows.filter_by(envelope_sequence=3).one()
        second.data, third.data = third.data, second.data

    tamper(open_ledger, exchange)
    with open_ledger.reading() as session:
        own = ledger.verify(session, envelope_id)
        assert (own.fault, own.position) == (Break.ALTERED, 2)


def test_a_cut_off_end_is_found(open_ledger: World) -> None:
    envelope_id = open_ledger.draft(0)
    write(open_ledger, envelope_id, THREE)
    tamper(
        open_ledger,
        lambda session: (
            session.query(LedgerEvent)
            .filter_by(envelope_id=envelope_id, envelope_sequence=4)
            .delete()
        ),
    )
    with open_ledger.reading() as session:
        own = ledger.verify(session, envelope_id)
        assert (own.fault, own.position) == (Break.TRUNCATED, 4)
        assert ledger.verify(session).fault is Break.TRUNCATED


def test_an_event_moved_to_another_organisation_is_found(open_ledger: World) -> None:
    envelope_id = open_ledger.draft(0)
    tamper(
        open_ledger,
        lambda session: setattr(
            session.query(LedgerEvent).filter_by(envelope_id=envelope_id).one(),
            "organisation_id",
            None,
        ),
    )
    with open_ledger.reading() as session:
        assert ledger.verify(session, envelope_id).fault is Break.FOREIGN


def test_a_reader_of_the_export_recomputes_every_hash(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    carry_out(world, journey.envelope_id, journey.act("a"))
    with world.reading() as session:
        rows = ledger.export(session, journey.envelope_id)
    previous = GENESIS
    for position, row in enumerate(rows, start=1):
        assert row["previous"] == previous
        previous = event_hash(
            previous=previous,
            sequence=position,
            tag=row["tag"],
            at=datetime.fromisoformat(row["at"]),
            envelope_id=UUID(row["envelope"]),
            actor=row["actor"],
            data=row["data"],
        )
        assert row["hash"] == previous
    assert "signature:stamped" in {row["tag"] for row in rows}


def test_a_float_is_not_for_the_ledger(world: World) -> None:
    with pytest.raises(TypeError, match="float"), world.database.transaction() as session:
        ledger.append(session, Event.SYSTEM_SEEDED, at=AT, actor="system", data={"x": 0.1})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE acts SET posted_at = answered_at",
        "UPDATE acts SET evidence = '{}'",
        "UPDATE acts SET version_sha256 = 'x'",
        "UPDATE acts SET participant_id = NULL",
        "UPDATE acts SET accepted = NULL",
        "UPDATE acts SET consumed_at = NULL",
        "DELETE FROM acts",
        "UPDATE signature_intents SET signature = NULL",
        "UPDATE signature_intents SET document_digest = 'x'",
        "DELETE FROM signature_intents",
    ],
)
def test_acts_and_intents_stay_as_they_were_written(world: World, statement: str) -> None:
    journey = Journey.begin(world, person("a"))
    carry_out(world, journey.envelope_id, journey.act("a"))
    with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as session:
        session.execute(text(statement))
