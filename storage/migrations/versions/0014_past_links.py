"""Tokens of links that were replaced: their holders may ask for the new one."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Expand only: tokens that were replaced before are not known any more."""
    op.create_table(
        "past_links",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["links.id"], name=op.f("fk_past_links_link_id_links")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_past_links")),
    )
    op.create_index(op.f("ix_past_links_link_id"), "past_links", ["link_id"])


def downgrade() -> None:
    """Whoever holds an old token asks the sender again."""
    op.drop_table("past_links")
