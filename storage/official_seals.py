"""公印・角印: kept by administrators, shown in signatures of those who may use them, and each use
noted with the signature.

A picture goes the way of every stamp image: cleaned by a child of the documents worker before
anybody sees it. A person's act shows a copy that his envelope keeps; who may not use the seal now
gets none, and whoever might no longer when he signs is refused.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.crops import Crop
from domain.events import Event, Json, canonical
from domain.kinds import DocumentState, PartyKind
from domain.official_seals import CheckedOfficialSeal
from domain.refusals import Refusal, RefusalCode
from storage import ledger
from storage.absences import day_of
from storage.blobs import forget_blobs
from storage.handovers import member_of
from storage.incoming import Incoming
from storage.locks import locked
from storage.stamps import MAX_STAMPS, keep_picture
from storage.tables import (
    Envelope,
    Member,
    OfficialSeal,
    Participant,
    Party,
    Stamp,
)
from storage.vault import Vault

MAX_SEALS = 200
"""Of one organisation, retired ones included; those whose picture was refused are not seals."""


class SealChangedMeanwhile(Exception):
    """Somebody else changed it since the form was opened."""


# -- what administrators do ----------------------------------------------------------------------


def find(session: Session, organisation_id: UUID, seal_id: UUID) -> OfficialSeal | None:
    """One of the organisation; another's does not exist."""
    row = session.get(OfficialSeal, seal_id)
    return row if row is not None and row.organisation_id == organisation_id else None


def checked_of(row: OfficialSeal) -> CheckedOfficialSeal:
    """The values of a row."""
    return CheckedOfficialSeal(
        row.name,
        row.mm,
        row.valid_from,
        row.valid_until,
        tuple(row.members),
        tuple(row.departments),
        tuple(row.roles),
    )


def add(  # noqa: PLR0913 - by whom, which, of what picture, when
    session: Session,
    actor: Member,
    checked: CheckedOfficialSeal,
    upload: Incoming,
    now: datetime,
    crop: Crop | None = None,
    replaces: UUID | None = None,
) -> OfficialSeal:
    """Its picture is being cleaned from now on, or was refused. Raises Refusal NOT_ALLOWED where
    there are as many as there may be."""
    count = session.scalar(
        select(func.count())
        .select_from(OfficialSeal)
        .where(
            OfficialSeal.organisation_id == actor.organisation_id,
            OfficialSeal.state != DocumentState.REFUSED.value,
        )
    )
    if (count or 0) >= MAX_SEALS:
        upload.abandon()
        raise Refusal(RefusalCode.NOT_ALLOWED)
    row = OfficialSeal(
        id=upload.id,
        organisation_id=actor.organisation_id,
        size=upload.size,
        created_by=actor.id,
        created_at=now,
        revision=0,
        crop=crop.text if crop is not None and crop.cuts else None,
        replaces_id=replaces,
    )
    _write(row, checked)
    keep_picture(session, row, upload, now)
    _note(session, Event.OFFICIAL_SEAL_ADDED, actor, row, now)
    return row


def is_clean(session: Session, row: OfficialSeal, now: datetime) -> None:
    """What was sent is not kept. The seal that this one, locked, is a closer crop of gives way to
    it."""
    forget_upload(session, row)
    if row.replaces_id is not None:
        _take_its_place(session, row, row.replaces_id, now)


def forget_upload(session: Session, row: OfficialSeal) -> None:
    """A photograph tells more than the seal that is on it, also where none was found on it."""
    uploads = {row.upload_blob_id} - {row.image_blob_id}
    row.upload_blob_id = None
    forget_blobs(session, uploads)


def forget_refused(session: Session) -> int:
    """Photographs that older programs kept though no seal was made of them. Returns how many."""
    rows = session.scalars(
        select(OfficialSeal).where(
            OfficialSeal.state == DocumentState.REFUSED.value,
            OfficialSeal.upload_blob_id.is_not(None),
        )
    ).all()
    for row in rows:
        forget_upload(session, row)
    return len(rows)


