"""Departments, invitations, and members who retire and are followed."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Expand only: whoever was switched off before has no successor."""
    op.add_column("members", sa.Column("department_id", sa.Uuid(), nullable=True))
    op.add_column("members", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("members", sa.Column("successor_id", sa.Uuid(), nullable=True))
    revised: sa.Column[int] = sa.Column(
        "revision", sa.Integer(), nullable=False, server_default="1"
    )
    op.add_column("members", revised)
    op.create_index("ix_members_department_id", "members", ["department_id"])
    _departments()
    _invitations()


def _departments() -> None:
    op.create_table(
        "departments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_departments_organisation_id_organisations",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_departments"),
        sa.UniqueConstraint("organisation_id", "code", name="uq_departments_organisation_id_code"),
    )
    op.create_index("ix_departments_organisation_id", "departments", ["organisation_id"])


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mail", sa.String(254), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(32), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name="fk_invitations_organisation_id_organisations",
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["members.id"], name="fk_invitations_invited_by_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_sha256", name="uq_invitations_token_sha256"),
    )
    op.create_index("ix_invitations_organisation_id", "invitations", ["organisation_id"])
    op.create_index("ix_invitations_mail", "invitations", ["mail"])


def downgrade() -> None:
    """Members stay; the ledger keeps who was invited and who retired."""
    op.drop_table("invitations")
    op.drop_table("departments")
    op.drop_index("ix_members_department_id", "members")
    for column in ("revision", "successor_id", "retired_at", "department_id"):
        op.drop_column("members", column)
