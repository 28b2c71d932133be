"""Who may hand over, who came for whom, and who has left."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "predecessor_id": sa.Uuid(),
    "left_at": sa.DateTime(timezone=True),
    "left_why": sa.String(32),
}


def upgrade() -> None:
    """Expand only. Who sent an envelope before this could not allow it: nobody hands over there."""
    usual = sa.Column("handover", sa.String(32), nullable=False, server_default="refused")
    op.add_column("participants", usual)
    for name, kind in _COLUMNS.items():
        op.add_column("participants", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Successors stay as participants; the ledger tells for whom they came."""
    for name in ("left_why", "left_at", "predecessor_id", "handover"):
        op.drop_column("participants", name)
