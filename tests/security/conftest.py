"""The signing worker's own parts: real rows, a real token, and a count of how often it signs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.consents import ConsentStamps
from activities.signing import SigningActivities
from domain.messages import SignOrder, SignOutcome
from domain.ports.signatures import Timestamp, TimestampUnavailable
from domain.route import Route
from runtime.pkcs11 import Token
from signing.pool import ChildPool
from signing.prepare import PoolPreparer
from signing.signer import PoolSigner
from signing.timestamps import TimestampClient
from signing.trust import SigningIdentity, TrustMaterial
from storage.desks.consents import StoredConsentDesk
from tests.files.generate import contract
from tests.pki.fixtures import Pki
from tests.storage.world import Journey, World, build_world, now, person


@dataclass
class CountingToken:
    """The real token; every C_Sign is counted."""

    token: Token
    calls: int = 0

    def sign(self, key_label: str, data: bytes, algorithm: str) -> bytes:
        self.calls += 1
        return self.token.sign(key_label, data, algorithm)


class OfflineSigner(PoolSigner):
    """Without an authority: a time-stamp is not what is tested here."""

    def timestamp(self, signature: bytes) -> Timestamp:
        raise StampReached


class StampReached(Exception):
    """The key was used, its value is stored: the time-stamp would come next."""


class Authority:
    """Of time-stamps over consents: away until it is told to answer."""

    answers = False

    def stamp(self, digest: bytes) -> Timestamp:
        if not self.answers:
            raise TimestampUnavailable([])
        return Timestamp(b"token over " + digest, now(), "TSA 1")


@dataclass
class SigningRoom:
    """A signing worker over a world."""

    world: World
    token: CountingToken
    activities: SigningActivities
    preparer: PoolPreparer
    authority: Authority
    journeys: list[Journey] = field(default_factory=list)

    def journey(self, *names: str, documents: int = 1) -> Journey:
        """An envelope whose documents are real PDFs, its first stage open."""
        world = self.world
        envelope_id = world.draft(0)
        for number in range(documents):
            world.upload(envelope_id, f"契約書{number}.pdf", contract(1 + number))
        world.send(*(person(name) for name in names), envelope_id=envelope_id)
        plan = world.envelopes.plan(envelope_id)
        for document in world.preparation.unprepared(envelope_id):
            upload = world.preparation.read_upload(document.document_id)
            version = self.preparer.prepare(upload, document.fields)
            world.preparation.store_version(document.document_id, version)
        world.preparation.prepared(envelope_id)
        journey = Journey(world, envelope_id, plan, Route.of(plan))
        journey.open()
        return journey

    def sign(self, envelope_id: UUID, act_id: UUID) -> SignOutcome:
        """What a message to the signing worker leads to."""
        order = SignOrder(envelope_id=envelope_id, act_id=act_id)
        outcome: SignOutcome = ActivityEnvironment().run(self.activities.sign_act, order)
        return outcome

    def tamper(self, statement: str, **values: Any) -> None:
        """Raw SQL, as somebody with the database's password writes it."""
        plain = {
            name: value.hex if isinstance(value, UUID) else value for name, value in values.items()
        }
        with self.world.database.engine.begin() as connection:
            connection.execute(text(statement), plain)

    def intents(self) -> int:
        with self.world.database.engine.connect() as connection:
            count: int = connection.execute(
                text("SELECT count(*) FROM signature_intents")
            ).scalar_one()
            return count


@pytest.fixture(scope="session")
def children() -> Iterator[ChildPool]:
    with ChildPool(1) as pool:
        yield pool


@pytest.fixture
def room(pki: Pki, children: ChildPool, ready_url: str, tmp_path: Path) -> Iterator[SigningRoom]:
    world = build_world(ready_url, tmp_path)
    trust = TrustMaterial.from_files(pki.files.roots, pki.files.tsa_chain)
    identity = SigningIdentity.from_file(pki.tokens.signing_key, "ecdsa-p256", pki.files.signing)
    token = CountingToken(pki.tokens.open_signing())
    timestamps = TimestampClient(pki.tsa_urls, trust)
    signer = OfflineSigner(children, token, identity, timestamps, trust, "Musubi")
    authority = Authority()
    consents = ConsentStamps(StoredConsentDesk(world.database), authority)
    activities = SigningActivities(world.signing, signer, consents)
    yield SigningRoom(world, token, activities, PoolPreparer(children), authority)
    world.database.close()
