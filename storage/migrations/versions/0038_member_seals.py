"""Members' own seals."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_TABLE = "member_seals"


def upgrade() -> None:
    """Expand only: nobody has one yet."""
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("refusal", sa.String(32), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("upload_blob_id", sa.Uuid(), nullable=True),
        sa.Column("image_blob_id", sa.Uuid(), nullable=True),
        sa.Column("image_sha256", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [f"{of}.id"], name=f"fk_{_TABLE}_{name}_{of}")
            for name, of in (
                ("member_id", "members"),
                ("upload_blob_id", "blobs"),
                ("image_blob_id", "blobs"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_TABLE}"),
    )
    op.create_index(f"ix_{_TABLE}_member_id", _TABLE, ["member_id"])


def downgrade() -> None:
    """Envelopes keep their own copies, and the ledger that there were seals."""
    op.drop_table(_TABLE)
