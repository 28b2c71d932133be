"""Consents: a time-stamp of an authority over what a party said, kept beside it."""

from temporalio import activity

from activities.boundary import beating, bounded
from domain.messages import ConsentOutcome, ConsentRef
from domain.ports.desks import ConsentDesk
from domain.ports.signatures import Timestamper


class ConsentActivities:
    """Effects on consents and withdrawals."""

    def __init__(self, desk: ConsentDesk, authority: Timestamper) -> None:
        self._desk = desk
        self._authority = authority

    @activity.defn
    @bounded
    def stamp_consent(self, consent: ConsentRef) -> ConsentOutcome:
        """Ask for a token and keep it. A repeat asks only if none was kept."""
        with beating():
            digest = self._desk.unstamped(consent.consent_id)
            if digest is None:
                return ConsentOutcome(stamped=False)
            self._desk.stamped(consent.consent_id, self._authority.stamp(digest))
            return ConsentOutcome(stamped=True)
