"""Seals that a signer has already: his own registered one, and one used before. Taken again, each
goes the way of every picture of a seal, through the cleaning."""

from dataclasses import dataclass
from uuid import UUID

from domain.ids import read_id
from storage import official_seals
from storage.incoming import Incoming
from storage.member_seals import registered_for
from storage.stamps import begin_stamp, used_before
from storage.tables import Envelope, MemberSeal, OfficialSeal, Participant, Stamp
from webapp.signer.visiting import now, visiting
from webapp.state import state

OFFICIAL = "official"
"""Verb of the buttons that choose a seal of the organisation, before its id."""


@dataclass(frozen=True)
class KnownSeals:
    """What can be taken without making anything."""

    registered: MemberSeal | None
    """Of the member who signs for his own organisation."""
    before: Stamp | None
    """With which the same person signed an earlier envelope, unless it looks like that one."""
    official: tuple[OfficialSeal, ...] = ()
    """The organisation's, which he may use now."""

    def picture(self, key: UUID) -> Stamp | MemberSeal | OfficialSeal | None:
        """The one of this id."""
        rows = (self.registered, self.before, *self.official)
        return next((row for row in rows if row and row.id == key), None)


def known_seals() -> KnownSeals:
    """Looked for where it is shown."""
    holder = visiting().holder
    with state().database.reading() as session:
        registered = registered_for(session, holder)
        before = used_before(session, holder.participant, holder.envelope)
        official = official_seals.offered(session, holder.envelope, holder.participant, now())
    if registered and before and registered.image_sha256 == before.image_sha256:
        before = None
    return KnownSeals(registered, before, tuple(official))


def registered_seal() -> Incoming | None:
    """The registered picture as an upload: this envelope keeps its own."""
    return copied(known_seals().registered)


def seal_of_before() -> Incoming | None:
    """The same of the one used before."""
    return copied(known_seals().before)


def official_of(action: str) -> UUID | None:
    """Which of the organisation's seals a button asks for."""
    verb, _, key = action.partition("-")
    return read_id(key) if verb == OFFICIAL else None


def take_official(key: UUID) -> None:
    """The envelope keeps a copy for this person's signature. Raises Refusal SEAL_NOT_ALLOWED,
    NOT_ALLOWED; LookupError for a seal that is none of his organisation's."""
    holder = visiting().holder
    with state().database.transaction() as session:
        person = session.get_one(Participant, holder.participant.id)
        envelope = session.get_one(Envelope, holder.envelope.id)
        official_seals.take(session, state().vault, envelope, person, key, now())


def copied(row: Stamp | MemberSeal | None) -> Incoming | None:
    """A picture as an upload of its own; None where there is none."""
    if row is None or row.image_blob_id is None:
        return None
    with state().database.reading() as session:
        picture = state().vault.read(session, row.image_blob_id)
    upload = begin_stamp(state().vault)
    upload.write(picture)
    return upload
