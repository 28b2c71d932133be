"""Passkeys of members' logins (ログイン用のパスキー)."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    """Expand only: nobody has one yet."""
    op.create_table(
        "member_passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("rp_id", sa.String(253), nullable=False),
        sa.Column("credential_sha256", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_passkeys_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_passkeys")),
        sa.UniqueConstraint("credential_sha256", name=op.f("uq_member_passkeys_credential_sha256")),
    )
    op.create_index(op.f("ix_member_passkeys_member_id"), "member_passkeys", ["member_id"])
    op.create_table(
        "spent_challenges",
        sa.Column("challenge_sha256", sa.String(64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_sha256", name=op.f("pk_spent_challenges")),
    )
    op.add_column(
        "members",
        sa.Column("has_passkey", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("login_sessions", sa.Column("factor", sa.String(32), nullable=True))


def downgrade() -> None:
    """Whoever had nothing but a passkey logs in by his password; the ledger keeps what was done."""
    op.drop_column("login_sessions", "factor")
    op.drop_column("members", "has_passkey")
    op.drop_table("spent_challenges")
    op.drop_table("member_passkeys")
