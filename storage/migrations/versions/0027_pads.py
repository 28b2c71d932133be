"""Phones as drawing pads of a visit."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "pads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stamp_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("agent", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_pads_visit_id_visits"),
        sa.ForeignKeyConstraint(["stamp_id"], ["stamps.id"], name="fk_pads_stamp_id_stamps"),
        sa.PrimaryKeyConstraint("id", name="pk_pads"),
        sa.UniqueConstraint("token_sha256", name="uq_pads_token_sha256"),
    )
    op.create_index("ix_pads_visit_id", "pads", ["visit_id"])


def downgrade() -> None:
    """The ledger keeps that a drawing came from another device."""
    op.drop_table("pads")
