"""Second factors that an administrator took away (2段階認証の解除)."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "factor_resets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reset_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_factor_resets_member_id_members")
        ),
        sa.ForeignKeyConstraint(
            ["reset_by"], ["members.id"], name=op.f("fk_factor_resets_reset_by_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_resets")),
    )
    op.create_index(op.f("ix_factor_resets_member_id"), "factor_resets", ["member_id"])


def downgrade() -> None:
    """The ledger keeps who took away whose."""
    op.drop_table("factor_resets")
