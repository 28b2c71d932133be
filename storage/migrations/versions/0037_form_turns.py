"""Which form of an open page was kept last."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Expand only: pages that are open say nothing of their order, as before."""
    op.create_table(
        "form_turns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=False),
        sa.Column("pen", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_turns")),
        sa.UniqueConstraint("about", "pen", name=op.f("uq_form_turns_about_pen")),
    )
    op.create_index(op.f("ix_form_turns_at"), "form_turns", ["at"])


def downgrade() -> None:
    """Pages that are open are taken as they come."""
    op.drop_table("form_turns")
