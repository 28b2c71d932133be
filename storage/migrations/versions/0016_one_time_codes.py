"""One-time codes by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Expand only: nobody who was asked before is asked for a code."""
    wanted: sa.Column[bool] = sa.Column(
        "mail_code", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("participants", wanted)
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.String(32), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_hash", sa.String(200), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(32), nullable=True),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_one_time_codes_visit_id_visits")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_one_time_codes_participant_id_participants"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
    )
    op.create_index(op.f("ix_one_time_codes_visit_id"), "one_time_codes", ["visit_id"])


def downgrade() -> None:
    """What was proved stands in the evidence of acts, and in the ledger."""
    op.drop_table("one_time_codes")
    op.drop_column("participants", "mail_code")
