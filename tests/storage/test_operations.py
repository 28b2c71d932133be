"""The operation log: chained for each organisation, append-only, verified from its first entry."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.events import Event
from domain.operations import OPERATION_WORDS, TAGS, TOPIC_WORDS, Operation, Topic
from storage import ledger, operations, people
from storage.desks.rows import now
from storage.operations import Search
from storage.tables import OperationEntry
from tests.storage.world import World


def note(world: World, tag: str, actor: str = "visitor", at: datetime | None = None) -> None:
    with world.database.transaction() as session:
        operations.append(session, world.organisation_id, tag, at=at or now(), actor=actor)


def other_town(world: World) -> UUID:
    with world.database.transaction() as session:
        return people.create_organisation(session, "隣町", now()).id


def test_every_operation_and_topic_has_words_and_every_operation_a_topic() -> None:
    assert OPERATION_WORDS.keys() == set(Operation)
    assert TOPIC_WORDS.keys() == TAGS.keys() == set(Topic)
    assert set(Operation) <= set().union(*TAGS.values())


def test_what_the_ledger_notes_of_members_stands_in_their_organisation_s_log(
    world: World,
) -> None:
    other = other_town(world)
    draft = world.draft()
    with world.database.transaction() as session:
        ledger.append(
            session,
            Event.MEMBER_LOGIN_REFUSED,
            at=now(),
            actor="visitor",
            organisation_id=world.organisation_id,
            address="192.0.2.7",
        )
        ledger.append(session, Event.LINK_OPENED, at=now(), actor="system", envelope_id=draft)
        ledger.append(session, Event.MAILBOX_OPENED, at=now(), actor="visitor")
    with world.database.reading() as session:
        rows = session.query(OperationEntry).order_by(OperationEntry.sequence).all()
        assert operations.verify(session, world.organisation_id).entries == len(rows)
        assert operations.verify(session, other).entries == 0
        noted = session.execute(text("SELECT data FROM ledger_events")).scalars()
        assert "192.0.2.7" not in str(list(noted)), "the ledger is handed out as evidence"
    assert {row.organisation_id for row in rows} == {world.organisation_id}
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0].tag == "member:created"
    assert any(row.tag == "document:uploaded" and row.envelope_id == draft for row in rows)
    assert rows[-1].data["address"] == "192.0.2.7"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE operations SET actor = 'system'",
        "DELETE FROM operations",
        "INSERT OR REPLACE INTO operations SELECT * FROM operations",
        "TRUNCATE operations",
    ],
)
def test_the_database_lets_nobody_change_an_entry(world: World, statement: str) -> None:
    sqlite = world.database.url.get_backend_name() == "sqlite"
    if (sqlite and "TRUNCATE" in statement) or (not sqlite and "REPLACE" in statement):
        pytest.skip("not of this database")
    with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("how", ["altered", "removed", "truncated", "moved here"])
def test_a_broken_chain_is_found_where_it_breaks(world: World, how: str) -> None:
    for number in range(3):
        note(world, f"log:{number}")
    changes = {
        "altered": "UPDATE operations SET actor = 'system' WHERE sequence = 3",
        "removed": "DELETE FROM operations WHERE sequence = 3",
        "truncated": "DELETE FROM operations WHERE sequence = 4",
        "moved here": "UPDATE operations SET data = '{}' WHERE sequence = 3",
    }
    with world.database.transaction() as session:
        if world.database.url.get_backend_name() == "sqlite":
            for name in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER operations_no_{name}"))
        else:
            session.execute(text("ALTER TABLE operations DISABLE TRIGGER USER"))
        session.execute(text(changes[how]))
    with world.database.reading() as session:
        report = operations.verify(session, world.organisation_id)
    assert not report.intact
    assert report.position == (4 if how == "truncated" else 3)


def test_it_is_found_by_who_what_and_when_and_only_by_its_organisation(world: World) -> None:
    other, start = other_town(world), now()
    member = f"member:{world.member_id}"
    note(world, Operation.ENVELOPE_VIEWED, member, start - timedelta(days=3))
    note(world, Operation.ACCESS_REFUSED, member, start)
    note(world, Operation.LOG_VIEWED, "member:x", start)

    def found(organisation: UUID, **wanted: object) -> list[str]:
        with world.database.reading() as session:
            page = operations.search(session, organisation, Search(**wanted), 1)  # type: ignore[arg-type]
            every = list(operations.every(session, organisation, Search(**wanted)))  # type: ignore[arg-type]
            up = operations.search(session, organisation, Search(**wanted), 1, down=False)  # type: ignore[arg-type]
            assert [row.sequence for row in every] == [row.sequence for row in page.rows][::-1]
            assert [row.sequence for row in every] == [row.sequence for row in up.rows]
            return [row.tag for row in page.rows]

    here = world.organisation_id
    assert found(here)[0] == "log:viewed"
    assert found(here, actor=member) == ["access:refused", "envelope:viewed"]
    assert found(here, tags=TAGS[Topic.VIEW]) == ["envelope:viewed"]
    assert "envelope:viewed" not in found(here, since=start - timedelta(days=1))
    assert found(here, before=start - timedelta(days=1)) == ["envelope:viewed"]
    assert found(other) == []
