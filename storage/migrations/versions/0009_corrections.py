"""Versions of an envelope's documents: which document belongs to which, and who corrected why."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Expand only: every document of before belongs to all versions of its envelope."""
    first = sa.Column("from_version", sa.Integer(), nullable=False, server_default="1")
    op.add_column("documents", first)
    op.add_column("documents", sa.Column("until_version", sa.Integer(), nullable=True))
    op.add_column("documents", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.add_column("links", sa.Column("corrected_sha256", sa.String(64), nullable=True))
    op.create_index("ix_links_corrected_sha256", "links", ["corrected_sha256"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=False),
        sa.Column("to_version", sa.Integer(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("concerned", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["acts.id"], name="fk_corrections_act_id_acts"),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name="fk_corrections_envelope_id_envelopes"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.UniqueConstraint("act_id", name="uq_corrections_act_id"),
        sa.UniqueConstraint(
            "envelope_id", "to_version", name="uq_corrections_envelope_id_to_version"
        ),
    )
    op.create_index("ix_corrections_envelope_id", "corrections", ["envelope_id"])


def downgrade() -> None:
    """The code before this one knows no replaced documents: they, and corrections that were not
    carried out, count as removed. Their bytes, acts and ledger events stay."""
    op.execute(
        "UPDATE documents SET removed_at = CURRENT_TIMESTAMP WHERE removed_at IS NULL AND "
        "(until_version IS NOT NULL OR from_version > "
        "(SELECT version FROM envelopes WHERE envelopes.id = documents.envelope_id))"
    )
    op.drop_table("corrections")
    op.drop_index("ix_links_corrected_sha256", "links")
    op.drop_column("links", "corrected_sha256")
    for name in ("replaces_id", "until_version", "from_version"):
        op.drop_column("documents", name)
