"""Codes of partners and numbers of contracts are compared evened."""
# ruff: noqa: S608 - statements of our own names

import sqlalchemy as sa
from alembic import op

from domain.deals import MAX_CODE_CHARACTERS, evened_code

revision = "0072"
down_revision = "0071"

_OF = "organisation_id"
_TYPED = ("partner_code", "contract_number")
_UNUSED = "ix_deals_organisation_id_contract_number_envelope_id"
"""Numbers are looked for by any part, for which no order helps."""
_CHUNK = 1000


def upgrade() -> None:
    """Expand only. Programs of before write what was typed: triggers even it where it is ASCII, and
    new rows' small letters. What else they change is even when it is next changed."""
    if _is_postgresql():  # in the order in which programs take them
        op.execute("LOCK TABLE envelopes, deals IN ACCESS EXCLUSIVE MODE")
    for name in _TYPED:
        kind = sa.String(MAX_CODE_CHARACTERS)
        even = sa.Column(f"{name}_even", kind, nullable=False, server_default=sa.text("''"))
        op.add_column("deals", even)
    _drop_marks()
    for name in _TYPED:
        _even(op.get_bind(), name)
    op.drop_index(_UNUSED, "deals")
    _exchange(_indexes(""), _indexes("_even"))
    for statement in _POSTGRESQL if _is_postgresql() else _SQLITE:
        op.execute(statement)
    _keep_marks("partner_code_even")


def downgrade() -> None:
    """What was typed stands beside."""
    _drop_marks()
    if _is_postgresql():
        op.execute("DROP TRIGGER deals_codes ON deals")
        op.execute("DROP FUNCTION deals_codes()")
    else:
        op.execute("DROP TRIGGER deals_codes_added")
        for name in _TYPED:
            op.execute(f"DROP TRIGGER deals_codes_changed_{name}")
    _exchange(_indexes("_even"), _indexes(""))
    op.create_index(_UNUSED, "deals", [_OF, "contract_number", "envelope_id"])
    for name in _TYPED:
        op.drop_column("deals", f"{name}_even")
    _keep_marks("partner_code")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _even(connection: sa.Connection, name: str) -> None:
    """Each value once, however many deals have it."""
    typed, even = sa.column(name, sa.String()), sa.column(f"{name}_even", sa.String())
    deals = sa.table("deals", typed, even)
    known = connection.scalars(sa.select(typed).where(typed != "").distinct()).all()
    statement = (
        sa.update(deals)
        .where(typed == sa.bindparam("same"))
        .values({even.name: sa.bindparam("evened")})
    )
    rows = [{"same": value, "evened": evened_code(value)} for value in known]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(statement, rows[start : start + _CHUNK])


def _indexes(ending: str) -> dict[str, list[str]]:
    """Those that hold what a search compares, as migrations 0065, 0067 and 0071 made them."""
    partner = ("partner_even", f"partner_code{ending}")
    if _is_postgresql():
        return {
            "ix_deals_searched": [_OF, "made_on", "envelope_id", "amount", "kind", *partner],
            "ix_deals_partners": [_OF, "partner_even", "envelope_id", partner[1]],
        }
    others = ("kind", f"contract_number{ending}", "earlier", "number", "origin", "title_even")
    rest = ("made_on", "amount", *partner, *others)
    return {
        "ix_deals_by_day": [_OF, "made_on", "envelope_id", "amount", *partner, *others],
        "ix_deals_by_amount": [_OF, "amount", "envelope_id", "made_on", *partner, *others],
        "ix_deals_by_partner": [
            *(_OF, "partner_even", "envelope_id", partner[1], "made_on", "amount", *others)
        ],
        **{
            f"ix_deals_by_{column}": [
                *(_OF, column, "envelope_id"),
                *(one for one in rest if one != column),
            ]
            for column in ("kind", "title_even", "number", "ends_on", "place")
        },
    }


