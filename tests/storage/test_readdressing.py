"""宛先の訂正: the own side is corrected to its members, the other side to anybody but them, and
each of several people who share a place by himself."""

from typing import Any
from uuid import UUID

import pytest

from domain.drafts import Person
from domain.kinds import ActKind, LinkPurpose, PartyKind, Role, StageRule
from domain.refusals import Refusal, RefusalCode
from domain.stages import CheckedStage
from storage.bounces import StoredBounceDesk
from storage.tables import Act, Member, Participant
from tests.storage.test_bounces import FAILED, ask
from tests.storage.test_stages import begin
from tests.storage.test_stages import person as placed
from tests.storage.test_steering import post
from tests.storage.world import RECIPIENT, Journey, World, now, person

BOSS = "boss@aoba.example.jp"
TYPO = "bos@aoba.example.jp"
PRIVATE = "private@mail.example"
ANY, BOTH = CheckedStage(StageRule.ANY, 1), CheckedStage(StageRule.N_OF, 2)


@pytest.fixture
def boss(world: World) -> UUID:
    return world.join("boss", Role.CLERK)


def own(name: str, *kind: Any, mail: str = TYPO, **more: Any) -> Person:
    return person(name, *kind, mail=mail, party=PartyKind.OWN, **more)


def correct(journey: Journey, name: str, mail: str) -> None:
    """As the page of the envelope does it: who is alone in his place is named all the same."""
    world = journey.world
    slot = world.slot(journey.envelope_id, name).id
    about = world.participant(journey.envelope_id, name).id
    aim = {"target_slot_id": slot, "about_id": about, "corrected_mail": mail}
    assert journey.decide(post(world, journey.envelope_id, ActKind.READDRESS, **aim)).accepted


def refused(journey: Journey, name: str, mail: str) -> RefusalCode:
    with pytest.raises(Refusal) as caught:
        correct(journey, name, mail)
    return caught.value.code


def test_a_mistyped_colleague_is_corrected_to_his_real_address_and_is_that_member(
    world: World, boss: UUID
) -> None:
    journey = Journey.begin(world, own("a"), person("b"))
    correct(journey, "a", "Boss@aoba.example.jp")
    row = world.participant(journey.envelope_id, "a")
    assert (row.mail, row.member_id) == ("Boss@aoba.example.jp", boss)
    journey.sign("a")


def test_nobody_but_a_member_comes_to_act_for_the_own_side(world: World, boss: UUID) -> None:
    """Not a private address, not another organisation's member, not somebody who has left; and not
    at once with a row that says so."""
    journey = Journey.begin(world, own("a"), person("b"))
    world.set(Member, boss, active=False, retired_at=now())
    for mail in (PRIVATE, BOSS):
        assert refused(journey, "a", mail) is RefusalCode.OTHER_SIDE
    world.set(Member, boss, active=True, retired_at=None)
    slot = world.slot(journey.envelope_id, "a").id
    words = {"target_slot_id": slot, "corrected_mail": BOSS}
    good = post(world, journey.envelope_id, ActKind.READDRESS, **words)
    with world.reading() as session:
        evidence = dict(session.get_one(Act, good).evidence)
    evidence["corrected"] = evidence["corrected"] | {"to": PRIVATE}
    forged = world.forge_act(good, evidence=evidence)
    assert world.acts.facts(journey.envelope_id, forged, 0).refusal is RefusalCode.OTHER_SIDE


@pytest.mark.parametrize("older", [False, True])
def test_a_members_address_is_his_accounts_and_nobody_corrects_it(
    world: World, boss: UUID, older: bool
) -> None:
    """Else whoever sends could have another one sign whom the chain's approval did not mean."""
    journey = Journey.begin(world, own("a", mail=BOSS), person("b"))
    row = world.participant(journey.envelope_id, "a")
    assert row.member_id == boss
    if older:
        world.set(Participant, row.id, member_id=None)
    for mail in (PRIVATE, "clerk@aoba.example.jp"):
        assert refused(journey, "a", mail) is RefusalCode.NOT_ALLOWED


def test_the_other_side_goes_to_no_member(world: World, boss: UUID) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    assert refused(journey, "a", BOSS) is RefusalCode.OTHER_SIDE
    correct(journey, "a", "right@vendor.example")
    assert world.participant(journey.envelope_id, "a").member_id is None


