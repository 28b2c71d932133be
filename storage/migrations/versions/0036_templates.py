"""Templates of envelopes, their versions and files; and which one an envelope came from."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

_TEMPLATES, _VERSIONS, _FILES = "templates", "template_versions", "template_files"
_KEPT = {_VERSIONS: ("template_id", "number"), _FILES: ("template_id", "sha256")}
"""Append-only tables, with what keeps a second row out besides the id."""
_ADDED = (("template_id", sa.Uuid()), ("template_version", sa.Integer()))
"""Refer to rows without a constraint, which SQLite could add to no table."""


def upgrade() -> None:
    """Expand only: there are no templates before somebody makes one."""
    op.create_table(
        _TEMPLATES,
        *_ids("id", "organisation_id", "owner_id", "changed_by"),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        *_described(),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *_foreign(
            _TEMPLATES,
            organisation_id="organisations", owner_id="members", changed_by="members",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TEMPLATES}")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_templates_organisation_id_changed_at"),
        _TEMPLATES,
        ["organisation_id", "changed_at"],
    )
    op.create_table(
        _VERSIONS,
        *_ids("id", "template_id", "member_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_described(),
        sa.Column("content", sa.JSON(), nullable=False),
        *_foreign(_VERSIONS, template_id=_TEMPLATES, member_id="members"),
        *_keys(_VERSIONS),
    )
    op.create_table(
        _FILES,
        *_ids("id", "template_id", "blob_id"),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("page_sizes", sa.JSON(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_foreign(_FILES, template_id=_TEMPLATES, blob_id="blobs"),
        *_keys(_FILES),
    )
    for name, kind in _ADDED:
        op.add_column("envelopes", sa.Column(name, kind, nullable=True))
    given = sa.text("template_id IS NOT NULL")
    op.create_index(
        "ix_envelopes_template",
        "envelopes",
        ["template_id", "sent_at"],
        sqlite_where=given,
        postgresql_where=given,
    )
    for table in _KEPT:
        _guard(table)


def _ids(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in names]


def _described() -> list[sa.Column[Any]]:
    return [
        sa.Column("share", sa.String(32), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    ]


def _foreign(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([name], [f"{of}.id"], name=op.f(f"fk_{table}_{name}_{of}"))
        for name, of in columns.items()
    ]


def _keys(table: str) -> list[sa.Constraint]:
    columns = _KEPT[table]
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}")),
    ]


def _guard(table: str) -> None:
    """Written once. The function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for what in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} {refused}")
    same = " AND ".join(f"{name} = NEW.{name}" for name in _KEPT[table])
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR ({same})) {refused}"
    )


def downgrade() -> None:
    """The ledger keeps which version an envelope was sent from."""
    op.drop_index("ix_envelopes_template", "envelopes")
    for name, _kind in reversed(_ADDED):
        op.drop_column("envelopes", name)
    for table in (_FILES, _VERSIONS, _TEMPLATES):
        op.drop_table(table)
