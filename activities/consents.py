"""Consents: a time-stamp of an authority over what a party said, kept beside it."""

from uuid import UUID

from temporalio import activity

from activities.boundary import beating, bounded
from activities.stamp_proofs import StampProofs
from domain.messages import ConsentOutcome, ConsentRef
from domain.ports.desks import ConsentDesk
from domain.ports.signatures import Timestamper
from domain.stamp_proofs import Stamped


class ConsentStamps:
    """Tokens over what parties said: one for each, whoever comes first."""

    def __init__(self, desk: ConsentDesk, authority: Timestamper) -> None:
        self._desk = desk
        self._authority = authority

    def stamp(self, consent_id: UUID) -> bool:
        """Ask for a token and keep it; False where there was one. Raises TimestampUnavailable."""
        digest = self._desk.unstamped(consent_id)
        if digest is None:
            return False
        self._desk.stamped(consent_id, self._authority.stamp(digest))
        return True

    def stamp_all(self, envelope_id: UUID) -> None:
        """Of an envelope, so that what follows stands on nothing without a token. Raises
        TimestampUnavailable."""
        for consent_id in self._desk.waiting(envelope_id):
            self.stamp(consent_id)


class ConsentActivities:
    """Effects on consents and withdrawals."""

    def __init__(self, stamps: ConsentStamps, proofs: StampProofs) -> None:
        self._stamps = stamps
        self._proofs = proofs

    @activity.defn
    @bounded
    def stamp_consent(self, consent: ConsentRef) -> ConsentOutcome:
        """Ask for a token and keep it, with what keeps it provable. A repeat asks only if none was
        kept; years later it asks for a further one, where that is due."""
        with beating():
            stamped = self._stamps.stamp(consent.consent_id)
            self._proofs.see_to(Stamped.CONSENT, consent.consent_id)
            return ConsentOutcome(stamped=stamped)
