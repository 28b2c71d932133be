"""Contracts from elsewhere (取込), and the days on which an organisation is closed."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"

_BATCHES, _IMPORTED = "import_batches", "imported"


def upgrade() -> None:
    """Expand only: whatever is there was sent from here."""
    origin = sa.Column("origin", sa.String(32), nullable=False, server_default="sent")
    op.add_column("envelopes", origin)
    op.add_column("deals", sa.Column("received_on", sa.Date(), nullable=True))
    op.add_column("organisations", sa.Column("closed_days", sa.JSON(), nullable=True))
    op.create_table(
        _BATCHES,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("table_name", sa.String(200), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("faulty", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        *_keys(
            _BATCHES,
            ("organisation_id", "organisations"),
            ("member_id", "members"),
            ("taken_by", "members"),
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_BATCHES}"),
    )
    _index(_BATCHES, "organisation_id", "created_at")
    op.create_table(
        _IMPORTED,
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("way", sa.String(32), nullable=False),
        sa.Column("limit_on", sa.Date(), nullable=True),
        sa.Column("late_reason", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("token_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tsa", sa.String(200), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=True),
        sa.Column("warned", sa.String(32), nullable=True),
        *_keys(
            _IMPORTED,
            ("envelope_id", "envelopes"),
            ("organisation_id", "organisations"),
            ("batch_id", _BATCHES),
            ("document_id", "documents"),
        ),
        sa.PrimaryKeyConstraint("envelope_id", name=f"pk_{_IMPORTED}"),
    )
    _index(_IMPORTED, "organisation_id", "token_time", "limit_on")
    _index(_IMPORTED, "organisation_id", "sha256")
    _index(_IMPORTED, "batch_id")


def _keys(table: str, *columns: tuple[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([name], [f"{of}.id"], name=f"fk_{table}_{name}_{of}")
        for name, of in columns
    ]


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def downgrade() -> None:
    """The ledger keeps what was imported, its hash and its token's."""
    op.drop_table(_IMPORTED)
    op.drop_table(_BATCHES)
    op.drop_column("organisations", "closed_days")
    op.drop_column("deals", "received_on")
    op.drop_column("envelopes", "origin")
