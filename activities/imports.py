"""Imports: a time-stamp of an authority over the bytes as they came, kept beside them."""

from temporalio import activity

from activities.boundary import beating, bounded
from activities.stamp_proofs import StampProofs
from domain.messages import ImportOutcome, ImportRef
from domain.ports.desks import ImportDesk
from domain.ports.signatures import Timestamper
from domain.stamp_proofs import Stamped


class ImportActivities:
    """Effects on contracts from elsewhere."""

    def __init__(self, desk: ImportDesk, authority: Timestamper, proofs: StampProofs) -> None:
        self._desk = desk
        self._authority = authority
        self._proofs = proofs

    @activity.defn
    @bounded
    def stamp_import(self, contract: ImportRef) -> ImportOutcome:
        """Ask for a token and keep it, with what keeps it provable. A repeat asks only if none was
        kept; years later it asks for a further one, where that is due."""
        with beating():
            digest = self._desk.unstamped(contract.envelope_id)
            if digest is not None:
                self._desk.stamped(contract.envelope_id, self._authority.stamp(digest))
            self._proofs.see_to(Stamped.IMPORT, contract.envelope_id)
            return ImportOutcome(stamped=digest is not None)
