"""Corrections as rows: a new version beside the old one, which stays as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select, text

from domain.drafts import Order
from domain.events import Event
from domain.kinds import ActKind, EnvelopeState, LinkPurpose, NoticeKind, PartyKind, RevisionKind
from domain.messages import CorrectionHalt, NoticeOrder
from domain.refusals import Refusal, RefusalCode
from domain.route import Route
from domain.route_versions import halt_version, start_version, version_is_ready
from domain.typed_fields import TypedField
from storage import coming_fields, correction_fields, corrections, ledger
from storage.migrations import downgrade, upgrade
from storage.standing import Standing, holder_of
from storage.tables import Act, Correction, Document, Envelope, Link, Revision, Slot, Stage
from storage.visits import find_link
from tests.storage.test_steering import post
from tests.storage.world import APPROVER, UPLOAD, Journey, World, carry_out, now, person

NEW = UPLOAD + b"corrected"


def begun(world: World, documents: int = 1) -> Journey:
    """Two signers, asked at once."""
    envelope_id = world.draft(documents)
    people = (person("a"), person("b"))
    return Journey.begin(world, *people, order=Order.PARALLEL, envelope_id=envelope_id)


def propose(journey: Journey, data: bytes = NEW) -> UUID:
    """The sender has confirmed the correction of the first document."""
    world = journey.world
    world.correct(world.documents(journey.envelope_id)[0], data)
    return confirm(journey)


def confirm(journey: Journey, **changes: str) -> UUID:
    """The confirmation's form."""
    aim = {
        "reason": "金額の誤り",
        "corrected_sha256": journey.world.confirmed(journey.envelope_id),
    } | changes
    return post(journey.world, journey.envelope_id, ActKind.CORRECT, **aim)


def correct(journey: Journey, data: bytes = NEW) -> UUID:
    """Accepted and carried out: the first stage of the new version is asked."""
    act_id = propose(journey, data)
    assert journey.decide(act_id).accepted
    start_version(
        journey.route, journey.world.corrections.begin_version(journey.envelope_id, act_id)
    )
    journey.world.prepare(journey.envelope_id)
    version_is_ready(journey.route)
    journey.open()
    return act_id


def standing(journey: Journey, name: str) -> Standing:
    link = journey.world.link(journey.envelope_id, name, LinkPurpose.ACT)
    assert link is not None
    with journey.world.reading() as session:
        return holder_of(session, link, now()).standing


def revisions(world: World, document_id: UUID) -> list[tuple[int, int, str]]:
    with world.reading() as session:
        rows = session.scalars(
            select(Revision)
            .where(Revision.document_id == document_id)
            .order_by(Revision.version, Revision.number)
        )
        return [(row.version, row.number, row.kind) for row in rows]


def test_an_uploaded_correction_changes_nothing_until_it_is_confirmed(world: World) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    world.correct(old, NEW)
    assert world.documents(journey.envelope_id) == [old]
    assert standing(journey, "a") is Standing.OPEN
    journey.sign("a")
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        [row] = corrections.corrections_of(session, envelope)
        assert row.ready


def test_a_second_upload_takes_the_place_of_the_first_and_both_are_in_the_ledger(
    world: World,
) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    first = world.correct(old, NEW)
    second = world.correct(old, NEW + b"!")
    with world.reading() as session:
        assert session.get_one(Document, first).removed_at is not None
        assert session.get_one(Document, second).removed_at is None
    assert world.tags(journey.envelope_id).count("document:removed") == 1


def test_the_same_file_again_is_no_correction(world: World) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    made = world.correct(old, UPLOAD + b"0", check=False)
    with world.reading() as session:
        assert session.get_one(Document, made).refusal == RefusalCode.SAME_DOCUMENT
    with pytest.raises(Refusal, match="nothing_corrected"):
        world.confirmed(journey.envelope_id)


def test_the_same_file_is_a_correction_once_its_fields_have_moved(world: World) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    made = world.correct(old, UPLOAD + b"0", fields_only=True)
    with pytest.raises(Refusal, match="nothing_corrected"):
        world.confirmed(journey.envelope_id)
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        before = correction_fields.rows_on(session, envelope, session.get_one(Document, old))
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        copy = session.get_one(Document, made)
        correction_fields.save_rows(envelope, copy, before, now())
    with pytest.raises(Refusal, match="nothing_corrected"):
        world.confirmed(journey.envelope_id)
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        seat = correction_fields.seats_on(session, envelope)[0].key
    placed = TypedField(
        key="n1", document=str(made), person=seat, kind="text", label="番地", page="1",
        x="20", y="20", width="60", height="8",
    )  # fmt: skip
    with world.database.transaction() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        copy = session.get_one(Document, made)
        correction_fields.save_rows(envelope, copy, [*before, placed], now())
    assert journey.decide(confirm(journey)).accepted


