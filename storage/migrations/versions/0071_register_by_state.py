"""The register is sorted by state too: how far each envelope is stands beside its deal, kept by the
database like number, title and origin, with an index for the order."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"

_OF = "organisation_id"
_INDEX = "ix_deals_by_place"
_REST = (
    *("made_on", "amount", "partner_even", "partner_code"),
    *("kind", "contract_number", "earlier", "number", "origin", "title_even"),
)
"""On SQLite, all that a search compares, as in migration 0065."""
_PLACES = {
    "draft": 10,
    "sending": 20,
    "running": 30,
    "sent_back": 40,
    "completing": 50,
    "stamping": 60,
    "done": 70,
    "declined": 80,
    "withdrawn": 90,
    "expired": 100,
    "deleted": 110,
}
"""domain.deal_search.PLACES; other states have no deal."""


def upgrade() -> None:
    """Expand only. Programs of before write no places: triggers do."""
    if _is_postgresql():  # as in migration 0065
        op.execute("LOCK TABLE envelopes, deals IN ACCESS EXCLUSIVE MODE")
    op.add_column("deals", sa.Column("place", sa.SmallInteger, nullable=False, server_default="0"))
    op.execute(
        f"UPDATE deals SET place = {_place('envelopes.state')} "  # noqa: S608 - words of above
        "FROM envelopes WHERE envelopes.id = deals.envelope_id"
    )
    for statement in _postgresql() if _is_postgresql() else _sqlite():
        op.execute(statement)
    columns = [] if _is_postgresql() else _REST
    op.create_index(_INDEX, "deals", [_OF, "place", "envelope_id", *columns])


def downgrade() -> None:
    """No row is touched: states stand in the envelopes."""
    op.drop_index(_INDEX, "deals")
    for table, name in (("envelopes", "places_to_deals"), ("deals", "places_of_deals")):
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if _is_postgresql() else ""))
        if _is_postgresql():
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("deals", "place")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _place(state: str) -> str:
    each = " ".join(f"WHEN '{word}' THEN {place}" for word, place in _PLACES.items())
    return f"CASE {state} {each} ELSE 0 END"


def _sqlite() -> tuple[str, ...]:
    return (
        f"""
        CREATE TRIGGER places_of_deals AFTER INSERT ON deals BEGIN
          UPDATE deals SET place =
            (SELECT {_place("state")} FROM envelopes WHERE id = NEW.envelope_id)
          WHERE envelope_id = NEW.envelope_id;
        END
        """,  # noqa: S608 - words of above
        f"""
        CREATE TRIGGER places_to_deals AFTER UPDATE OF state ON envelopes
        WHEN OLD.state <> NEW.state BEGIN
          UPDATE deals SET place = {_place("NEW.state")} WHERE envelope_id = NEW.id;
        END
        """,  # noqa: S608 - words of above
    )


def _postgresql() -> tuple[str, ...]:
    return (
        f"""
        CREATE FUNCTION places_of_deals() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          SELECT {_place("state")} INTO NEW.place FROM envelopes WHERE id = NEW.envelope_id;
          RETURN NEW;
        END $$
        """,  # noqa: S608 - words of above
        """
        CREATE TRIGGER places_of_deals BEFORE INSERT ON deals
          FOR EACH ROW EXECUTE FUNCTION places_of_deals()
        """,
        f"""
        CREATE FUNCTION places_to_deals() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE deals SET place = {_place("NEW.state")} WHERE envelope_id = NEW.id;
          RETURN NULL;
        END $$
        """,  # noqa: S608 - words of above
        """
        CREATE TRIGGER places_to_deals AFTER UPDATE OF state ON envelopes
          FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION places_to_deals()
        """,
    )
