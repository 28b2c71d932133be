"""The organisation's logo (ロゴ): on the pages of its signers.

Its picture goes the way of every picture that somebody sends: a child of the documents worker makes
a PNG of nothing but pixels before anybody sees it. Any logo that is shown may be fetched by
whoever knows its id: it stands on pages of people without an account.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.kinds import DocumentState
from domain.refusals import Refusal, RefusalCode
from storage.blobs import forget_blobs
from storage.incoming import Incoming
from storage.locks import locked, take_turn
from storage.organisations import note_change
from storage.stamps import drop_pictures, keep_picture
from storage.tables import Member, Organisation, OrganisationLogo

MAX_LOGOS = 20
"""Pictures of one organisation within a day."""
_DAY = timedelta(days=1)


def finish_logo(
    session: Session, member: Member, upload: Incoming, now: datetime
) -> OrganisationLogo:
    """The picture is being cleaned from now on, or was refused. What was shown before stays until
    it is clean. Raises Refusal NOT_ALLOWED after more than anybody needs in a day."""
    _wait(session, member.organisation_id)
    count = session.scalar(
        select(func.count())
        .select_from(OrganisationLogo)
        .where(
            OrganisationLogo.organisation_id == member.organisation_id,
            OrganisationLogo.created_at > now - _DAY,
        )
    )
    if (count or 0) >= MAX_LOGOS:
        upload.abandon()
        raise Refusal(RefusalCode.NOT_ALLOWED)
    row = OrganisationLogo(
        id=upload.id,
        organisation_id=member.organisation_id,
        created_by=member.id,
        size=upload.size,
        created_at=now,
    )
    keep_picture(session, row, upload, now)
    return row


def shown(session: Session, logo_id: UUID) -> OrganisationLogo | None:
    """A logo that some organisation shows now."""
    row = session.get(OrganisationLogo, logo_id)
    if row is None or row.image_blob_id is None or row.removed_at is not None:
        return None
    return row if row.state == DocumentState.READY else None


def newest(session: Session, organisation_id: UUID) -> OrganisationLogo | None:
    """The picture that came last, whatever became of it."""
    return session.scalar(_of(organisation_id).limit(1))


def remove(session: Session, member: Member, now: datetime) -> bool:
    """It is shown no more, nor is one that is still being cleaned. False where there is none."""
    _wait(session, member.organisation_id)
    organisation = _organisation(session, member.organisation_id)
    _take_away(session, session.scalars(_of(organisation.id)).all(), now)
    before, organisation.logo_id = organisation.logo_id, None
    if before is None:
        return False
    note_change(session, member, now, "logo", before=str(before), after="")
    return True


def is_clean(session: Session, row: OrganisationLogo, now: datetime) -> None:
    """From now on it is the one that is shown, unless it was taken away meanwhile."""
    if row.removed_at is not None:
        drop_pictures(session, (row,))
        return
    organisation = _organisation(session, row.organisation_id)
    older = (OrganisationLogo.id != row.id, OrganisationLogo.created_at <= row.created_at)
    _take_away(session, session.scalars(_of(organisation.id).where(*older)).all(), now)
    uploads = {row.upload_blob_id} - {row.image_blob_id}
    row.upload_blob_id = None
    forget_blobs(session, uploads)
    before, organisation.logo_id = organisation.logo_id, row.id
    note_change(
        session,
        session.get_one(Member, row.created_by),
        now,
        "logo",
        before=str(before or ""),
        after=str(row.id),
        sha256=row.image_sha256,
    )


def wait_for_turn(session: Session, logo_id: UUID) -> None:
    """Before a row is locked: whoever takes all of them away comes before or after."""
    row = session.get(OrganisationLogo, logo_id)
    if row is not None:
        _wait(session, row.organisation_id)


def _of(organisation_id: UUID) -> Select[OrganisationLogo]:
    return (
        select(OrganisationLogo)
        .where(
            OrganisationLogo.organisation_id == organisation_id,
            OrganisationLogo.removed_at.is_(None),
        )
        .order_by(OrganisationLogo.created_at.desc(), OrganisationLogo.id)
    )


def _wait(session: Session, organisation_id: UUID) -> None:
    take_turn(session, f"logos of {organisation_id}")


def _organisation(session: Session, organisation_id: UUID) -> Organisation:
    found = locked(session, Organisation, organisation_id)
    if found is None:
        raise LookupError(str(organisation_id))
    return found


def _take_away(session: Session, rows: Sequence[OrganisationLogo], now: datetime) -> None:
    for row in rows:
        row.removed_at = now
    drop_pictures(session, [row for row in rows if row.state != DocumentState.CHECKING])
