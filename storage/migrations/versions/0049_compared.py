"""Which pages of a corrected document look different."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    """Expand only: what was corrected before says that its pictures were not compared."""
    op.add_column("documents", sa.Column("compared", sa.JSON(), nullable=True))


def downgrade() -> None:
    """What was seen is forgotten; the documents stay."""
    op.drop_column("documents", "compared")