def test_the_confirmation_is_refused_when_the_upload_changed_since(world: World) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    world.correct(old, NEW)
    shown = world.confirmed(journey.envelope_id)
    world.correct(old, NEW + b"!")
    with pytest.raises(Refusal, match="nothing_corrected"):
        confirm(journey, corrected_sha256=shown)
    with pytest.raises(Refusal, match="not_allowed"):
        confirm(journey, reason=" ")


def test_after_the_confirmation_nobody_changes_what_was_confirmed(world: World) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    propose(journey)
    with pytest.raises(Refusal, match="correction_under_way"):
        world.correct(old, NEW + b"!")
    with pytest.raises(Refusal, match="correction_under_way"):
        confirm(journey)


def test_a_signed_version_is_kept_and_everybody_signs_the_new_one(world: World) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    signed = journey.sign("a")
    before = revisions(world, old)
    correct(journey)
    [new] = world.documents(journey.envelope_id)
    assert new != old
    assert revisions(world, old) == before
    assert before[-1] == (1, 1, RevisionKind.SIGNATURE)
    assert revisions(world, new) == [(0, 0, "upload"), (2, 0, "version")]
    with world.reading() as session:
        kept, made = session.get_one(Document, old), session.get_one(Document, new)
        assert (kept.from_version, kept.until_version, kept.removed_at) == (1, 1, None)
        assert (made.from_version, made.until_version, made.replaces_id) == (2, None, old)
        act = session.get_one(Act, signed)
        assert (act.version, act.accepted) == (1, True)
    for name in ("a", "b"):
        assert standing(journey, name) is Standing.OPEN
        journey.sign(name)
    assert journey.route.all_stages_met()
    ending = journey.complete()
    assert ending.state is EnvelopeState.DONE
    assert revisions(world, new)[-1] == (2, 3, "archive")
    assert revisions(world, old) == before


def test_a_document_that_was_not_corrected_gets_its_own_base_in_the_new_version(
    world: World,
) -> None:
    journey = begun(world, documents=2)
    first, second = world.documents(journey.envelope_id)
    correct(journey)
    after = world.documents(journey.envelope_id)
    assert after[1] == second
    assert after[0] != first
    assert (2, 0, "version") in revisions(world, second)
    journey.sign("a")
    assert (2, 1, "signature") in revisions(world, second)


def test_the_correction_says_what_took_the_place_of_what_and_whom_it_concerns(
    world: World,
) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    journey.sign("a")
    act_id = correct(journey)
    [new] = world.documents(journey.envelope_id)
    with world.reading() as session:
        row = session.scalars(select(Correction)).one()
        assert (row.from_version, row.to_version, row.act_id) == (1, 2, act_id)
        [said] = row.documents
        assert (said["document"], said["replacement"]) == (str(old), str(new))
        assert said["replacement_sha256"] == session.get_one(Document, new).sha256
        concerned = row.concerned
    assert concerned == [str(world.participant(journey.envelope_id, "a").id)]
    assert journey.route.plan.concerned == (UUID(concerned[0]),)
    assert "envelope:corrected" in world.tags(journey.envelope_id)


def test_a_repeated_step_makes_one_version(world: World) -> None:
    journey = begun(world)
    act_id = correct(journey)
    plan = world.corrections.begin_version(journey.envelope_id, act_id)
    assert plan.version == 2
    with world.reading() as session:
        stages = session.scalars(
            select(Stage).where(Stage.envelope_id == journey.envelope_id)
        ).all()
    assert [stage.version for stage in stages] == [1, 2]


def test_a_correction_stays_accepted_for_a_workflow_that_lost_its_task(world: World) -> None:
    """The version was made, and the workflow asks anew what it had answered before."""
    journey = begun(world)
    act_id = propose(journey)
    before = deepcopy(journey.route)
    assert journey.decide(act_id).accepted
    world.corrections.begin_version(journey.envelope_id, act_id)
    again = before.decide(world.acts.facts(journey.envelope_id, act_id, 0))
    assert again.answer.accepted
    assert before.correcting == act_id


def test_a_row_that_only_says_that_it_was_answered_is_judged_like_any_other(world: World) -> None:
    """A thief of the database writes an act with its answer, and even the ledger's event."""
    journey = begun(world)
    act_id = propose(journey)
    assert journey.decide(act_id).accepted
    with world.reading() as session:
        evidence = dict(session.get_one(Act, act_id).evidence)
    for noted in (False, True):
        forged = world.forge_act(act_id, evidence=evidence | {"session_id": str(UUID(int=1))})
        if noted:
            with world.database.transaction() as session:
                ledger.append(
                    session,
                    Event.ACT_ACCEPTED,
                    at=now(),
                    actor=f"member:{world.member_id}",
                    envelope_id=journey.envelope_id,
                    once=f"act:{forged}",
                )
        found = world.acts.facts(journey.envelope_id, forged, 0)
        assert found.refusal is RefusalCode.EVIDENCE_INCOMPLETE


