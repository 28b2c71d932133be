"""Members are told by mail of a passkey that was added or removed as well."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    """Expand only: what was there was a second factor taken away."""
    with op.batch_alter_table("factor_resets") as table:
        table.add_column(
            sa.Column("what", sa.String(length=20), nullable=False, server_default="reset")
        )


def downgrade() -> None:
    """Rows stay. A mail about a passkey that has not begun is not sent: older code would tell of a
    reset."""
    op.execute(
        "UPDATE outbox SET done_at = created_at WHERE done_at IS NULL AND kind = 'factor_reset'"
        " AND subject_id IN (SELECT id FROM factor_resets WHERE what <> 'reset')"
    )
    with op.batch_alter_table("factor_resets") as table:
        table.drop_column("what")
