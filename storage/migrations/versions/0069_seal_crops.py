"""What was cut off pictures of seals by hand, and which seal another one is a closer crop of."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"

_TABLES = ("member_seals", "official_seals")


def upgrade() -> None:
    """Expand only: nothing was cropped by hand before. `replaces_id` refers to a row without a
    constraint, which SQLite could add to no table."""
    for table in _TABLES:
        op.add_column(table, sa.Column("crop", sa.String(32), nullable=True))
    op.add_column("official_seals", sa.Column("replaces_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Every seal stays, with its picture as it was cropped."""
    op.drop_column("official_seals", "replaces_id")
    for table in _TABLES:
        op.drop_column(table, "crop")
