"""Finished documents after the download window: an organisation's choice."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Expand only: nobody hands over late before an administrator says so."""
    late: sa.Column[bool] = sa.Column(
        "late_downloads", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("organisations", late)


def downgrade() -> None:
    """The windows are what they were before."""
    op.drop_column("organisations", "late_downloads")
