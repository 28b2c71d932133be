"""Conditions of lists that members keep, and envelopes by the time they were sent and end."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"

_TABLE = "saved_views"
_ORDERS = (
    ("state", "deadline_at", "number"),
    ("sent_at", "number"),
    ("state", "sent_at", "number"),
)


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.String(32), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=f"fk_{_TABLE}_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_TABLE}"),
        sa.UniqueConstraint("member_id", "list", "name", name=f"uq_{_TABLE}_member_id_list_name"),
    )
    for order in _ORDERS:
        columns = ["organisation_id", *order]
        op.create_index(f"ix_envelopes_{'_'.join(columns)}", "envelopes", columns)


def downgrade() -> None:
    """What members kept is gone; nothing else depends on it."""
    for order in _ORDERS:
        op.drop_index(f"ix_envelopes_{'_'.join(['organisation_id', *order])}", "envelopes")
    op.drop_table(_TABLE)
