"""署名権限 as rows: append-only, held against the act that is written and again before the key."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.kinds import ActKind, Role
from domain.mandates import CheckedMandate, Ending
from domain.refusals import Refusal, RefusalCode, Words
from storage import absences, mandates, organisations
from storage.desks import authority
from storage.evidence import evidence_record
from storage.tables import (
    Act,
    Deal,
    Envelope,
    LedgerEvent,
    Mandate,
    Member,
    OperationEntry,
    Organisation,
    Participant,
)
from tests.storage.test_deputies import absent, member, round_, today
from tests.storage.world import APPROVER, Journey, World, now, person


def enter(world: World, who: UUID, **changes: Any) -> UUID:
    values: dict[str, Any] = {
        "member_id": who, "title": "契約担当課長", "begins_on": today(world), "ends_on": None,
        "most": None, "kinds": (), "basis": "契約規則第5条",
    }  # fmt: skip
    with world.database.transaction() as session:
        admin = session.get_one(Member, world.member_id)
        return mandates.enter(session, admin, CheckedMandate(**(values | changes)), now()).id


def end(world: World, mandate_id: UUID, ending: Ending = Ending(None, "異動")) -> bool:  # noqa: B008 - frozen
    with world.database.transaction() as session:
        admin = session.get_one(Member, world.member_id)
        return mandates.end(session, admin, session.get_one(Mandate, mandate_id), ending, now())


def look(world: World, *, demanded: bool = True) -> None:
    with world.database.transaction() as session:
        admin = session.get_one(Member, world.member_id)
        organisations.demand_mandates(session, admin, now(), demanded=demanded)


def deal(world: World, journey: Journey, **values: object) -> None:
    world.set(Deal, journey.envelope_id, **values)


def refused(journey: Journey, name: str, kind: ActKind = ActKind.SIGN) -> RefusalCode | None:
    try:
        journey.world.post(journey.envelope_id, name, kind)
    except Refusal as refusal:
        return refusal.code
    return None


def test_nobody_looks_before_an_administrator_says_so(world: World) -> None:
    world.join("boss", Role.CLERK)
    journey = Journey.begin(world, member("boss"), person("b"))
    journey.sign("boss")
    with world.reading() as session:
        assert "mandate" not in session.query(Act).one().evidence


def test_who_has_an_entry_signs_and_everything_says_by_which(world: World) -> None:
    boss = world.join("boss", Role.CLERK)
    look(world)
    key = enter(world, boss, most=1_000_000, kinds=("工事請負契約",))
    journey = Journey.begin(world, member("boss"), person("b"))
    deal(world, journey, amount=1_000_000, kind="工事 請負契約")
    act_id = journey.sign("boss")
    with world.reading() as session:
        row = session.get_one(Mandate, key)
        told = session.get_one(Act, act_id).evidence["mandate"]
        [event] = session.query(LedgerEvent).filter_by(tag="act:accepted").all()
        record = evidence_record(session, world.vault, journey.envelope_id, reader=None)
        other = world.participant(journey.envelope_id, "b")
        others = evidence_record(session, world.vault, journey.envelope_id, reader=other)
    assert told == {
        "id": str(key), "title": "契約担当課長", "basis": "契約規則第5条", "sha256": row.sha256,
        "amount": 1_000_000, "kind": "工事 請負契約",
    }  # fmt: skip
    assert event.data["mandate"] == {"id": str(key), "sha256": row.sha256}
    assert record["acts"][0]["evidence"]["mandate"] == told
    assert others["acts"][0]["evidence"]["mandate"].keys() == {"id", "title", "basis", "sha256"}


@pytest.mark.parametrize(
    ("entry", "amount", "kind"),
    [
        (None, 5, ""),
        ({"most": 4}, 5, ""),
        ({"most": 4}, None, ""),
        ({"kinds": ("委託",)}, 5, "工事"),
        ({"begins_on": timedelta(days=1)}, 5, ""),
        ({"begins_on": timedelta(days=-9), "ends_on": timedelta(days=-1)}, 5, ""),
    ],
)
def test_without_a_fitting_entry_the_act_is_not_even_written(
    world: World, entry: dict[str, Any] | None, amount: int | None, kind: str
) -> None:
    boss = world.join("boss", Role.CLERK)
    journey = Journey.begin(world, member("boss"), person("b"))
    deal(world, journey, amount=amount, kind=kind)
    look(world)
    day = today(world)
    if entry is not None:
        moved = {k: day + v if isinstance(v, timedelta) else v for k, v in entry.items()}
        enter(world, boss, **moved)
    assert refused(journey, "boss") is RefusalCode.NO_MANDATE
    with world.reading() as session:
        assert session.query(Act).count() == 0
    look(world, demanded=False)
    journey.sign("boss")


def test_who_left_signs_under_no_entry_by_his_old_mail_either(world: World) -> None:
    boss = world.join("boss", Role.CLERK)
    look(world)
    enter(world, boss)
    journey = Journey.begin(world, member("boss"), person("b"))
    row = world.participant(journey.envelope_id, "boss")
    world.set(Participant, row.id, member_id=None, mail="boss@aoba.example.jp")
    assert _gap(journey, "boss") is None
    world.set(Member, boss, active=False, retired_at=now() - timedelta(hours=1))
    assert _gap(journey, "boss") is not None


def _gap(journey: Journey, name: str) -> Words | None:
    person = journey.world.participant(journey.envelope_id, name)
    with journey.world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        return mandates.gap(session, envelope, person, now())


def test_only_signers_of_the_own_side_are_concerned(world: World) -> None:
    look(world)
    world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("head", kind=APPROVER), person("b"))
    journey.act("head", ActKind.APPROVE)
    journey.route.mark_done(world.slot(journey.envelope_id, "head").id)
    journey.open()
    journey.sign("b")


def test_a_decline_needs_no_authority(world: World) -> None:
    look(world)
    world.join("boss", Role.CLERK)
    journey = Journey.begin(world, member("boss"), person("b"))
    assert refused(journey, "boss", ActKind.DECLINE) is None


def test_a_deputy_needs_an_entry_of_his_own(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    look(world)
    enter(world, boss)
    journey = Journey.begin(world, member("boss"))
    absent(world, boss, head)
    round_(journey)
    assert refused(journey, "headさん") is RefusalCode.NO_MANDATE
    enter(world, head, title="市長職務代理者")
    journey.sign("headさん")


def test_an_entry_that_is_ended_holds_to_its_last_day_or_no_longer(world: World) -> None:
    boss = world.join("boss", Role.CLERK)
    key = enter(world, boss)
    day = today(world)

    def holds(days: int) -> bool:
        with world.reading() as session:
            entry = mandates.find(session, world.organisation_id, key)
            assert entry is not None
            return entry.holds(day + timedelta(days=days), now() + timedelta(days=days))

    assert holds(400)
    assert end(world, key, Ending(day + timedelta(days=2), "任期満了"))
    assert [holds(days) for days in (0, 2, 3)] == [True, True, False]
    assert end(world, key)
    assert not holds(0)
    assert not end(world, key)


def test_what_is_ended_between_the_page_and_the_act_allows_nothing(world: World) -> None:
    """Somebody ends the entry in a transaction that is still open when the act is posted."""
    boss = world.join("boss", Role.CLERK)
    look(world)
    key = enter(world, boss)
    journey = Journey.begin(world, member("boss"), person("b"))
    with ThreadPoolExecutor(1) as pool:
        with world.database.transaction() as session:
            admin = session.get_one(Member, world.member_id)
            row = session.get_one(Mandate, key)
            mandates.end(session, admin, row, Ending(None, "異動"), now())
            pressed = pool.submit(refused, journey, "boss")
            with pytest.raises(TimeoutError):
                pressed.result(timeout=0.3)
        assert pressed.result() is RefusalCode.NO_MANDATE


def test_the_key_asks_again_whether_an_entry_allowed_the_act(world: World) -> None:
    """What a thief of the database writes gets no signature; what comes later takes none away."""
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    key, others = enter(world, boss), enter(world, head)
    journey = Journey.begin(world, member("boss"), person("b"))
    look(world)
    act_id = world.post(journey.envelope_id, "boss")
    end(world, key)
    deal(world, journey, amount=5)
    with world.reading() as session:
        evidence = session.get_one(Act, act_id).evidence
    told = evidence["mandate"]
    none: dict[str, Any] = {}
    for changed in (
        none,
        told | {"id": str(others)},
        told | {"id": str(uuid4())},
        told | {"title": "市長"},
        told | {"sha256": "0" * 64},
    ):
        forged = world.forge_act(act_id, evidence=evidence | {"mandate": changed})
        facts = world.acts.facts(journey.envelope_id, forged, 0)
        assert facts.refusal is RefusalCode.NO_MANDATE
    late = world.forge_act(act_id, posted_at=now())
    assert world.acts.facts(journey.envelope_id, late, 0).refusal is RefusalCode.NO_MANDATE
    journey.decide(act_id)
    with world.reading() as session:
        assert authority.task_of(session, world.vault, journey.envelope_id, act_id).documents


def test_entries_and_ends_never_change_and_stand_in_the_operation_log(world: World) -> None:
    boss = world.join("boss", Role.CLERK)
    key = enter(world, boss)
    end(world, key)
    look(world)
    for statement in (
        "UPDATE mandates SET title = '市長'",
        "DELETE FROM mandates",
        "UPDATE mandate_ends SET reason = ''",
        "DELETE FROM mandate_ends",
    ):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            world.database.transaction() as session,
        ):
            session.execute(text(statement))
    with world.reading() as session:
        tags = [row.tag for row in session.query(OperationEntry)]
    assert {"mandate:entered", "mandate:ended", "organisation:changed"} <= set(tags)


def test_another_organisations_entries_are_not_found(world: World) -> None:
    key = enter(world, world.join("boss", Role.CLERK))
    with world.database.transaction() as session:
        other = Organisation(name="みどり市", created_at=now())
        session.add(other)
        session.flush()
        assert mandates.find(session, other.id, key) is None
        assert mandates.entries(session, other.id) == []
        assert mandates.held(session, other.id, now()) == {}
        assert absences.day_of(session, other.id, now()) == today(world)
