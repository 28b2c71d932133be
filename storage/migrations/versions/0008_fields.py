"""Input fields: what they ask, what people type into them, what acts froze, and stamp images."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Expand only: the code before this one leaves the new columns at their defaults."""
    op.add_column("documents", _kept("signed", sa.Boolean(), sa.false()))
    op.add_column("fields", _kept("position", sa.Integer(), "0"))
    op.add_column("fields", _kept("label", sa.String(60), ""))
    op.add_column("fields", _kept("options", sa.JSON(), "[]"))
    op.add_column("fields", sa.Column("max_characters", sa.Integer(), nullable=True))
    _typed_values()
    _act_fillings()
    _stamps()
    _guard()


def _kept(name: str, kind: sa.types.TypeEngine[Any], first: Any) -> sa.Column[Any]:  # noqa: ANN401
    """A column that rows of before get their value of, and that older code need not know."""
    return sa.Column(name, kind, nullable=False, server_default=first)


def _guard() -> None:
    """What an act froze never changes. The function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER act_fillings_no_{what.lower()} BEFORE {what} ON act_fillings "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        op.execute(
            "CREATE TRIGGER act_fillings_no_truncate BEFORE TRUNCATE ON act_fillings "
            "EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = "BEGIN SELECT RAISE(ABORT, 'act_fillings is append-only'); END"
    for what in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER act_fillings_no_{what.lower()} BEFORE {what} ON act_fillings {refused}"
        )
    op.execute(
        "CREATE TRIGGER act_fillings_no_replace BEFORE INSERT ON act_fillings "  # noqa: S608
        "WHEN EXISTS (SELECT 1 FROM act_fillings WHERE act_id = NEW.act_id) " + refused
    )


def _typed_values() -> None:
    op.create_table(
        "typed_values",
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name="fk_typed_values_slot_id_slots"),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name="fk_typed_values_participant_id_participants",
        ),
        sa.PrimaryKeyConstraint("slot_id", "participant_id", name="pk_typed_values"),
    )


def _act_fillings() -> None:
    op.create_table(
        "act_fillings",
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["acts.id"], name="fk_act_fillings_act_id_acts"),
        sa.PrimaryKeyConstraint("act_id", name="pk_act_fillings"),
    )


def _stamps() -> None:
    op.create_table(
        "stamps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("refusal", sa.String(32), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("upload_blob_id", sa.Uuid(), nullable=True),
        sa.Column("image_blob_id", sa.Uuid(), nullable=True),
        sa.Column("image_sha256", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name="fk_stamps_participant_id_participants"
        ),
        sa.ForeignKeyConstraint(
            ["upload_blob_id"], ["blobs.id"], name="fk_stamps_upload_blob_id_blobs"
        ),
        sa.ForeignKeyConstraint(
            ["image_blob_id"], ["blobs.id"], name="fk_stamps_image_blob_id_blobs"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stamps"),
    )
    op.create_index("ix_stamps_participant_id", "stamps", ["participant_id"])


def downgrade() -> None:
    """What people typed goes; what they signed is in the documents."""
    for table in ("stamps", "act_fillings", "typed_values"):
        op.drop_table(table)
    for name in ("max_characters", "options", "label", "position"):
        op.drop_column("fields", name)
    op.drop_column("documents", "signed")
