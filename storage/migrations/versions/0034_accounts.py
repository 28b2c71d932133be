"""Recovery codes, where logins came from, and organisations that demand a second factor."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Expand only: logins of before do not say where they came from, and nobody is forced."""
    for name, length in (("agent", 300), ("address", 45)):
        column: sa.Column[str] = sa.Column(
            name, sa.String(length), nullable=False, server_default=""
        )
        op.add_column("login_sessions", column)
    since = sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True)
    op.add_column("organisations", since)
    op.create_table(
        "member_recovery_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("finder", sa.String(8), nullable=False),
        sa.Column("code_hash", sa.String(200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_member_recovery_codes_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_member_recovery_codes"),
    )
    op.create_index("ix_member_recovery_codes_member_id", "member_recovery_codes", ["member_id"])


def downgrade() -> None:
    """Who lost his app asks an administrator again."""
    op.drop_table("member_recovery_codes")
    op.drop_column("organisations", "totp_since")
    for name in ("address", "agent"):
        op.drop_column("login_sessions", name)
