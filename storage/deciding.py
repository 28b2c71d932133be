"""Which envelopes a ZIP is of, where texts decide it and one request cannot look at all of them.

They are written down when the ZIP's verification is planned, and stay the same until it is packed.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from domain.deal_search import check_search
from domain.disclosure import among_of, is_undecided, typed_of
from storage.deal_narrowing import Listed
from storage.tables import SaidEnvelope
from storage.text_search import confirmed
from storage.vault import Vault

_AT_ONCE = 500


def found_out(
    session: Session, vault: Vault, organisation_id: UUID, query: Mapping[str, Any]
) -> frozenset[UUID] | None:
    """By decrypting each document that may say it, minutes where they are many; None where nothing
    is to be found out."""
    if not is_undecided(query):
        return None
    return confirmed(session, vault, organisation_id, check_search(typed_of(query)), patient=True)


def write_down(session: Session, run_id: UUID, found: frozenset[UUID]) -> None:
    """For `listed`."""
    rows = [{"run_id": run_id, "envelope_id": one} for one in sorted(found)]
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(insert(SaidEnvelope), rows[start : start + _AT_ONCE])


def listed(run_id: UUID, query: Mapping[str, Any]) -> Listed:
    """The envelopes that these conditions of a run are about; None: any."""
    if is_undecided(query):
        return select(SaidEnvelope.envelope_id).where(SaidEnvelope.run_id == run_id)
    return among_of(query)


def forget(session: Session, run_id: UUID) -> None:
    """Once nothing is packed by it any more."""
    session.execute(delete(SaidEnvelope).where(SaidEnvelope.run_id == run_id))
