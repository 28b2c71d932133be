"""認証アプリ as rows: whose it is, each step once, and ten wrong ones a day in all envelopes."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.drafts import Person
from domain.factors import TRIES, TRIES_A_DAY, Factor
from domain.forms import FormProblems
from domain.handovers import Successor
from domain.kinds import ActKind, HandoverPolicy, Language, PartyKind, Role
from domain.refusals import Refusal, RefusalCode, Words
from storage import factors, handovers, people, posting, shown, visits
from storage.app_codes import (
    NO_APP,
    NO_MEMBER,
    NO_SMS,
    AppStep,
    check_methods,
    lacking,
    without_app,
)
from storage.factors import Proven
from storage.tables import Act, Envelope, Member, Participant
from tests.storage.world import CALLER, Journey, World, now, person

MAIL = "boss@aoba.example.jp"


def boss(world: World, *, app: bool = True) -> UUID:
    member_id = world.join("boss", Role.CLERK)
    if app:
        world.set(Member, member_id, totp_sealed=b"sealed", totp_last_step=100)
    return member_id


def asked(world: World) -> tuple[Journey, UUID]:
    member_id = boss(world)
    own = person("a", mail=MAIL, party=PartyKind.OWN, app_code=True)
    return Journey.begin(world, own), member_id


def visit_of(journey: Journey) -> visits.Visiting:
    visit_id = journey.world.visit(journey.envelope_id, "a")
    with journey.world.reading() as session:
        found = visits.find_visit(session, "c" * 64, visit_id, now())
    assert found is not None
    return found


def proven(member_id: UUID, step: int) -> Proven:
    return Proven(Factor.APP_CODE, now(), 1, step=AppStep(member_id, step))


def post(world: World, journey: Journey, visiting: visits.Visiting, *proofs: Proven) -> UUID:
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        read = shown.shown_sha256(shown.shown_documents(session, envelope))
    posted = posting.PostedAct(ActKind.SIGN, uuid4().hex, read, CALLER, proofs=proofs)
    return posting.post_act(world.database, world.vault, visiting, posted, now())


def test_opening_and_act_take_a_step_each(world: World) -> None:
    journey, member_id = asked(world)
    visiting = visit_of(journey)
    factors.open_with(world.database, visiting, proven(member_id, 101))
    act_id = post(world, journey, visiting, proven(member_id, 102))
    assert journey.decide(act_id).accepted
    with world.reading() as session:
        evidence = session.get_one(Act, act_id).evidence
        assert session.get_one(Member, member_id).totp_last_step == 102
    assert evidence["method"] == "link+app_code"
    told = [(row["moment"], row["member"]) for row in evidence["factors"]]
    assert told == [("opening", str(member_id)), ("signing", str(member_id))]


@pytest.mark.parametrize("step", [99, 100])
def test_a_step_that_a_login_took_is_taken(world: World, step: int) -> None:
    journey, member_id = asked(world)
    with pytest.raises(Refusal, match="factor_missing"):
        factors.open_with(world.database, visit_of(journey), proven(member_id, step))


def test_a_step_of_an_act_opens_no_login(world: World) -> None:
    journey, member_id = asked(world)
    factors.open_with(world.database, visit_of(journey), proven(member_id, 101))
    with world.database.transaction() as session:
        assert not people.accept_totp_step(session, member_id, 101)
        assert people.accept_totp_step(session, member_id, 102)


def test_an_act_that_is_refused_takes_no_step(world: World) -> None:
    journey, member_id = asked(world)
    visiting = visit_of(journey)
    factors.open_with(world.database, visiting, proven(member_id, 101))
    posted = posting.PostedAct(
        ActKind.SIGN, uuid4().hex, "0" * 64, CALLER, proofs=(proven(member_id, 102),)
    )
    with pytest.raises(Refusal, match="version_replaced"):
        posting.post_act(world.database, world.vault, visiting, posted, now())
    with world.reading() as session:
        assert session.get_one(Member, member_id).totp_last_step == 101


@pytest.mark.parametrize("change", ["another member's", "not active", "no app", "another mail"])
def test_only_the_apps_own_member_is_believed(world: World, change: str) -> None:
    journey, member_id = asked(world)
    visiting, step = visit_of(journey), proven(member_id, 101)
    if change == "another member's":
        other = world.join("other", Role.CLERK)
        world.set(Member, other, totp_sealed=b"sealed", totp_last_step=1)
        step = proven(other, 101)
    elif change == "not active":
        world.set(Member, member_id, active=False)
    elif change == "no app":
        world.set(Member, member_id, totp_sealed=None)
    else:
        visiting.holder.participant.mail = "elsewhere@example.jp"
    with pytest.raises(Refusal, match="factor_missing"):
        factors.open_with(world.database, visiting, step)


def test_wrong_codes_count_together_in_all_envelopes_and_a_right_one_forgives_none(
    world: World,
) -> None:
    """Three of a million codes are right at any time: ten tries a day are 3 in 100,000. As many
    tries have logins (tests/webapp/limits/test_codes.py); together less than 1 in 10,000."""
    member_id, start, judged = uuid4(), now(), 0
    for minute in range(24 * 60):
        at = start + timedelta(minutes=minute)
        tried = factors.count_try(world.database, uuid4(), Factor.APP_CODE, at, member_id)
        judged += tried.wait is None
    assert judged == TRIES_A_DAY
    assert 2 * judged * 3 / 10**6 <= 1e-4


def test_the_right_code_gives_its_own_try_back_and_no_other(world: World) -> None:
    journey, member_id = asked(world)
    visiting, me = visit_of(journey), visit_of(journey).holder.participant.id
    for _ in range(TRIES - 2):
        factors.count_try(world.database, me, Factor.APP_CODE, now(), member_id)
    right = factors.count_try(world.database, me, Factor.APP_CODE, now(), member_id)
    passed = Proven(
        Factor.APP_CODE, now(), right.number, rows=right.rows, step=AppStep(member_id, 101)
    )
    factors.open_with(world.database, visiting, passed)
    next_try = factors.count_try(world.database, me, Factor.APP_CODE, now(), member_id)
    assert (next_try.number, next_try.shared) == (1, TRIES - 1)
    assert next_try.left == 1


def test_a_draft_is_told_who_cannot_be_asked(world: World) -> None:
    boss(world, app=False)
    world.join("ready", Role.CLERK)
    with world.database.transaction() as session:
        ready = session.query(Member).filter_by(mail="ready@aoba.example.jp").one()
        ready.totp_sealed = b"sealed"
    people_asked = (
        person("a", mail=MAIL.upper(), app_code=True, row=0),
        person("b", app_code=True, row=1),
        person("c", mail="Ready@aoba.example.jp", app_code=True, row=2),
        person("d", phone="+819012345678", row=3),
        person("e", row=4),
    )
    with world.reading() as session:
        with pytest.raises(FormProblems) as found:
            check_methods(session, world.organisation_id, people_asked, sms=False)
        check_methods(session, world.organisation_id, people_asked[2:], sms=True)
        with pytest.raises(FormProblems):
            check_methods(session, uuid4(), people_asked[2:3], sms=True)
    assert found.value.problems == {
        "people-0-appcode": NO_APP,
        "people-1-appcode": NO_MEMBER,
        "people-3-smscode": NO_SMS,
    }


def test_of_those_who_share_a_place_enough_have_an_app(world: World) -> None:
    boss(world, app=False)
    world.join("ready", Role.CLERK)
    with world.database.transaction() as session:
        session.query(Member).filter_by(mail="ready@aoba.example.jp").one().totp_sealed = b"s"
    lacks = person("a", mail=MAIL, app_code=True, row=0)
    has = person("b", mail="ready@aoba.example.jp", app_code=True, row=1)
    stranger = person("c", app_code=True, row=2)
    free = person("d", row=3)

    def problems(*places: tuple[bool, tuple[Person, ...]]) -> dict[str, Words]:
        with world.reading() as session:
            return lacking(session, world.organisation_id, places)

    assert problems((True, (lacks, has)), (False, (free,)), (False, (has,))) == {}
    shared = (True, (lacks, has))
    assert set(problems(shared, shared)) == {"chain_id"}, "two are needed, and one has an app"
    said = problems((True, (lacks,)), (False, (stranger,)), (False, (replace(lacks, row=4),)))
    assert "：a。" in said["chain_id"].ja
    assert (said["people-2-appcode"], said["people-4-appcode"]) == (NO_MEMBER, NO_APP)
    with world.reading() as session:
        asked = without_app(session, world.organisation_id, (lacks, has, free, stranger))
    assert asked == (lacks, stranger)


def test_who_is_named_instead_has_the_same_proofs_to_give(world: World) -> None:
    boss(world)
    world.join("plain", Role.CLERK)
    world.join("ready", Role.CLERK)
    with world.database.transaction() as session:
        session.query(Member).filter_by(mail="ready@aoba.example.jp").one().totp_sealed = b"s"
    own = person(
        "a",
        mail=MAIL,
        party=PartyKind.OWN,
        app_code=True,
        phone="+819012345678",
        handover=HandoverPolicy.ALLOWED,
    )
    journey = Journey.begin(world, own)
    plain, ready = "plain@aoba.example.jp", "ready@aoba.example.jp"
    with world.reading() as session:
        me = session.query(Participant).filter_by(envelope_id=journey.envelope_id).one()
        said = {
            (mail, phone): handovers.objection(
                session, me, Successor("次郎", mail, Language.JA, phone)
            )
            for mail in (plain, ready)
            for phone in ("", "+818011112222", "080-1111-2222")
        }
    assert said == {
        (plain, ""): RefusalCode.NOT_ALLOWED,
        (plain, "+818011112222"): RefusalCode.NO_AUTHENTICATOR,
        (plain, "080-1111-2222"): RefusalCode.NOT_ALLOWED,
        (ready, ""): RefusalCode.NOT_ALLOWED,
        (ready, "+818011112222"): None,
        (ready, "080-1111-2222"): RefusalCode.NOT_ALLOWED,
    }
