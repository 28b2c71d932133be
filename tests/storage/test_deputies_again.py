"""A second absence of one person: the deputy of that one is asked, whoever stood in before."""

from uuid import UUID

import pytest

from domain.absences import NoDeputy
from domain.kinds import LinkPurpose, NoticeKind, Role, SlotState, StageRule
from domain.messages import NoticeOrder
from domain.stages import CheckedStage
from storage import absences, deputies
from storage.away import Away, away
from storage.standing import Standing, holder_of
from storage.tables import Absence, Envelope, Link, Member, Participant
from tests.storage.test_deputies import absent, member, reason, round_
from tests.storage.test_handovers import standing
from tests.storage.test_stages import begin
from tests.storage.world import Journey, World, now, person


@pytest.fixture
def journey(world: World) -> Journey:
    """The boss is asked; head stood in for him until he came back."""
    boss, head = world.join("boss", Role.CLERK), world.join("head", Role.CLERK)
    found = Journey.begin(world, member("boss"), person("b"))
    absence = absent(world, boss, head)
    round_(found)
    over(world, absence, boss)
    return found


def over(world: World, absence: UUID, boss: UUID) -> None:
    with world.database.transaction() as session:
        row = session.get_one(Absence, absence)
        assert absences.cancel(session, session.get_one(Member, boss), row, now())


def id_of(journey: Journey, name: str) -> UUID:
    with journey.world.reading() as session:
        return session.query(Member).filter_by(mail=f"{name}@aoba.example.jp").one().id


def newest(journey: Journey, name: str) -> Participant:
    """As whom somebody was asked last."""
    with journey.world.reading() as session:
        rows = session.query(Participant).filter_by(
            envelope_id=journey.envelope_id, mailbox=f"{name}@aoba.example.jp"
        )
        absences_ = {row.absence_id: row for row in rows}
        order = session.query(Absence).order_by(Absence.created_at)
        return [absences_[row.id] for row in order if row.id in absences_][-1]


def standing_of(journey: Journey, who: Participant) -> Standing:
    with journey.world.reading() as session:
        link = session.query(Link).filter_by(participant_id=who.id, purpose=LinkPurpose.ACT).one()
        return holder_of(session, link, now()).standing


def said(journey: Journey) -> Away | None:
    """What the envelope's page says of the boss."""
    with journey.world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        boss = session.query(Participant).filter_by(envelope_id=envelope.id, name="boss").one()
        return away(session, envelope, boss, now())


def test_the_same_deputy_is_asked_anew_and_signs(journey: Journey) -> None:
    world, before = journey.world, newest(journey, "head")
    assert standing_of(journey, before) is Standing.RELEASED
    absent(world, id_of(journey, "boss"), id_of(journey, "head"))
    [act_id] = round_(journey)
    assert round_(journey) == []
    after = newest(journey, "head")
    assert after.id != before.id
    order = NoticeOrder(envelope_id=journey.envelope_id, kind=NoticeKind.REQUEST,
                        occasion=f"act:{act_id}", act_id=act_id,
                        participant_ids=(before.id, after.id))  # fmt: skip
    [mail] = world.notices.enqueue(order)
    assert (mail.to_name, mail.deputy_of) == ("headさん", "boss")
    assert standing_of(journey, after) is Standing.OPEN
    assert standing_of(journey, before) is Standing.RELEASED
    world.set(Participant, before.id, name="before")
    journey.sign("headさん")
    assert world.slot(journey.envelope_id, "headさん").state == SlotState.DONE
    assert standing(journey, "boss") is Standing.RELEASED
    others = {"kind": NoticeKind.RELEASED, "occasion": "stage", "participant_ids": (before.id,)}
    assert world.notices.enqueue(order.model_copy(update=others)) == (), "he has signed"


def test_another_deputy_of_the_second_absence_is_asked(journey: Journey) -> None:
    world = journey.world
    third = world.join("third", Role.CLERK)
    absent(world, id_of(journey, "boss"), third)
    assert len(round_(journey)) == 1
    assert standing(journey, "thirdさん") is Standing.OPEN
    assert standing(journey, "headさん") is Standing.RELEASED


