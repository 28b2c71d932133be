"""Places of a document that are offered as input fields, and which of them its sender dismissed."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    """Expand only: for documents that came in before, nothing was looked for."""
    op.add_column("documents", sa.Column("found_blob_id", sa.Uuid(), nullable=True))
    op.add_column(
        "documents", sa.Column("dismissed", sa.JSON(), nullable=False, server_default="[]")
    )


def downgrade() -> None:
    """Fields that were placed stay."""
    op.drop_column("documents", "dismissed")
    op.drop_column("documents", "found_blob_id")
