"""Single sign-on: connections, identities, mail domains, and how a login came about."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    """Expand only: nobody is offered a single sign-on until an administrator has tried one."""
    op.create_table(
        "sso_connections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("protocol", sa.String(32), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("link", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tried_revision", sa.Integer(), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _refers("sso_connections", "organisation_id", "organisations"),
        sa.PrimaryKeyConstraint("id", name="pk_sso_connections"),
        sa.UniqueConstraint(
            "organisation_id", "protocol", name="uq_sso_connections_organisation_id_protocol"
        ),
    )
    op.create_table(
        "sso_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        _refers("sso_identities", "connection_id", "sso_connections"),
        _refers("sso_identities", "member_id", "members"),
        sa.PrimaryKeyConstraint("id", name="pk_sso_identities"),
        sa.UniqueConstraint(
            "connection_id",
            "issuer",
            "subject",
            name="uq_sso_identities_connection_id_issuer_subject",
        ),
    )
    op.create_index("ix_sso_identities_member_id", "sso_identities", ["member_id"])
    op.create_table(
        "sso_domains",
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        _refers("sso_domains", "organisation_id", "organisations"),
        sa.PrimaryKeyConstraint("domain", name="pk_sso_domains"),
    )
    op.create_index("ix_sso_domains_organisation_id", "sso_domains", ["organisation_id"])
    op.create_table(
        "sso_assertions",
        sa.Column("id_sha256", sa.String(64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id_sha256", name="pk_sso_assertions"),
    )
    op.create_index("ix_sso_assertions_until", "sso_assertions", ["until"])
    mode = sa.Column("sso_mode", sa.String(32), nullable=False, server_default=sa.text("'off'"))
    op.add_column("organisations", mode)
    op.add_column("organisations", sa.Column("sso_exempt", sa.JSON(), nullable=True))
    # Refers to a row without a constraint, which SQLite could add to no table.
    op.add_column("login_sessions", sa.Column("sso_connection_id", sa.Uuid(), nullable=True))
    factor: sa.Column[bool] = sa.Column(
        "sso_factor", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("login_sessions", factor)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")


def downgrade() -> None:
    """Members without a password are given one by `musubi user set-password`."""
    for name in ("sso_factor", "sso_connection_id"):
        op.drop_column("login_sessions", name)
    for name in ("sso_exempt", "sso_mode"):
        op.drop_column("organisations", name)
    for name in ("sso_assertions", "sso_domains", "sso_identities", "sso_connections"):
        op.drop_table(name)
