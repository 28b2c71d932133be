"""Verifications of a period."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0039"

_RUNS, _ITEMS = "verifications", "verification_items"


def upgrade() -> None:
    """Expand only: nobody has asked for one yet."""
    op.create_table(
        _RUNS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("chains", sa.JSON(), nullable=True),
        sa.Column("report_blob_id", sa.Uuid(), nullable=True),
        sa.Column("report_sha256", sa.String(64), nullable=True),
        sa.Column("report_size", sa.BigInteger(), nullable=False),
        *_keys(
            _RUNS,
            ("organisation_id", "organisations"),
            ("member_id", "members"),
            ("report_blob_id", "blobs"),
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_RUNS}"),
    )
    op.create_index(f"ix_{_RUNS}_organisation_id_asked_at", _RUNS, ["organisation_id", "asked_at"])
    op.create_table(
        _ITEMS,
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("wrong", sa.Boolean(), nullable=False),
        sa.Column("signatures", sa.Integer(), nullable=False),
        sa.Column("stamps", sa.JSON(), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        *_keys(
            _ITEMS,
            ("run_id", _RUNS),
            ("envelope_id", "envelopes"),
            ("document_id", "documents"),
            ("revision_id", "revisions"),
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=f"pk_{_ITEMS}"),
    )


def _keys(table: str, *columns: tuple[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([name], [f"{of}.id"], name=f"fk_{table}_{name}_{of}")
        for name, of in columns
    ]


def downgrade() -> None:
    """The ledger keeps that there were runs, and the hashes of their reports."""
    op.drop_table(_ITEMS)
    op.drop_table(_RUNS)
