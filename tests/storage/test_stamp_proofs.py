"""What is kept with time-stamps of imports and consents, and further ones: the real rows."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import select

from activities.stamp_proofs import StampProofs
from domain.events import Event
from domain.kinds import EnvelopeState
from domain.ports.signatures import SignatureInvalid, Timestamp, TimestampUnavailable
from domain.stamp_proofs import Datum, DatumKind, Stamped, manifest, renew_at
from storage.desks.stamp_proofs import StoredProofDesk
from storage.evidence import evidence_record
from storage.stamp_proofs import stamps_of
from storage.tables import Envelope, LedgerEvent, OutboxItem, ProofDatum, StampProof
from tests.storage.importing import TOKEN, contract, stamped
from tests.storage.test_disclosures import ask, made
from tests.storage.world import World, now

YEAR = timedelta(days=365)
DATA = (Datum(DatumKind.CERTIFICATE, b"authority"), Datum(DatumKind.CRL, b"list"))


@dataclass
class Authority:
    """Stamps with the next of its tokens, each of which ends at a day of its own."""

    ends: dict[bytes, datetime]
    tokens: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    problem: Exception | None = None
    down: bool = False

    def stamp(self, digest: bytes) -> Timestamp:
        self.asked.append(digest)
        if self.down:
            raise TimestampUnavailable("down")
        return Timestamp(self.tokens[len(self.asked) - 1], now(), "TSA 2")

    def data(self, token: bytes) -> tuple[Datum, ...]:
        if self.problem is not None:
            raise self.problem
        return (*DATA, Datum(DatumKind.OCSP, b"of " + token))

    def lasts(self, token: bytes) -> tuple[datetime, datetime]:
        return now() - 5 * YEAR, self.ends[token]


def seen_to(world: World, envelope_id: UUID, authority: Authority) -> None:
    desk = StoredProofDesk(world.database)
    StampProofs(desk, authority, authority).see_to(Stamped.IMPORT, envelope_id)


def rows(world: World) -> list[StampProof]:
    with world.reading() as session:
        return list(session.scalars(select(StampProof).order_by(StampProof.number)))


def due(world: World) -> None:
    """Time has passed."""
    with world.database.transaction() as session:
        for row in session.scalars(select(StampProof).where(StampProof.renew_at.is_not(None))):
            row.renew_at = now() - timedelta(hours=1)


@pytest.fixture
def import_id(world: World) -> UUID:
    envelope_id = contract(world)
    stamped(world, envelope_id)
    return envelope_id


def test_what_speaks_for_an_authority_is_kept_when_the_token_comes(
    world: World, import_id: UUID
) -> None:
    authority = Authority({TOKEN: now() + 5 * YEAR})
    for _ in range(2):
        seen_to(world, import_id, authority)
    [row] = rows(world)
    assert (row.number, row.token, len(row.data)) == (0, None, 3)
    assert row.renew_at is not None
    assert abs(row.renew_at - (now() + 4 * YEAR)) < timedelta(minutes=1)
    assert not authority.asked


def test_a_further_token_comes_before_the_end_over_all_that_was_kept(
    world: World, import_id: UUID
) -> None:
    authority = Authority({TOKEN: now() + YEAR / 2, b"second": now() + 10 * YEAR}, [b"second"])
    seen_to(world, import_id, authority)
    assert [len(row.data) for row in rows(world)] == [3, 3]  # an old one, that was due at once
    first, second = rows(world)
    with world.reading() as session:
        stamps = stamps_of(session, Stamped.IMPORT, import_id, TOKEN)
        record = evidence_record(session, world.vault, import_id, reader=None)
        events = session.query(LedgerEvent).filter_by(tag=Event.STAMP_RENEWED.value).all()
        shared = session.query(ProofDatum).count()
    over = manifest(sha256(b"%PDF a").digest(), stamps[:1], stamps[1].before)
    assert (second.token, second.manifest, second.tsa) == (b"second", over, "TSA 2")
    assert authority.asked == [sha256(over.encode()).digest()]
    assert (first.renew_at, len(events), shared) == (None, 1, 4)
    assert [one["number"] for one in record["import"]["proofs"]] == [0, 1]
    seen_to(world, import_id, authority)
    assert len(authority.asked) == 1


def test_the_zip_has_what_a_stranger_needs(world: World, import_id: UUID) -> None:
    archive = made(world, ask(world, origin="imported"))
    assert not [name for name in archive.namelist() if "further" in name]
    authority = Authority({TOKEN: now() + YEAR / 2, b"second": now() + 10 * YEAR}, [b"second"])
    seen_to(world, import_id, authority)
    archive = made(world, ask(world, origin="imported"))
    found = {
        name.rpartition("/")[2]: archive.read(name)
        for name in archive.namelist()
        if ".tst-further/" in name
    }
    assert (found["0.tst"], found["1.tst"]) == (TOKEN, b"second")
    for line in found["1.txt"].decode().splitlines()[1:]:
        digest, name = line.split("  ")
        assert sha256(found[name]).hexdigest() == digest


def test_a_token_that_lasts_no_longer_is_not_kept(world: World, import_id: UUID) -> None:
    authority = Authority({TOKEN: now() + YEAR / 2}, [TOKEN])
    seen_to(world, import_id, authority)
    [row] = rows(world)
    assert row.renew_at is not None
    assert row.renew_at - now() > timedelta(days=20)
    assert len(authority.asked) == 1


def test_behind_the_end_nobody_asks_any_more(world: World, import_id: UUID) -> None:
    authority = Authority({TOKEN: now() - timedelta(days=1)})
    seen_to(world, import_id, authority)
    [row] = rows(world)
    assert (row.renew_at, authority.asked) == (None, [])
    assert StoredProofDesk(world.database).order_due(now()) == 0


def test_an_outage_is_outlived(world: World, import_id: UUID) -> None:
    authority = Authority({TOKEN: now() + YEAR / 2}, problem=TimestampUnavailable("down"))
    authority.down = True
    with pytest.raises(TimestampUnavailable):  # the workflow goes on asking
        seen_to(world, import_id, authority)
    [row] = rows(world)
    assert row.data == []
    authority.problem, authority.down = None, False
    authority.tokens, authority.ends[b"late"] = [b"", b"late"], now() + 9 * YEAR
    seen_to(world, import_id, authority)
    assert [row.token for row in rows(world)] == [None, b"late"]


def test_data_that_were_not_to_be_had_are_asked_for_again(world: World, import_id: UUID) -> None:
    authority = Authority({TOKEN: now() + 8 * YEAR}, problem=TimestampUnavailable("down"))
    seen_to(world, import_id, authority)
    [row] = rows(world)
    assert row.renew_at is not None
    assert row.renew_at - now() < timedelta(days=31)
    authority.problem = None
    due(world)
    seen_to(world, import_id, authority)
    [row] = rows(world)
    assert len(row.data) == 3
    assert row.renew_at is not None
    assert row.renew_at - now() > 6 * YEAR
    assert not authority.asked


def test_a_revoked_authority_is_not_covered_up(world: World, import_id: UUID) -> None:
    authority = Authority({TOKEN: now() + YEAR / 2}, problem=SignatureInvalid("revoked"))
    seen_to(world, import_id, authority)
    assert [row.number for row in rows(world)] == [0]
    assert not authority.asked


def test_what_is_due_is_ordered_old_ones_too(world: World, import_id: UUID) -> None:
    desk = StoredProofDesk(world.database)

    def ordered() -> int:
        with world.database.transaction() as session:
            for item in session.query(OutboxItem).filter_by(kind="import"):
                item.done_at = now()
        count = desk.order_due(now())
        with world.reading() as session:
            waiting = session.query(OutboxItem).filter_by(kind="import", done_at=None).count()
        assert waiting == count
        return count

    assert ordered() == 1
    authority = Authority({TOKEN: now() + 8 * YEAR})
    seen_to(world, import_id, authority)
    assert ordered() == 0
    due(world)
    assert ordered() == 1
    with world.database.transaction() as session:
        for item in session.query(OutboxItem).filter_by(kind="import"):
            session.delete(item)
    assert desk.order_due(now()) == 1
    with world.database.transaction() as session:
        session.get_one(Envelope, import_id).state = EnvelopeState.DELETED.value
    assert ordered() == 0, "its turn would come for ever"
    with world.database.transaction() as session:
        session.query(StampProof).delete()
    assert ordered() == 0


def test_a_further_one_is_due_a_year_before_the_end_or_at_half_of_what_is_left() -> None:
    at = now()
    assert renew_at(at, at + 10 * YEAR) == at + 9 * YEAR
    assert renew_at(at, at + YEAR) == at + YEAR / 2
