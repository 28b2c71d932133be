"""Members who have forgotten their password ask for a link to a new one."""

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"


def upgrade() -> None:
    """Expand only."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "password_resets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mail", sa.String(length=254), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False, server_default=""),
        sa.Column("requested_at", moment, nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("token_sha256", sa.String(length=64), nullable=True),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("failed_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("ended_why", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_password_resets_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_resets")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_password_resets_token_sha256")),
    )
    for column in ("mail", "requested_at", "member_id"):
        op.create_index(op.f(f"ix_password_resets_{column}"), "password_resets", [column])


def downgrade() -> None:
    """Members, passwords and the ledger stay; mailed links open nothing any more, and mails that
    older code does not know are not sent."""
    op.execute(
        "UPDATE outbox SET done_at = created_at WHERE done_at IS NULL AND (kind = 'password_reset'"
        " OR subject_id IN (SELECT id FROM factor_resets WHERE what = 'password_reset'))"
    )
    op.drop_table("password_resets")
