"""ZIPs for the tax office."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

_TABLE = "disclosures"


def upgrade() -> None:
    """Expand only: nobody has asked for one yet."""
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("packed", sa.Integer(), nullable=False),
        sa.Column("envelopes", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blob_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        *(
            sa.ForeignKeyConstraint([name], [f"{of}.id"], name=f"fk_{_TABLE}_{name}_{of}")
            for name, of in (
                ("organisation_id", "organisations"),
                ("member_id", "members"),
                ("run_id", "verifications"),
                ("blob_id", "blobs"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_TABLE}"),
        sa.UniqueConstraint("run_id", name=f"uq_{_TABLE}_run_id"),
    )
    op.create_index(
        f"ix_{_TABLE}_organisation_id_asked_at", _TABLE, ["organisation_id", "asked_at"]
    )
    op.create_index(f"ix_{_TABLE}_expires_at", _TABLE, ["expires_at"])


def downgrade() -> None:
    """The ledger keeps that there were some, and their hashes."""
    op.drop_table(_TABLE)
