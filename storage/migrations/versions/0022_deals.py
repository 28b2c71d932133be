"""The register of transactions: what sent envelopes are searched by, and its history."""

from collections import defaultdict
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from domain.deals import MAX_PARTNER_CHARACTERS, evened

revision = "0022"
down_revision = "0021"

_CHUNK = 1000


def upgrade() -> None:
    """Expand only: every sent envelope gets its row, with the other side's companies."""
    op.create_table(
        "deals",
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("partner", sa.String(200), nullable=False),
        sa.Column("partner_even", sa.String(200), nullable=False),
        sa.Column("partner_code", sa.String(50), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("contract_number", sa.String(50), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("renews", sa.Boolean(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_deals_envelope_id_envelopes")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_deals_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("envelope_id", name=op.f("pk_deals")),
    )
    for name in ("made_on", "amount", "partner_even"):
        op.create_index(
            f"ix_deals_organisation_id_{name}_envelope_id",
            "deals",
            ["organisation_id", name, "envelope_id"],
        )
    op.create_table(
        "deal_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_deal_changes_envelope_id_envelopes")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_deal_changes_member_id_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_changes")),
        sa.UniqueConstraint(
            "envelope_id", "number", name=op.f("uq_deal_changes_envelope_id_number")
        ),
    )
    _guard()
    _fill(op.get_bind())


def _guard() -> None:
    """What was changed, and why, is kept. The function came with migration 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER deal_changes_no_{what.lower()} BEFORE {what} ON deal_changes "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        op.execute(
            "CREATE TRIGGER deal_changes_no_truncate BEFORE TRUNCATE ON deal_changes "
            "EXECUTE FUNCTION refuse_change()"
        )
        return
    refused = "BEGIN SELECT RAISE(ABORT, 'deal_changes is append-only'); END"
    for what in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER deal_changes_no_{what.lower()} BEFORE {what} ON deal_changes "
            + refused
        )
    op.execute(
        "CREATE TRIGGER deal_changes_no_replace BEFORE INSERT ON deal_changes "  # noqa: S608
        "WHEN EXISTS (SELECT 1 FROM deal_changes WHERE id = NEW.id "
        "OR (envelope_id = NEW.envelope_id AND number = NEW.number)) " + refused
    )


def _fill(connection: sa.Connection) -> None:
    uuid = sa.Uuid()
    envelopes = sa.table(
        "envelopes",
        sa.column("id", uuid),
        sa.column("organisation_id", uuid),
        sa.column("sent_at", sa.DateTime()),
    )
    parties = sa.table(
        "parties",
        sa.column("envelope_id", uuid),
        sa.column("kind", sa.String()),
        sa.column("name", sa.String()),
    )
    names: dict[UUID, list[str]] = defaultdict(list)
    for envelope_id, name in connection.execute(
        sa.select(parties.c.envelope_id, parties.c.name)
        .where(parties.c.kind == "counterparty")
        .order_by(parties.c.name)
    ):
        names[envelope_id].append(name)
    rows = []
    for envelope_id, organisation_id in connection.execute(
        sa.select(envelopes.c.id, envelopes.c.organisation_id).where(
            envelopes.c.sent_at.is_not(None)
        )
    ).all():
        partner = "、".join(names[envelope_id])[:MAX_PARTNER_CHARACTERS]
        rows.append(
            {
                "envelope_id": envelope_id, "organisation_id": organisation_id,
                "partner": partner, "partner_even": evened(partner), "partner_code": "",
                "kind": "", "contract_number": "", "renews": False, "revision": 0,
            }
        )  # fmt: skip
    deals = sa.table(
        "deals",
        sa.column("envelope_id", uuid),
        sa.column("organisation_id", uuid),
        *(sa.column(name, sa.String()) for name in ("partner", "partner_even", "partner_code")),
        *(sa.column(name, sa.String()) for name in ("kind", "contract_number")),
        sa.column("renews", sa.Boolean()),
        sa.column("revision", sa.Integer()),
    )
    for start in range(0, len(rows), _CHUNK):
        connection.execute(deals.insert(), rows[start : start + _CHUNK])


def downgrade() -> None:
    """The ledger keeps that it was changed, with hashes of the values."""
    op.drop_table("deal_changes")
    op.drop_table("deals")
