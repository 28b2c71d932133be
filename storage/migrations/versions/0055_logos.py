"""The organisations' logos, and which one is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"

_TABLE = "organisation_logos"
_FOREIGN = {
    "organisation_id": "organisations",
    "created_by": "members",
    "upload_blob_id": "blobs",
    "image_blob_id": "blobs",
}


def upgrade() -> None:
    """Expand only: no organisation has a logo yet."""
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("refusal", sa.String(32), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("upload_blob_id", sa.Uuid(), nullable=True),
        sa.Column("image_blob_id", sa.Uuid(), nullable=True),
        sa.Column("image_sha256", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{_TABLE}_{column}_{other}")
            )
            for column, other in _FOREIGN.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
    )
    op.create_index(op.f(f"ix_{_TABLE}_organisation_id"), _TABLE, ["organisation_id"])
    op.add_column("organisations", sa.Column("logo_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Signers' pages have the name only again."""
    op.drop_column("organisations", "logo_id")
    op.drop_index(op.f(f"ix_{_TABLE}_organisation_id"), table_name=_TABLE)
    op.drop_table(_TABLE)
