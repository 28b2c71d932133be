"""Visits that a member opened from his own list, by his login."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Expand only: visits of before were opened by mailed links. Refers to a row without a
    constraint, which SQLite could add to no table."""
    op.add_column("visits", sa.Column("login_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Acts keep in their evidence by which login they were done."""
    op.drop_column("visits", "login_id")
