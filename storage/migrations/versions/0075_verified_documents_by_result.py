"""The documents of a verification are sorted by what was found."""

from alembic import op

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    """Expand only."""
    op.create_index(
        "ix_verification_items_result", "verification_items", ["run_id", "wrong", "position"]
    )


def downgrade() -> None:
    """No row is touched."""
    op.drop_index("ix_verification_items_result", "verification_items")
