"""Deputies as rows: an absence asks them, they act in their own names, and everything says so."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.absences import CheckedAbsence, NoDeputy, TypedAbsence, check_absence
from domain.drafts import Person
from domain.forms import FormProblems
from domain.handovers import Successor
from domain.kinds import (
    ActKind,
    HandoverPolicy,
    Language,
    LinkPurpose,
    NoticeKind,
    PartyKind,
    Role,
    SlotState,
)
from domain.messages import Ending, NoticeOrder
from domain.refusals import Refusal, RefusalCode
from storage import absences, deputies, deputy_limits, places
from storage.desks import authority
from storage.evidence import evidence_record
from storage.standing import Standing, holder_of
from storage.tables import Absence, Act, Member, Participant, SlotCandidate
from tests.storage.test_handovers import post, standing
from tests.storage.world import RECIPIENT, Journey, World, now, person


def member(name: str, **changes: Any) -> Person:
    """Somebody of our side, by the address of the member of this name."""
    mail = f"{name}@aoba.example.jp"
    return person(name, mail=mail, party=PartyKind.OWN, company="", **changes)


def today(world: World) -> date:
    with world.reading() as session:
        return absences.day_of(session, world.organisation_id, now())


def absent(world: World, who: UUID, deputy: UUID, days: int = 3) -> UUID:
    begin = today(world)
    checked = CheckedAbsence(who, begin, begin + timedelta(days=days), deputy)
    with world.database.transaction() as session:
        entering = session.get_one(Member, world.member_id)
        return absences.enter(session, entering, checked, now()).id


def round_(journey: Journey) -> list[UUID]:
    """What housekeeping does, and the relay: the acts that were written are decided."""
    deputies.order_all(journey.world.database, now())
    written = [ref.act_id for ref in journey.world.acts.unanswered(journey.envelope_id)]
    for act_id in written:
        journey.decide(act_id)
    return written


def reason(journey: Journey, why: str = "") -> object:
    """Why nobody is asked for the one who is absent."""
    with journey.world.reading() as session:
        absence = session.query(Absence).one()
        [(envelope, participant, _slot)] = deputies.waiting_for(session, absence, now())
        return deputies.deputy_for(session, absence, envelope, participant, now())


def test_the_deputy_signs_in_his_own_name_and_everything_says_in_whose_absence(
    world: World,
) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss"), person("b"))
    absence = absent(world, boss, head)
    [act_id] = round_(journey)
    assert round_(journey) == []
    order = NoticeOrder(envelope_id=journey.envelope_id, kind=NoticeKind.REQUEST,
                        occasion=f"act:{act_id}", act_id=act_id,
                        participant_ids=(participant(journey, "headさん").id,))  # fmt: skip
    [mail] = world.notices.enqueue(order)
    assert (mail.to_name, mail.deputy_of, mail.handed_over_by) == ("headさん", "boss", "")
    assert standing(journey, "boss") is standing(journey, "headさん") is Standing.OPEN
    signed = journey.sign("headさん")
    assert standing(journey, "boss") is Standing.RELEASED
    assert world.slot(journey.envelope_id, "headさん").state == SlotState.DONE
    deputy = participant(journey, "headさん")
    assert (deputy.absence_id, deputy.deputy_of) == (absence, participant(journey, "boss").id)
    with world.reading() as session:
        record = evidence_record(session, world.vault, journey.envelope_id, reader=None)
        task = authority.task_of(session, world.vault, journey.envelope_id, signed)
    people = {one["name"]: one for one in record["participants"]}
    assert people["headさん"]["acts_as"] == "代決（bossの不在のため）"
    assert people["headさん"]["deputy_of"] == people["boss"]["id"]
    assert task.reason.startswith("headさん様 head@aoba.example.jp が")
    assert task.reason.endswith("に承認しました代決（bossの不在のため）")
    assert "participant:deputised" in world.tags(journey.envelope_id)


def participant(journey: Journey, name: str) -> Participant:
    return journey.world.participant(journey.envelope_id, name)


def test_whoever_is_absent_may_act_himself_all_the_same(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss"))
    absent(world, boss, head)
    round_(journey)
    journey.sign("boss")
    assert standing(journey, "headさん") is Standing.RELEASED
    with pytest.raises(Refusal):
        journey.act("headさん")


def test_a_decline_of_the_deputy_ends_it_and_is_his(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss"))
    absent(world, boss, head)
    round_(journey)
    journey.act("headさん", ActKind.DECLINE)
    assert journey.route.ended
    assert world.slot(journey.envelope_id, "headさん").state == SlotState.DECLINED


def test_an_absence_that_is_cancelled_takes_the_deputy_away(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss"))
    absence = absent(world, boss, head)
    round_(journey)
    with world.database.transaction() as session:
        row = session.get_one(Absence, absence)
        assert absences.cancel(session, session.get_one(Member, boss), row, now())
        assert not absences.cancel(session, session.get_one(Member, boss), row, now())
    assert standing(journey, "headさん") is Standing.RELEASED
    journey.sign("boss")


def test_a_deputy_acts_no_more_when_the_absence_is_over(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss"))
    absent(world, boss, head, days=0)
    round_(journey)
    link = world.link(journey.envelope_id, "headさん", LinkPurpose.ACT)
    assert link is not None
    with world.reading() as session:
        assert holder_of(session, link, now() + timedelta(days=2)).standing is Standing.RELEASED
        assert holder_of(session, link, now()).standing is Standing.OPEN


def test_who_acted_as_a_deputy_fetches_the_documents_when_the_absence_is_over(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss"))
    absent(world, boss, head, days=0)
    round_(journey)
    journey.sign("headさん")
    world.envelopes.end(Ending(snapshot=journey.complete(), at=now()))
    link = world.link(journey.envelope_id, "headさん", LinkPurpose.DOWNLOAD)
    assert link is not None
    with world.reading() as session:
        assert holder_of(session, link, now() + timedelta(days=2)).standing is Standing.OPEN


def test_who_comes_for_somebody_absent_takes_his_place_beside_the_deputy(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    world.join("next", Role.CLERK)
    journey = Journey.begin(world, member("boss", handover=HandoverPolicy.ALLOWED))
    absent(world, boss, head)
    round_(journey)
    to = Successor("next", "next@aoba.example.jp", Language.JA)
    assert journey.decide(post(world, journey.envelope_id, "boss", to)).accepted
    deputy, place = participant(journey, "headさん").id, participant(journey, "next").id
    with world.reading() as session:
        assert places.deputies_of(session, journey.envelope_id) == {deputy: place}


def test_somebody_who_cannot_stand_in_is_not_asked_and_the_reason_is_said(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss"), member("head"))
    absent(world, boss, head)
    assert round_(journey) == []
    assert reason(journey) is NoDeputy.ON_ROUTE


def test_a_recipient_or_one_of_several_stands_in_and_acts_once(world: World) -> None:
    boss, head, _ = (world.join(name, Role.CLERK) for name in ("boss", "head", "third"))
    journey = Journey.begin(world, member("boss"), member("head", kind=RECIPIENT))
    absent(world, boss, head)
    assert len(round_(journey)) == 1
    several = Journey.begin(
        world, member("boss"), member("head", key="h"), member("third", key="t"),
        envelope_id=world.draft(),
    )  # fmt: skip
    shared(several, "head", "third")
    [act_id] = round_(several)
    with world.reading() as session:
        named = str(session.get_one(Act, act_id).evidence["successor_id"])
        deputy = session.get_one(Participant, UUID(named))
        assert deputy.deputy_of == participant(several, "boss").id
        assert not deputy_limits.acted_otherwise(session, participant(several, "head"))
    several.act("headさん")
    with world.reading() as session:
        assert deputy_limits.acted_otherwise(session, participant(several, "head"))
        assert not deputy_limits.acted_otherwise(session, participant(several, "third"))


def test_who_has_acted_in_somebodys_stead_gets_no_mail_of_his_own_part(world: World) -> None:
    boss, head, _ = (world.join(name, Role.CLERK) for name in ("boss", "head", "third"))
    absent(world, boss, head)
    several = Journey.begin(
        world, member("boss"), member("head", key="h"), member("third", key="t"),
        envelope_id=world.draft(),
    )  # fmt: skip
    shared(several, "head", "third")
    round_(several)
    several.sign("headさん")
    several.open()

    def told(kind: NoticeKind) -> list[str]:
        people = tuple(participant(several, name).id for name in ("head", "third"))
        order = NoticeOrder(envelope_id=several.envelope_id, kind=kind, occasion=f"{kind}:1",
                            participant_ids=people)  # fmt: skip
        return [mail.to_name for mail in world.notices.enqueue(order)]

    assert told(NoticeKind.REQUEST) == ["third"]
    assert told(NoticeKind.REMINDER) == ["third"]
    assert told(NoticeKind.RELEASED) == ["third"], "he was never asked"
    everybody = NoticeOrder(
        envelope_id=several.envelope_id, kind=NoticeKind.COMPLETED, occasion="end"
    )
    names = [mail.to_name for mail in world.notices.enqueue(everybody)]
    assert sum(name in {"head", "headさん"} for name in names) == 1


def shared(journey: Journey, *names: str) -> None:
    """The second is a candidate of the first one's place, and of no other."""
    world, people = journey.world, [participant(journey, name) for name in names]
    first, second = (world.slot(journey.envelope_id, name) for name in names)
    with world.database.transaction() as session:
        session.delete(session.get_one(SlotCandidate, (second.id, people[1].id)))
        session.flush()
        session.add(SlotCandidate(slot_id=first.id, participant_id=people[1].id))


