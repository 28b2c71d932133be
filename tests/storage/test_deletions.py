"""Deletions by two people, after the retention and not before; on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.deal_search import Search
from domain.events import Event
from domain.forms import FormProblems
from domain.kinds import EnvelopeState, Role
from domain.lists import Asked
from domain.retention import Decision
from storage import deals, deletions, ledger, operations
from storage.deletions import NothingToDecide
from storage.desks.deletions import StoredDeletionDesk
from storage.tables import (
    Blob,
    DataKey,
    Deal,
    Deletion,
    Document,
    Envelope,
    LedgerEvent,
    Member,
    Organisation,
    OutboxItem,
    Revision,
    TextEntry,
)
from storage.text_index import TextIndexer
from storage.text_search import look
from storage.texts import keep_texts
from storage.vault import DataKeyUnusable
from tests.storage.importing import contract, stamped
from tests.storage.verifying import asked, concluded, newest_file, run_of
from tests.storage.verifying import carried_out as verified
from tests.storage.world import World

LATER = datetime(2040, 6, 1, 3, tzinfo=UTC)
"""After ten years from 1 June 2027, or a fiscal year later."""


def propose(world: World, envelope_id: UUID, by: UUID, at: datetime = LATER) -> UUID:
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        member = session.get_one(Member, by)
        return deletions.propose(session, envelope, "保存期間の満了", member, at).id


def confirm(world: World, envelope_id: UUID, by: UUID, at: datetime = LATER) -> UUID:
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        seen = seen_of(session, envelope)
        return deletions.confirm(session, envelope, seen, session.get_one(Member, by), at).id


def seen_of(session: Session, envelope: Envelope) -> UUID | None:
    """The proposal that the page shows."""
    found = deletions.latest(session, envelope)
    return found.row.id if found else None


def refuse(world: World, envelope_id: UUID, by: UUID, reason: str) -> str | None:
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        member = session.get_one(Member, by)
        seen = seen_of(session, envelope)
        return deletions.refuse(session, envelope, seen, reason, member, LATER).decision


def tags(world: World, envelope_id: UUID) -> list[str]:
    with world.reading() as session:
        query = select(LedgerEvent.tag).where(LedgerEvent.envelope_id == envelope_id)
        found = session.scalars(query.order_by(LedgerEvent.sequence)).all()
        return [tag for tag in found if tag.startswith("deletion:")]


@pytest.fixture
def envelope_id(world: World) -> UUID:
    """One that everybody has signed."""
    return concluded(world).envelope_id


@pytest.fixture
def second(world: World) -> UUID:
    """Another clerk."""
    return world.join("second", Role.CLERK)


def test_nothing_is_deleted_before_its_retention_ends(world: World, envelope_id: UUID) -> None:
    with world.reading() as session:
        found = deletions.lock_of(session, session.get_one(Envelope, envelope_id))
    assert found is not None
    assert found.until is not None
    last = datetime(found.until.year, found.until.month, found.until.day, 3, tzinfo=UTC)
    with pytest.raises(FormProblems):
        propose(world, envelope_id, world.member_id, last)
    propose(world, envelope_id, world.member_id, last + timedelta(days=1))


def test_a_retention_that_was_made_longer_holds_back_a_proposal(
    world: World, envelope_id: UUID, second: UUID
) -> None:
    propose(world, envelope_id, world.member_id)
    with world.database.transaction() as session:
        session.get_one(Organisation, world.organisation_id).retention_years = 30
    with pytest.raises(FormProblems):
        confirm(world, envelope_id, second)
    with world.reading() as session:
        assert session.get_one(Envelope, envelope_id).state == EnvelopeState.DONE


def test_nobody_makes_the_retention_of_one_contract_shorter(
    world: World, envelope_id: UUID
) -> None:
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, envelope_id)
        row = session.get_one(Deal, envelope_id)
        before = deals.deal_of(row)
        member = session.get_one(Member, world.member_id)

        def keep(years: int) -> bool:
            deal = replace(before, retention_years=years)
            return deals.change(
                session, envelope, deal,
                member=member, reason="規程", revision=row.revision, now=LATER,
            )  # fmt: skip

        with pytest.raises(FormProblems):
            keep(7)
        assert keep(30)
    with pytest.raises(FormProblems):
        propose(world, envelope_id, world.member_id)


def test_the_same_person_cannot_confirm(world: World, envelope_id: UUID) -> None:
    propose(world, envelope_id, world.member_id)
    with pytest.raises(FormProblems) as same:
        confirm(world, envelope_id, world.member_id)
    assert set(same.value.problems) == {"decision"}
    assert tags(world, envelope_id) == [Event.DELETION_PROPOSED]


def test_two_people_delete_and_what_it_was_stays(
    world: World, envelope_id: UUID, second: UUID
) -> None:
    first = propose(world, envelope_id, world.member_id)
    assert propose(world, envelope_id, second) == first  # it waits already
    deletion_id = confirm(world, envelope_id, second)
    with pytest.raises(NothingToDecide):
        confirm(world, envelope_id, second)
    with world.reading() as session:
        row = session.get_one(Deletion, deletion_id)
        [revision] = session.scalars(
            select(Revision.sha256).where(Revision.kind == "archive")
        ).all()
        assert session.get_one(Envelope, envelope_id).state == EnvelopeState.DELETED
        [order] = session.query(OutboxItem).filter_by(kind="deletion")
        [event] = session.query(LedgerEvent).filter_by(tag=Event.DELETION_CONFIRMED.value)
    assert order.subject_id == deletion_id
    assert row.tombstone is not None
    assert [one["sha256"] for one in row.tombstone["documents"]] == [revision]
    assert event.data["tombstone_sha256"] == row.tombstone_sha256
    assert event.data["documents"][0]["sha256"] == revision
    with world.reading() as session:
        assert ledger.verify(session, envelope_id).intact
        assert operations.verify(session, world.organisation_id).intact


def test_keys_and_bytes_go_however_often_it_is_interrupted(
    world: World, second: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey, kept = concluded(world), concluded(world)
    file, other = newest_file(world, journey), newest_file(world, kept)
    desk = StoredDeletionDesk(world.database, world.vault)
    assert not desk.erase(uuid4())
    propose(world, journey.envelope_id, world.member_id)
    deletion_id = confirm(world, journey.envelope_id, second)
    with world.reading() as session:
        [blob_id] = session.scalars(
            select(Revision.blob_id)
            .join(Document, Document.id == Revision.document_id)
            .where(Revision.kind == "archive", Document.envelope_id == journey.envelope_id)
        ).all()

    def killed(_: UUID) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(world.vault, "remove_bytes", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.erase(deletion_id)
    assert file.exists()
    assert desk.order_again(LATER + timedelta(hours=1)) == 0  # nobody has started it yet
    with world.database.transaction() as session:
        session.query(OutboxItem).filter_by(kind="deletion").one().done_at = LATER
    assert desk.order_again(LATER + timedelta(hours=1)) == 1
    assert desk.erase(deletion_id)
    assert not desk.erase(deletion_id)
    assert not file.exists()
    assert other.exists()
    with world.reading() as session:
        keys = session.scalars(select(DataKey.wrapped)).all()
        assert session.get_one(Blob, blob_id).sha256
        assert b"" in keys
        assert any(keys)
    world.vault._keys._cache.clear()  # as in any other process
    with world.reading() as session, pytest.raises(DataKeyUnusable):
        world.vault.read(session, blob_id)
    assert tags(world, journey.envelope_id)[-1] == Event.DELETION_DONE
    # What is left of the period is verified, and nothing is missed.
    run_id = asked(world)
    verified(world, run_id)
    assert run_of(world, run_id).documents == 1


def test_an_imported_contract_is_deleted_likewise(world: World, second: UUID) -> None:
    envelope_id = contract(world, received=date(2026, 11, 2))
    with world.reading() as session:
        assert deletions.lock_of(session, session.get_one(Envelope, envelope_id)) is None
    stamped(world, envelope_id)
    [document_id] = world.documents(envelope_id)
    with world.database.transaction() as session:
        document = session.get_one(Document, document_id)
        document.text_blob_id = keep_texts(world.vault, session, document_id, ["単価契約"])
    assert TextIndexer(world.database, world.vault).fill() == 1
    with world.reading() as session:
        asked_for = Search(text="単価")
        [row] = look(session, world.vault, world.organisation_id, asked_for).rows
        assert row.envelope.id == envelope_id
    propose(world, envelope_id, world.member_id)
    deletion_id = confirm(world, envelope_id, second)
    assert StoredDeletionDesk(world.database, world.vault).erase(deletion_id)
    with world.reading() as session:
        assert session.query(TextEntry).count() == 0
    with world.reading() as session:
        found = deletions.latest(session, session.get_one(Envelope, envelope_id))
    assert found is not None
    assert found.row.tombstone is not None
    assert found.row.tombstone["deal"]["partner"] == "青山建設"
    assert found.row.tombstone["token_sha256"]


def test_a_proposal_is_refused_with_a_reason_or_taken_back(
    world: World, envelope_id: UUID, second: UUID
) -> None:
    propose(world, envelope_id, world.member_id)
    with pytest.raises(FormProblems):
        refuse(world, envelope_id, second, " ")
    assert refuse(world, envelope_id, second, "訴訟のため") == Decision.REFUSED
    with pytest.raises(NothingToDecide):
        refuse(world, envelope_id, second, "x")
    propose(world, envelope_id, world.member_id, LATER + timedelta(minutes=1))
    assert refuse(world, envelope_id, world.member_id, "") == Decision.TAKEN_BACK
    assert tags(world, envelope_id)[-1] == Event.DELETION_REFUSED
    with world.reading() as session:
        asked = Asked.read({}, deletions.SORTS)
        everything = deletions.page_of(session, world.organisation_id, asked, waiting=False)
        waiting = deletions.page_of(session, world.organisation_id, asked, waiting=True)
    assert (everything.total, waiting.total) == (2, 0)
