"""One-time codes by SMS, and codes of members' authenticator apps."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Expand only: nobody who was asked before is asked for more, and every code went by mail."""
    op.add_column("participants", sa.Column("phone", sa.String(16), nullable=True))
    asked: sa.Column[bool] = sa.Column(
        "app_code", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("participants", asked)
    way: sa.Column[str] = sa.Column(
        "factor", sa.String(32), nullable=False, server_default="mail_code"
    )
    op.add_column("one_time_codes", way)
    op.add_column("factor_proofs", sa.Column("said", sa.JSON(), nullable=True))


def downgrade() -> None:
    """What was proved stands in the evidence of acts, and in the ledger."""
    op.drop_column("factor_proofs", "said")
    op.drop_column("one_time_codes", "factor")
    op.drop_column("participants", "app_code")
    op.drop_column("participants", "phone")
