"""An import keeps which columns of its index meant nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"


def upgrade() -> None:
    """Expand only."""
    op.add_column(
        "import_batches",
        sa.Column("unused", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
    )


def downgrade() -> None:
    """What was ignored stays ignored."""
    op.drop_column("import_batches", "unused")
