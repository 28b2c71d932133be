"""Titles and partners are found by pairs of letters, which the database keeps itself."""
# ruff: noqa: S608 - statements of our own names

import sqlalchemy as sa
from alembic import op

from domain.text_search import MAX_EVEN_TITLE_CHARACTERS

revision = "0070"
down_revision = "0069"

_KEYS = {"envelopes": "id", "deals": "envelope_id"}
"""Whose names are kept, and which column has the envelope's id there."""
_NAMES = {"envelopes": ("title_even",), "deals": ("partner_even", "partner_code")}
_PAIRS = {"envelopes": ("t", "title_even"), "deals": ("p", "partner_even")}
_CODE = "'c' || {row}.partner_code"
_WRITTEN = "INSERT INTO name_marks (organisation_id, mark, envelope_id)"


def upgrade() -> None:
    """Expand only. Programs of before write titles and partners too: triggers keep the marks."""
    if _is_postgresql():  # in the order in which programs take them
        op.execute("LOCK TABLE envelopes, deals IN SHARE ROW EXCLUSIVE MODE")
    op.create_table(
        "name_marks",
        sa.Column("organisation_id", sa.Uuid(), primary_key=True),
        sa.Column("mark", sa.String(51), primary_key=True),
        sa.Column("envelope_id", sa.Uuid(), primary_key=True),
        sqlite_with_rowid=False,
    )
    for table in _KEYS:
        whole = _at(str(MAX_EVEN_TITLE_CHARACTERS), f"length({table}.{_PAIRS[table][1]}) - 1")
        op.execute(f"{_WRITTEN} {_marks(table, table, f'{table}, {whole}', table)}")
        for statement in _postgresql(table) if _is_postgresql() else _sqlite(table):
            op.execute(statement)


def downgrade() -> None:
    """Everything can be made again from titles and partners."""
    for table in _KEYS:
        if _is_postgresql():
            op.execute(f"DROP TRIGGER name_marks ON {table}")
            op.execute(f"DROP FUNCTION name_marks_of_{table}()")
        else:
            for event in ("added", "changed", "gone"):
                op.execute(f"DROP TRIGGER name_marks_{event}_{table}")
    op.drop_table("name_marks")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _at(most: str, there: str) -> str:
    """Places from 1; as many as there are on PostgreSQL, and `most` on SQLite."""
    if _is_postgresql():
        return f"generate_series(1, {there}) AS at(i)"
    numbers = f"SELECT 1 UNION ALL SELECT i + 1 FROM at WHERE i < {most}"
    return f"(WITH RECURSIVE at(i) AS ({numbers}) SELECT i FROM at) AS at"


def _marks(table: str, row: str, pairs_from: str, codes_from: str = "") -> str:
    """The marks of `row` that are not kept yet."""
    begun, name = _PAIRS[table]
    owner, key = f"{row}.organisation_id", f"{row}.{_KEYS[table]}"
    pairs = (
        f"SELECT {owner}, '{begun}' || substr({row}.{name}, i, 2), {key} "
        f"FROM {pairs_from} WHERE i < length({row}.{name})"
    )
    if table == "deals":
        source = f"FROM {codes_from} " if codes_from else ""
        code = _CODE.format(row=row)
        pairs += f" UNION SELECT {owner}, {code}, {key} {source}WHERE {row}.partner_code <> ''"
    return f"SELECT * FROM ({pairs}) AS marks WHERE true ON CONFLICT DO NOTHING"


def _added(table: str) -> str:
    length = f"length(NEW.{_PAIRS[table][1]}) - 1"
    return f"{_WRITTEN} {_marks(table, 'NEW', _at(length, length))};"


def _taken(table: str) -> str:
    begun, name = _PAIRS[table]
    length = f"length(OLD.{name}) - 1"
    marks = f"SELECT '{begun}' || substr(OLD.{name}, i, 2) FROM {_at(length, length)}"
    if table == "deals":
        marks += f" UNION SELECT {_CODE.format(row='OLD')}"
    return (
        f"DELETE FROM name_marks WHERE organisation_id = OLD.organisation_id "
        f"AND envelope_id = OLD.{_KEYS[table]} AND mark IN ({marks});"
    )


def _sqlite(table: str) -> list[str]:
    names = _NAMES[table]
    differ = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in names)
    taken, added = _taken(table), _added(table)
    return [
        f"CREATE TRIGGER name_marks_added_{table} AFTER INSERT ON {table} BEGIN {added} END",
        f"""
        CREATE TRIGGER name_marks_changed_{table} AFTER UPDATE OF {", ".join(names)} ON {table}
          WHEN {differ} BEGIN {taken} {added} END
        """,
        f"CREATE TRIGGER name_marks_gone_{table} AFTER DELETE ON {table} BEGIN {taken} END",
    ]


def _postgresql(table: str) -> list[str]:
    return [
        f"""
        CREATE FUNCTION name_marks_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP <> 'INSERT' THEN {_taken(table)} END IF;
          IF TG_OP <> 'DELETE' THEN {_added(table)} END IF;
          RETURN NULL;
        END $$
        """,
        f"""
        CREATE TRIGGER name_marks AFTER INSERT OR DELETE OR UPDATE OF {", ".join(_NAMES[table])}
          ON {table} FOR EACH ROW EXECUTE FUNCTION name_marks_of_{table}()
        """,
    ]
