"""A clean picture of a seal, cropped once more by hand.

What was sent is not kept once it is clean, and stays away: the new picture is made of the clean
one, and goes the way of every upload. What is cut off does not come back.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from domain.crops import Crop
from storage import member_seals, official_seals
from storage.incoming import Incoming
from storage.locks import locked
from storage.stamps import begin_stamp
from storage.tables import Member, MemberSeal, OfficialSeal
from storage.vault import Vault


def crop_own(  # noqa: PLR0913 - whose, which, how, when
    session: Session, vault: Vault, member: Member, seal_id: UUID, crop: Crop, now: datetime
) -> MemberSeal:
    """The registered seal stays until the closer one is clean. Raises LookupError for any seal but
    the member's registered one; Refusal NOT_ALLOWED after more than anybody needs in a day."""
    row = member_seals.registered(session, member)
    if row is None or row.id != seal_id or row.image_blob_id is None:
        raise LookupError(str(seal_id))
    upload = _copied(session, vault, row.image_blob_id)
    return member_seals.finish_seal(session, member, upload, now, crop)


def crop_official(  # noqa: PLR0913 - by whom, which, how, when
    session: Session, vault: Vault, actor: Member, seal_id: UUID, crop: Crop, now: datetime
) -> tuple[OfficialSeal, bool]:
    """Another seal of the same name, size, days and people; this one is retired once the closer
    one can be used. False beside it where it was there: one crop of a seal is made at a time.
    Raises LookupError for one that is not in use; Refusal NOT_ALLOWED where there are as many as
    there may be."""
    row = locked(session, OfficialSeal, seal_id)
    if row is None or row.organisation_id != actor.organisation_id:
        raise LookupError(str(seal_id))
    if row.retired_at is not None or row.image_blob_id is None:
        raise LookupError(str(seal_id))
    under_way = official_seals.closer_under_way(session, row)
    if under_way is not None:
        return under_way, False
    upload = _copied(session, vault, row.image_blob_id)
    checked = official_seals.checked_of(row)
    return official_seals.add(session, actor, checked, upload, now, crop, replaces=row.id), True


def _copied(session: Session, vault: Vault, blob_id: UUID) -> Incoming:
    data = vault.read(session, blob_id)  # before anything is begun that would be left behind
    upload = begin_stamp(vault)
    upload.write(data)
    return upload
