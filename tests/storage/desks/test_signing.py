"""The way to a signature leads through an act row, and a forged message ends here."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.consents import ConsentStamps
from activities.signing import SigningActivities
from domain.drafts import Order
from domain.evidence import LOCATION, signature_reason
from domain.kinds import ActKind, EnvelopeState, RevisionKind, SlotState
from domain.messages import SignOrder
from domain.ports.signatures import DocumentSigner, Timestamp
from domain.refusals import Refusal
from storage.desks import StaleBase
from storage.desks.signing import ResultDiffers
from storage.tables import Act, Envelope, Link, Revision, SignatureIntent, Slot
from storage.vault_errors import VaultError
from tests.storage.world import (
    APPROVER,
    Journey,
    World,
    carry_out,
    column,
    drafted,
    embedded,
    now,
    person,
)
from tests.workflows.fakes import NoConsents


def revisions(world: World, document_id: UUID) -> list[Revision]:
    with world.reading() as session:
        return (
            session.query(Revision)
            .filter_by(document_id=document_id, version=1)
            .order_by(Revision.number)
            .all()
        )


def change(world: World, table: type[Any], key: UUID, **values: Any) -> None:
    with world.database.transaction() as session:
        row = session.get_one(table, key)
        for name, value in values.items():
            setattr(row, name, value)


def intended(world: World, envelope_id: UUID, act_id: UUID) -> None:
    task = world.signing.authorise(envelope_id, act_id)
    world.signing.intend(task, drafted(world, task))


# -- what is authorised ------------------------------------------------------------------------


def test_an_accepted_act_allows_its_own_field_of_every_document_in_tab_order(world: World) -> None:
    envelope_id = world.draft(documents=3)
    journey = Journey.begin(world, person("a"), person("b"), envelope_id=envelope_id)
    act_id = journey.act("a")
    task = world.signing.authorise(envelope_id, act_id)
    assert [document.document_id for document in task.documents] == world.documents(envelope_id)
    assert {document.field_name for document in task.documents} == {"FIELD_0001"}
    posted_at = column(world, Act, act_id, "posted_at")
    assert task.reason == signature_reason("a", "a@example.jp", posted_at, "Asia/Tokyo")
    assert (task.location, task.posted_at) == (LOCATION, posted_at)


def test_an_act_that_the_route_has_not_accepted_allows_nothing(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    posted = world.post(journey.envelope_id, "a")
    with pytest.raises(Refusal, match="not_allowed"):
        world.signing.authorise(journey.envelope_id, posted)
    refused = world.forge_act(posted, version_sha256="0" * 64)
    journey.decide(refused)
    with pytest.raises(Refusal, match="not_allowed"):
        world.signing.authorise(journey.envelope_id, refused)


def test_an_unknown_act_or_one_of_another_envelope_allows_nothing(world: World) -> None:
    mine, other = Journey.begin(world, person("a")), Journey.begin(world, person("b"))
    act_id = other.act("b")
    for envelope_id, act in ((mine.envelope_id, act_id), (mine.envelope_id, uuid4())):
        with pytest.raises(Refusal, match="unknown_act"):
            world.signing.authorise(envelope_id, act)


def test_approving_and_declining_sign_nothing(world: World) -> None:
    journey = Journey.begin(world, person("a", APPROVER), person("b"))
    act_id = journey.act("a", ActKind.APPROVE)
    with pytest.raises(Refusal, match="not_allowed"):
        world.signing.authorise(journey.envelope_id, act_id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"evidence": {}}, "evidence_incomplete"),
        ({"version_sha256": "0" * 64}, "version_replaced"),
        ({"version": 2}, "version_replaced"),
        ({"slot_id": None}, "not_your_slot"),
        ({"participant_id": None}, "not_your_slot"),
        ({"kind": "approve"}, "not_allowed"),
        ({}, "already_acted"),
    ],
)
def test_a_row_that_only_pretends_to_be_accepted_allows_nothing(
    world: World, changes: dict[str, Any], code: str
) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    forged = world.forge_act(journey.act("a"), **changes)
    with pytest.raises(Refusal, match=code):
        world.signing.authorise(journey.envelope_id, forged)


def test_another_persons_slot_allows_nothing(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    act_id = journey.act("a")
    slot = world.slot(journey.envelope_id, "b")
    forged = world.forge_act(act_id, slot_id=slot.id)
    with pytest.raises(Refusal, match="not_your_slot"):
        world.signing.authorise(journey.envelope_id, forged)
    change(world, Slot, slot.id, participant_id=column(world, Act, act_id, "participant_id"))
    with pytest.raises(Refusal, match="not_your_slot"):
        world.signing.authorise(journey.envelope_id, forged)


def test_a_revoked_link_or_a_late_post_allows_nothing(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    change(world, Envelope, journey.envelope_id, deadline_at=now() - timedelta(days=1))
    with pytest.raises(Refusal, match="after_deadline"):
        world.signing.authorise(journey.envelope_id, act_id)
    with world.database.transaction() as session:
        session.query(Link).one().revoked_at = now() - timedelta(days=1)
    with pytest.raises(Refusal, match="evidence_incomplete"):
        world.signing.authorise(journey.envelope_id, act_id)


@pytest.mark.parametrize("state", ["draft", "sending", "completing", "done"])
def test_only_an_envelope_under_way_is_signed(world: World, state: str) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    change(world, Envelope, journey.envelope_id, state=state)
    with pytest.raises(Refusal, match="envelope_ended"):
        world.signing.authorise(journey.envelope_id, act_id)


def test_an_act_accepted_before_another_ended_the_envelope_is_carried_out(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    act_id = journey.act("a")
    journey.decide(world.withdraw(journey.envelope_id))
    assert world.envelope(journey.envelope_id).state == EnvelopeState.WITHDRAWN
    carry_out(world, journey.envelope_id, act_id)
    assert world.slot(journey.envelope_id, "a").state == SlotState.DONE


# -- the intent --------------------------------------------------------------------------------


def test_an_act_is_consumed_once(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    task = world.signing.authorise(journey.envelope_id, act_id)
    world.signing.intend(task, drafted(world, task))
    with pytest.raises(Refusal, match="already_acted"):
        world.signing.intend(task, drafted(world, task))
    assert len(world.signing.intents(act_id)) == 1
    assert column(world, Act, act_id, "consumed_at") is not None


def test_the_stored_intent_gives_back_the_whole_draft(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    task = world.signing.authorise(journey.envelope_id, act_id)
    drafts = drafted(world, task)
    world.signing.intend(task, drafts)
    [intent] = world.signing.intents(act_id)
    assert (intent.document_id, intent.draft) == drafts[0]
    assert intent.base_revision_id == task.documents[0].base_revision_id
    sealed = column(world, SignatureIntent, intent.intent_id, "sealed_tail")
    assert intent.draft.tail not in sealed


def test_drafts_for_other_documents_or_fields_are_refused_and_consume_nothing(
    world: World,
) -> None:
    journey = Journey.begin(world, person("a"), person("b"), envelope_id=world.draft(2))
    act_id = journey.act("a")
    task = world.signing.authorise(journey.envelope_id, act_id)
    first, second = drafted(world, task)
    other_field = (first[0], replace(first[1], field_name="FIELD_0002"))
    for drafts in ([], [first], [second, first], [other_field, second], [first, second, second]):
        with pytest.raises(Refusal, match="not_allowed"):
            world.signing.intend(task, drafts)
    assert world.signing.intents(act_id) == ()
    assert column(world, Act, act_id, "consumed_at") is None


def test_the_rows_decide_again_when_the_intent_is_stored(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    task = world.signing.authorise(journey.envelope_id, act_id)
    change(world, Envelope, journey.envelope_id, state="done")
    with pytest.raises(Refusal, match="envelope_ended"):
        world.signing.intend(task, drafted(world, task))


def test_a_draft_on_an_old_revision_has_to_be_made_again(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    first, second = journey.act("a"), journey.act("b")
    stale = world.signing.authorise(journey.envelope_id, second)
    carry_out(world, journey.envelope_id, first)
    with pytest.raises(StaleBase):
        world.signing.intend(stale, drafted(world, stale))
    carry_out(world, journey.envelope_id, second)
    [document_id] = world.documents(journey.envelope_id)
    assert [row.act_id for row in revisions(world, document_id)] == [None, first, second]


def test_two_signatures_are_never_under_way_on_one_document(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    first, second = journey.act("a"), journey.act("b")
    other = world.signing.authorise(journey.envelope_id, second)
    intended(world, journey.envelope_id, first)
    with pytest.raises(StaleBase):
        world.signing.intend(other, drafted(world, other))


# -- the three steps ---------------------------------------------------------------------------


def test_each_result_is_stored_once_and_another_one_is_not_taken(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    intended(world, journey.envelope_id, act_id)
    [intent] = world.signing.intents(act_id)
    stamp = Timestamp(b"token", now(), "TSA 1")
    world.signing.begin_call(intent.intent_id)
    for _ in range(2):
        world.signing.store_signature(intent.intent_id, b"value")
        world.signing.store_timestamp(intent.intent_id, stamp)
    with pytest.raises(ResultDiffers):
        world.signing.store_signature(intent.intent_id, b"other")
    with pytest.raises(ResultDiffers):
        world.signing.store_timestamp(intent.intent_id, replace(stamp, token=b"other"))
    [stored] = world.signing.intents(act_id)
    assert (stored.signature, stored.timestamp) == (b"value", stamp)
    assert world.tags(journey.envelope_id).count("signature:made") == 1


def test_every_use_of_the_key_is_counted_and_none_follows_a_stored_value(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    intended(world, journey.envelope_id, act_id)
    [intent] = world.signing.intents(act_id)
    world.signing.begin_call(intent.intent_id)
    world.signing.begin_call(intent.intent_id)
    world.signing.store_signature(intent.intent_id, b"value")
    with pytest.raises(Refusal, match="already_acted"):
        world.signing.begin_call(intent.intent_id)
    assert column(world, SignatureIntent, intent.intent_id, "sign_calls") == 2


def test_a_revision_needs_signature_and_token_and_changes_nothing_else(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    intended(world, journey.envelope_id, act_id)
    [intent] = world.signing.intents(act_id)
    tail = embedded(intent.draft, b"value")
    with pytest.raises(Refusal, match="not_allowed"):
        world.signing.store_timestamp(intent.intent_id, Timestamp(b"token", now(), "TSA 1"))
    world.signing.store_signature(intent.intent_id, b"value")
    with pytest.raises(Refusal, match="not_allowed"):
        world.signing.store_revision(intent.intent_id, tail)
    world.signing.store_timestamp(intent.intent_id, Timestamp(b"token", now(), "TSA 1"))
    for forged in (tail + b"more", b"X" + tail[1:], tail[:-1] + b"X", b""):
        with pytest.raises(Refusal, match="not_allowed"):
            world.signing.store_revision(intent.intent_id, forged)
    assert world.signing.store_revision(intent.intent_id, tail)


def test_the_signed_revision_is_its_base_and_its_tail(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    intended(world, journey.envelope_id, act_id)
    [intent] = world.signing.intents(act_id)
    tail = embedded(intent.draft, b"value")
    world.signing.store_signature(intent.intent_id, b"value")
    world.signing.store_timestamp(intent.intent_id, Timestamp(b"token", now(), "TSA 1"))
    first = world.signing.store_revision(intent.intent_id, tail)
    assert world.signing.store_revision(intent.intent_id, tail) == first
    base = world.signing.read_revision(intent.base_revision_id)
    assert world.signing.read_revision(first) == base + tail
    newest = revisions(world, intent.document_id)[-1]
    assert (newest.id, newest.number, newest.kind) == (first, 1, RevisionKind.SIGNATURE)
    assert column(world, SignatureIntent, intent.intent_id, "sealed_tail") is None
    assert world.tags(journey.envelope_id).count("signature:stamped") == 1


def test_a_repeated_order_after_the_end_signs_nothing_more(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    act_id = journey.sign("a")
    task = world.signing.authorise(journey.envelope_id, act_id)
    assert task.documents == ()
    world.signing.finish(act_id)
    with pytest.raises(Refusal, match="already_acted"):
        world.signing.intend(task, [])


def test_an_interrupted_act_goes_on_with_what_is_missing(world: World) -> None:
    journey = Journey.begin(world, person("a"), envelope_id=world.draft(2))
    act_id = journey.act("a")
    intended(world, journey.envelope_id, act_id)
    first, second = world.signing.intents(act_id)
    world.signing.store_signature(first.intent_id, b"value")
    world.signing.store_timestamp(first.intent_id, Timestamp(b"token", now(), "TSA 1"))
    world.signing.store_revision(first.intent_id, embedded(first.draft, b"value"))
    with pytest.raises(Refusal, match="not_allowed"):
        world.signing.finish(act_id)
    [left] = world.signing.authorise(journey.envelope_id, act_id).documents
    assert left.document_id == second.document_id
    assert world.slot(journey.envelope_id, "a").state == SlotState.ACTED


def test_a_workflow_snapshot_does_not_take_back_a_finished_signature(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    act_id = journey.act("a")
    late = journey.route.snapshot()
    carry_out(world, journey.envelope_id, act_id)
    world.envelopes.project(late)
    assert world.slot(journey.envelope_id, "a").state == SlotState.DONE


def test_the_signing_tables_hold_no_clear_document_bytes(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    intended(world, journey.envelope_id, journey.act("a"))
    with world.reading() as session:
        [sealed] = session.execute(text("SELECT sealed_tail FROM signature_intents")).scalars()
    assert b"FIELD_0001" not in bytes(sealed)


def test_a_step_that_is_repeated_after_its_revision_was_stored_only_reads_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The draft is gone by then, and the key is not asked once more."""
    journey = Journey.begin(world, person("a"))
    act_id = journey.act("a")
    carry_out(world, journey.envelope_id, act_id)
    nobody = cast("DocumentSigner", None)
    stamps = ConsentStamps(NoConsents(), NoConsents())
    step = SigningActivities(world.signing, nobody, stamps).sign_act
    order = SignOrder(envelope_id=journey.envelope_id, act_id=act_id)
    assert ActivityEnvironment().run(step, order).documents == 1

    def broken(*_: object) -> bytes:
        raise VaultError("blob_missing")

    monkeypatch.setattr(world.signing, "read_revision", broken)
    with pytest.raises(VaultError):
        ActivityEnvironment().run(step, order)
