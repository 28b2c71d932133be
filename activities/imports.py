"""Imports: a time-stamp of an authority over the bytes as they came, kept beside them."""

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import ImportOutcome, ImportRef
from domain.ports.desks import ImportDesk
from domain.ports.signatures import Timestamper


class ImportActivities:
    """Effects on contracts from elsewhere."""

    def __init__(self, desk: ImportDesk, authority: Timestamper) -> None:
        self._desk = desk
        self._authority = authority

    @activity.defn
    @bounded
    def stamp_import(self, contract: ImportRef) -> ImportOutcome:
        """Ask for a token and keep it. A repeat asks only if none was kept."""
        with beating():
            digest = self._desk.unstamped(contract.envelope_id)
            if digest is None:
                return ImportOutcome(stamped=False)
            self._desk.stamped(contract.envelope_id, self._authority.stamp(digest))
            return ImportOutcome(stamped=True)
