"""Fields that a sender places anew on a corrected document."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Expand only: without any, the fields of before are taken over."""
    op.add_column("documents", sa.Column("placed", sa.JSON(), nullable=True))


def downgrade() -> None:
    """A placing that nobody confirmed is done again; a confirmed one stands in the fields."""
    op.drop_column("documents", "placed")
