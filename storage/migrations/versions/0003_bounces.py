"""What a report of undelivered mail says of a notice."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notices", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("delayed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notices", sa.Column("report_status", sa.String(length=12), nullable=True))
    op.create_index(op.f("ix_notices_message_id"), "notices", ["message_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_notices_message_id"), table_name="notices")
    op.drop_column("notices", "report_status")
    op.drop_column("notices", "delayed_at")
    op.drop_column("notices", "bounced_at")
