"""Migrations: the numbered files make what the code expects, and can be taken back."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from domain.events import Event
from storage import ledger
from storage.database import Database, open_database
from storage.migrations import FOLDER, current, downgrade, newest, upgrade
from storage.tables import Base, Organisation
from tests.storage import rows

AT = datetime(2026, 11, 23, tzinfo=UTC)

REVISIONS = sorted(path.name[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))
STARTS = sorted({*REVISIONS[-3:], *REVISIONS[::9]})
"""The newest, which are still changing, and some of the old ones, which are not."""


def table_names(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def _belongs_to(database: Database) -> Callable[..., bool]:
    """Of the tables' indexes those that this database has, and whatever stands in it."""
    here = database.engine.dialect.name

    def told(item: object, _name: str, kind: str, *_: object) -> bool:
        only = getattr(item, "_ddl_if", None) if kind == "index" else None
        return only is None or only.dialect == here

    return told


def test_the_newest_revision_is_what_the_tables_say(database_url: str) -> None:
    upgrade(database_url)
    database = open_database(database_url)
    with database.engine.connect() as connection:
        opts = {"compare_type": True, "include_object": _belongs_to(database)}
        context = MigrationContext.configure(connection, opts=opts)
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


@pytest.mark.parametrize("revision", STARTS)
def test_rows_of_every_table_outlive_the_way_up_and_down(
    database_url: str, database_kind: str, revision: str
) -> None:
    """From a revision, with rows in each of its tables, to the newest one and back; then down by
    one and up again. What both schemas know stays as it was. On PostgreSQL, where it takes several
    times as long, from fewer of the older ones."""
    if database_kind == "postgresql" and revision not in {*REVISIONS[-3:], *REVISIONS[::27]}:
        pytest.skip("SQLite shows it for this one")
    upgrade(database_url, revision)
    database = open_database(database_url)
    before = rows.fill(database)
    assert all(len(found) == rows.ROWS for found in before.values())
    upgrade(database_url)
    assert rows.known_to(before, rows.read(database)) == before
    downgrade(database_url, revision)
    assert rows.read(database) == before
    downgrade(database_url, _before(revision))
    lower = rows.read(database)
    assert lower == rows.known_to(lower, before)
    upgrade(database_url, revision)
    assert rows.known_to(lower, rows.read(database)) == lower
    database.close()


def test_the_filler_reaches_every_table_of_the_code(database_url: str) -> None:
    upgrade(database_url)
    database = open_database(database_url)
    filled = rows.fill(database)
    assert filled.keys() == Base.metadata.tables.keys() - rows.DERIVED
    for name in filled:
        table = Base.metadata.tables[name]
        given = {key for row in filled[name] for key, value in row.items() if value is not None}
        assert given == set(table.columns.keys())
    database.close()


def _before(revision: str) -> str:
    place = REVISIONS.index(revision)
    return REVISIONS[place - 1] if place else "base"
