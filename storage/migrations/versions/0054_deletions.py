"""Retention, and deletions by two people."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"

_TABLE = "deletions"


def upgrade() -> None:
    """Expand only: everything is kept for ten years, unless somebody decides otherwise."""
    years = sa.Column("retention_years", sa.Integer(), nullable=False, server_default="10")
    month = sa.Column("fiscal_month", sa.Integer(), nullable=False, server_default="4")
    op.add_column("organisations", years)
    op.add_column("organisations", month)
    op.add_column("deals", sa.Column("retention_years", sa.Integer(), nullable=True))
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("locked_until", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(32), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("tombstone", sa.JSON(), nullable=True),
        sa.Column("tombstone_sha256", sa.String(64), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [f"{of}.id"], name=f"fk_{_TABLE}_{name}_{of}")
            for name, of in (
                ("organisation_id", "organisations"),
                ("envelope_id", "envelopes"),
                ("proposed_by", "members"),
                ("decided_by", "members"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_TABLE}"),
    )
    for name in ("organisation_id", "envelope_id"):
        op.create_index(f"ix_{_TABLE}_{name}_proposed_at", _TABLE, [name, "proposed_at"])


def downgrade() -> None:
    """The ledger keeps what was deleted, by whom, and the hash of what it was."""
    op.drop_table(_TABLE)
    op.drop_column("deals", "retention_years")
    op.drop_column("organisations", "fiscal_month")
    op.drop_column("organisations", "retention_years")
