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
    """Mails about passkeys would be read as ones about resets."""
    op.execute("DELETE FROM factor_resets WHERE what <> 'reset'")
    with op.batch_alter_table("factor_resets") as table:
        table.drop_column("what")
