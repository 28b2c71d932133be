"""The words of a document's pages."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Expand only: documents of before have none."""
    op.add_column("documents", sa.Column("text_blob_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """The words go; the bytes that they were read from stay."""
    op.drop_column("documents", "text_blob_id")
