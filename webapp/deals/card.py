"""取引情報 and its history on an envelope's page."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.deals import Change, changes
from domain.events import Json
from storage import deals
from storage.tables import DealChange, Envelope, Member
from webapp.deals.words import VALUE_WORDS, value_name, value_text


@dataclass(frozen=True)
class ChangeRow:
    """One change with who made it; `who` is empty where nobody did."""

    row: DealChange
    who: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class DealCard:
    """What the page shows."""

    rows: tuple[tuple[str, str], ...]
    history: tuple[ChangeRow, ...]


def deal_card(session: Session, envelope: Envelope) -> DealCard | None:
    """None for an envelope that was never sent."""
    row = deals.find(session, envelope)
    if row is None:
        return None
    history = deals.history(session, envelope.id)
    names = _names(session, envelope, history)
    return DealCard(
        rows=fact_rows(deals.deal_of(row).as_json()),
        history=tuple(
            ChangeRow(
                row=one,
                who=names.get(one.member_id, "") if one.member_id else "",
                changes=changes(one.before, one.after),
            )
            for one in history
        ),
    )


ALWAYS = ("made_on", "partner", "amount")


def fact_rows(values: dict[str, Json]) -> tuple[tuple[str, str], ...]:
    """What the law asks for, also where it is not entered, and whatever else was."""
    shown = [name for name in VALUE_WORDS if name in ALWAYS or values.get(name)]
    return tuple((value_name(name), value_text(name, values.get(name))) for name in shown)


def _names(
    session: Session, envelope: Envelope, history: Sequence[DealChange]
) -> dict[object, str]:
    ids = {one.member_id for one in history if one.member_id}
    rows = session.execute(
        select(Member.id, Member.name).where(
            Member.id.in_(ids), Member.organisation_id == envelope.organisation_id
        )
    )
    return {row.id: row.name for row in rows}
