"""Passkeys of signers, and what they are asked to sign."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_FIXED = (
    "id, organisation_id, mail, rp_id, user_handle, credential_sha256, credential_id, public_key, "
    "transports, sealed, participant_id, visit_id, agent, registered_at"
)


def upgrade() -> None:
    """Expand only: nobody who was asked before is asked for a passkey."""
    wanted: sa.Column[bool] = sa.Column(
        "passkey", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("participants", wanted)
    _passkeys()
    _challenges()
    _guard()


def _passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mail", sa.String(254), nullable=False),
        sa.Column("rp_id", sa.String(253), nullable=False),
        sa.Column("user_handle", sa.Uuid(), nullable=False),
        sa.Column("credential_sha256", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(300), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_passkeys_{column}_{table}")
            )
            for column, table in (
                ("organisation_id", "organisations"),
                ("participant_id", "participants"),
                ("visit_id", "visits"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint(
            "organisation_id",
            "credential_sha256",
            name=op.f("uq_passkeys_organisation_id_credential_sha256"),
        ),
    )
    op.create_index("ix_passkeys_owner", "passkeys", ["organisation_id", "mail"])


def _challenges() -> None:
    op.create_table(
        "passkey_challenges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.String(32), nullable=False),
        sa.Column("act_nonce", sa.String(64), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visits.id"], name=op.f("fk_passkey_challenges_visit_id_visits")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_passkey_challenges_participant_id_participants"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenges")),
    )
    op.create_index(op.f("ix_passkey_challenges_visit_id"), "passkey_challenges", ["visit_id"])


def _guard() -> None:
    """A key stays as it was registered. The function came with migration 0002."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    refused = (
        "EXECUTE FUNCTION refuse_change()"
        if postgresql
        else "BEGIN SELECT RAISE(ABORT, 'passkeys is append-only'); END"
    )
    each = "FOR EACH ROW " if postgresql else ""
    for name, what in (("update", f"UPDATE OF {_FIXED}"), ("delete", "DELETE")):
        op.execute(f"CREATE TRIGGER passkeys_no_{name} BEFORE {what} ON passkeys {each}" + refused)
    if postgresql:
        op.execute("CREATE TRIGGER passkeys_no_truncate BEFORE TRUNCATE ON passkeys " + refused)
        return
    op.execute(
        "CREATE TRIGGER passkeys_no_replace BEFORE INSERT ON passkeys "  # noqa: S608
        "WHEN EXISTS (SELECT 1 FROM passkeys WHERE id = NEW.id OR (organisation_id = "
        "NEW.organisation_id AND credential_sha256 = NEW.credential_sha256)) " + refused
    )


def downgrade() -> None:
    """What was proved stands in the evidence of acts, and in the ledger."""
    op.drop_table("passkey_challenges")
    op.drop_table("passkeys")
    op.drop_column("participants", "passkey")
