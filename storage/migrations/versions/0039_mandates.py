"""Who may sign for an organisation (署名権限), and whether that is looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

_ENTRIES, _ENDS = "mandates", "mandate_ends"


def upgrade() -> None:
    """Expand only: nobody looks before an administrator says so."""
    since = sa.Column("mandates_since", sa.DateTime(timezone=True), nullable=True)
    op.add_column("organisations", since)
    _create(
        _ENTRIES,
        {"organisation_id": "organisations", "member_id": "members", "entered_by": "members"},
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_index(
        op.f("ix_mandates_organisation_id_member_id"), _ENTRIES, ["organisation_id", "member_id"]
    )
    _create(
        _ENDS,
        {"mandate_id": _ENTRIES, "ended_by": "members"},
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index(op.f("ix_mandate_ends_mandate_id"), _ENDS, ["mandate_id"])
    for table in (_ENTRIES, _ENDS):
        _guard(table)


def _create(table: str, foreign: dict[str, str], *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", *foreign)),
        *columns,
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
            )
            for column, other in foreign.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _guard(table: str) -> None:
    """What was entered stays, and so does its end. The function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for what, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for what in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} {refused}")
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) {refused}"
    )


def downgrade() -> None:
    """Acts keep in their evidence which entry allowed them, and the ledger what was entered."""
    op.drop_table(_ENDS)
    op.drop_table(_ENTRIES)
    op.drop_column("organisations", "mandates_since")