def test_the_page_names_the_deputy_of_now_and_says_why_nobody_is(journey: Journey) -> None:
    world = journey.world
    assert said(journey) is None
    third = world.join("third", Role.CLERK)
    absent(world, id_of(journey, "boss"), third)
    found = said(journey)
    assert found is not None
    assert found.deputy == "thirdさん"
    round_(journey)
    world.set(Member, third, active=False)
    found = said(journey)
    assert found is not None
    assert (found.deputy, found.why) == ("", NoDeputy.LEFT)


def test_where_the_deputy_leaves_the_organisation_the_next_one_is_asked(world: World) -> None:
    boss, head, third = (world.join(name, Role.CLERK) for name in ("boss", "head", "third"))
    journey = Journey.begin(world, member("boss"))
    absence = absent(world, boss, head)
    round_(journey)
    world.set(Member, head, active=False)
    assert round_(journey) == []
    assert reason(journey) is NoDeputy.LEFT
    over(world, absence, boss)
    absent(world, boss, third)
    assert len(round_(journey)) == 1
    assert standing(journey, "thirdさん") is Standing.OPEN


def test_whose_absent_person_is_back_needs_no_deputy_of_his_own(journey: Journey) -> None:
    """Nobody decides in the stead of somebody present, by way of another either."""
    world = journey.world
    third = world.join("third", Role.CLERK)
    absent(world, id_of(journey, "head"), third)
    assert round_(journey) == []


def test_who_was_anothers_deputy_and_did_nothing_may_stand_in(journey: Journey) -> None:
    world, next_ = journey.world, journey.world.join("next", Role.CLERK)
    several = together(world, StageRule.ALL, "boss", "next")
    first = absent(world, id_of(journey, "boss"), id_of(journey, "head"))
    round_(several)
    over(world, first, id_of(journey, "boss"))
    absent(world, next_, id_of(journey, "head"))
    assert len(round_(several)) == 1
    several_again = newest(several, "head")
    assert standing_of(several, several_again) is Standing.OPEN


def test_each_absence_has_its_own_tries(journey: Journey) -> None:
    world, boss, head = journey.world, id_of(journey, "boss"), id_of(journey, "head")
    for _ in range(deputies.MAX_TRIES):
        absence = absent(world, boss, head)
        assert len(round_(journey)) == 1
        over(world, absence, boss)


def together(world: World, rule: StageRule, *names: str) -> Journey:
    """In one stage, of which two are enough."""
    people = (member(name, key=name, stage=0) for name in names)
    return begin(world, (CheckedStage(rule, 2),), *people)


def test_whoever_has_acted_in_a_stage_needs_no_deputy_there(world: World) -> None:
    boss, head, *_ = (world.join(name, Role.CLERK) for name in ("boss", "head", "ann", "ben"))
    journey = together(world, StageRule.N_OF, "boss", "ann", "ben")
    journey.sign("boss")
    absent(world, boss, head)
    with world.reading() as session:
        assert deputies.waiting_for(session, session.query(Absence).one(), now()) == []
    journey.sign("ann")


def test_the_links_of_one_place_die_together_while_others_are_open(world: World) -> None:
    boss, head, *_ = (world.join(name, Role.CLERK) for name in ("boss", "head", "ann", "ben"))
    journey = together(world, StageRule.N_OF, "boss", "ann", "ben")
    absent(world, boss, head)
    round_(journey)
    journey.sign("headさん")
    revoked = {
        name: link.revoked_why
        for name in ("boss", "headさん", "ann", "ben")
        if (link := world.link(journey.envelope_id, name, LinkPurpose.ACT))
    }
    assert revoked == {"boss": "released", "headさん": "acted", "ann": None, "ben": None}
    order = NoticeOrder(envelope_id=journey.envelope_id, kind=NoticeKind.REMINDER, occasion="day",
                        participant_ids=tuple(world.participant(journey.envelope_id, name).id
                                              for name in revoked))  # fmt: skip
    assert [mail.to_name for mail in world.notices.enqueue(order)] == ["ann", "ben"]
