"""What intake found to be filled in, kept encrypted as everything of a document is, and what its
sender is offered of it. Nothing of the document's words stands in a row: which proposals were
dismissed is a list of numbers."""

import json
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from domain.called import Someone
from domain.found_places import FoundPlaces, read_places
from domain.kinds import PartyKind
from domain.proposals import Proposal, known_people, offered, proposals_of
from domain.typed_fields import TypedField
from storage.placing import Seat, placed_on
from storage.tables import Document
from storage.vault import Vault
from storage.vault_errors import VaultError


def keep_found(
    vault: Vault, session: Session, document_id: UUID, found: FoundPlaces
) -> UUID | None:
    """The blob that holds it; None when intake found nothing."""
    if not found.places:
        return None
    encoded = json.dumps(found.as_json(), ensure_ascii=False).encode()
    return vault.put(session, document_id, encoded)


def found_in(vault: Vault, session: Session, document: Document) -> FoundPlaces:
    """Nothing of documents that came in before anything was looked for, nor where the vault has
    lost it: fields can be placed without."""
    if document.found_blob_id is None:
        return FoundPlaces()
    try:
        stored = vault.read(session, document.found_blob_id)
    except VaultError:
        return FoundPlaces()
    return read_places(stored, document.pages)


def proposed_on(
    found: FoundPlaces,
    document: Document,
    seats: Iterable[Seat],
    rows: Collection[TypedField],
    only: Collection[int] | None = None,
) -> tuple[tuple[Proposal, ...], dict[str, str]]:
    """What is still to be decided on, and whom its names are known to mean; with `only` of these
    numbers. `rows` are the document's fields."""
    proposals = proposals_of(found, placed_on(document), someones(seats), only)
    left = offered(proposals, str(document.id), rows, document.dismissed)
    return left, known_people(proposals, str(document.id), rows)


def dismiss(document: Document, numbers: Iterable[int]) -> None:
    """Not offered again, until they are taken back. The document is locked with its envelope."""
    document.dismissed = sorted({*document.dismissed, *numbers})


def take_back(document: Document) -> None:
    """Offer all dismissed ones again."""
    document.dismissed = []


def someones(seats: Iterable[Seat]) -> Sequence[Someone]:
    """Who signs, by whatever a document may call him."""
    return [
        Someone(
            seat.key,
            tuple(name for name in (*seat.name.split(" / "), seat.company, seat.role) if name),
            PartyKind(seat.party) if seat.party in set(PartyKind) else None,
        )
        for seat in seats
    ]
