"""The database itself keeps acts, intents and ledger as they were written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.migrations import upgrade
from storage.migrations.guards import ACT_ANSWER, ACT_FIXED, GUARDED, INTENT_FIXED, INTENT_ONCE
from tests.storage.world import Journey, World, build_world, person

FORBIDDEN = "append-only"


@pytest.fixture
def world(ready_url: str, tmp_path: Path) -> Iterator[World]:
    built = build_world(ready_url, tmp_path)
    yield built
    built.database.close()


def execute(world: World, statement: str, **values: Any) -> None:
    with world.database.engine.begin() as connection:
        connection.execute(text(statement), values)


OTHER = {"evidence": "'{}'", "layout": "'{}'", "accepted": "NOT accepted"}
NUMBERS = {"version", "answer_order"}
FILLED = {"member_id": "(SELECT id FROM members LIMIT 1)", "refusal": "'late'"}
"""Empty in the acts of these tests, and never filled afterwards."""


def other(column: str) -> str:
    """An expression that differs from whatever stands in the column; NULL does."""
    if column in NUMBERS:
        return f"coalesce({column}, 0) + 1"
    return OTHER.get(column) or FILLED.get(column, "NULL")


def refuses(world: World, statement: str) -> bool:
    try:
        execute(world, statement)
    except DBAPIError as error:
        return FORBIDDEN in str(error)
    return False


def test_no_column_of_a_signed_act_or_its_intent_can_be_changed(world: World) -> None:
    Journey.begin(world, person("a")).sign("a")
    guarded = {
        "acts": (set(ACT_FIXED) | set(ACT_ANSWER)) - {"refusal"},
        "signature_intents": {*INTENT_FIXED, *INTENT_ONCE},
    }
    for table, columns in guarded.items():
        free = {
            column
            for column in columns
            if not refuses(world, f"UPDATE {table} SET {column} = {other(column)}")  # noqa: S608 - our names
        }
        assert free == set()


def test_a_refused_act_cannot_become_an_accepted_one(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    posted = world.post(journey.envelope_id, "a")
    journey.decide(world.forge_act(posted, version_sha256="0" * 64))
    statement = "UPDATE acts SET accepted = NOT accepted WHERE accepted IS NOT NULL"
    assert refuses(world, statement)


def test_no_evidence_can_be_deleted_and_no_event_changed(world: World) -> None:
    Journey.begin(world, person("a")).sign("a")
    for table in GUARDED:
        assert refuses(world, f"DELETE FROM {table}")  # noqa: S608 - our names
    for column in ("tag", "at", "actor", "data", "hash", "once"):
        assert refuses(world, f"UPDATE ledger_events SET {column} = {column}")  # noqa: S608 - our names


def test_no_evidence_can_be_replaced_by_a_row_with_the_same_key(
    sqlite_url: str, tmp_path: Path
) -> None:
    """SQLite deletes the row that stands in the way, and asks no trigger for deletions."""
    upgrade(sqlite_url)
    world = build_world(sqlite_url, tmp_path)
    Journey.begin(world, person("a")).sign("a")
    for table in GUARDED:
        assert refuses(world, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608 - our names
    world.database.close()
