"""What keeps the time-stamps of imports and consents provable after their authority's certificate:
revocation data, and further time-stamps."""

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0082"


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "stamp_proofs",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("subject_id", sa.Uuid(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("token_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tsa", sa.String(200), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renew_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_stamp_proofs_kind_renew_at", "stamp_proofs", ["kind", "renew_at"])
    op.create_table(
        "proof_data",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    """The first tokens stay in their own rows. Data that speak for them are gathered again after
    the next upgrade; further tokens are not what the older code could read (export evidence and
    keep a backup first)."""
    op.drop_table("proof_data")
    op.drop_table("stamp_proofs")
