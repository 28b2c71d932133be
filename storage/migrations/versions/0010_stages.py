"""Stages with deadlines of their own, gates, and recipients of chosen documents."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "deadline_days": sa.Integer(),
    "deadline_at": sa.DateTime(timezone=True),
    "gate_title": sa.String(100),
    "gate_opener": sa.String(64),
    "gate_act_id": sa.Uuid(),
}


def upgrade() -> None:
    """Expand only: stages of before have none of these, and every recipient gets everything."""
    for name, kind in _COLUMNS.items():
        op.add_column("stages", sa.Column(name, kind, nullable=True))
    op.create_table(
        "participant_documents",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_participant_documents_participant_id_participants"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_participant_documents_document_id_documents"),
        ),
        sa.PrimaryKeyConstraint(
            "participant_id", "document_id", name=op.f("pk_participant_documents")
        ),
    )


def downgrade() -> None:
    """The ledger tells which gates were opened; who chose documents for somebody chooses anew."""
    op.drop_table("participant_documents")
    for name in reversed(_COLUMNS):
        op.drop_column("stages", name)
