"""The changes of the register, read in the order in which they were made."""

from alembic import op

revision = "0058"
down_revision = "0057"

_INDEX = "ix_deal_changes_at_envelope_id"


def upgrade() -> None:
    """Expand only."""
    op.create_index(_INDEX, "deal_changes", ["at", "envelope_id"])


def downgrade() -> None:
    """The changes stay."""
    op.drop_index(_INDEX, "deal_changes")
