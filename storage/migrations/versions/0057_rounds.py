"""Stages that are asked anew after a sending back, and those whose place they took."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    """Expand only: nothing was sent back to a stage before."""
    op.add_column("stages", sa.Column("returned_by", sa.Uuid(), nullable=True))
    op.add_column("stages", sa.Column("ended_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Routes stay as they stand; stages of before keep their versions, and count nowhere."""
    op.drop_column("stages", "ended_by")
    op.drop_column("stages", "returned_by")
