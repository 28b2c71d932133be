"""What keeps a detached time-stamp provable: asked for when it comes, and before its end."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from domain.ports.signatures import (
    SignatureInvalid,
    StampProver,
    Timestamper,
    TimestampUnavailable,
)
from domain.ports.stamp_proofs import ProofDesk
from domain.stamp_proofs import (
    Datum,
    Further,
    Owed,
    ProvedStamp,
    Stamped,
    look_again_at,
    manifest,
    renew_at,
)


class StampProofs:
    """Each step may be repeated: rows say what is still owed."""

    def __init__(
        self,
        desk: ProofDesk,
        authority: Timestamper,
        prover: StampProver,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._desk = desk
        self._authority = authority
        self._prover = prover
        self._now = now

    def see_to(self, kind: Stamped, subject_id: UUID) -> None:
        """Keep what can be had of the newest token's authority, and ask for a further token where
        one is due. Raises TimestampUnavailable where no authority answers then. Revocation data
        that are not to be had now are asked for again later: a token waits for nothing."""
        owed = self._desk.owed(kind, subject_id)
        if owed is not None and owed.bare:
            self._keep(owed)
            owed = self._desk.owed(kind, subject_id)
        if owed is not None and owed.due:
            self._renew(owed)

    def _keep(self, owed: Owed) -> None:
        token = owed.stamps[-1].token
        at, ends = self._prover.lasts(token)
        data, due = self._data(token), renew_at(at, ends)
        when = due if data else min(due, look_again_at(self._now(), ends))
        self._desk.keep(owed, data, ends, when)

    def _renew(self, owed: Owed) -> None:
        newest, moment = owed.stamps[-1].token, self._now()
        at, ends = self._prover.lasts(newest)
        if ends <= moment:
            self._desk.look_again(owed, None)  # whatever is over it now proves it no more
        elif renew_at(at, ends) > moment:
            self._desk.look_again(owed, min(renew_at(at, ends), look_again_at(moment, ends)))
        else:
            self._ask(owed, ends, moment)

    def _ask(self, owed: Owed, ends: datetime, moment: datetime) -> None:
        try:
            before = self._prover.data(owed.stamps[-1].token)
        except TimestampUnavailable:
            before = ()  # what was kept when it came has to do
        except SignatureInvalid:
            self._desk.look_again(owed, look_again_at(moment, ends))  # its authority is revoked
            return
        over = manifest(owed.digest, owed.stamps, before)
        stamp = self._authority.stamp(sha256(over.encode()).digest())
        at, later = self._prover.lasts(stamp.token)
        if later <= ends:
            # Another token of the same end would have to be followed just as soon.
            self._desk.look_again(owed, look_again_at(moment, ends))
            return
        kept = ProvedStamp(stamp.token, self._data(stamp.token), over, before)
        further = Further(kept, at, stamp.authority, later, renew_at(at, later))
        self._desk.renewed(owed, further)

    def _data(self, token: bytes) -> tuple[Datum, ...]:
        try:
            return self._prover.data(token)
        except (TimestampUnavailable, SignatureInvalid):
            return ()
