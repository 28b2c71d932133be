"""Contracts that name an earlier one: amendments, main contracts, renewals."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

_INDEX = "ix_deals_organisation_id_earlier_envelope_id"


def upgrade() -> None:
    """Expand only: nobody named one before."""
    for name in ("relation", "earlier"):
        op.add_column(
            "deals", sa.Column(name, sa.String(10), nullable=False, server_default=sa.text("''"))
        )
    op.create_index(_INDEX, "deals", ["organisation_id", "earlier", "envelope_id"])


def downgrade() -> None:
    """The history of the values keeps what was named."""
    op.drop_index(_INDEX, "deals")
    for name in ("earlier", "relation"):
        op.drop_column("deals", name)
