"""Which chain an envelope was sent along, for which amount, and which stages were skipped."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0029"

_USES = "chain_uses"


def upgrade() -> None:
    """Expand only: envelopes of before keep their chain's id alone."""
    op.create_table(
        _USES,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("chain_version", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("department", sa.String(100), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_{_USES}_{column}_{table}")
            )
            for column, table in (("envelope_id", "envelopes"), ("chain_id", "chains"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_USES}")),
        sa.UniqueConstraint("envelope_id", "version", name=op.f(f"uq_{_USES}_envelope_id_version")),
    )
    _guard()


def _guard() -> None:
    """Written once for each sending. The function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {_USES}_no_{what.lower()} BEFORE {what} ON {_USES} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        op.execute(
            f"CREATE TRIGGER {_USES}_no_truncate BEFORE TRUNCATE ON {_USES} "
            "EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, '{_USES} is append-only'); END"
    for what in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {_USES}_no_{what.lower()} BEFORE {what} ON {_USES} {refused}")
    op.execute(
        f"CREATE TRIGGER {_USES}_no_replace BEFORE INSERT ON {_USES} "  # noqa: S608 - our names
        f"WHEN EXISTS (SELECT 1 FROM {_USES} WHERE id = NEW.id "
        f"OR (envelope_id = NEW.envelope_id AND version = NEW.version)) {refused}"
    )


def downgrade() -> None:
    """The ledger keeps amount, version and skipped stages of each sending."""
    op.drop_table(_USES)
