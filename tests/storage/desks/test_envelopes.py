"""The projection: stages, ends, links, hindrances, and the way back to the draft."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from domain.drafts import Order
from domain.kinds import (
    MAIL_FAILED,
    WORKFLOW_GONE,
    ActKind,
    DocumentState,
    EnvelopeState,
    HindranceKind,
    LinkPurpose,
    SlotState,
)
from domain.messages import Ending, HindranceChange, StageOpening
from domain.refusals import Refusal, RefusalCode
from domain.route import Route
from storage.tables import Document, Hindrance, LedgerEvent, OutboxItem
from tests.storage.world import RECIPIENT, Journey, World, column, now, person


def end(journey: Journey, snapshot_state: EnvelopeState = EnvelopeState.EXPIRED) -> Ending:
    journey.route.finish(snapshot_state)
    return Ending(snapshot=journey.route.snapshot(), at=now())


def test_the_plan_is_the_route_as_it_was_sent(world: World) -> None:
    envelope_id = world.send(person("a"), person("b"), person("r", RECIPIENT))
    plan = world.envelopes.plan(envelope_id)
    people = [[world.participant(envelope_id, name).id] for name in ("a", "b")]
    assert [list(stage.slots[0].participant_ids) for stage in plan.stages] == people
    assert [stage.need for stage in plan.stages] == [1, 1]
    assert (plan.version, plan.zone) == (1, "Asia/Tokyo")
    assert plan.deadline_at == world.envelope(envelope_id).deadline_at


def test_a_draft_an_ended_and_an_unknown_envelope_have_no_plan(world: World) -> None:
    with pytest.raises(Refusal, match="not_allowed"):
        world.envelopes.plan(world.draft())
    with pytest.raises(Refusal, match="not_allowed"):
        world.envelopes.plan(uuid4())
    journey = Journey.begin(world, person("a"))
    act_id = world.withdraw(journey.envelope_id)
    journey.decide(act_id)
    assert world.envelopes.plan(journey.envelope_id).answered  # whoever takes over concludes it
    ending = Ending(snapshot=journey.route.snapshot(), act_id=act_id, at=now())
    world.envelopes.end(ending)
    with pytest.raises(Refusal, match="envelope_ended"):
        world.envelopes.plan(journey.envelope_id)


def test_opening_a_stage_asks_its_people_and_nobody_else(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    assert world.slot(journey.envelope_id, "a").state == SlotState.ASKED
    assert world.slot(journey.envelope_id, "a").asked_at is not None
    assert world.slot(journey.envelope_id, "b").state == SlotState.WAITING
    assert world.link(journey.envelope_id, "a", LinkPurpose.ACT) is not None
    assert world.link(journey.envelope_id, "b", LinkPurpose.ACT) is None
    assert world.envelope(journey.envelope_id).state == EnvelopeState.RUNNING


def test_opening_a_stage_twice_changes_nothing(world: World) -> None:
    envelope_id = world.send(person("a"))
    world.prepare(envelope_id)
    journey = Journey(
        world,
        envelope_id,
        world.envelopes.plan(envelope_id),
        Route.of(world.envelopes.plan(envelope_id)),
    )
    opening = journey.open()
    link, tags = world.link(envelope_id, "a", LinkPurpose.ACT), world.tags(envelope_id)
    world.envelopes.open_stage(opening)
    again = world.link(envelope_id, "a", LinkPurpose.ACT)
    assert link is not None
    assert again is not None
    assert (again.id, again.generation) == (link.id, 1)
    assert world.tags(envelope_id) == tags
    assert tags.count("stage:opened") == 1


def test_a_stage_of_another_envelope_is_refused(world: World) -> None:
    mine, other = Journey.begin(world, person("a")), Journey.begin(world, person("b"))
    opening = mine.plan.stages[0]
    forged = mine.route.snapshot()
    with pytest.raises(Refusal, match="not_allowed"):
        world.envelopes.open_stage(
            StageOpening(
                stage_id=other.plan.stages[0].stage_id,
                slot_ids=(opening.slots[0].slot_id,),
                snapshot=forged,
            )
        )


def test_slots_of_another_envelope_are_left_alone_by_a_snapshot(world: World) -> None:
    mine, other = Journey.begin(world, person("a")), Journey.begin(world, person("b"))
    foreign = other.route.snapshot().slots
    forged = mine.route.snapshot().model_copy(
        update={"slots": tuple(s.model_copy(update={"state": SlotState.DONE}) for s in foreign)}
    )
    world.envelopes.project(forged)
    assert world.slot(other.envelope_id, "b").state == SlotState.ASKED


def test_a_hindrance_begins_once_and_ends_once(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    begins = HindranceChange(
        envelope_id=journey.envelope_id,
        kind=HindranceKind.TIMESTAMP,
        begins=True,
        reason="timestamp_unavailable",
    )
    for change in (begins, begins):
        world.envelopes.hinder(change)
    with world.reading() as session:
        [row] = session.query(Hindrance).all()
        assert (row.kind, row.ended_at) == (HindranceKind.TIMESTAMP, None)
    ends = begins.model_copy(update={"begins": False})
    for change in (ends, ends):
        world.envelopes.hinder(change)
    with world.reading() as session:
        assert session.query(Hindrance).one().ended_at is not None
    tags = world.tags(journey.envelope_id)
    assert tags[-2:] == ["timestamp:awaited", "timestamp:resumed"]


def test_mail_and_steps_hinder_apart_and_the_end_ends_those_of_steps(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    words = {"envelope_id": journey.envelope_id, "kind": HindranceKind.OPERATOR}
    mail = HindranceChange(**words, begins=True, reason=MAIL_FAILED)
    token = HindranceChange(**words, begins=True, reason="token_away")
    for change in (mail, token, mail):
        world.envelopes.hinder(change)
    assert _open_reasons(world) == {MAIL_FAILED, "token_away"}
    world.envelopes.hinder(token.model_copy(update={"begins": False}))
    assert _open_reasons(world) == {MAIL_FAILED}
    with world.database.transaction() as session:
        lost = {"kind": HindranceKind.OPERATOR.value, "reason": WORKFLOW_GONE, "since": now()}
        session.add(Hindrance(envelope_id=journey.envelope_id, **lost))
    world.envelopes.hinder(token.model_copy(update={"begins": False}))
    assert _open_reasons(world) == {MAIL_FAILED, WORKFLOW_GONE}, "the watch looks after that"
    with world.database.transaction() as session:
        session.query(Hindrance).filter_by(reason=WORKFLOW_GONE).delete()
    world.envelopes.hinder(token)
    journey.sign("a")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    assert _open_reasons(world) == {MAIL_FAILED}, "no step is left that could end the other"


def _open_reasons(world: World) -> set[str]:
    with world.reading() as session:
        return set(session.scalars(select(Hindrance.reason).where(Hindrance.ended_at.is_(None))))


def test_completion_exchanges_act_links_for_download_links(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("r", RECIPIENT))
    journey.sign("a")
    ending = Ending(snapshot=journey.complete(), at=now())
    for _ in range(2):
        world.envelopes.end(ending)
    envelope = world.envelope(journey.envelope_id)
    assert (envelope.state, envelope.ended_at) == (EnvelopeState.DONE, ending.at)
    assert envelope.download_until == journey.route.download_until
    for name in ("a", "r"):
        link = world.link(journey.envelope_id, name, LinkPurpose.DOWNLOAD)
        assert link is not None
        assert link.revoked_at is None
    assert world.tags(journey.envelope_id).count("envelope:completed") == 1


def test_nothing_is_done_before_every_document_has_its_archive_timestamp(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    journey.act("a")
    with pytest.raises(Refusal, match="not_allowed"):
        world.envelopes.end(end(journey, EnvelopeState.DONE))
    assert world.envelope(journey.envelope_id).state == EnvelopeState.RUNNING
    assert world.link(journey.envelope_id, "a", LinkPurpose.DOWNLOAD) is None


def test_a_running_envelope_is_no_ending(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    with pytest.raises(Refusal, match="not_allowed"):
        world.envelopes.end(Ending(snapshot=journey.route.snapshot(), at=now()))


@pytest.mark.parametrize(
    ("state", "tag"),
    [
        (EnvelopeState.EXPIRED, "envelope:expired"),
        (EnvelopeState.DECLINED, "envelope:declined"),
        (EnvelopeState.WITHDRAWN, "envelope:withdrawn"),
    ],
)
def test_other_ends_revoke_every_act_link_and_open_no_download(
    world: World, state: EnvelopeState, tag: str
) -> None:
    journey = Journey.begin(world, person("a"), person("b"), order=Order.PARALLEL)
    world.envelopes.end(end(journey, state))
    for name in ("a", "b"):
        link = world.link(journey.envelope_id, name, LinkPurpose.ACT)
        assert link is not None
        assert link.revoked_at is not None
        assert world.link(journey.envelope_id, name, LinkPurpose.DOWNLOAD) is None
        assert world.slot(journey.envelope_id, name).state == SlotState.RELEASED
    assert world.tags(journey.envelope_id)[-1] == tag


def test_the_ending_names_who_declined(world: World) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    act_id = journey.act("a", ActKind.DECLINE)
    assert journey.route.state is EnvelopeState.DECLINED
    world.envelopes.end(Ending(snapshot=journey.route.snapshot(), act_id=act_id, at=now()))
    with world.reading() as session:
        event = session.query(LedgerEvent).filter_by(tag="envelope:declined").one()
        assert event.actor == f"participant:{world.participant(journey.envelope_id, 'a').id}"


def test_the_download_window_closes_once(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    journey.sign("a")
    world.envelopes.close_download(journey.envelope_id)
    assert world.envelope(journey.envelope_id).download_closed_at is None
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    for _ in range(2):
        world.envelopes.close_download(journey.envelope_id)
    link = world.link(journey.envelope_id, "a", LinkPurpose.DOWNLOAD)
    assert link is not None
    assert link.revoked_why == "closed"
    assert world.tags(journey.envelope_id).count("download:closed") == 1


def test_the_history_is_kept_once_in_the_vault(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    world.envelopes.keep_history(journey.envelope_id, b'{"events": []}')
    world.envelopes.keep_history(journey.envelope_id, b'{"events": [1]}')
    blob_id = world.envelope(journey.envelope_id).history_blob_id
    assert blob_id is not None
    with world.reading() as session:
        assert world.vault.read(session, blob_id) == b'{"events": []}'


def test_a_failed_preparation_gives_the_draft_back_and_it_can_be_sent_again(world: World) -> None:
    envelope_id = world.send(person("a"), person("b"))
    [document_id] = world.documents(envelope_id)
    world.preparation.unprepared(envelope_id)
    for _ in range(2):
        world.envelopes.return_to_draft(envelope_id, RefusalCode.NOT_PREPARABLE, document_id)
    envelope = world.envelope(envelope_id)
    assert (envelope.state, envelope.refusal) == (EnvelopeState.DRAFT, "not_preparable")
    assert column(world, Document, document_id, "state") == DocumentState.REFUSED
    assert world.tags(envelope_id).count("envelope:unpreparable") == 1
    with world.database.transaction() as session:
        session.get_one(Document, document_id).removed_at = now()
    world.upload(envelope_id, "別の契約書.pdf", b"%PDF-1.7 another\n")
    journey = Journey.begin(world, person("c"), envelope_id=envelope_id)
    assert len(journey.plan.stages) == 1
    journey.sign("c")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    assert world.envelope(envelope_id).state == EnvelopeState.DONE
    with world.reading() as session:
        sendings = session.query(OutboxItem).filter_by(subject_id=envelope_id)
        assert sorted(item.generation for item in sendings) == [1, 2]


def test_a_running_envelope_never_becomes_a_draft_again(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    world.envelopes.return_to_draft(journey.envelope_id, RefusalCode.NOT_PREPARABLE, None)
    assert world.envelope(journey.envelope_id).state == EnvelopeState.RUNNING
