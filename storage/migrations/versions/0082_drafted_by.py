"""Who made a draft that somebody else sent, and the department that its chain was held against."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"


def upgrade() -> None:
    """Expand only: of what was sent before, the ledger says who sent it."""
    op.add_column("envelopes", sa.Column("drafted_by", sa.Uuid(), nullable=True))
    op.add_column(
        "chain_uses",
        sa.Column("maker_department", sa.String(100), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """The ledger keeps who made a draft; the envelope stays with whoever sent it."""
    op.drop_column("chain_uses", "maker_department")
    op.drop_column("envelopes", "drafted_by")
