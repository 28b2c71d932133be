"""Consents to electronic means: texts of organisations, and what parties said."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_VERSIONS, _CONSENTS = "consent_versions", "consents"
_ASKING = ("organisations", "envelopes")
"""Their column refers to a version without a constraint, which SQLite could add to no table."""
_FIXED = (
    "id", "nonce", "kind", "organisation_id", "envelope_id", "party_id", "participant_id",
    "version_id", "means", "language", "mail", "withdraws_id", "evidence", "statement",
    "statement_sha256", "at",
)  # fmt: skip
_ONCE = ("token", "token_time", "tsa")
"""Written once: the time-stamp follows the consent."""
_TAKEN = {
    _VERSIONS: "id = NEW.id OR (organisation_id = NEW.organisation_id AND version = NEW.version)",
    _CONSENTS: "id = NEW.id OR nonce = NEW.nonce OR withdraws_id = NEW.withdraws_id",
}


def upgrade() -> None:
    """Expand only: nobody is asked before an administrator says so."""
    _create_versions()
    _create_consents()
    for table in _ASKING:
        op.add_column(table, sa.Column("consent_version_id", sa.Uuid(), nullable=True))
    for table in (_VERSIONS, _CONSENTS):
        _guard(table)


def _create_versions() -> None:
    op.create_table(
        _VERSIONS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ja", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _foreign(_VERSIONS, "organisation_id", "organisations"),
        _foreign(_VERSIONS, "created_by", "members"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_versions")),
        sa.UniqueConstraint(
            "organisation_id", "version", name=op.f("uq_consent_versions_organisation_id_version")
        ),
    )


def _create_consents() -> None:
    ids = ("organisation_id", "envelope_id", "party_id", "participant_id", "version_id")
    op.create_table(
        _CONSENTS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ids),
        sa.Column("means", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("mail", sa.String(254), nullable=False),
        sa.Column("withdraws_id", sa.Uuid(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("statement_sha256", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("token_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tsa", sa.String(100), nullable=True),
        _foreign(_CONSENTS, "organisation_id", "organisations"),
        _foreign(_CONSENTS, "envelope_id", "envelopes"),
        _foreign(_CONSENTS, "party_id", "parties"),
        _foreign(_CONSENTS, "participant_id", "participants"),
        _foreign(_CONSENTS, "version_id", _VERSIONS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("nonce", name=op.f("uq_consents_nonce")),
        sa.UniqueConstraint("withdraws_id", name=op.f("uq_consents_withdraws_id")),
    )
    for name in ("envelope_id", "party_id", "version_id"):
        op.create_index(op.f(f"ix_consents_{name}"), _CONSENTS, [name])


def _foreign(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def _guard(table: str) -> None:
    """Texts never change, and what somebody said neither; its time-stamp is added once. The
    function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        changed = _changed(table, "{0}::text IS DISTINCT FROM {1}::text")
        for what, when in (("UPDATE", changed), ("DELETE", "")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                f"FOR EACH ROW {when}EXECUTE FUNCTION refuse_change()"
            )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for what, when in (("UPDATE", _changed(table, "{0} IS NOT {1}")), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} {when}{refused}"
        )
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {_TAKEN[table]}) {refused}"
    )


def _changed(table: str, differs: str) -> str:
    """The condition under which an update is refused; empty: always."""
    if table == _VERSIONS:
        return ""
    terms = [differs.format(f"OLD.{column}", f"NEW.{column}") for column in _FIXED]
    terms += [
        f"(OLD.{column} IS NOT NULL AND " + differs.format(f"OLD.{column}", f"NEW.{column}") + ")"
        for column in _ONCE
    ]
    return f"WHEN ({' OR '.join(terms)}) "


def downgrade() -> None:
    """Acts keep in their evidence by which consent they were done; the ledger keeps that one was
    given or withdrawn."""
    for table in _ASKING:
        op.drop_column(table, "consent_version_id")
    op.drop_table(_CONSENTS)
    op.drop_table(_VERSIONS)
