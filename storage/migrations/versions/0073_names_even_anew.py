"""Names are evened anew: by more forms of companies, and old shapes of letters."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from domain.contacts import Contact
from domain.deals import MAX_PARTNER_CHARACTERS, evened
from domain.template_search import searched
from domain.text_search import MAX_EVEN_TITLE_CHARACTERS, letters

revision = "0073"
down_revision = "0072"

_CHUNK = 1000
_CONTACT = ("name", "kana", "company", "mail", "partner_code", "corporate_number", "phone")
_CONTACT_EVEN = ("company_even", "person_even", "searched")


def upgrade() -> None:
    """Rows alone. Names that programs of before write from now on are even as those know it, until
    somebody changes them."""
    if op.get_bind().dialect.name == "postgresql":  # in the order in which programs take them
        op.execute("LOCK TABLE envelopes, deals IN SHARE ROW EXCLUSIVE MODE")
    _even("envelopes", "title", lambda name: letters(name)[:MAX_EVEN_TITLE_CHARACTERS])
    _even("deals", "partner", lambda name: evened(name)[:MAX_PARTNER_CHARACTERS])
    _even_rows("contacts", _CONTACT, _CONTACT_EVEN, _contact)
    _even_rows("templates", ("name", "description"), ("searched",), _template)


def downgrade() -> None:
    """Programs of before find names by what they look for themselves; all names are kept."""


def _even(table: str, name: str, evening: Callable[[str], str]) -> None:
    """Each name once, however many rows have it, and only where it changes."""
    plain, even = sa.column(name, sa.String()), sa.column(f"{name}_even", sa.String())
    rows, connection = sa.table(table, plain, even), op.get_bind()
    known = connection.execute(sa.select(plain, even).select_from(rows).distinct()).all()
    changed = [
        {"same": one, "evened": evened_name}
        for one, before in known
        if (evened_name := evening(one)) != before
    ]
    statement = sa.update(rows).where(plain == sa.bindparam("same"))
    statement = statement.values({even.name: sa.bindparam("evened")})
    for start in range(0, len(changed), _CHUNK):
        connection.execute(statement, changed[start : start + _CHUNK])


def _even_rows(
    table: str,
    names: tuple[str, ...],
    evens: tuple[str, ...],
    evening: Callable[[dict[str, str]], dict[str, str]],
) -> None:
    """Row by row, where something changes."""
    key = sa.column("id", sa.Uuid())
    columns = [sa.column(name, sa.String()) for name in (*names, *evens)]
    rows, connection = sa.table(table, key, *columns), op.get_bind()
    changed = []
    for row in connection.execute(sa.select(key, *columns).select_from(rows)).mappings().all():
        after = evening({name: row[name] for name in names})
        if any(after[name] != row[name] for name in evens):
            changed.append({"key": row["id"], **{f"new_{name}": after[name] for name in evens}})
    statement = sa.update(rows).where(key == sa.bindparam("key"))
    statement = statement.values({name: sa.bindparam(f"new_{name}") for name in evens})
    for start in range(0, len(changed), _CHUNK):
        connection.execute(statement, changed[start : start + _CHUNK])


def _contact(row: dict[str, str]) -> dict[str, str]:
    contact = Contact(**row)
    return {name: getattr(contact, name) for name in _CONTACT_EVEN}


def _template(row: dict[str, str]) -> dict[str, str]:
    return {"searched": searched(row["name"], row["description"])}
