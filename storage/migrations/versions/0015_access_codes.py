"""Access codes of participants, and what was proved besides the link."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Expand only: who was asked before has no access code."""
    op.add_column("participants", sa.Column("access_code_hash", sa.String(200), nullable=True))
    op.create_table(
        "factor_proofs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("factor", sa.String(32), nullable=False),
        sa.Column("moment", sa.String(32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("act_nonce", sa.String(64), nullable=True),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_factor_proofs_visit_id_visits")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_factor_proofs_participant_id_participants"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_proofs")),
    )
    op.create_index(op.f("ix_factor_proofs_visit_id"), "factor_proofs", ["visit_id"])
    _guard()


def _guard() -> None:
    """What somebody proved never changes. The function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER factor_proofs_no_{what.lower()} BEFORE {what} ON factor_proofs "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        op.execute(
            "CREATE TRIGGER factor_proofs_no_truncate BEFORE TRUNCATE ON factor_proofs "
            "EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = "BEGIN SELECT RAISE(ABORT, 'factor_proofs is append-only'); END"
    for what in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER factor_proofs_no_{what.lower()} BEFORE {what} ON factor_proofs "
            + refused
        )
    op.execute(
        "CREATE TRIGGER factor_proofs_no_replace BEFORE INSERT ON factor_proofs "  # noqa: S608
        "WHEN EXISTS (SELECT 1 FROM factor_proofs WHERE id = NEW.id) " + refused
    )


def downgrade() -> None:
    """What was proved stands in the evidence of acts, and in the ledger."""
    op.drop_table("factor_proofs")
    op.drop_column("participants", "access_code_hash")
