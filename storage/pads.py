"""A phone as the pad of a computer: one drawing, sent within minutes, to one visit.

The token stands in a QR code on the signer's screen. Whoever holds it can do nothing but send a
picture, which the signer sees before anything is signed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.events import Event
from domain.kinds import Look
from domain.refusals import Refusal, RefusalCode
from storage import ledger
from storage.entering import Entered, enter
from storage.incoming import Incoming
from storage.locks import locked, take_turn
from storage.stamps import finish_stamp
from storage.tables import Pad, Participant, Visit
from storage.vault import Vault
from storage.visits import (
    MAX_ADDRESS_CHARACTERS,
    MAX_AGENT_CHARACTERS,
    Caller,
    Visiting,
    still_good,
)

PAD_LASTS = timedelta(minutes=10)
MAX_PADS = 20
"""Of one visit: as many as pictures of one person."""


@dataclass(frozen=True)
class OpenPad:
    """A pad that takes a drawing now, and for whom."""

    pad: Pad
    visiting: Visiting


def begin(
    session: Session, visiting: Visiting, hash_of: Callable[[UUID], str], now: datetime
) -> None:
    """A new pad of this visit, whose token has the hash `hash_of(id)`; those before it take nothing
    more. Raises Refusal NOT_ALLOWED after more than anybody needs."""
    take_turn(session, f"pads of {visiting.visit.id}")
    before = session.scalars(select(Pad).where(Pad.visit_id == visiting.visit.id)).all()
    if len(before) >= MAX_PADS:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    for pad in before:
        if pad.used_at is None:
            pad.used_at = now
    pad_id = uuid4()
    hashed = hash_of(pad_id)
    session.add(Pad(id=pad_id, visit_id=visiting.visit.id, token_sha256=hashed, created_at=now))


def find(session: Session, token_sha256: str, now: datetime) -> OpenPad | None:
    """The pad of a token, while it takes a drawing. Writes nothing."""
    pad = session.scalar(select(Pad).where(Pad.token_sha256 == token_sha256))
    if pad is None or not _is_open(pad, now):
        return None
    visiting = still_good(session, session.get_one(Visit, pad.visit_id), now)
    if visiting is None or not visiting.holder.may_act:
        return None
    return OpenPad(pad, visiting)


def open_pad(session: Session, visit_id: UUID, now: datetime) -> UUID | None:
    """The pad that still waits for a drawing for this visit."""
    rows = session.scalars(select(Pad).where(Pad.visit_id == visit_id, Pad.used_at.is_(None)))
    return next((pad.id for pad in rows if _is_open(pad, now)), None)


def _is_open(pad: Pad, now: datetime) -> bool:
    return pad.used_at is None and now <= pad.created_at + PAD_LASTS


def draw(  # noqa: PLR0913 - what came, from where, when
    session: Session,
    vault: Vault,
    found: OpenPad,
    upload: Incoming,
    caller: Caller,
    now: datetime,
) -> None:
    """Keep the drawing as the picture of the visit's person, who chooses with it to show it.

    Raises Refusal ALREADY_ACTED where the pad has taken one a moment ago, and what `enter` and
    `finish_stamp` raise.
    """
    pad = locked(session, Pad, found.pad.id)
    if pad is None or pad.used_at is not None:
        upload.abandon()
        raise Refusal(RefusalCode.ALREADY_ACTED)
    holder = enter(session, vault, found.visiting, Entered("", {}, Look.STAMP), now).holder
    person = session.get_one(Participant, holder.participant.id)
    pad.stamp_id = finish_stamp(session, person, upload, now).id
    pad.used_at = now
    pad.address = caller.address[:MAX_ADDRESS_CHARACTERS]
    pad.agent = caller.agent[:MAX_AGENT_CHARACTERS]
    ledger.append(
        session,
        Event.SIGNATURE_DRAWN,
        at=now,
        actor=f"participant:{person.id}",
        envelope_id=holder.envelope.id,
        data={"visit": pad.visit_id, "pad": pad.id, "stamp": pad.stamp_id},
    )
