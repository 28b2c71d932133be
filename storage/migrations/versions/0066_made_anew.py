"""Which envelope a draft was made anew of."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    """Expand only: nothing was made anew before. It refers to a row without a constraint, which
    SQLite could add to no table."""
    op.add_column("envelopes", sa.Column("anew_of", sa.Uuid(), nullable=True))
    given = sa.text("anew_of IS NOT NULL")
    op.create_index(
        "ix_envelopes_anew_of",
        "envelopes",
        ["anew_of"],
        sqlite_where=given,
        postgresql_where=given,
    )


def downgrade() -> None:
    """Every envelope stays, and the ledger goes on saying what was made of what."""
    op.drop_index("ix_envelopes_anew_of", "envelopes")
    op.drop_column("envelopes", "anew_of")