def test_the_sender_is_nobodys_deputy(world: World) -> None:
    boss = world.join("boss", Role.CLERK)
    journey = Journey.begin(world, member("boss"))
    absent(world, boss, world.member_id)
    assert round_(journey) == []
    assert reason(journey) is NoDeputy.SENDER


def test_a_deputy_who_is_absent_has_his_own_and_no_further(world: World) -> None:
    boss, head, third = (world.join(name, Role.CLERK) for name in ("boss", "head", "third"))
    journey = Journey.begin(world, member("boss"))
    absent(world, boss, head)
    absent(world, head, third)
    with world.reading() as session:
        row = session.query(Absence).filter_by(member_id=boss).one()
        found = absences.deputy_on(session, row, today(world))
        assert isinstance(found, Member)
        assert found.id == third
    absent(world, third, head)
    with world.reading() as session:
        row = session.query(Absence).filter_by(member_id=boss).one()
        assert absences.deputy_on(session, row, today(world)) is NoDeputy.ABSENT
    assert round_(journey) == []


def test_an_access_code_is_known_to_one_only(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss", access_code="hash"))
    absent(world, boss, head)
    assert round_(journey) == []
    assert reason(journey) is NoDeputy.CODE


def test_no_absence_no_deputy_whatever_an_act_says(world: World) -> None:
    """An act that names an absence which does not hold, or is another's, is refused."""
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    journey = Journey.begin(world, member("boss"), person("b"))
    absent(world, boss, head)
    deputies.order_all(world.database, now())
    [ref] = world.acts.unanswered(journey.envelope_id)
    with world.reading() as session:
        genuine = session.get_one(Act, ref.act_id).evidence
    other = participant(journey, "b").id
    for changes in (
        {"evidence": genuine | {"absence_id": None}},
        {"posted_at": now() - timedelta(days=9)},
        {"participant_id": other},
        {"evidence": genuine | {"successor": genuine["successor"] | {"mail": "b@example.jp"}}},
    ):
        forged = world.forge_act(ref.act_id, **changes)
        facts = world.acts.facts(journey.envelope_id, forged, 0)
        assert facts.refusal in {RefusalCode.EVIDENCE_INCOMPLETE, RefusalCode.NOT_ALLOWED}


def test_an_absence_stays_as_it_was_entered(world: World) -> None:
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    absent(world, boss, head)
    with pytest.raises(FormProblems):
        absent(world, boss, head)
    for statement in (
        "UPDATE absences SET ends_on = '2099-01-01'",
        "DELETE FROM absences",
    ):
        with pytest.raises(DBAPIError, match="append-only"), world.database.transaction() as s:
            s.execute(text(statement))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"begins_on": ""}, "begins_on"),
        ({"ends_on": "明日"}, "ends_on"),
        ({"ends_on": "2026-11-30"}, "ends_on"),
        ({"begins_on": "2026-10-01", "ends_on": "2026-11-30"}, "ends_on"),
        ({"ends_on": "2027-12-31"}, "ends_on"),
        ({"deputy": ""}, "deputy"),
        ({"deputy": str(UUID(int=1))}, "deputy"),
        ({"deputy": str(UUID(int=9))}, "deputy"),
        ({"member": "x"}, "member"),
    ],
)
def test_what_is_wrong_with_an_absence_is_said(changes: dict[str, str], name: str) -> None:
    typed = {"member": str(UUID(int=1)), "begins_on": "2026-12-01", "ends_on": "2026-12-05",
             "deputy": str(UUID(int=2))}  # fmt: skip
    known = [UUID(int=1), UUID(int=2)]
    assert check_absence(TypedAbsence(**typed), known, date(2026, 12, 1)).ends_on.day == 5
    with pytest.raises(FormProblems) as found:
        check_absence(TypedAbsence(**(typed | changes)), known, date(2026, 12, 1))
    assert set(found.value.problems) == {name}
