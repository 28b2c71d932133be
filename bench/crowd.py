"""Databases with many envelopes: a few that went through the real desks, and copies of their rows.

A copy has ids, numbers and times of its own; its chains of hashes do not fit, which no query that
is measured here looks at.
"""

from collections.abc import Iterable

from sqlalchemy import Column, Connection, Engine, Table, Uuid, text

from storage.tables import Base
from storage.tables.base import UtcDateTime

_SHARED = frozenset(
    {
        *("organisations", "members", "login_sessions", "chains", "attempts"),
        *("operation_heads", "operations"),
        "name_marks",  # kept by the database, when copies get names of their own
    }
)
"""What all envelopes have in common is not copied, nor the log of those who look at them."""
_LONGER = frozenset({"once", "message_id"})
_BEGUN_ANEW = frozenset({"scope", "nonce", "token_sha256"})
"""Unique texts: some get an ending, some whose length is fixed get another beginning."""


_UNCHECKED = {
    "sqlite": ("PRAGMA defer_foreign_keys=ON",),
    "postgresql": (
        "SET LOCAL session_replication_role = replica",
        "SET LOCAL statement_timeout = 0",
    ),
}
"""Copies refer to each other as their originals do."""


def multiply(engine: Engine, copies: int) -> None:
    """Give every row of an envelope `copies` twins."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in _SHARED]
    with engine.begin() as connection:
        for words in _UNCHECKED[connection.dialect.name]:
            connection.execute(text(words))
        events = connection.scalar(text("SELECT max(sequence) FROM ledger_events"))
        for table in tables:
            _copy(connection, table, copies, int(events or 0))
        connection.execute(
            text("UPDATE ledger_heads SET sequence = sequence * :copies WHERE scope = 'all'"),
            {"copies": copies + 1},
        )
    count_anew(engine)


def count_anew(engine: Engine) -> None:
    """As PostgreSQL's autovacuum does in its own time, and the service for SQLite."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
        else:
            connection.execute(text("PRAGMA optimize"))


def _copy(connection: Connection, table: Table, copies: int, events: int) -> None:
    words = _sqlite(table, events) if connection.dialect.name == "sqlite" else _pg(table, events)
    names, values = zip(*words, strict=True)
    only = " WHERE scope <> 'all'" if table.name == "ledger_heads" else ""
    statement = (  # of our own names and expressions
        f"INSERT INTO {table.name} ({', '.join(names)}) "  # noqa: S608
        "WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < :copies) "
        f"SELECT {', '.join(values)} FROM copy, {table.name}{only}"
    )
    connection.execute(text(statement), {"copies": copies})


def _sqlite(table: Table, events: int) -> Iterable[tuple[str, str]]:
    mark = "printf('%08x', n * 2654435761 & 4294967295)"
    """Spread over all values, as random ids are, and never the same for two copies."""
    number = "printf('%010d', number % 1000 + n * 1000)"
    for column in table.columns:
        name = column.name
        begun = f"{mark} || substr({name}, 9)"
        moment = f"strftime('%Y-%m-%d %H:%M:%f000', {name}, -n || ' minutes')"
        yield name, _value(column, events, begun, begun, moment, number)


def _pg(table: Table, events: int) -> Iterable[tuple[str, str]]:
    mark = "lpad(to_hex(n::bigint * 2654435761 & 4294967295), 8, '0')"
    number = "lpad((number::bigint % 1000 + n * 1000)::text, 10, '0')"
    for column in table.columns:
        name = column.name
        key = f"({mark} || substr({name}::text, 9))::uuid"
        moment = f"{name} - n * interval '1 minute'"
        yield name, _value(column, events, f"{mark} || substr({name}, 9)", key, moment, number)


def _value(  # noqa: PLR0913 - one expression for each kind of column
    column: Column[object], events: int, begun: str, key: str, moment: str, number: str
) -> str:
    name = column.name
    if name == "number" and column.table.name in {"envelopes", "deals"}:
        return number
    if name == "sequence" and column.table.name == "ledger_events":
        return f"sequence + n * {events}"
    if name in _LONGER:
        return f"{name} || '#' || n"
    if name in _BEGUN_ANEW:
        return begun
    if isinstance(column.type, Uuid):
        shared = any(key.column.table.name in _SHARED for key in column.foreign_keys)
        return name if shared else key
    return moment if isinstance(column.type, UtcDateTime) else name
