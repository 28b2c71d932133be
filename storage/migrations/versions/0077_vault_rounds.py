"""A database and a folder of blobs that do not belong together are noticed before anything in the
folder is taken for a leftover."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    """Expand only. The first sweep writes the row."""
    op.create_table(
        "vault_rounds",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("installation", sa.String(32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """The folder keeps its mark; a later upgrade begins with another, and says so."""
    op.drop_table("vault_rounds")
