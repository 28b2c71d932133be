"""What a link's holder enters on the reading page, merged into what he entered before.

A form holds the fields of one document; those of the others stay as they are. Nothing is judged
here: what is wrong is kept too, and told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kinds import FieldKind, LinkPurpose, Look
from domain.prefill import source_of
from domain.refusals import Refusal, RefusalCode
from domain.turns import Turn
from storage.field_rows import fields_of_slot
from storage.filling import Typed, load, save
from storage.standing import Holder, Standing, holder_of, slot_of
from storage.tables import Field, Link, Slot, Stage
from storage.turns import is_late
from storage.vault import Vault
from storage.visits import Visiting

_MAY_ENTER = frozenset({Standing.OPEN, Standing.SENT_BACK})
"""While an envelope is sent back nobody acts; what somebody is typing just then is kept."""


@dataclass(frozen=True)
class Entered:
    """One form: texts by field id for one document; None for the look leaves it as it was."""

    document: str
    values: Mapping[str, str]
    look: Look | None = None
    pictured: bool = False
    """A picture of a seal came with it, to be shown: whatever else the form says."""
    turn: Turn | None = None


def enter(
    session: Session, vault: Vault, visiting: Visiting, entered: Entered, now: datetime
) -> Holder:
    """Keep what a form holds, whatever it is. A field that is missing from it was emptied. Of a
    form that comes after a later one of its page, only that a picture came with it counts.

    Raises Refusal NOT_YOUR_SLOT for somebody who is not asked (any more).
    """
    before = visiting.holder
    # Acts of the same slot are ordered by this lock: nothing is entered after one.
    slot = slot_of(session, before.participant, before.envelope, lock=True)
    holder = holder_of(session, session.get_one(Link, before.link.id), now)
    wanted = holder.link.purpose == LinkPurpose.ACT and holder.standing in _MAY_ENTER
    if slot is None or not wanted:
        raise Refusal(RefusalCode.NOT_YOUR_SLOT)
    typed = load(session, vault, holder.envelope, slot, holder.participant)
    late = is_late(session, holder.participant.id, entered.turn, now)
    values = typed.values if late else _merged(session, slot, typed, entered)
    said = None if late else entered.look
    merged = Typed(values, Look.STAMP if entered.pictured else said or typed.look)
    if merged != replace(typed, values=dict(typed.values)):
        save(session, vault, holder.envelope, slot, holder.participant, merged, now)
    return holder


def _merged(session: Session, slot: Slot, typed: Typed, entered: Entered) -> dict[str, str]:
    """What was typed before, with this document's fields as the form has them."""
    here = {
        str(row.field.id): source_of(row.kind, row.rules)
        for row in fields_of_slot(session, slot)
        if str(row.document.id) == entered.document and row.kind is not FieldKind.ATTACHMENT
    }
    values = {key: value for key, value in typed.values.items() if key not in here}
    values |= {key: "" for key, source in here.items() if source is not None}
    return values | {key: entered.values[key] for key in here if key in entered.values}


def fields_of_others(session: Session, holder: Holder, document_id: UUID) -> tuple[Field, ...]:
    """Fields of one document that somebody else fills in, as far as they can be seen."""
    query = (
        select(Field)
        .join(Slot, Slot.id == Field.slot_id)
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            Field.document_id == document_id,
            Field.version == holder.envelope.version,
            Stage.version == Field.version,
            Slot.envelope_id == holder.envelope.id,
            Field.slot_id != (holder.slot.id if holder.slot else None),
        )
        .order_by(Field.page, Field.position, Field.name)
    )
    return tuple(field for field in session.scalars(query) if field.rect)
