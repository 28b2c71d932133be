"""取引情報 and its history on an envelope's page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.chain_conditions import same_name
from domain.deal_words import VALUE_WORDS
from domain.deals import OWN, Change, changes
from domain.deals import Deal as DealValues
from domain.drafts import DEAL_PARTS
from domain.events import Json
from domain.own_fields import OwnField
from domain.own_fields import value_text as own_text
from storage import deals
from storage.own_fields import definitions, values_of
from storage.tables import Deal, DealChange, Envelope, Member
from webapp.deals.words import NOTHING, value_name, value_text
from webapp.language import language, say, words
from webapp.sender.own_fields import own_rows


@dataclass(frozen=True)
class ChangeRow:
    """One change with who made it; `who` is empty where nobody did."""

    row: DealChange
    who: str
    changes: tuple["SaidChange", ...]


@dataclass(frozen=True)
class SaidChange:
    """One value in words, as it was and as it became."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class RelatedContract:
    """An earlier contract, or one that names this as the earlier one."""

    envelope: Envelope
    words: str
    """What the later of the two is to the earlier one."""
    later: bool


@dataclass(frozen=True)
class DealCard:
    """What the page shows."""

    rows: tuple[tuple[str, str], ...]
    history: tuple[ChangeRow, ...]
    related: tuple[RelatedContract, ...] = ()


def deal_card(session: Session, envelope: Envelope) -> DealCard | None:
    """None for an envelope that was never sent."""
    row = deals.find(session, envelope)
    if row is None:
        return None
    history = deals.history(session, envelope.id)
    names = _names(session, envelope, history)
    values = deals.deal_of(row).as_json()
    defined = definitions(session, envelope.organisation_id)
    known = {one.id: one for kind in defined for one in kind.fields}
    own = values_of(session, envelope.id)
    mine = [one for kind in defined if same_name(kind.kind.name, row.kind) for one in kind.fields]
    earlier = tuple(_earlier(session, row))
    if earlier:  # stands below, as a link
        values |= {"relation": "", "earlier": ""}
    return DealCard(
        rows=(*fact_rows(values), *own_rows(mine, own, empty=True)),
        related=(*earlier, *_later(session, envelope)),
        history=tuple(
            ChangeRow(
                row=one,
                who=names.get(one.member_id, "") if one.member_id else "",
                changes=tuple(
                    said_change(change, known) for change in changes(one.before, one.after)
                ),
            )
            for one in history
        ),
    )


def said_change(change: Change, known: Mapping[str, OwnField]) -> SaidChange:
    """In words; `known` are own fields by their ids."""
    name, before, after = change.name, change.before, change.after
    if not name.startswith(OWN):
        return SaidChange(value_name(name), value_text(name, before), value_text(name, after))
    field = known.get(name.removeprefix(OWN))
    if field is None:
        return SaidChange(say("独自項目"), str(before or NOTHING), str(after or NOTHING))
    both = (own_text(field, str(one or ""), language()) for one in (before, after))
    return SaidChange(words(field.label), *both)


def _earlier(session: Session, row: Deal) -> Iterator[RelatedContract]:
    found = deals.numbered(session, row.organisation_id, row.earlier) if row.earlier else None
    if found is not None:
        envelope = session.get_one(Envelope, found.envelope_id)
        yield RelatedContract(envelope, value_text("relation", row.relation), later=False)


def _later(session: Session, envelope: Envelope) -> Iterator[RelatedContract]:
    for row in deals.related(session, envelope):
        found, relation = row
        yield RelatedContract(found, value_text("relation", relation), later=True)


ALWAYS = ("made_on", "partner", "amount")


def fact_rows(values: dict[str, Json]) -> tuple[tuple[str, str], ...]:
    """What the law asks for, also where it is not entered, and whatever else was."""
    shown = [name for name in VALUE_WORDS if name in ALWAYS or _is_entered(values.get(name))]
    return tuple((value_name(name), value_text(name, values.get(name))) for name in shown)


def entered_rows(deal: DealValues) -> list[tuple[str, str]]:
    """What a draft says besides amount and kind, where it says anything."""
    values = deal.as_json()
    return [
        (value_name(name), value_text(name, values[name]))
        for name in DEAL_PARTS
        if _is_entered(values[name])
    ]


def _is_entered(value: Json) -> bool:
    """0 days are a value."""
    return value not in (None, "") and value is not False


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
