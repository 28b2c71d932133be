"""A repaired copy: offered, agreed to by somebody, made once, and the original kept."""

from uuid import UUID, uuid4

import pytest

from domain.kinds import DocumentState, RevisionKind
from domain.mends import Mend
from domain.ports.signatures import InspectedPdf
from domain.refusals import Refusal, RefusalCode
from storage import drafts, ledger
from storage.desks.rows import now
from storage.repairs import agree_to_repair, to_prepare, uploaded
from storage.sending import check_documents
from storage.tables import Document, LedgerEvent, Member, OutboxItem, Revision
from tests.storage.world import UPLOAD, World, person

MENDS = frozenset({Mend.JAVASCRIPT, Mend.EMBEDDED_FILES})
CODES = ["embedded_files", "javascript"]
COPY = InspectedPdf(
    1, ((595.0, 842.0),), (b"png",), mends=tuple(sorted(MENDS)), repaired=b"%PDF-1.7 the copy"
)


def offered(world: World) -> tuple[UUID, UUID]:
    """A draft whose document could be repaired: envelope and document."""
    envelope_id = world.draft()
    [document_id] = world.documents(envelope_id)
    world.intake.offer_repair(document_id, MENDS)
    return envelope_id, document_id


def agree(
    world: World, envelope_id: UUID, document_id: UUID, shown: frozenset[str] | None = None
) -> bool:
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        envelope = drafts.open_draft(session, member.organisation_id, envelope_id)
        codes = MENDS if shown is None else shown
        return agree_to_repair(session, envelope, document_id, codes, member, now())


def state_of(world: World, document_id: UUID) -> Document:
    with world.reading() as session:
        return session.get_one(Document, document_id)


def test_what_a_copy_would_lack_is_kept_until_somebody_agrees(world: World) -> None:
    envelope_id, document_id = offered(world)
    world.intake.offer_repair(document_id, frozenset({Mend.LAUNCH}))  # the first answer stays
    document = state_of(world, document_id)
    assert (document.state, document.mends) == (DocumentState.MENDABLE, CODES)
    assert world.intake.agreed(document_id) == frozenset()
    assert world.tags(envelope_id)[-1] == "document:mendable"
    with pytest.raises(Refusal) as refused, world.reading() as session:
        check_documents(drafts.documents_of(session, envelope_id))
    assert refused.value.code is RefusalCode.DOCUMENTS_NOT_READY


def test_consent_is_recorded_with_person_time_mends_and_hash_and_starts_the_repair(
    world: World,
) -> None:
    envelope_id, document_id = offered(world)
    assert agree(world, envelope_id, document_id)
    document = state_of(world, document_id)
    assert document.state == DocumentState.CHECKING
    assert document.repair_agreed_by == world.member_id
    assert document.repair_agreed_at is not None
    assert world.intake.agreed(document_id) == MENDS
    with world.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="document:repair_agreed").one()
        item = session.query(OutboxItem).filter_by(kind="repair").one()
    assert event.actor == f"member:{world.member_id}"
    assert event.data == {
        "document": str(document_id),
        "mends": CODES,
        "sha256": document.sha256,
    }
    assert item.subject_id == document_id


def test_consent_counts_once_and_only_for_what_was_shown(world: World) -> None:
    envelope_id, document_id = offered(world)
    assert not agree(world, envelope_id, document_id, frozenset({"javascript"}))
    assert not agree(world, envelope_id, document_id, frozenset())
    assert agree(world, envelope_id, document_id)
    assert not agree(world, envelope_id, document_id)
    assert world.tags(envelope_id).count("document:repair_agreed") == 1


def test_nobody_agrees_for_a_document_of_another_envelope_or_one_taken_out(world: World) -> None:
    envelope_id, document_id = offered(world)
    with pytest.raises(LookupError):
        agree(world, world.draft(), document_id)
    with pytest.raises(LookupError):
        agree(world, envelope_id, uuid4())
    with world.database.transaction() as session:
        member = session.get_one(Member, world.member_id)
        envelope = drafts.open_draft(session, member.organisation_id, envelope_id)
        drafts.remove_document(session, envelope, document_id, member, now())
    with pytest.raises(LookupError):
        agree(world, envelope_id, document_id)


def test_the_copy_lies_beside_the_original_and_is_what_gets_sent(world: World) -> None:
    envelope_id, document_id = offered(world)
    agree(world, envelope_id, document_id)
    world.intake.accept(document_id, COPY)
    world.intake.accept(document_id, COPY)
    document = state_of(world, document_id)
    assert (document.state, document.mends) == (DocumentState.READY, CODES)
    with world.reading() as session:
        rows = session.query(Revision).order_by(Revision.number).all()
        assert [row.kind for row in rows] == [RevisionKind.UPLOAD, RevisionKind.REPAIRED]
        assert uploaded(session, document_id).sha256 == document.sha256
        copy = to_prepare(session, document_id)
        event = session.query(LedgerEvent).filter_by(tag="document:repaired").one()
        checked = session.query(LedgerEvent).filter_by(tag="document:checked").one()
    assert event.data["original"] == document.sha256
    assert event.data["sha256"] == checked.data["sha256"] == copy.sha256
    assert event.data["mends"] == CODES
    assert world.intake.read(document_id) == UPLOAD + b"0"
    assert world.preparation.read_upload(document_id) == COPY.repaired
    world.send(person("a"), envelope_id=envelope_id)
    with world.reading() as session:
        sent = session.query(LedgerEvent).filter_by(tag="envelope:sent").one()
        assert ledger.verify(session).intact
    assert sent.data["documents"] == [copy.sha256]


def test_a_change_of_rules_after_the_consent_asks_anew(world: World) -> None:
    envelope_id, document_id = offered(world)
    agree(world, envelope_id, document_id)
    more = MENDS | {Mend.LAUNCH}
    world.intake.offer_repair(document_id, more)
    assert world.intake.agreed(document_id) == frozenset()
    assert not agree(world, envelope_id, document_id)
    assert agree(world, envelope_id, document_id, frozenset(more))
    with world.reading() as session:
        items = session.query(OutboxItem).filter_by(kind="repair").all()
    assert sorted(item.generation for item in items) == [1, 2]
