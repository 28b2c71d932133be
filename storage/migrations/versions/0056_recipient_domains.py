"""To which domains an organisation's envelopes may go (送信先の制限)."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    """Expand only: everybody may be asked until an administrator says otherwise."""
    op.add_column("organisations", sa.Column("recipient_domains", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Everybody may be asked again."""
    op.drop_column("organisations", "recipient_domains")
