"""Alembic's entry: runs the numbered revisions on the connection that __init__ opened."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, text

from storage.tables import Base, UtcDateTime

MIGRATION_LOCK = 6_240_117
"""Key of the PostgreSQL advisory lock: one migration at a time."""


def _render(kind: str, value: Any, _: object) -> str | Literal[False]:  # noqa: ANN401 - Alembic's hook
    """Revisions stand alone: they name SQLAlchemy's types, not ours."""
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _wait_for_turn(connection: Connection) -> None:
    """Another process may be migrating; a table that is busy is given up soon, not waited for
    while everybody queues behind us."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL lock_timeout = '120s'"))
    connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))


def _run() -> None:
    connection: Connection = context.config.attributes["connection"]
    if connection.dialect.name == "postgresql":
        _wait_for_turn(connection)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=_render,
        transaction_per_migration=False,
    )
    context.run_migrations()


_run()
