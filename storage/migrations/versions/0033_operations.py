"""The operation log of each organisation, append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Expand only: the log begins now; what was before stands in the ledger."""
    op.create_table(
        "operations",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("tag", sa.String(48), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_operations_organisation_id_organisations",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "sequence", name="pk_operations"),
    )
    op.create_index("ix_operations_organisation_id_at", "operations", ["organisation_id", "at"])
    op.create_index(
        "ix_operations_organisation_id_actor_sequence",
        "operations",
        ["organisation_id", "actor", "sequence"],
    )
    op.create_table(
        "operation_heads",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_operation_heads_organisation_id_organisations",
        ),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_operation_heads"),
    )
    _guard()


def _guard() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    refused = (
        "EXECUTE FUNCTION refuse_change()"
        if postgresql
        else "BEGIN SELECT RAISE(ABORT, 'operations is append-only'); END"
    )
    each = "FOR EACH ROW " if postgresql else ""
    for what in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER operations_no_{what} BEFORE {what.upper()} ON operations {each}"
            + refused
        )
    if postgresql:
        op.execute("CREATE TRIGGER operations_no_truncate BEFORE TRUNCATE ON operations " + refused)
        return
    op.execute(
        "CREATE TRIGGER operations_no_replace BEFORE INSERT ON operations WHEN EXISTS (SELECT 1 "
        "FROM operations WHERE organisation_id = NEW.organisation_id "
        "AND sequence = NEW.sequence) " + refused
    )


def downgrade() -> None:
    """The ledger keeps what was changed; who looked is lost."""
    op.drop_table("operation_heads")
    op.drop_table("operations")
