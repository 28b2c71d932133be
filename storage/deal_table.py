"""A line of the register in tables that leave the service: its export, and the index of a ZIP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from domain.deal_words import (
    ENDED,
    NUMBER,
    RELATIONS,
    SENT,
    STATE,
    TITLE,
    VALUE_WORDS,
    plain_value,
    state_words,
)
from domain.deals import Relation
from domain.imports import ORIGIN, ORIGIN_WORDS, Origin
from domain.kinds import EnvelopeState, Language
from domain.own_fields import OwnField, OwnKind
from domain.refusals import Words
from runtime.i18n import second_text
from runtime.spreadsheets import harmless
from storage import own_fields
from storage.tables import Deal, Envelope


@dataclass(frozen=True)
class OwnColumn:
    """A column for an own field; its head names the kind where several kinds are in the table."""

    field: OwnField
    head: Words


def own_columns(session: Session, organisation_id: UUID, kind: str = "") -> tuple[OwnColumn, ...]:
    """Those of the kind that was searched for; without one, of every kind. Fields that are not in
    use any more are among them: contracts of before have values."""
    if kind:
        found = own_fields.named(session, organisation_id, kind, retired=True)
        return tuple(OwnColumn(one, one.label) for one in found.fields) if found else ()
    return tuple(
        OwnColumn(
            one,
            Words(
                f"{known.kind.name}：{one.label.ja}",
                f"{known.kind.name_en or known.kind.name}: {one.label.en}",
            ),
        )
        for known in own_fields.definitions(session, organisation_id)
        for one in known.fields
    )


def deal_heads(language: Language, own: Sequence[OwnColumn] = ()) -> list[str]:
    """What stands above `deal_cells`, then above `own_cells`."""
    heads = (NUMBER, TITLE, *VALUE_WORDS.values(), STATE, SENT, ENDED, ORIGIN)
    words = [*heads, *(column.head for column in own)]
    return [harmless(one.in_language(language)) for one in words]


def own_cells(own: Sequence[OwnColumn], values: Mapping[str, str]) -> list[str]:
    """The values as they are kept; texts are harmless in spreadsheets."""
    texts = {OwnKind.TEXT, OwnKind.CHOICE}
    cells = ((column.field.kind, values.get(column.field.id, "")) for column in own)
    return [harmless(value) if kind in texts else value for kind, value in cells]


def _value(deal: Deal, name: str, language: Language) -> object:
    value = getattr(deal, name)
    if name == "relation" and value:
        return RELATIONS[Relation(value)].in_language(language)
    return value


def deal_cells(envelope: Envelope, deal: Deal | None, language: Language, zone: str) -> list[str]:
    """The envelope's values, harmless in spreadsheets."""
    values = [_value(deal, name, language) if deal else None for name in VALUE_WORDS]
    return [
        envelope.number,
        harmless(envelope.title),
        *(harmless(value) if isinstance(value, str) else plain_value(value) for value in values),
        state_words(EnvelopeState(envelope.state)).in_language(language),
        second_text(envelope.sent_at, zone) if envelope.sent_at else "",
        second_text(envelope.ended_at, zone) if envelope.ended_at else "",
        ORIGIN_WORDS[Origin(envelope.origin)].in_language(language),
    ]
