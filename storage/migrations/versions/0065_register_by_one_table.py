"""The register is searched in one table: numbers, titles and origins of envelopes stand beside
their deals, kept by the database, and indexes hold all that a search compares."""

import sqlalchemy as sa
from alembic import op

from domain.text_search import MAX_EVEN_TITLE_CHARACTERS

revision = "0065"
down_revision = "0064"

_OF = "organisation_id"
_PARTNER = ("partner_even", "partner_code")
_OTHERS = ("kind", "contract_number", "earlier", "number", "origin", "title_even")
_ORDERS = {
    "ix_deals_by_day": [_OF, "made_on", "envelope_id", "amount", *_PARTNER, *_OTHERS],
    "ix_deals_by_amount": [_OF, "amount", "envelope_id", "made_on", *_PARTNER, *_OTHERS],
    "ix_deals_by_partner": [
        *(_OF, "partner_even", "envelope_id", "partner_code", "made_on", "amount", *_OTHERS)
    ],
}
"""On SQLite alone; PostgreSQL keeps the narrower ones that stand below."""
_NARROW = {
    "ix_deals_searched": [_OF, "made_on", "envelope_id", "amount", "kind", *_PARTNER],
    "ix_deals_organisation_id_amount_envelope_id": [_OF, "amount", "envelope_id"],
    "ix_deals_partners": [_OF, "partner_even", "envelope_id", "partner_code"],
}
_COPIED = ("number", "title_even", "origin")
_ENDING, _SENT, _REFUSED = "ends_on IS NOT NULL", "origin = 'sent'", "refusal IS NOT NULL"
_TITLES = "ix_envelopes_titles"
_LISTED = ("number", "state", "origin", "created_by", "changed_at", "sent_at", "deadline_at")
"""What the list of envelopes compares and sorts by besides titles."""


def upgrade() -> None:
    """Expand only. Programs of before write deals without these columns: triggers fill them."""
    if (
        _is_postgresql()
    ):  # in the order in which programs take them, who else would wait for each other
        op.execute("LOCK TABLE envelopes, deals IN ACCESS EXCLUSIVE MODE")
    words = {
        "number": sa.String(10),
        "title_even": sa.String(MAX_EVEN_TITLE_CHARACTERS),
        "origin": sa.String(32),
    }
    for name, kind in words.items():
        default = sa.text("'sent'" if name == "origin" else "''")
        op.add_column("deals", sa.Column(name, kind, nullable=False, server_default=default))
    op.execute(
        "UPDATE deals SET number = envelopes.number, title_even = envelopes.title_even, "
        "origin = envelopes.origin FROM envelopes WHERE envelopes.id = deals.envelope_id"
    )
    for statement in _POSTGRESQL if _is_postgresql() else _SQLITE:
        op.execute(statement)
    _create("ix_deals_ending", "deals", [_OF, "ends_on"], _ENDING)
    op.drop_index(_TITLES, "envelopes")
    _create(_TITLES, "envelopes", [_OF, "title_even", "id", *_LISTED], _SENT)
    op.drop_index("ix_envelopes_refused", "envelopes")
    _create("ix_envelopes_refused", "envelopes", [_OF, "refusal", "id"], _REFUSED)
    if not _is_postgresql():
        _exchange(_NARROW, _ORDERS)


def downgrade() -> None:
    """Whatever was copied stands in the envelopes too."""
    op.drop_index("ix_deals_ending", "deals")
    op.drop_index(_TITLES, "envelopes")
    op.create_index(_TITLES, "envelopes", [_OF, "title_even", "id"])
    op.drop_index("ix_envelopes_refused", "envelopes")
    _create("ix_envelopes_refused", "envelopes", [_OF], _REFUSED)
    if not _is_postgresql():
        _exchange(_ORDERS, _NARROW)
    for table, name in (("envelopes", "envelopes_to_deals"), ("deals", "deals_of_envelopes")):
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if _is_postgresql() else ""))
        if _is_postgresql():
            op.execute(f"DROP FUNCTION {name}()")
    for name in _COPIED:
        op.drop_column("deals", name)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _create(name: str, table: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def _exchange(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    for name in before:
        op.drop_index(name, "deals")
    for name, columns in after.items():
        op.create_index(name, "deals", columns)


_SQLITE = (
    """
    CREATE TRIGGER deals_of_envelopes AFTER INSERT ON deals BEGIN
      UPDATE deals SET (number, title_even, origin) =
        (SELECT number, title_even, origin FROM envelopes WHERE id = NEW.envelope_id)
      WHERE envelope_id = NEW.envelope_id;
    END
    """,
    """
    CREATE TRIGGER envelopes_to_deals AFTER UPDATE OF number, title_even, origin ON envelopes BEGIN
      UPDATE deals SET number = NEW.number, title_even = NEW.title_even, origin = NEW.origin
      WHERE envelope_id = NEW.id;
    END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION deals_of_envelopes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      SELECT number, title_even, origin INTO NEW.number, NEW.title_even, NEW.origin
        FROM envelopes WHERE id = NEW.envelope_id;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER deals_of_envelopes BEFORE INSERT ON deals
      FOR EACH ROW EXECUTE FUNCTION deals_of_envelopes()
    """,
    """
    CREATE FUNCTION envelopes_to_deals() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE deals SET number = NEW.number, title_even = NEW.title_even, origin = NEW.origin
        WHERE envelope_id = NEW.id;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER envelopes_to_deals AFTER UPDATE OF number, title_even, origin ON envelopes
      FOR EACH ROW EXECUTE FUNCTION envelopes_to_deals()
    """,
)
