"""What a sender demands of a field beyond its kind, and what it has to do with other fields."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Expand only: fields of before have no rules, and the code before this one sets none."""
    op.add_column("fields", sa.Column("rules", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """What was filled in and signed by these rules is in acts and documents."""
    op.drop_column("fields", "rules")
