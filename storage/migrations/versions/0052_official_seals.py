"""公印・角印: an organisation's seals, which copies in envelopes are of them, and their uses."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"

_SEALS, _USES = "official_seals", "official_seal_uses"


def upgrade() -> None:
    """Expand only: there is no seal before an administrator adds one."""
    op.create_table(
        _SEALS,
        *_ids("id", "organisation_id"),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("mm", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("members", "departments")),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("refusal", sa.String(32), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("upload_blob_id", sa.Uuid(), nullable=True),
        sa.Column("image_blob_id", sa.Uuid(), nullable=True),
        sa.Column("image_sha256", sa.String(64), nullable=True),
        *_ids("created_by"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        _refers(_SEALS, "organisation_id", "organisations"),
        _refers(_SEALS, "upload_blob_id", "blobs"),
        _refers(_SEALS, "image_blob_id", "blobs"),
        _refers(_SEALS, "created_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_seals")),
    )
    op.create_index(op.f("ix_official_seals_organisation_id"), _SEALS, ["organisation_id"])
    op.create_table(
        _USES,
        *_ids("id", "seal_id", "act_id", "envelope_id", "document_id"),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("image_sha256", sa.String(64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        _refers(_USES, "seal_id", _SEALS),
        _refers(_USES, "act_id", "acts"),
        _refers(_USES, "envelope_id", "envelopes"),
        _refers(_USES, "document_id", "documents"),
        _refers(_USES, "member_id", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_seal_uses")),
        sa.UniqueConstraint(
            "act_id", "document_id", name=op.f("uq_official_seal_uses_act_id_document_id")
        ),
    )
    op.create_index(
        op.f("ix_official_seal_uses_seal_id_used_at_id"), _USES, ["seal_id", "used_at", "id"]
    )
    _guard(_USES, "act_id", "document_id")
    # Refers to a row without a constraint, which SQLite could add to no table.
    op.add_column("stamps", sa.Column("seal_id", sa.Uuid(), nullable=True))


def _ids(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in names]


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _guard(table: str, *key: str) -> None:
    """What was used stays noted. The function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for what, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for what in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} {refused}")
    taken = " AND ".join(f"{column} = NEW.{column}" for column in key)
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR ({taken})) {refused}"
    )


def downgrade() -> None:
    """Acts keep in their evidence which seal they showed, and envelopes its picture."""
    op.drop_column("stamps", "seal_id")
    op.drop_table(_USES)
    op.drop_table(_SEALS)
