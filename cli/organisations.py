"""Which organisation a command means.

Names are not unique: every administrator may call his organisation as he likes, also like another
one. So a name that several have names none of them, and an id always names the same one.
"""

from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.people import administrators
from storage.tables import Organisation


def find_organisation(session: Session, said: str) -> Organisation:
    """By its id or its name. Raises ClickException where there is none, or several."""
    found = organisation_if_any(session, said)
    if found is None:
        message = f"{said}: この組織はありません - no such organisation"
        raise click.ClickException(message)
    return found


def organisation_if_any(session: Session, said: str) -> Organisation | None:
    """The same; None where nothing is called so. An id that nobody has raises ClickException."""
    if (key := _as_id(said)) is not None:
        found = session.get(Organisation, key)
        if found is None:
            message = f"{said}: このIDの組織はありません - no organisation has this id"
            raise click.ClickException(message)
        return found
    rows = session.scalars(
        select(Organisation)
        .where(Organisation.name == said)
        .order_by(Organisation.created_at, Organisation.id)
    ).all()
    if len(rows) > 1:
        lines = "".join(f"\n  {_line(session, row)}" for row in rows)
        words = (
            "同じ名前の組織があります。IDで指定してください - several are called so; give an id:"
        )
        raise click.ClickException(f"{said}: {words}{lines}")
    return rows[0] if rows else None


def _as_id(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None


def _line(session: Session, row: Organisation) -> str:
    """What tells it from others of its name."""
    who = ", ".join(one.mail for one in administrators(session, row.id)[:3]) or "-"
    return f"{row.id}  {row.created_at:%Y-%m-%d}  {who}"
