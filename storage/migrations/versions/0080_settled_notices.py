"""A member says that somebody got the finished documents in another way than by the lost mail."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"


def upgrade() -> None:
    """Expand only."""
    op.add_column("notices", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """The ledger keeps who said so; the mail counts as lost again."""
    op.drop_column("notices", "settled_at")
