"""Seals that a signer has already: his own registered one, and one used before. Taken again, each
goes the way of every picture of a seal, through the cleaning."""

from dataclasses import dataclass
from uuid import UUID

from storage.incoming import Incoming
from storage.member_seals import registered_for
from storage.stamps import begin_stamp, used_before
from storage.tables import MemberSeal, Stamp
from webapp.signer.visiting import visiting
from webapp.state import state


@dataclass(frozen=True)
class KnownSeals:
    """What can be taken without making anything."""

    registered: MemberSeal | None
    """Of the member who signs for his own organisation."""
    before: Stamp | None
    """With which the same person signed an earlier envelope, unless it looks like that one."""

    def picture(self, key: UUID) -> Stamp | MemberSeal | None:
        """The one of this id."""
        return next((row for row in (self.registered, self.before) if row and row.id == key), None)


def known_seals() -> KnownSeals:
    """Looked for where it is shown."""
    holder = visiting().holder
    with state().database.reading() as session:
        registered = registered_for(session, holder)
        before = used_before(session, holder.participant, holder.envelope)
    if registered and before and registered.image_sha256 == before.image_sha256:
        before = None
    return KnownSeals(registered, before)


def registered_seal() -> Incoming | None:
    """The registered picture as an upload: this envelope keeps its own."""
    return _copied(known_seals().registered)


def seal_of_before() -> Incoming | None:
    """The same of the one used before."""
    return _copied(known_seals().before)


def _copied(row: Stamp | MemberSeal | None) -> Incoming | None:
    if row is None or row.image_blob_id is None:
        return None
    with state().database.reading() as session:
        picture = state().vault.read(session, row.image_blob_id)
    upload = begin_stamp(state().vault)
    upload.write(picture)
    return upload
