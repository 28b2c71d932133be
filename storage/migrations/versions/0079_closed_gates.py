"""Gates that a route has come to and nobody has opened are found without the other stages."""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"

CLOSED = "gate_opener IS NOT NULL AND opened_at IS NOT NULL AND gate_act_id IS NULL"


def upgrade() -> None:
    """Expand only."""
    op.create_index(
        "ix_stages_closed_gates",
        "stages",
        ["gate_opener"],
        sqlite_where=sa.text(CLOSED),
        postgresql_where=sa.text(CLOSED),
    )


def downgrade() -> None:
    """No row is touched."""
    op.drop_index("ix_stages_closed_gates", "stages")
