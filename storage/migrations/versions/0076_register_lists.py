"""Which envelopes a search of texts found, of more candidates than one request looks at: decided
by the documents worker, to be printed and taken out."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "register_lists",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("organisation_id", sa.Uuid(), sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("member_id", sa.Uuid(), sa.ForeignKey("members.id"), nullable=False),
        sa.Column("query_sha256", sa.String(64), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("envelopes", sa.Integer(), nullable=False),
        sa.UniqueConstraint("organisation_id", "query_sha256"),
    )
    op.create_index(
        "ix_register_lists_decided_at_asked_at", "register_lists", ["decided_at", "asked_at"]
    )
    op.create_table(
        "listed_envelopes",
        sa.Column("list_id", sa.Uuid(), sa.ForeignKey("register_lists.id"), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), sa.ForeignKey("envelopes.id"), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "envelope_id"),
    )


def downgrade() -> None:
    """Lists are kept for a day at the most; what they are of stays."""
    op.drop_table("listed_envelopes")
    op.drop_table("register_lists")
