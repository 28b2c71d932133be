"""Stamp images of signers and members, and logos, on their way from upload to a clean picture."""

import hashlib
from uuid import UUID

from sqlalchemy.orm import Session

from domain.crops import Crop, crop_of
from domain.kinds import DocumentState
from domain.refusals import RefusalCode
from storage import logos, member_seals, official_seals
from storage.database import Database
from storage.desks.rows import now
from storage.locks import locked
from storage.tables import MemberSeal, OfficialSeal, OrganisationLogo, Stamp
from storage.vault import Vault


class StoredStampDesk:
    """domain.ports.desks.StampDesk on the tables."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def read(self, stamp_id: UUID) -> bytes:
        """The picture as uploaded. Raises LookupError for an unknown one."""
        with self._database.reading() as session:
            stamp = (
                session.get(Stamp, stamp_id)
                or session.get(MemberSeal, stamp_id)
                or session.get(OfficialSeal, stamp_id)
                or session.get(OrganisationLogo, stamp_id)
            )
            if stamp is None or stamp.upload_blob_id is None:
                raise LookupError(str(stamp_id))
            return self._vault.read(session, stamp.upload_blob_id)

    def keeps_paper(self, stamp_id: UUID) -> bool:
        """Whether it is a logo: its ground may be part of it."""
        with self._database.reading() as session:
            return session.get(OrganisationLogo, stamp_id) is not None

    def crop(self, stamp_id: UUID) -> Crop | None:
        """What its sender cut off: of a member's seal or an organisation's."""
        with self._database.reading() as session:
            row = session.get(MemberSeal, stamp_id) or session.get(OfficialSeal, stamp_id)
            return crop_of(row.crop) if row is not None else None

    def accept(self, stamp_id: UUID, image: bytes) -> None:
        """The picture is clean: keep it. The first answer stays."""
        with self._database.transaction() as session:
            stamp = _locked(session, stamp_id)
            if stamp is not None and stamp.state == DocumentState.CHECKING:
                stamp.image_blob_id = self._vault.put(session, stamp.id, image)
                stamp.image_sha256 = hashlib.sha256(image).hexdigest()
                stamp.state = DocumentState.READY.value
                if isinstance(stamp, MemberSeal):
                    member_seals.is_clean(session, stamp, now())
                elif isinstance(stamp, OfficialSeal):
                    official_seals.is_clean(session, stamp, now())
                elif isinstance(stamp, OrganisationLogo):
                    logos.is_clean(session, stamp, now())

    def refuse(self, stamp_id: UUID, code: RefusalCode) -> None:
        """No stamp can be made of it. The first answer stays."""
        with self._database.transaction() as session:
            stamp = _locked(session, stamp_id)
            if stamp is not None and stamp.state == DocumentState.CHECKING:
                stamp.state, stamp.refusal = DocumentState.REFUSED.value, code.value
                if isinstance(stamp, OfficialSeal):
                    official_seals.forget_upload(session, stamp)


def _locked(
    session: Session, stamp_id: UUID
) -> Stamp | MemberSeal | OfficialSeal | OrganisationLogo | None:
    """A signer's for one envelope, a member's own, or one of an organisation's."""
    member_seals.wait_for_turn(session, stamp_id)
    logos.wait_for_turn(session, stamp_id)
    return (
        locked(session, Stamp, stamp_id)
        or locked(session, MemberSeal, stamp_id)
        or locked(session, OfficialSeal, stamp_id)
        or locked(session, OrganisationLogo, stamp_id)
    )