def _take_its_place(session: Session, row: OfficialSeal, first_id: UUID, now: datetime) -> None:
    """What administrators did with either of the two meanwhile holds: a seal that was retired comes
    back in no other form, and a right that was taken is not given again by the copy of before."""
    first = locked(session, OfficialSeal, first_id)
    if row.retired_at is not None or first is None:
        return
    if first.retired_at is not None:
        _retire(session, None, row, now)
        return
    if row.revision == 0:
        _write_noted(session, None, row, checked_of(first), now)
    _retire(session, session.get_one(Member, row.created_by), first, now)


def closer_under_way(session: Session, row: OfficialSeal) -> OfficialSeal | None:
    """The closer crop of this seal that is being cleaned, and is to take its place."""
    return session.scalar(
        select(OfficialSeal)
        .where(
            OfficialSeal.replaces_id == row.id,
            OfficialSeal.state == DocumentState.CHECKING.value,
            OfficialSeal.retired_at.is_(None),
        )
        .limit(1)
    )


def change(  # noqa: PLR0913 - whose, which, what, made from which form, when
    session: Session,
    actor: Member,
    seal_id: UUID,
    checked: CheckedOfficialSeal,
    revision: int,
    now: datetime,
) -> bool:
    """Other words, size, days or people; False where nothing differs. Raises LookupError,
    SealChangedMeanwhile."""
    row = locked(session, OfficialSeal, seal_id)
    if row is None or row.organisation_id != actor.organisation_id:
        raise LookupError(str(seal_id))
    if checked_of(row) != checked and row.revision != revision:
        raise SealChangedMeanwhile
    return _write_noted(session, actor, row, checked, now)


def _write_noted(
    session: Session,
    actor: Member | None,
    row: OfficialSeal,
    checked: CheckedOfficialSeal,
    now: datetime,
) -> bool:
    """False where nothing differs."""
    before = checked_of(row)
    if before == checked:
        return False
    _write(row, checked)
    row.revision += 1
    fields = [name for name in vars(checked) if vars(checked)[name] != vars(before)[name]]
    _note(session, Event.OFFICIAL_SEAL_CHANGED, actor, row, now, {"fields": ",".join(fields)})
    return True


def retire(session: Session, actor: Member, seal_id: UUID, now: datetime) -> None:
    """Nobody may use it any more, for good. Raises LookupError."""
    row = locked(session, OfficialSeal, seal_id)
    if row is None or row.organisation_id != actor.organisation_id:
        raise LookupError(str(seal_id))
    if row.retired_at is None:
        _retire(session, actor, row, now)


def _retire(session: Session, actor: Member | None, row: OfficialSeal, now: datetime) -> None:
    row.retired_at = now
    _note(session, Event.OFFICIAL_SEAL_RETIRED, actor, row, now)


def _write(row: OfficialSeal, checked: CheckedOfficialSeal) -> None:
    row.name, row.mm = checked.name, checked.mm
    row.valid_from, row.valid_until = checked.valid_from, checked.valid_until
    row.members, row.departments = list(checked.members), list(checked.departments)
    row.roles = list(checked.roles)


