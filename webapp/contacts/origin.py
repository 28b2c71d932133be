"""Where the address book's form was opened from: a person of a draft, typed by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from domain.contacts import TypedContact
from domain.ids import read_id
from domain.kinds import EnvelopeState
from storage.drafts import own_envelope
from storage.picking import choose, contact_from, person_in
from webapp.login import member, now
from webapp.sender.picking import draft_at
from webapp.sender.scope import draft_or_404
from webapp.state import state


@dataclass(frozen=True)
class Origin:
    """A row of a draft of the member's organisation."""

    envelope_id: UUID
    person: str
    """The row's key."""

    @property
    def url(self) -> str:
        """Back to it."""
        return draft_at(self.envelope_id, self.person)


def origin_of(values: Mapping[str, str]) -> Origin | None:
    """From a query or a form; None where it names none, or none that is there any more."""
    envelope_id, person = read_id(values.get("envelope")), values.get("person", "")
    if envelope_id is None:
        return None
    with state().database.reading() as session:
        envelope = own_envelope(session, member().organisation_id, envelope_id)
        if envelope is None or envelope.state != EnvelopeState.DRAFT:
            return None
        return Origin(envelope_id, person) if person_in(envelope, person) else None


def typed_in(origin: Origin) -> TypedContact:
    """What the draft says of him."""
    with state().database.reading() as session:
        envelope = own_envelope(session, member().organisation_id, origin.envelope_id)
        person = person_in(envelope, origin.person) if envelope is not None else None
    return contact_from(person) if person is not None else TypedContact()


def chosen_for(session: Session, origin: Origin, contact_id: UUID) -> None:
    """Whom the draft meant is the contact from now on. Raises Refusal ALREADY_SENT."""
    choose(session, draft_or_404(session, origin.envelope_id), origin.person, contact_id, now())