def test_only_an_accepted_correction_makes_a_version(world: World) -> None:
    journey = begun(world)
    with pytest.raises(Refusal, match="not_allowed"):
        world.corrections.begin_version(journey.envelope_id, propose(journey))
    other = begun(world)
    with pytest.raises(Refusal, match="unknown_act"):
        world.corrections.begin_version(other.envelope_id, propose(begun(world)))
    assert world.envelope(journey.envelope_id).version == 1


def test_a_forged_correction_is_refused_by_the_rows(world: World) -> None:
    journey = begun(world)
    act_id = propose(journey)
    with world.reading() as session:
        evidence = dict(session.get_one(Act, act_id).evidence)
    [said] = evidence["corrections"]
    for named in ([], [{**said, "replacement_sha256": "0" * 64}]):
        forged = world.forge_act(act_id, evidence=evidence | {"corrections": named})
        facts = world.acts.facts(journey.envelope_id, forged, 0)
        assert facts.refusal in {RefusalCode.EVIDENCE_INCOMPLETE, RefusalCode.NOTHING_CORRECTED}


def test_an_act_on_the_old_version_that_comes_late_is_refused_with_why(world: World) -> None:
    journey = begun(world)
    late = world.post(journey.envelope_id, "b")
    correct(journey)
    assert journey.decide(late).refusal is RefusalCode.VERSION_REPLACED


def test_a_signature_in_flight_is_made_on_the_old_version_before_the_new_one_begins(
    world: World,
) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    signed = journey.act("a")
    assert journey.decide(propose(journey)).accepted
    assert world.envelope(journey.envelope_id).state == EnvelopeState.SENDING
    assert standing(journey, "b") is Standing.CORRECTING
    carry_out(world, journey.envelope_id, signed)
    assert revisions(world, old)[-1] == (1, 1, "signature")


def test_old_links_tell_that_a_correction_came_and_new_ones_open(world: World) -> None:
    journey = begun(world)
    for name, token in (("a", "a" * 64), ("b", "b" * 64)):
        link = world.link(journey.envelope_id, name, LinkPurpose.ACT)
        assert link is not None
        world.notices.token_issued(link.id, 1, token)
    journey.sign("a")
    correct(journey)
    with world.reading() as session:
        for token in ("a" * 64, "b" * 64):
            holder = find_link(session, token, LinkPurpose.ACT, now())
            assert holder is not None
            assert holder.standing is Standing.CORRECTED
            assert holder.link.generation == 2
            assert not holder.may_act
        assert session.scalars(select(Link.revoked_at)).all() == [None, None]


def test_whoever_comes_later_waits_for_his_turn_and_a_new_link(world: World) -> None:
    journey = Journey.begin(world, person("boss", APPROVER, party=PartyKind.OWN), person("a"))
    journey.act("boss", ActKind.APPROVE)
    journey.open()
    link = world.link(journey.envelope_id, "a", LinkPurpose.ACT)
    assert link is not None
    world.notices.token_issued(link.id, 1, "a" * 64)
    correct(journey)
    assert standing(journey, "boss") is Standing.OPEN
    assert standing(journey, "a") is Standing.CORRECTED
    journey.act("boss", ActKind.APPROVE)
    journey.open()
    assert standing(journey, "a") is Standing.OPEN


def test_the_old_slots_wait_for_nobody_and_keep_who_filled_them(world: World) -> None:
    journey = begun(world)
    journey.sign("a")
    correct(journey)
    with world.reading() as session:
        rows = session.execute(
            select(Stage.version, Slot.state)
            .join(Stage, Stage.id == Slot.stage_id)
            .where(Slot.envelope_id == journey.envelope_id)
        ).all()
    assert sorted((version, state) for version, state in rows) == [
        (1, "done"), (1, "released"), (2, "asked"), (2, "asked"),
    ]  # fmt: skip


def test_the_mail_names_the_document_and_the_reason_and_links_only_whom_it_asks(
    world: World,
) -> None:
    journey = begun(world)
    journey.sign("a")
    act_id = correct(journey)
    stage = journey.route.stage
    assert stage is not None
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.CORRECTED,
        occasion=f"stage:{stage.stage_id}",
        participant_ids=journey.route.plan.concerned,
        act_id=act_id,
    )
    [told] = world.notices.enqueue(order)
    assert (told.to_name, told.reason) == ("a", "金額の誤り")
    assert told.corrected == ("契約書0",)
    assert told.link_id is not None


