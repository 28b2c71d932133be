"""Where the annotations of a document lie: no field is placed over them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Expand only: of documents that were checked before, nobody knows any."""
    op.add_column("documents", sa.Column("taken", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Found again when a document is checked again."""
    op.drop_column("documents", "taken")
