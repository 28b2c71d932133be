"""Who heads a department (部署長)."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    """Expand only."""
    op.add_column("departments", sa.Column("head_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Chains that ask heads find nobody then, and say so."""
    op.drop_column("departments", "head_id")
