"""What organisations write for their mails (メールの文面), and whom those are from by name."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

_TABLE = "mail_text_versions"


def upgrade() -> None:
    """Expand only: mails are as the service wrote them until an administrator writes his own."""
    op.create_table(
        _TABLE,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("id", "organisation_id")),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{_TABLE}_{column}_{other}")
            )
            for column, other in (("organisation_id", "organisations"), ("created_by", "members"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint(
            "organisation_id",
            "part",
            "version",
            name=op.f(f"uq_{_TABLE}_organisation_id_part_version"),
        ),
    )
    _guard()


def _guard() -> None:
    """What was written stays. The function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for what, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER {_TABLE}_no_{what.lower()} BEFORE {what} ON {_TABLE} "
                f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, '{_TABLE} is append-only'); END"
    for what in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {_TABLE}_no_{what.lower()} BEFORE {what} ON {_TABLE} {refused}")
    op.execute(
        f"CREATE TRIGGER {_TABLE}_no_replace BEFORE INSERT ON {_TABLE} "  # noqa: S608 - our name
        f"WHEN EXISTS (SELECT 1 FROM {_TABLE} WHERE id = NEW.id) {refused}"
    )


def downgrade() -> None:
    """Mails are as the service wrote them again; the ledger keeps who had changed what."""
    op.drop_table(_TABLE)
