"""Indexes for offices with many envelopes: what pages and workers ask stays fast."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_NEW = {
    "ix_envelopes_organisation_id_changed_at_number": (
        "envelopes", ["organisation_id", "changed_at", "number"]
    ),
    "ix_envelopes_organisation_id_state_changed_at_number": (
        "envelopes", ["organisation_id", "state", "changed_at", "number"]
    ),
    "ix_envelopes_state_changed_at": ("envelopes", ["state", "changed_at"]),
    "ix_acts_slot_id": ("acts", ["slot_id"]),
    "ix_participants_predecessor_id": ("participants", ["predecessor_id"]),
}  # fmt: skip
_OF_FEW = {
    "ix_envelopes_refused": ("envelopes", ["organisation_id"], "refusal IS NOT NULL"),
    "ix_hindrances_open": ("hindrances", ["envelope_id"], "ended_at IS NULL"),
}
_OLD = {"ix_envelopes_organisation_id": ["organisation_id"], "ix_envelopes_state": ["state"]}
"""The new ones begin with the same columns."""


def upgrade() -> None:
    for name, (table, columns) in _NEW.items():
        op.create_index(op.f(name), table, columns)
    for name, (table, columns, few) in _OF_FEW.items():
        where = sa.text(few)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    for name in _OLD:
        op.drop_index(op.f(name), table_name="envelopes")


def downgrade() -> None:
    for name, columns in _OLD.items():
        op.create_index(op.f(name), "envelopes", columns)
    for name, (table, *_) in (_NEW | _OF_FEW).items():
        op.drop_index(name, table_name=table)
