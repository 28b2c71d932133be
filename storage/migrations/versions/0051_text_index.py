"""The index of documents' texts, titles as searches compare them, and indexes of the register."""

import sqlalchemy as sa
from alembic import op

from domain.text_search import MAX_EVEN_TITLE_CHARACTERS, letters

revision = "0051"
down_revision = "0050"

_OF = "organisation_id"
_SEARCHED = (
    ("ix_envelopes_titles", "envelopes", [_OF, "title_even", "id"]),
    ("ix_envelopes_organisation_id_number_id", "envelopes", [_OF, "number", "id"]),
    ("ix_deals_organisation_id_kind_envelope_id", "deals", [_OF, "kind", "envelope_id"]),
    (
        "ix_deals_organisation_id_contract_number_envelope_id",
        "deals",
        [_OF, "contract_number", "envelope_id"],
    ),
    ("ix_deals_partners", "deals", [_OF, "partner_even", "envelope_id", "partner_code"]),
    (
        "ix_deals_searched",
        "deals",
        [_OF, "made_on", "envelope_id", "amount", "kind", "partner_even", "partner_code"],
    ),
)
_NARROWER = ("made_on", "partner_even")
"""Indexes that others of these replace."""
_CHUNK = 1000


def upgrade() -> None:
    """Expand only. Documents whose words are kept already wait for the worker, as new ones do."""
    op.create_table(
        "text_entries",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_text_entries_document_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_text_entries_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_text_entries")),
    )
    op.create_index(
        "ix_text_entries_organisation_id_ordinal",
        "text_entries",
        ["organisation_id", "ordinal"],
        unique=True,
    )
    for name, column, where in (
        ("waiting", "document_id", "marks IS NULL AND ordinal IS NULL"),
        ("fresh", "organisation_id", "marks IS NOT NULL"),
    ):
        op.create_index(
            f"ix_text_entries_{name}",
            "text_entries",
            [column],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_table(
        "text_buckets",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("fold", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_text_buckets_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "bucket", "fold", name=op.f("pk_text_buckets")),
    )
    op.execute(
        "INSERT INTO text_entries (document_id, organisation_id) "
        "SELECT documents.id, envelopes.organisation_id FROM documents "
        "JOIN envelopes ON envelopes.id = documents.envelope_id "
        "WHERE documents.text_blob_id IS NOT NULL AND documents.removed_at IS NULL"
    )
    op.add_column(
        "envelopes",
        sa.Column(
            "title_even",
            sa.String(MAX_EVEN_TITLE_CHARACTERS),
            nullable=False,
            server_default=sa.text("''"),
        ),
    )
    _even_titles(op.get_bind())
    for name, table, columns in _SEARCHED:
        op.create_index(name, table, columns)
    for name in _NARROWER:
        op.drop_index(_index(name), "deals")


def _index(name: str) -> str:
    return f"ix_deals_organisation_id_{name}_envelope_id"


def _even_titles(connection: sa.Connection) -> None:
    """Each title once, however many envelopes have it."""
    envelopes = sa.table(
        "envelopes", sa.column("title", sa.String()), sa.column("title_even", sa.String())
    )
    titles = connection.scalars(sa.select(envelopes.c.title).distinct()).all()
    statement = (
        sa.update(envelopes)
        .where(envelopes.c.title == sa.bindparam("same"))
        .values(title_even=sa.bindparam("even"))
    )
    rows = [{"same": title, "even": letters(title)[:MAX_EVEN_TITLE_CHARACTERS]} for title in titles]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(statement, rows[start : start + _CHUNK])


def downgrade() -> None:
    """The texts themselves are kept where they were."""
    for name in _NARROWER:
        op.create_index(_index(name), "deals", ["organisation_id", name, "envelope_id"])
    for name, table, _ in reversed(_SEARCHED):
        op.drop_index(name, table)
    op.drop_column("envelopes", "title_even")
    op.drop_table("text_buckets")
    op.drop_table("text_entries")
