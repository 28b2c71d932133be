"""Kinds of contract with fields of their own, and what contracts have in them."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"

_KINDS, _VERSIONS, _VALUES = "contract_kinds", "contract_kind_versions", "deal_values"


def upgrade() -> None:
    """Expand only: no kind is defined before an administrator does."""
    op.create_table(
        _KINDS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_even", sa.String(600), nullable=False),
        sa.Column("name_en", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _refers(_KINDS, "organisation_id", "organisations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_kinds")),
        sa.UniqueConstraint(
            "organisation_id", "name_even", name=op.f("uq_contract_kinds_organisation_id_name_even")
        ),
    )
    op.create_table(
        _VERSIONS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _refers(_VERSIONS, "kind_id", _KINDS),
        _refers(_VERSIONS, "member_id", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_kind_versions")),
        sa.UniqueConstraint(
            "kind_id", "number", name=op.f("uq_contract_kind_versions_kind_id_number")
        ),
    )
    op.create_table(
        _VALUES,
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("even", sa.String(600), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        _refers(_VALUES, "envelope_id", "envelopes"),
        sa.PrimaryKeyConstraint("envelope_id", "field_id", name=op.f("pk_deal_values")),
    )
    for by in ("number", "day", "even"):
        op.create_index(
            op.f(f"ix_deal_values_field_id_{by}_envelope_id"),
            _VALUES,
            ["field_id", by, "envelope_id"],
        )
    _guard(_VERSIONS, "kind_id", "number")


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _guard(table: str, *key: str) -> None:
    """What was defined stays. The function came with migration 0002."""
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
    taken = " AND ".join(f"{column} = NEW.{column}" for column in key)
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR ({taken})) {refused}"
    )


def downgrade() -> None:
    """Contracts keep their values in the history of their changes."""
    op.drop_table(_VALUES)
    op.drop_table(_VERSIONS)
    op.drop_table(_KINDS)
