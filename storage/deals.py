"""取引情報 of sent envelopes: begun at sending, dated at conclusion, changed by members.

Every change keeps old and new values, who, when and why; the ledger keeps its hash.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.deals import MAX_PARTNER_CHARACTERS, Deal, changes, evened
from domain.drafts import CheckedDraft
from domain.events import Event, Json, canonical
from domain.facts import Source
from domain.kinds import PartyKind, SlotKind
from storage import ledger, tables
from storage.locks import locked
from storage.tables import (
    DealChange,
    Envelope,
    Member,
    Organisation,
    Participant,
    Party,
    Slot,
    Stage,
)

SYSTEM = "system"


class DealChangedMeanwhile(Exception):
    """Somebody else changed it since the form was opened."""


_SENT_AGAIN = "送信し直したときの入力"
"""Why a value changed that nobody changed by hand in the register."""


def begin(
    session: Session, envelope: Envelope, checked: CheckedDraft, member: Member, now: datetime
) -> None:
    """The envelope is sent: it stands in the register, under the other side's companies, with the
    amount and kind that its route was made for. An envelope that is sent again keeps whatever else
    was entered."""
    row = session.get(tables.Deal, envelope.id)
    if row is None:
        row = tables.Deal(
            envelope_id=envelope.id, organisation_id=envelope.organisation_id, revision=0
        )
        session.add(row)
        deal = Deal(
            partner=_partner(session, envelope),
            partner_code=_partner_code(session, envelope),
            amount=checked.amount,
            kind=checked.contract_kind,
        )
        _write(row, deal)
        session.flush()
        return
    before = deal_of(row)
    amount = before.amount if checked.amount is None else checked.amount
    after = replace(before, amount=amount, kind=checked.contract_kind or before.kind)
    if after != before:
        _change(session, row, before, after, at=now, member_id=member.id, reason=_SENT_AGAIN)


def conclude(session: Session, envelope: Envelope, at: datetime) -> None:
    """A concluded envelope whose date nobody entered gets the day on which it was concluded."""
    row = locked(session, tables.Deal, envelope.id)
    if row is None or row.made_on is not None:
        return
    zone = session.get_one(Organisation, envelope.organisation_id).zone
    signed_at = _last_signature(session, envelope) or at
    before = deal_of(row)
    after = replace(before, made_on=signed_at.astimezone(ZoneInfo(zone)).date())
    _change(session, row, before, after, at=at)


def change(  # noqa: PLR0913 - the parts of one change, by name
    session: Session,
    envelope: Envelope,
    deal: Deal,
    *,
    member: Member,
    reason: str,
    revision: int,
    now: datetime,
) -> bool:
    """Keep other values. `revision` is the one that the form showed.

    False where nothing differs. Raises DealChangedMeanwhile, and LookupError for an envelope that
    was never sent.
    """
    row = locked(session, tables.Deal, envelope.id)
    if row is None:
        raise LookupError(str(envelope.id))
    before = deal_of(row)
    if before == deal:
        return False
    if row.revision != revision:
        raise DealChangedMeanwhile
    _change(session, row, before, deal, at=now, member_id=member.id, reason=reason)
    return True


def find(session: Session, envelope: Envelope) -> tables.Deal | None:
    """The row; None for an envelope that was never sent."""
    return session.get(tables.Deal, envelope.id)


def history(session: Session, envelope_id: UUID) -> Sequence[DealChange]:
    """Changes, the newest first."""
    return session.scalars(
        select(DealChange)
        .where(DealChange.envelope_id == envelope_id)
        .order_by(DealChange.number.desc())
    ).all()


def deal_of(row: tables.Deal) -> Deal:
    """The values of a row."""
    return Deal(**{one.name: getattr(row, one.name) for one in fields(Deal)})


def _last_signature(session: Session, envelope: Envelope) -> datetime | None:
    """Time-stamps and the archive may come days later, after an outage."""
    return session.scalar(
        select(func.max(Slot.done_at))
        .join(Stage, Stage.id == Slot.stage_id)
        .where(
            Slot.envelope_id == envelope.id,
            Slot.kind == SlotKind.SIGN.value,
            Stage.version == envelope.version,
        )
    )


def _partner(session: Session, envelope: Envelope) -> str:
    names = session.scalars(
        select(Party.name)
        .where(Party.envelope_id == envelope.id, Party.kind == PartyKind.COUNTERPARTY.value)
        .order_by(Party.name)
    )
    return "、".join(name for name in names if name)[:MAX_PARTNER_CHARACTERS]


def _partner_code(session: Session, envelope: Envelope) -> str:
    """As the address book had it, where the other side is one and has one."""
    rows = session.execute(
        select(Party.id, Participant.known)
        .join(Participant, Participant.party_id == Party.id)
        .where(Party.envelope_id == envelope.id, Party.kind == PartyKind.COUNTERPARTY.value)
    ).all()
    codes = {(row.known or {}).get(Source.PARTNER_CODE, "") for row in rows} - {""}
    return str(codes.pop()) if len({row.id for row in rows}) == 1 == len(codes) else ""


def _change(  # noqa: PLR0913 - the parts of one change, by name
    session: Session,
    row: tables.Deal,
    before: Deal,
    after: Deal,
    *,
    at: datetime,
    member_id: UUID | None = None,
    reason: str = "",
) -> None:
    _write(row, after)
    row.revision += 1
    made = DealChange(
        envelope_id=row.envelope_id,
        number=row.revision,
        member_id=member_id,
        reason=reason,
        before=before.as_json(),
        after=after.as_json(),
        at=at,
    )
    session.add(made)
    session.flush()
    names: list[Json] = [one.name for one in changes(before.as_json(), after.as_json())]
    said: Json = {"after": after.as_json(), "before": before.as_json(), "reason": reason}
    ledger.append(
        session,
        Event.DEAL_CHANGED,
        at=at,
        actor=f"member:{member_id}" if member_id else SYSTEM,
        envelope_id=row.envelope_id,
        organisation_id=row.organisation_id,
        data={
            "number": row.revision,
            "fields": ",".join(str(name) for name in names),
            "change": hashlib.sha256(canonical(said)).hexdigest(),
        },
    )


def _write(row: tables.Deal, deal: Deal) -> None:
    for one in fields(Deal):
        setattr(row, one.name, getattr(deal, one.name))
    row.partner_even = evened(deal.partner)
