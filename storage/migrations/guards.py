"""Triggers that keep evidence as it was written, on both databases.

Migration 0002 installs them. Never edit what a released migration used: a later migration brings
its own statements.
"""

from sqlalchemy import Connection, text

ACT_FIXED = (
    "id", "nonce", "envelope_id", "participant_id", "member_id", "slot_id", "kind", "version",
    "version_sha256", "values_sha256", "reason", "language", "evidence", "posted_at",
)  # fmt: skip
"""Columns of an act that never change: an answer is added beside them."""
ACT_ANSWER = ("answered_at", "accepted", "refusal", "answer_order", "consumed_at")
"""Columns that are written once."""
INTENT_FIXED = (
    "id", "act_id", "document_id", "base_revision_id", "field_name", "key_label",
    "certificate_sha256", "algorithm", "document_digest", "signed_attributes", "layout",
    "created_at",
)  # fmt: skip
INTENT_ONCE = ("signature", "signed_at", "token", "token_time", "tsa", "revision_id")
"""Results of the three steps: each is written once."""
GUARDED = ("ledger_events", "acts", "signature_intents")
KEYS = {
    "ledger_events": (("sequence",), ("envelope_id", "envelope_sequence"), ("once",)),
    "acts": (("rowid",), ("id",), ("nonce",)),
    "signature_intents": (("rowid",), ("id",), ("act_id", "document_id")),
}
"""Whatever keeps a second row out. SQLite's INSERT OR REPLACE deletes the row in its way and asks
no trigger for deletions, so that an insertion with a taken key is refused before."""
APPEND_ONLY = "append-only"
"""In the error that a forbidden statement raises."""


def install(connection: Connection) -> None:
    """Create every trigger."""
    postgresql = connection.dialect.name == "postgresql"
    for statement in _postgresql() if postgresql else _sqlite():
        connection.execute(text(statement))


def remove(connection: Connection) -> None:
    """Drop every trigger, as a downgrade does before it drops the tables."""
    postgresql = connection.dialect.name == "postgresql"
    for table, name in _names():
        where = f" ON {table}" if postgresql else ""
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}{where}"))
    if postgresql:
        for table in GUARDED:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}"))
        # with the triggers that later migrations hung on it, if their tables are still there
        connection.execute(text("DROP FUNCTION IF EXISTS refuse_change() CASCADE"))
        return
    for table in GUARDED:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_replace"))


def _names() -> list[tuple[str, str]]:
    return [(table, f"{table}_no_{what}") for table in GUARDED for what in ("update", "delete")]


def _sqlite() -> list[str]:
    changes = [_sqlite_trigger(table, name) for table, name in _names()]
    return [*changes, *(_sqlite_replacement(table) for table in GUARDED)]


def _sqlite_replacement(table: str) -> str:
    taken = " OR ".join(
        "(" + " AND ".join(f"{column} = NEW.{column}" for column in key) + ")"
        for key in KEYS[table]
    )
    return (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} is {APPEND_ONLY}'); END"
    )


def _sqlite_trigger(table: str, name: str) -> str:
    what = "DELETE" if name.endswith("delete") else "UPDATE"
    condition = _changed(table, "{0} IS NOT {1}") if what == "UPDATE" else ""
    when = f" WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {what} ON {table}{when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is {APPEND_ONLY}'); END"
    )


def _postgresql() -> list[str]:
    function = (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '% is {APPEND_ONLY}', TG_TABLE_NAME; END $$"
    )
    triggers = [_postgresql_trigger(table, name) for table, name in _names()]
    truncations = [
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "EXECUTE FUNCTION refuse_change()"
        for table in GUARDED
    ]
    return [function, *triggers, *truncations]


def _postgresql_trigger(table: str, name: str) -> str:
    what = "DELETE" if name.endswith("delete") else "UPDATE"
    condition = _changed(table, "{0}::text IS DISTINCT FROM {1}::text") if what == "UPDATE" else ""
    when = f" WHEN ({condition})" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW{when} "
        "EXECUTE FUNCTION refuse_change()"
    )


def _changed(table: str, differs: str) -> str:
    """The condition under which an update is refused; empty: always."""
    fixed, once = {
        "ledger_events": ((), ()),
        "acts": (ACT_FIXED, ACT_ANSWER),
        "signature_intents": (INTENT_FIXED, INTENT_ONCE),
    }[table]
    terms = [differs.format(f"OLD.{column}", f"NEW.{column}") for column in fixed]
    terms += [
        f"(OLD.{column} IS NOT NULL AND " + differs.format(f"OLD.{column}", f"NEW.{column}") + ")"
        for column in once
    ]
    return " OR ".join(terms)
