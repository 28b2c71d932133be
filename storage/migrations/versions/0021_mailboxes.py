"""あなたの文書: addresses as they are compared, codes and visits."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Expand only: whoever is added by the code before has no `mailbox`, and is found all the
    same, by his address."""
    op.add_column("participants", sa.Column("mailbox", sa.String(254), nullable=True))
    op.execute("UPDATE participants SET mailbox = lower(trim(mail))")
    op.create_index("ix_participants_mailbox", "participants", ["mailbox"])
    op.create_table(
        "mailbox_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mail", sa.String(254), nullable=False),
        sa.Column("browser_sha256", sa.String(64), nullable=False),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_hash", sa.String(200), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mailbox_codes"),
    )
    op.create_index("ix_mailbox_codes_browser_sha256", "mailbox_codes", ["browser_sha256"])
    op.create_index("ix_mailbox_codes_requested_at", "mailbox_codes", ["requested_at"])
    op.create_table(
        "mailbox_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cookie_sha256", sa.String(64), nullable=False),
        sa.Column("mail", sa.String(254), nullable=False),
        sa.Column("code_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("agent", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mailbox_visits"),
        sa.UniqueConstraint("cookie_sha256", name="uq_mailbox_visits_cookie_sha256"),
    )
    op.create_index("ix_mailbox_visits_mail", "mailbox_visits", ["mail"])


def downgrade() -> None:
    """The ledger keeps that mailboxes were opened, and what was asked for from there."""
    op.drop_table("mailbox_visits")
    op.drop_table("mailbox_codes")
    op.drop_index("ix_participants_mailbox", "participants")
    op.drop_column("participants", "mailbox")
