"""Files that signers attach."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_FIXED = "id, participant_id, slot_id, field_id, created_at"
_ONCE = ("kind", "sha256", "proof", "checked_at", "removed_at")
"""Written by the check, or by the removal, and never again."""


def upgrade() -> None:
    """Expand only: envelopes that were sent before ask for no file."""
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("refusal", sa.String(32), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("upload_blob_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=True),
        sa.Column("blob_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("preview_blob_id", sa.Uuid(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("located", sa.Boolean(), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_attachments_{column}_{table}")
            )
            for column, table in (
                ("participant_id", "participants"),
                ("slot_id", "slots"),
                ("field_id", "fields"),
                ("upload_blob_id", "blobs"),
                ("blob_id", "blobs"),
                ("preview_blob_id", "blobs"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    for column in ("participant_id", "field_id"):
        op.create_index(op.f(f"ix_attachments_{column}"), "attachments", [column])
    _guard()


def _guard() -> None:
    """A file stays whose it was, and what it was found to be. The function came with 0002."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    refused = (
        "EXECUTE FUNCTION refuse_change()"
        if postgresql
        else "BEGIN SELECT RAISE(ABORT, 'attachments is append-only'); END"
    )
    each = "FOR EACH ROW " if postgresql else ""
    op.execute(
        f"CREATE TRIGGER attachments_no_update BEFORE UPDATE OF {_FIXED} ON attachments {each}"
        + refused
    )
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    changed = " OR ".join(
        f"(OLD.{column} IS NOT NULL AND OLD.{column} {differs} NEW.{column})" for column in _ONCE
    )
    op.execute(
        f"CREATE TRIGGER attachments_once BEFORE UPDATE ON attachments {each}"
        f"WHEN ({changed}) " + refused
    )


def downgrade() -> None:
    """What was handed in stands in the evidence of acts, and in the ledger."""
    op.drop_table("attachments")
