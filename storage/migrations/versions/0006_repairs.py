"""What a repaired copy of a document lacks, and who agreed to it when."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Expand only: the code before this one does not know the columns."""
    op.add_column(
        "documents", sa.Column("mends", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column(
        "documents", sa.Column("repair_agreed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("documents", sa.Column("repair_agreed_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """The ledger keeps what was agreed; repaired copies stay as revisions."""
    op.drop_column("documents", "repair_agreed_by")
    op.drop_column("documents", "repair_agreed_at")
    op.drop_column("documents", "mends")
