"""Questions of asked people, and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """A new table; nobody has asked before."""
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(1000), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name="fk_questions_envelope_id_envelopes"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name="fk_questions_participant_id_participants"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["members.id"], name="fk_questions_answered_by_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        sa.UniqueConstraint("participant_id", "nonce", name="uq_questions_participant_id_nonce"),
    )
    op.create_index("ix_questions_envelope_id", "questions", ["envelope_id"])


def downgrade() -> None:
    """The ledger keeps that somebody asked and was answered, with hashes of the words."""
    op.drop_table("questions")
