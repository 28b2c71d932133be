"""A signer with a passkey, as the web app lets him register and use it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from domain.drafts import Person
from domain.evidence import NOTHING_FILLED
from domain.factors import Factor, Moment
from domain.kinds import ActKind, Language
from domain.passkeys import relying_party
from runtime.passkeys import Owner, creation_options, read_assertion, request_options
from storage import (
    factors,
    one_time_codes,
    passkey_acts,
    passkey_registering,
    passkeys,
    posting,
    shown,
    visits,
)
from storage.factors import Proven
from storage.passkeys import PasskeyProof
from storage.tables import Envelope, OneTimeCode
from tests.authenticator import Authenticator
from tests.storage.world import CALLER, Journey, World, now, person

PARTY = relying_party("http://localhost:8080")


def keyed(name: str = "a", **changes: Any) -> Person:
    """Somebody of whom the sender demands a passkey."""
    return person(name, **({"passkey": True} | changes))


@dataclass
class Signer:
    """One person's browser and authenticator at one envelope."""

    journey: Journey
    name: str = "a"
    device: Authenticator = field(default_factory=Authenticator)
    visiting: visits.Visiting = field(init=False)

    def __post_init__(self) -> None:
        self.visiting = self.visit()

    @property
    def world(self) -> World:
        return self.journey.world

    def visit(self) -> visits.Visiting:
        visit_id = self.world.visit(self.journey.envelope_id, self.name)
        with self.world.reading() as session:
            found = visits.find_visit(session, "c" * 64, visit_id, now())
        assert found is not None
        return found

    def pass_mail_code(self, moment: Moment = Moment.REGISTERING) -> None:
        database, visit = self.world.database, self.visiting.visit.id
        assert one_time_codes.ask(database, self.visiting, moment, now()) is None
        with self.world.reading() as session:
            code = one_time_codes.live(session, visit, moment, now())
        assert code is not None
        self.world.set(OneTimeCode, code.id, issued_at=now(), code_hash="hash")
        proven = Proven(Factor.MAIL_CODE, now(), 1, code.id)
        factors.pass_at(database, self.visiting, proven, moment)

    def register(self, device: Authenticator | None = None) -> UUID:
        database = self.world.database
        row, handle, known = passkey_registering.ask(database, self.visiting, PARTY.id, now())
        owner = Owner(handle.bytes, "a@example.jp", "a")
        options = creation_options(PARTY, "Musubi", owner, row.challenge, known)
        response = (device or self.device).create(options)
        return passkey_registering.register(
            database, self.world.vault, self.visiting, PARTY, response, "a browser", now()
        )

    def registered(self) -> "Signer":
        self.pass_mail_code()
        self.register()
        return self

    def open(self) -> None:
        row = passkeys.ask(self.world.database, self.visiting, Moment.OPENING, now())
        answer = self.device.get(request_options(PARTY, row.challenge, ()))
        proof = PasskeyProof(PARTY, row.id, read_assertion(answer))
        proven = Proven(Factor.PASSKEY, now(), 1, passkey=proof)
        factors.open_with(self.world.database, self.visiting, proven)

    def read(self) -> str:
        with self.world.reading() as session:
            envelope = session.get_one(Envelope, self.journey.envelope_id)
            return shown.shown_sha256(shown.shown_documents(session, envelope))

    def answer(
        self,
        nonce: str,
        *,
        filled: str = NOTHING_FILLED,
        kind: ActKind = ActKind.SIGN,
        device: Authenticator | None = None,
    ) -> Proven:
        """What the authenticator says to the act with this nonce."""
        intended = passkey_acts.Intended(kind, nonce, self.read(), filled, Language.JA)
        asked = passkey_acts.ask(
            self.world.database, self.world.vault, self.visiting, intended, PARTY.id, now()
        )
        text = (device or self.device).get(request_options(PARTY, asked.challenge, asked.known))
        with self.world.reading() as session:
            row = passkeys.live_challenge(
                session, self.visiting.visit, Moment.SIGNING, asked.challenge, now()
            )
        assert row is not None
        proof = PasskeyProof(PARTY, row.id, read_assertion(text))
        return Proven(Factor.PASSKEY, now(), 1, passkey=proof)

    def post(
        self,
        nonce: str,
        *proofs: Proven,
        filled: str = NOTHING_FILLED,
        kind: ActKind = ActKind.SIGN,
    ) -> UUID:
        posted = posting.PostedAct(
            kind, nonce, self.read(), CALLER, filled_sha256=filled, proofs=proofs
        )
        database, vault = self.world.database, self.world.vault
        return posting.post_act(database, vault, self.visiting, posted, now())

    def sign(self) -> UUID:
        """Asked, answered and posted."""
        nonce = uuid4().hex
        return self.post(nonce, self.answer(nonce))
