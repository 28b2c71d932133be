"""The address book, its history, and what of it an envelope keeps of a person."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_TEXTS = (
    ("name", 100), ("kana", 100), ("mail", 254), ("company", 100), ("corporate_number", 13),
    ("partner_code", 50), ("department", 100), ("title", 100), ("postal_code", 8),
    ("address", 300), ("phone", 16), ("language", 32),
)  # fmt: skip


def upgrade() -> None:
    """Expand only."""
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in _TEXTS),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("mail_even", sa.String(254), nullable=False),
        sa.Column("company_even", sa.Text(), nullable=False),
        sa.Column("person_even", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_contacts_organisation_id_organisations",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    for columns in (("mail_even",), ("company_even", "person_even"), ("kana",)):
        name = "_".join(("ix_contacts_organisation_id", *columns))
        op.create_index(name, "contacts", ["organisation_id", *columns])
    op.create_table(
        "contact_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name="fk_contact_changes_contact_id_contacts"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_contact_changes_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contact_changes"),
        sa.UniqueConstraint("contact_id", "number", name="uq_contact_changes_contact_id_number"),
    )
    _guard()
    op.create_table(
        "contact_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("updates", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_contact_imports_organisation_id_organisations",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_contact_imports_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contact_imports"),
    )
    op.create_index("ix_contact_imports_organisation_id", "contact_imports", ["organisation_id"])
    op.add_column("participants", sa.Column("known", sa.JSON(), nullable=True))


def _guard() -> None:
    """What was changed is kept. The function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER contact_changes_no_{what.lower()} BEFORE {what} "
                "ON contact_changes FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        op.execute(
            "CREATE TRIGGER contact_changes_no_truncate BEFORE TRUNCATE ON contact_changes "
            "EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = "BEGIN SELECT RAISE(ABORT, 'contact_changes is append-only'); END"
    for what in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER contact_changes_no_{what.lower()} BEFORE {what} "
            "ON contact_changes " + refused
        )
    op.execute(
        "CREATE TRIGGER contact_changes_no_replace BEFORE INSERT "  # noqa: S608
        "ON contact_changes WHEN EXISTS (SELECT 1 FROM contact_changes WHERE id = NEW.id "
        "OR (contact_id = NEW.contact_id AND number = NEW.number)) " + refused
    )


def downgrade() -> None:
    """The ledger keeps that contacts were changed, with hashes of the values."""
    op.drop_column("participants", "known")
    op.drop_table("contact_imports")
    op.drop_table("contact_changes")
    op.drop_table("contacts")