def _exchange(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    for name in before:
        op.drop_index(name, "deals")
    for name, columns in after.items():
        op.create_index(name, "deals", columns)


def _drop_marks() -> None:
    """Those of codes; names keep theirs."""
    if _is_postgresql():
        op.execute("DROP TRIGGER name_marks ON deals")
        op.execute("DROP FUNCTION name_marks_of_deals()")
    else:
        for event in ("added", "changed", "gone"):
            op.execute(f"DROP TRIGGER name_marks_{event}_deals")
    op.execute("DELETE FROM name_marks WHERE mark >= 'c' AND mark < 'd'")


def _keep_marks(code: str) -> None:
    """As migration 0070, of this column."""
    op.execute(
        f"{_WRITTEN} SELECT organisation_id, 'c' || {code}, envelope_id FROM deals "
        f"WHERE {code} <> '' ON CONFLICT DO NOTHING"
    )
    taken, added = _taken(code), _added(code)
    if _is_postgresql():
        op.execute(
            f"""
            CREATE FUNCTION name_marks_of_deals() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF TG_OP <> 'INSERT' THEN {taken} END IF;
              IF TG_OP <> 'DELETE' THEN {added} END IF;
              RETURN NULL;
            END $$
            """
        )
        columns = ", ".join(dict.fromkeys(("partner_even", "partner_code", code)))
        op.execute(
            f"CREATE TRIGGER name_marks AFTER INSERT OR DELETE OR UPDATE OF {columns} ON deals "
            "FOR EACH ROW EXECUTE FUNCTION name_marks_of_deals()"
        )
        return
    differ = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in ("partner_even", code))
    changed = f"UPDATE OF partner_even, {code} ON deals WHEN {differ}"
    for statement in (
        f"added_deals AFTER INSERT ON deals BEGIN {added} END",
        f"changed_deals AFTER {changed} BEGIN {taken} {added} END",
        f"gone_deals AFTER DELETE ON deals BEGIN {taken} END",
    ):
        op.execute(f"CREATE TRIGGER name_marks_{statement}")


_WRITTEN = "INSERT INTO name_marks (organisation_id, mark, envelope_id)"


def _places(row: str) -> str:
    """Of pairs in the partner's name, from 1."""
    last = f"length({row}.partner_even) - 1"
    if _is_postgresql():
        return f"generate_series(1, {last}) AS at(i)"
    numbers = f"SELECT 1 UNION ALL SELECT i + 1 FROM at WHERE i < {last}"
    return f"(WITH RECURSIVE at(i) AS ({numbers}) SELECT i FROM at) AS at"


def _added(code: str) -> str:
    pairs = (
        "SELECT NEW.organisation_id, 'p' || substr(NEW.partner_even, i, 2), NEW.envelope_id "
        f"FROM {_places('NEW')} WHERE i < length(NEW.partner_even)"
    )
    coded = f"SELECT NEW.organisation_id, 'c' || NEW.{code}, NEW.envelope_id WHERE NEW.{code} <> ''"
    return (
        f"{_WRITTEN} SELECT * FROM ({pairs} UNION {coded}) AS marks WHERE true "
        "ON CONFLICT DO NOTHING;"
    )


def _taken(code: str) -> str:
    marks = (
        f"SELECT 'p' || substr(OLD.partner_even, i, 2) FROM {_places('OLD')} "
        f"UNION SELECT 'c' || OLD.{code}"
    )
    return (
        "DELETE FROM name_marks WHERE organisation_id = OLD.organisation_id "
        f"AND envelope_id = OLD.envelope_id AND mark IN ({marks});"
    )


def _left_out(name: str) -> str:
    return f"NEW.{name}_even = '' AND NEW.{name} <> ''"


def _small(name: str) -> str:
    return f"replace(lower(NEW.{name}), ' ', '')"


def _filled(name: str) -> str:
    even = f"{name}_even"
    return f"{even} = CASE WHEN {_left_out(name)} THEN {_small(name)} ELSE NEW.{even} END"


_SQLITE = (
    f"""
    CREATE TRIGGER deals_codes_added AFTER INSERT ON deals
      WHEN {" OR ".join(map(_left_out, _TYPED))} BEGIN
      UPDATE deals SET {", ".join(map(_filled, _TYPED))} WHERE envelope_id = NEW.envelope_id;
    END
    """,
    *(
        f"""
        CREATE TRIGGER deals_codes_changed_{name} AFTER UPDATE OF {name} ON deals
          WHEN NEW.{name} IS NOT OLD.{name}
            AND length(CAST(NEW.{name} AS BLOB)) = length(NEW.{name})
          BEGIN
          UPDATE deals SET {name}_even = {_small(name)}
          WHERE envelope_id = NEW.envelope_id;
        END
        """
        for name in _TYPED
    ),
)
_POSTGRESQL = (
    "CREATE FUNCTION deals_codes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    + " ".join(
        f"IF octet_length(NEW.{name}) = length(NEW.{name}) OR ({_left_out(name)}) THEN "
        f"NEW.{name}_even = {_small(name)}; END IF;"
        for name in _TYPED
    )
    + " RETURN NEW; END $$",
    f"""
    CREATE TRIGGER deals_codes BEFORE INSERT OR UPDATE OF {", ".join(_TYPED)} ON deals
      FOR EACH ROW EXECUTE FUNCTION deals_codes()
    """,
)
