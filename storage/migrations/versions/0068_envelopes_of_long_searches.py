"""Which envelopes a ZIP is of, where more documents may say what is searched for than one request
looks at: written down when its verification is planned, until it is packed."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "said_envelopes",
        sa.Column("run_id", sa.Uuid(), sa.ForeignKey("verifications.id"), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), sa.ForeignKey("envelopes.id"), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "envelope_id"),
    )


def downgrade() -> None:
    """Whoever waits for such a ZIP asks for it again; all others stay."""
    op.drop_table("said_envelopes")
