"""取引情報 of sent envelopes: begun at sending, dated at conclusion, changed by members.

Every change keeps old and new values, who, when and why; the ledger keeps its hash.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from domain.chain_conditions import same_name
from domain.checkwords import read_number
from domain.deals import (
    EARLIER_IN_CIRCLE,
    NO_SUCH_EARLIER,
    OWN,
    Deal,
    changes,
    check_deal,
    evened,
)
from domain.drafts import CheckedDraft
from domain.events import Event, Json, canonical
from domain.forms import FormCheck, FormProblems
from domain.kinds import EnvelopeState, SlotKind
from domain.own_fields import check_own
from domain.retention import EXTEND_ONLY
from domain.sending_again import Written, merged, merged_own, said_last
from storage import ledger, own_fields, tables
from storage.deal_partners import partner_code_of, partner_of
from storage.import_limits import count_anew
from storage.locks import hold_values, locked, take_turn
from storage.tables import (
    DealChange,
    Envelope,
    Member,
    Organisation,
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
    amount and kind that its route was made for. Of an envelope that is sent again, what its draft
    changed since is taken over, and what was corrected in the register stays."""
    row = session.get(tables.Deal, envelope.id)
    if row is None:
        row = tables.Deal(
            envelope_id=envelope.id, organisation_id=envelope.organisation_id, revision=0
        )
        session.add(row)
        check_links(session, envelope, checked.deal)
        _write(row, _begun(session, envelope, checked))
        session.flush()
        _write_own(session, envelope, dict(checked.own), checked.contract_kind)
        return
    before, known = deal_of(row), own_fields.values_of(session, envelope.id)
    said, base = _begun(session, envelope, checked), drafted_at_sending(session, row, known)
    after = _checked_again(merged(before, said, base))
    check_links(session, envelope, after)
    own = _own_again(session, envelope, (before, said, after), known, dict(checked.own), base)
    if own != known:
        _write_own(session, envelope, own, after.kind)
    if after != before or own != known:
        _change(
            session, row, before, after, at=now, member_id=member.id, reason=_SENT_AGAIN,
            own=(known, own),
        )  # fmt: skip


def _begun(session: Session, envelope: Envelope, checked: CheckedDraft) -> Deal:
    """As its draft says it; where that names no partner, the other side's companies."""
    deal = _said(checked)
    return replace(
        deal,
        partner=deal.partner or partner_of(session, envelope),
        partner_code=deal.partner_code or partner_code_of(session, envelope),
    )


def check_draft(session: Session, envelope: Envelope, checked: CheckedDraft) -> None:
    """What keeps a draft from the register, before it is sent. Raises FormProblems."""
    row = find(session, envelope)
    if row is None:
        check_links(session, envelope, checked.deal)
        return
    base = drafted_at_sending(session, row, {})
    said = replace(_said(checked), partner=str(base["partner"] or ""))  # by its people, later
    check_links(session, envelope, _checked_again(merged(deal_of(row), said, base)))


def _said(checked: CheckedDraft) -> Deal:
    return replace(checked.deal, amount=checked.amount, kind=checked.contract_kind)


def drafted_at_sending(
    session: Session, row: tables.Deal, own: Mapping[str, str]
) -> dict[str, Json]:
    """What the draft said at its last sending, by the names of the history."""
    steps = [
        Written(one.reason != _SENT_AGAIN, one.before, one.after)
        for one in history(session, row.envelope_id)
    ]
    now: dict[str, Json] = {**deal_of(row).as_json()}
    return said_last(now | {OWN + key: value for key, value in own.items()}, steps)


def _checked_again(deal: Deal) -> Deal:
    """Two sides may each be right and not fit together. Raises FormProblems."""
    try:
        return check_deal(deal.as_typed())
    except FormProblems as found:
        names = {"kind": "contract_kind"}
        raise FormProblems(
            {names.get(name, name): words for name, words in found.problems.items()}
        ) from None


def _own_again(  # noqa: PLR0913 - both sides, and what they began from
    session: Session,
    envelope: Envelope,
    deals: tuple[Deal, Deal, Deal],
    known: dict[str, str],
    said: dict[str, str],
    base: Mapping[str, Json],
) -> dict[str, str]:
    """Own fields in the same way. They belong to their kind: another's are not mixed in, and what
    the draft does not show any more stays."""
    before, draft, after = deals
    if not same_name(after.kind, draft.kind):
        return known
    if not same_name(after.kind, before.kind):
        return said
    found = own_fields.named(session, envelope.organisation_id, after.kind)
    shown = {one.id for one in found.live} if found else set()
    return merged_own(known, {key: said.get(key, "") for key in shown}, base)


def check_links(session: Session, envelope: Envelope, deal: Deal) -> None:
    """What no form can tell by itself: the earlier contract, and the organisation's retention.
    Raises FormProblems."""
    if deal.earlier:
        _check_earlier(session, envelope, deal.earlier)
    _check_years(session, envelope, deal)


def enter(session: Session, envelope: Envelope, deal: Deal, own: dict[str, str]) -> None:
    """A contract from elsewhere stands in the register, with what is said of it and of the own
    fields of its kind. Raises FormProblems for an earlier contract that is none."""
    check_links(session, envelope, deal)
    row = tables.Deal(envelope_id=envelope.id, organisation_id=envelope.organisation_id, revision=0)
    session.add(row)
    _write(row, deal)
    session.flush()
    _write_own(session, envelope, own, deal.kind)


