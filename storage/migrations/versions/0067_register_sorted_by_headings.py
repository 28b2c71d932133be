"""The register is sorted by kind, title, number and end of term too: an index for each order."""

from alembic import op

revision = "0067"
down_revision = "0066"

_OF = "organisation_id"
_REST = (
    *("made_on", "amount", "partner_even", "partner_code"),
    *("kind", "contract_number", "earlier", "number", "origin", "title_even"),
)
_WIDE = ("kind", "title_even", "number", "ends_on")
"""On SQLite, with all that a search compares, as in migration 0065."""
_NARROW = ("title_even", "number")
"""On PostgreSQL, which has narrow ones of kinds and ends."""
_KINDS = "ix_deals_organisation_id_kind_envelope_id"


def upgrade() -> None:
    """Expand only."""
    if _is_postgresql():
        for column in _NARROW:
            op.create_index(f"ix_deals_by_{column}", "deals", [_OF, column, "envelope_id"])
        return
    for column in _WIDE:
        rest = [one for one in _REST if one != column]
        op.create_index(f"ix_deals_by_{column}", "deals", [_OF, column, "envelope_id", *rest])
    op.drop_index(_KINDS, "deals")


def downgrade() -> None:
    """No row is touched."""
    if not _is_postgresql():
        op.create_index(_KINDS, "deals", [_OF, "kind", "envelope_id"])
    for column in _NARROW if _is_postgresql() else _WIDE:
        op.drop_index(f"ix_deals_by_{column}", "deals")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
