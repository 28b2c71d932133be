"""Fills every table of whatever schema a database has now, and reads everything back.

The schema is read from the database and not from the code: tables of old revisions have no class,
and a new table cannot be forgotten.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import JSON, Column, Connection, MetaData, Table, Uuid, select
from sqlalchemy import types as kinds

from domain.contacts import Contact
from domain.deals import evened
from domain.template_search import searched
from domain.text_search import letters
from storage.database import Database

Rows = dict[str, list[dict[str, Any]]]
"""By table; columns by name. In the order of insertion's numbers."""

VERSION_TABLE = "alembic_version"
DERIVED = frozenset({"name_marks"})
"""What the database makes of other rows by itself, and may make again."""
ROWS = 2
"""In each table. Of the second, columns that may be empty are."""
AT = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
NAMES = UUID(int=2026)


def fill(database: Database) -> Rows:
    """Put rows into every table, in an order that foreign keys allow, and return what is there.

    A check that these values do not meet is the database's to refuse: then the test says so.
    """
    with database.engine.begin() as connection:
        tables = _tables(connection)
        made: Rows = {}
        for table in tables:
            made[table.name] = [_row(table, number, made) for number in range(ROWS)]
            connection.execute(table.insert(), made[table.name])
    return read(database)


def read(database: Database) -> Rows:
    """Every row of every table."""
    with database.engine.connect() as connection:
        return {
            table.name: [
                dict(row._mapping)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in _tables(connection)
        }


def known_to(schema: Rows, rows: Rows) -> Rows:
    """Of `rows`, the tables and columns that `schema` has too."""
    return {
        name: [{key: row[key] for key in row.keys() & schema[name][0].keys()} for row in rows[name]]
        for name in rows.keys() & schema.keys()
        if schema[name]
    }


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [
        table for table in metadata.sorted_tables if table.name not in {VERSION_TABLE, *DERIVED}
    ]


def _row(table: Table, number: int, made: Mapping[str, Any]) -> dict[str, Any]:
    row = {column.name: _value(column, number, made) for column in table.columns}
    evens = _EVENED[table.name](row) if table.name in _EVENED else {}
    return row | {name: even for name, even in evens.items() if name in row}


def _contact(row: Mapping[str, Any]) -> Mapping[str, str]:
    names = ("name", "kana", "company", "mail", "partner_code", "corporate_number", "phone")
    contact = Contact(**{name: row[name] for name in names})
    return {name: getattr(contact, name) for name in ("company_even", "person_even", "searched")}


_EVENED: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, str]]] = {
    "envelopes": lambda row: {"title_even": letters(row["title"])},
    "deals": lambda row: {"partner_even": evened(row["partner"])},
    "contacts": _contact,
    "templates": lambda row: {"searched": searched(row["name"], row["description"])},
}
"""Columns that follow others, which a migration may make anew."""


def _value(column: Column[Any], number: int, made: Mapping[str, Any]) -> Any:
    for key in column.foreign_keys:
        return made[key.column.table.name][number][key.column.name]
    if column.nullable and number:
        return None
    return _of_kind(column, number)


def _of_kind(column: Column[Any], number: int) -> Any:
    kind, name = column.type, f"{column.table.name}.{column.name}"
    key = uuid5(NAMES, f"{name} {number}")
    length = getattr(kind, "length", None)
    if isinstance(kind, kinds.CHAR) and length == len(key.hex):  # SQLite has no type for ids
        return key.hex
    values: dict[type[Any], Any] = {
        Uuid: key,
        JSON: {"name": name, "結び": [number, None, True]},
        kinds.DateTime: AT + timedelta(days=number),
        kinds.Date: AT.date() + timedelta(days=number),
        kinds.Boolean: not number,
        kinds.Integer: number + 1,
        kinds.LargeBinary: key.bytes,
        kinds.String: f"{number} 結び {name}"[: length or 100],
    }
    return next(value for of, value in values.items() if isinstance(kind, of))