def test_a_version_that_cannot_be_prepared_says_so_and_can_be_corrected_again(
    world: World,
) -> None:
    journey = begun(world)
    act_id = propose(journey)
    assert journey.decide(act_id).accepted
    start_version(journey.route, world.corrections.begin_version(journey.envelope_id, act_id))
    [new] = world.documents(journey.envelope_id)
    halt_version(journey.route)
    halt = CorrectionHalt(
        snapshot=journey.route.snapshot(), refusal=RefusalCode.NOT_PREPARABLE, document_id=new
    )
    world.corrections.halt(halt)
    world.corrections.halt(halt)
    envelope = world.envelope(journey.envelope_id)
    assert (envelope.state, envelope.refusal) == ("sent_back", "not_preparable")
    plan = world.envelopes.plan(journey.envelope_id)
    assert plan.unprepared
    assert Route.of(plan).state is EnvelopeState.SENT_BACK
    with pytest.raises(Refusal, match="correction_failed"):
        post(world, journey.envelope_id, ActKind.RESUME, reason="このままで")
    correct(journey, NEW + b" again")
    assert world.envelope(journey.envelope_id).version == 3
    assert world.envelope(journey.envelope_id).refusal is None
    journey.sign("a")
    journey.sign("b")
    assert journey.route.all_stages_met()


def test_a_second_workflow_knows_the_version_and_goes_on_counting(world: World) -> None:
    journey = begun(world)
    journey.sign("a")
    act_id = correct(journey)
    plan = world.envelopes.plan(journey.envelope_id)
    assert (plan.version, plan.corrected_by, plan.answered_before) == (2, act_id, 2)
    assert Route.of(plan).next_order() == 3


def test_other_organisations_and_ended_envelopes_are_out_of_reach(world: World) -> None:
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    with world.database.transaction() as session, pytest.raises(LookupError):
        corrections.correctable(session, UUID(int=1), journey.envelope_id, old)
    with world.database.transaction() as session, pytest.raises(LookupError):
        corrections.correctable(session, world.organisation_id, journey.envelope_id, UUID(int=1))
    assert journey.decide(world.withdraw(journey.envelope_id)).accepted
    with pytest.raises(Refusal, match="envelope_ended"):
        world.correct(old, NEW)


def test_the_migration_is_taken_back_with_data_and_old_versions_count_as_removed(
    world: World, ready_url: str
) -> None:
    """The code before it knows one version only: it must see the new document and not the old."""
    journey = begun(world)
    [old] = world.documents(journey.envelope_id)
    journey.sign("a")
    correct(journey)
    [new] = world.documents(journey.envelope_id)
    waiting = world.correct(new, NEW + b" once more")
    downgrade(ready_url, "0008")
    with world.database.engine.begin() as connection:
        rows = connection.execute(text("SELECT id, removed_at FROM documents")).all()
        kept = connection.scalar(text("SELECT count(*) FROM revisions"))
    alive = [UUID(str(key)) for key, removed in rows if removed is None]
    assert alive == [new]
    upgrade(ready_url)
    assert world.documents(journey.envelope_id) == [new]
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(Revision)) == kept
        for key in (old, waiting):
            assert session.get_one(Document, key).removed_at is not None


def test_a_correction_is_found_without_reading_the_others(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    (document_id,) = world.documents(journey.envelope_id)

    def found(*, asked: list[str] | None = None) -> UUID | None:
        with world.reading() as session:
            envelope = session.get_one(Envelope, journey.envelope_id)
            document = session.get_one(Document, document_id)
            with counted(world, asked if asked is not None else []):
                row = corrections.replacement_of(session, envelope, document)
            return row.id if row is not None else None

    assert found() is None
    replacement = world.correct(document_id, b"%PDF-1.7 corrected")
    asked: list[str] = []
    assert found(asked=asked) == replacement
    assert len(asked) == 1
    world.set(Document, replacement, state="refused")
    assert found() is None
    world.set(Document, replacement, state="ready", removed_at=now())
    assert found() is None


def test_a_confirmation_reads_what_is_coming_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey = Journey.begin(world, person("a"))
    (document_id,) = world.documents(journey.envelope_id)
    replacement = world.correct(document_id, b"%PDF-1.7 corrected")
    world.set(Document, replacement, placed=[])
    reads, read = [], coming_fields.coming

    def coming(*words: Any) -> Any:
        reads.append(words)
        return read(*words)

    monkeypatch.setattr(corrections, "coming", coming)
    monkeypatch.setattr(correction_fields, "coming", coming)
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        [row] = corrections.replacements_of(session, envelope)
        assert row.replacement_id == replacement
        assert len(reads) == 1
        [shown] = corrections.corrections_of(session, envelope)
        assert shown.ready
        assert len(reads) == 2


@contextmanager
def counted(world: World, asked: list[str]) -> Iterator[None]:
    """What the database is asked meanwhile."""

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    yield
    event.remove(world.database.engine, "before_cursor_execute", note)
