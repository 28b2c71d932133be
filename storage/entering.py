"""What a link's holder enters on the reading page, merged into what he entered before.

A form holds the fields of one document; those of the others stay as they are. Nothing is judged
here: what is wrong is kept too, and told.

He may have the page open twice, on two devices: of a field that the form leaves as its page showed
it, what another page wrote meanwhile stays. Where both wrote, he is shown both.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    shown: Mapping[str, str] = field(default_factory=dict)
    """Marks of the values that its page showed, by field id; without one the form's counts."""


@dataclass(frozen=True)
class Kept:
    """Whose form it was, and what of it was not kept."""

    holder: Holder
    disputed: Mapping[str, str] = field(default_factory=dict)
    """Values by field id, where another page has written something else meanwhile."""


def mark(value: str) -> str:
    """Of a value, however a browser sends its line breaks: the same mark is the same value."""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def enter(
    session: Session, vault: Vault, visiting: Visiting, entered: Entered, now: datetime
) -> Kept:
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
    merged, disputed = (typed, {}) if late else _merged(session, slot, typed, entered)
    said = None if late else entered.look
    merged = replace(merged, look=Look.STAMP if entered.pictured else said or typed.look)
    if merged != typed:
        save(session, vault, holder.envelope, slot, holder.participant, merged, now)
    return Kept(holder, disputed)


def _merged(
    session: Session, slot: Slot, typed: Typed, entered: Entered
) -> tuple[Typed, dict[str, str]]:
    """What was typed before, with what the form changes of this document's fields; and what it has
    in those that were changed elsewhere too."""
    here = {
        str(row.field.id): source_of(row.kind, row.rules)
        for row in fields_of_slot(session, slot)
        if str(row.document.id) == entered.document and row.kind is not FieldKind.ATTACHMENT
    }
    pen = entered.turn.pen if entered.turn is not None else ""
    values, pens, disputed = dict(typed.values), dict(typed.pens), {}
    for key, source in here.items():
        said, before = entered.values.get(key, ""), typed.values.get(key)
        if before is None and source is None:
            before = ""  # nothing is kept of a field that was emptied
        is_own = bool(pen) and pens.get(key) == pen
        won = said if is_own else _won(said, before, entered.shown.get(key))
        if won is None:
            disputed[key] = said
            continue
        if won != before:
            pens[key] = pen
        values[key] = won
        if not won and source is None:
            del values[key]
    pens = {key: named for key, named in pens.items() if named}
    return replace(typed, values=values, pens=pens), disputed


def _won(said: str, before: str | None, shown: str | None) -> str | None:
    """Of a form's value and of what another page wrote before, the one that counts; None where
    either could. `before` is None where nobody has typed anything, `shown` where no page says."""
    if before is None or shown is None or shown == mark(before) or mark(said) == mark(before):
        return said
    return before if shown == mark(said) else None


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