def _note(  # noqa: PLR0913 - what, by whom, of which, when
    session: Session,
    tag: Event,
    actor: Member | None,
    row: OfficialSeal,
    now: datetime,
    more: Mapping[str, str] | None = None,
) -> None:
    """Without an actor: the service, which carries on what was done with another seal."""
    said: Json = {
        name: value.isoformat()
        if isinstance(value, date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in vars(checked_of(row)).items()
    }
    ledger.append(
        session,
        tag,
        at=now,
        actor=f"member:{actor.id}" if actor is not None else "system",
        organisation_id=row.organisation_id,
        data={
            "seal": row.id,
            "entry": hashlib.sha256(canonical(said)).hexdigest(),
            **(more or {}),
        },
    )


# -- what signers do -----------------------------------------------------------------------------


def offered(
    session: Session, envelope: Envelope, person: Participant, now: datetime
) -> list[OfficialSeal]:
    """Those that somebody who signs for the organisation may use now."""
    member = _member(session, envelope, person)
    if member is None:
        return []
    today = day_of(session, envelope.organisation_id, now)
    rows = session.scalars(
        select(OfficialSeal)
        .where(
            OfficialSeal.organisation_id == envelope.organisation_id,
            OfficialSeal.state == DocumentState.READY.value,
            OfficialSeal.retired_at.is_(None),
        )
        .order_by(OfficialSeal.name, OfficialSeal.id)
    )
    return [row for row in rows if _is_for(row, member, today)]


def may_use(
    session: Session, envelope: Envelope, person: Participant, row: OfficialSeal, now: datetime
) -> bool:
    """Whether this person of the envelope may show this seal today."""
    member = _member(session, envelope, person)
    if member is None or row.organisation_id != envelope.organisation_id:
        return False
    return _is_for(row, member, day_of(session, envelope.organisation_id, now))


def _is_for(row: OfficialSeal, member: Member, today: date) -> bool:
    if row.retired_at is not None or row.state != DocumentState.READY:
        return False
    checked = checked_of(row)
    department = str(member.department_id) if member.department_id else None
    return checked.holds(today) and checked.is_for(str(member.id), department, member.roles)


def take(  # noqa: PLR0913 - whose, for whom, which, when
    session: Session,
    vault: Vault,
    envelope: Envelope,
    person: Participant,
    seal_id: UUID,
    now: datetime,
) -> Stamp:
    """The person's signature is to show it: his envelope keeps a copy, byte by byte. Nothing is
    signed by that.

    Raises LookupError for a seal of nobody or another organisation; Refusal SEAL_NOT_ALLOWED for
    one that he may not use; NOT_ALLOWED after more pictures than anybody needs.
    """
    row = find(session, envelope.organisation_id, seal_id)
    if row is None or row.image_blob_id is None:
        raise LookupError(str(seal_id))
    if not may_use(session, envelope, person, row, now):
        raise Refusal(RefusalCode.SEAL_NOT_ALLOWED)
    count = session.scalar(
        select(func.count()).select_from(Stamp).where(Stamp.participant_id == person.id)
    )
    if (count or 0) >= MAX_STAMPS:
        raise Refusal(RefusalCode.NOT_ALLOWED)
    stamp = Stamp(
        id=uuid4(),
        participant_id=person.id,
        seal_id=row.id,
        size=row.size,
        image_sha256=row.image_sha256,
        state=DocumentState.READY.value,
        created_at=now,
    )
    stamp.image_blob_id = vault.put(session, stamp.id, vault.read(session, row.image_blob_id))
    session.add(stamp)
    session.flush()
    return stamp


def told(row: OfficialSeal) -> dict[str, Any]:
    """What an act's evidence names of the seal that it shows, besides the picture's hash."""
    return {"id": str(row.id), "name": row.name, "mm": row.mm}


def objection(
    session: Session, envelope: Envelope, person: Participant, stamp: Stamp, now: datetime
) -> RefusalCode | None:
    """Why a person may not sign with this picture: it is of a seal that he may not use (any more),
    or a seal of the organisation that came by another way than by choosing it."""
    if stamp.seal_id is None:
        known = session.scalar(
            select(OfficialSeal.id).where(
                OfficialSeal.organisation_id == envelope.organisation_id,
                OfficialSeal.image_sha256 == stamp.image_sha256,
            )
        )
        return RefusalCode.SEAL_NOT_CHOSEN if known is not None else None
    row = session.get_one(OfficialSeal, stamp.seal_id)
    allowed = may_use(session, envelope, person, row, now)
    return None if allowed else RefusalCode.SEAL_NOT_ALLOWED


def insist(
    session: Session, envelope: Envelope, person: Participant, stamp: Stamp, now: datetime
) -> None:
    """In the act's transaction: whoever retires or changes the seal comes before or after it.
    Raises Refusal SEAL_NOT_ALLOWED, SEAL_NOT_CHOSEN."""
    if stamp.seal_id is not None:
        locked(session, OfficialSeal, stamp.seal_id)
    found = objection(session, envelope, person, stamp, now)
    if found is not None:
        raise Refusal(found)


def _member(session: Session, envelope: Envelope, person: Participant) -> Member | None:
    party = session.get_one(Party, person.party_id)
    return member_of(session, envelope, person.mail) if party.kind == PartyKind.OWN else None
