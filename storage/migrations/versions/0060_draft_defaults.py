"""What an organisation's envelopes begin with, and reminders of a stage's own."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    """Expand only."""
    op.add_column("organisations", sa.Column("draft_defaults", sa.JSON(), nullable=True))
    op.add_column("stages", sa.Column("reminder_days", sa.JSON(), nullable=True))


def downgrade() -> None:
    """What was sent keeps its days; stages follow the envelope's again."""
    op.drop_column("stages", "reminder_days")
    op.drop_column("organisations", "draft_defaults")