def test_a_recipient_of_the_own_side_may_be_a_mailbox_without_a_login(
    world: World, boss: UUID
) -> None:
    """He acts for nobody; where it is a member's, he is that member from then on."""
    journey = Journey.begin(world, person("a"), own("r", RECIPIENT))
    about = world.participant(journey.envelope_id, "r").id
    for mail, member in (("contracts@aoba.example.jp", None), (BOSS, boss)):
        words = {"about_id": about, "corrected_mail": mail}
        act_id = post(world, journey.envelope_id, ActKind.READDRESS, **words)
        assert journey.decide(act_id).accepted
        row = world.participant(journey.envelope_id, "r")
        assert (row.mail, row.member_id) == (mail, member)


def test_whoever_is_asked_for_an_app_is_corrected_to_a_member_who_has_one(
    world: World, boss: UUID
) -> None:
    world.set(Member, world.join("head", Role.CLERK), totp_sealed=b"sealed")
    people = [
        placed("a", 0, mail="head@aoba.example.jp", party=PartyKind.OWN, app_code=True),
        placed("b", 0, mail=TYPO, party=PartyKind.OWN, app_code=True),
    ]
    journey = begin(world, (ANY,), *people)
    assert _refused_in(journey, "b", BOSS) is RefusalCode.NO_AUTHENTICATOR
    world.set(Member, boss, totp_sealed=b"sealed")
    assert _correct_in(journey, "b", BOSS)
    assert world.participant(journey.envelope_id, "b").member_id == boss


# -- of several people who share a place -----------------------------------------------------------


def _correct_in(journey: Journey, name: str, mail: str) -> bool:
    """By the first of the open places that they share."""
    world = journey.world
    record = next(one for one in journey.route.asked)
    about = world.participant(journey.envelope_id, name).id
    aim = {"target_slot_id": record.plan.slot_id, "about_id": about, "corrected_mail": mail}
    decision = journey.decide(post(world, journey.envelope_id, ActKind.READDRESS, **aim))
    assert decision.refusal is None
    return decision.accepted


def _refused_in(journey: Journey, name: str, mail: str) -> RefusalCode:
    with pytest.raises(Refusal) as caught:
        _correct_in(journey, name, mail)
    return caught.value.code


def generation(journey: Journey, name: str) -> int:
    link = journey.world.link(journey.envelope_id, name, LinkPurpose.ACT)
    assert link is not None
    return link.generation


@pytest.mark.parametrize("stage", [ANY, BOTH])
def test_each_of_several_is_corrected_by_himself(world: World, stage: CheckedStage) -> None:
    journey = begin(world, (stage,), placed("a", 0), placed("b", 0), placed("c", 0))
    assert _correct_in(journey, "b", "right@vendor.example")
    mails = {name: world.participant(journey.envelope_id, name).mail for name in "abc"}
    assert mails == {"a": "a@vendor.example", "b": "right@vendor.example", "c": "c@vendor.example"}
    assert [generation(journey, name) for name in "abc"] == [1, 2, 1]
    assert journey.decide(world.post(journey.envelope_id, "b")).accepted


def test_whoever_has_acted_for_one_of_the_places_is_corrected_no_more(world: World) -> None:
    """Nor who has declined, though the others may still; nor is anybody where nobody is named."""
    journey = begin(world, (BOTH,), *(placed(name, 0) for name in "abcd"))
    envelope = journey.envelope_id
    journey.act("a")
    journey.act("d", ActKind.DECLINE)
    for name in "ad":
        assert _refused_in(journey, name, "right@vendor.example") is RefusalCode.NOT_ALLOWED
    slot = next(one for one in journey.route.asked).plan.slot_id
    words: dict[str, Any] = {"target_slot_id": slot, "corrected_mail": "right@vendor.example"}
    stranger = world.participant(begin(world, (ANY,), placed("x", 0)).envelope_id, "x").id
    for about in (None, stranger):
        with pytest.raises(Refusal, match="not_allowed"):
            post(world, envelope, ActKind.READDRESS, about_id=about, **words)
    assert _correct_in(journey, "b", "right@vendor.example")


def test_a_lost_mail_to_one_of_several_says_that_his_address_can_be_corrected(world: World) -> None:
    """Though others share his place."""
    journey = begin(world, (BOTH,), *(placed(name, 0) for name in "abc"))
    desk = StoredBounceDesk(world.database, "https://sign.example.jp:8443", trial=True)
    lost = ask(journey, "b")
    assert desk.report(lost.notice_id, FAILED)
    [told] = desk.untold()
    assert told.lost is not None
    assert told.lost.correctable
