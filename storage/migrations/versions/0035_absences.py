"""Absences with their deputies, and participants who are asked as deputies."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

_TABLE = "absences"
_FIXED = (
    "id", "organisation_id", "member_id", "deputy_id", "begins_on", "ends_on", "entered_by",
    "created_at",
)  # fmt: skip
_ONCE = ("cancelled_at", "cancelled_by")
_ADDED = ("deputy_of", "absence_id")
"""Refer to rows without a constraint, which SQLite could add to no table."""


def upgrade() -> None:
    """Expand only: nobody is absent before somebody says so."""
    foreign = (
        ("organisation_id", "organisations"), ("member_id", "members"), ("deputy_id", "members"),
        ("entered_by", "members"),
    )  # fmt: skip
    op.create_table(
        _TABLE,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", *dict(foreign))),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Uuid(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_{_TABLE}_{column}_{table}")
            )
            for column, table in foreign
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
    )
    op.create_index(op.f("ix_absences_member_id"), _TABLE, ["member_id"])
    op.create_index(
        op.f("ix_absences_organisation_id_ends_on"), _TABLE, ["organisation_id", "ends_on"]
    )
    for name in _ADDED:
        op.add_column("participants", sa.Column(name, sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_participants_deputy_of"), "participants", ["deputy_of"])
    _guard()


def _guard() -> None:
    """Days and deputy stay; a cancellation is written once. The function came with 0002."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    refused = (
        "EXECUTE FUNCTION refuse_change()"
        if postgresql
        else f"BEGIN SELECT RAISE(ABORT, '{_TABLE} is append-only'); END"
    )
    each = "FOR EACH ROW " if postgresql else ""
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    changed = [f"OLD.{name} {differs} NEW.{name}" for name in _FIXED]
    changed += [f"(OLD.{name} IS NOT NULL AND OLD.{name} {differs} NEW.{name})" for name in _ONCE]
    op.execute(
        f"CREATE TRIGGER {_TABLE}_no_update BEFORE UPDATE ON {_TABLE} {each}"
        f"WHEN ({' OR '.join(changed)}) {refused}"
    )
    op.execute(f"CREATE TRIGGER {_TABLE}_no_delete BEFORE DELETE ON {_TABLE} {each}{refused}")


def downgrade() -> None:
    """Who acted as whose deputy stays in the ledger and in the acts' evidence."""
    op.drop_index(op.f("ix_participants_deputy_of"), "participants")
    for name in _ADDED:
        op.drop_column("participants", name)
    op.drop_table(_TABLE)