def values_sha256(deal: Deal) -> str:
    """For the ledger, which holds no names."""
    return hashlib.sha256(canonical(deal.as_json())).hexdigest()


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
    typed_own: Mapping[str, str] | None = None,
) -> bool:
    """Keep other values. `revision` is the one that the form showed; `typed_own` what it said of
    own fields.

    False where nothing differs. Raises DealChangedMeanwhile, FormProblems for an earlier contract
    that is none and for own fields, and LookupError for an envelope that was never sent.
    """
    # Before the deal: whoever changes an envelope's state has its deal follow by the database.
    locked(session, Envelope, envelope.id)
    hold_values(session, envelope.id)
    row = locked(session, tables.Deal, envelope.id)
    if row is None:
        raise LookupError(str(envelope.id))
    state = session.scalar(select(Envelope.state).where(Envelope.id == envelope.id))
    if state == EnvelopeState.DELETED:  # while this change waited
        raise LookupError(str(envelope.id))
    before, known = deal_of(row), own_fields.values_of(session, envelope.id)
    deal, own = _own_after(session, envelope, before, deal, known, typed_own or {})
    if before == deal and own == known:
        return False
    if row.revision != revision:
        raise DealChangedMeanwhile
    if deal.earlier != before.earlier:
        _check_earlier(session, envelope, deal.earlier)
    if deal.received_on != before.received_on:
        count_anew(session, envelope, deal, now)
    _check_years(session, envelope, deal)
    if own != known:
        _write_own(session, envelope, own, deal.kind)
    _change(
        session, row, before, deal, at=now, member_id=member.id, reason=reason, own=(known, own)
    )
    return True


def _own_after(  # noqa: PLR0913 - what was, what is typed
    session: Session,
    envelope: Envelope,
    before: Deal,
    deal: Deal,
    known: dict[str, str],
    typed: Mapping[str, str],
) -> tuple[Deal, dict[str, str]]:
    """Own fields belong to the kind. Of another kind they are asked for like a new contract's, and
    what was entered before stays in the history."""
    same = same_name(deal.kind, before.kind)
    found = own_fields.named(session, envelope.organisation_id, deal.kind, retired=same)
    if found is None:
        return deal, known if same else {}
    check = FormCheck()
    own = check_own(check, found.fields, typed, known if same else None)
    if check.problems:
        raise FormProblems(check.problems)
    return replace(deal, kind=found.kind.name), own


def _write_own(session: Session, envelope: Envelope, own: dict[str, str], kind: str) -> None:
    found = own_fields.named(session, envelope.organisation_id, kind, retired=True)
    own_fields.write_values(session, envelope, own, found.fields if found else ())


def _check_years(session: Session, envelope: Envelope, deal: Deal) -> None:
    """Nobody makes the retention shorter than the organisation's. Raises FormProblems."""
    least = session.get_one(Organisation, envelope.organisation_id).retention_years
    if deal.retention_years is not None and deal.retention_years < least:
        raise FormProblems({"retention_years": EXTEND_ONLY})


def _check_earlier(session: Session, envelope: Envelope, number: str) -> None:
    """Each contract has one earlier one at the most; nobody is its own. One check after the other:
    two changes at once might each close half of a circle. What an earlier one names may be gone:
    its draft came back and was discarded."""
    take_turn(session, f"earlier of {envelope.organisation_id}")
    seen, typed = {envelope.number}, number
    while number:
        if number in seen:
            raise FormProblems({"earlier": EARLIER_IN_CIRCLE})
        seen.add(number)
        found = numbered(session, envelope.organisation_id, number)
        if found is None and number == typed:
            raise FormProblems({"earlier": NO_SUCH_EARLIER})
        number = found.earlier if found else ""


def numbered(session: Session, organisation_id: UUID, number: str) -> tables.Deal | None:
    """The contract of a sent envelope with this number."""
    return session.scalar(
        select(tables.Deal)
        .join(Envelope, Envelope.id == tables.Deal.envelope_id)
        .where(tables.Deal.organisation_id == organisation_id, Envelope.number == number)
    )


def earlier_of(session: Session, envelope: Envelope, typed: str) -> Envelope | None:
    """The contract of the number that was typed, if there is one."""
    number = read_number(typed)
    row = numbered(session, envelope.organisation_id, number) if number.isdigit() else None
    return session.get_one(Envelope, row.envelope_id) if row is not None else None


def related(session: Session, envelope: Envelope) -> Sequence[Row[Envelope, str]]:
    """The contracts that name this one as the earlier one, and what they are to it; oldest
    first."""
    return session.execute(
        select(Envelope, tables.Deal.relation)
        .join(tables.Deal, tables.Deal.envelope_id == Envelope.id)
        .where(
            tables.Deal.organisation_id == envelope.organisation_id,
            tables.Deal.earlier == envelope.number,
        )
        .order_by(Envelope.sent_at, Envelope.number)
    ).all()


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


def _change(  # noqa: PLR0913 - the parts of one change, by name
    session: Session,
    row: tables.Deal,
    before: Deal,
    after: Deal,
    *,
    at: datetime,
    member_id: UUID | None = None,
    reason: str = "",
    own: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> None:
    """`own` are values of own fields before and after; equal ones are not written down."""
    _write(row, after)
    row.revision += 1
    was, now = (
        {
            **deal.as_json(),
            **{OWN + key: value for key, value in mine.items() if theirs.get(key) != value},
        }
        for deal, mine, theirs in ((before, own[0], own[1]), (after, own[1], own[0]))
    )
    made = DealChange(
        envelope_id=row.envelope_id,
        number=row.revision,
        member_id=member_id,
        reason=reason,
        before=was,
        after=now,
        at=at,
    )
    session.add(made)
    session.flush()
    names: list[Json] = [one.name for one in changes(was, now)]
    said: Json = {"after": now, "before": was, "reason": reason}
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
