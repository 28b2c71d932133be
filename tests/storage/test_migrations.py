"""Migrations: the numbered files make what the code expects, and can be taken back."""

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from domain.events import Event
from storage import ledger
from storage.database import Database, open_database
from storage.migrations import current, downgrade, newest, upgrade
from storage.tables import Base, Organisation

AT = datetime(2026, 11, 23, tzinfo=UTC)


def table_names(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_the_newest_revision_is_what_the_tables_say(database_url: str) -> None:
    upgrade(database_url)
    database = open_database(database_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    assert current(database_url) is None
    upgrade(database_url)
    upgrade(database_url)
    assert current(database_url) == newest()


def test_up_down_and_up_again_works_with_data_in_the_tables(database_url: str) -> None:
    upgrade(database_url)
    database = open_database(database_url)
    with database.transaction() as session:
        session.add(Organisation(name="あおば市", created_at=AT))
        ledger.append(session, Event.SYSTEM_SEEDED, at=AT, actor="system")
    downgrade(database_url, "0001")
    assert "ledger_events" not in table_names(database)
    upgrade(database_url)
    with database.reading() as session:
        assert session.query(Organisation).one().name == "あおば市"
        assert ledger.verify(session).events == 0
    downgrade(database_url, "base")
    assert table_names(database) == {"alembic_version"}
    upgrade(database_url)
    assert table_names(database) == {*Base.metadata.tables, "alembic_version"}
    database.close()


def test_the_guards_are_there_after_an_upgrade(database_url: str) -> None:
    upgrade(database_url)
    database = open_database(database_url)
    with database.transaction() as session:
        ledger.append(session, Event.SYSTEM_SEEDED, at=AT, actor="system")
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(text("DELETE FROM ledger_events"))
    database.close()
