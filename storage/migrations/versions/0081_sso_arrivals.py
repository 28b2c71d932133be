"""What a provider said of somebody waits here until he is let in, and not in a cookie that is too
small for many groups; and whoever came by an invitation was made by no provider."""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"


def upgrade() -> None:
    """Expand. Identities of members who had been invited were taken for ones that made them when
    they were linked anew, and their roles followed groups instead of an administrator's word."""
    op.create_table(
        "sso_arrivals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sso_arrivals"),
        sa.UniqueConstraint("token_sha256", name="uq_sso_arrivals_token_sha256"),
    )
    op.create_index("ix_sso_arrivals_until", "sso_arrivals", ["until"])
    identities = sa.table(
        "sso_identities", sa.column("member_id", sa.Uuid()), sa.column("made", sa.Boolean())
    )
    invitations = sa.table("invitations", sa.column("member_id", sa.Uuid()))
    invited = sa.select(invitations.c.member_id).where(invitations.c.member_id.is_not(None))
    op.execute(
        identities.update().where(identities.c.member_id.in_(invited)).values(made=sa.false())
    )


def downgrade() -> None:
    """Whoever is on his way to a login begins again. What was put right stays."""
    op.drop_table("sso_arrivals")
