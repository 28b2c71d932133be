"""Which act raised a link's generation, so that a repeated step raises it once."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Expand only: the code before this one does not know the column."""
    op.add_column("links", sa.Column("renewed_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """The generation itself stays."""
    op.drop_column("links", "renewed_by")
