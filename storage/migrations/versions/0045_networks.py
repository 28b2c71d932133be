"""From which networks the members of an organisation work."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """Expand only: nobody is restricted until an administrator says so."""
    op.add_column("organisations", sa.Column("networks", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Whoever was kept out is let in again."""
    op.drop_column("organisations", "networks")
