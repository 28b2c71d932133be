"""Factors as rows: an act without its own proof is refused, at the form and by the worker."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.factors import MAIL_CODE_DIGITS, MIN_CODE_CHARACTERS, TRIES_A_DAY, Factor
from domain.handovers import Successor
from domain.kinds import ActKind, HandoverPolicy, Language
from domain.refusals import Refusal, RefusalCode
from storage import factors, posting, shown, visits
from storage.factors import Proven
from storage.tables import Act, Envelope, Participant
from tests.storage.world import CALLER, Journey, World, now, person


def journey_with_code(world: World) -> Journey:
    return Journey.begin(world, person("a", access_code="an argon2 hash"))


def visit_of(journey: Journey) -> visits.Visiting:
    visit_id = journey.world.visit(journey.envelope_id, "a")
    with journey.world.reading() as session:
        visiting = visits.find_visit(session, "c" * 64, visit_id, now())
    assert visiting is not None
    return visiting


def proven(tries: int = 1) -> Proven:
    return Proven(Factor.ACCESS_CODE, now(), tries)


def post(journey: Journey, visiting: visits.Visiting, *proofs: Proven) -> UUID:
    world = journey.world
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        read = shown.shown_sha256(shown.shown_documents(session, envelope))
    posted = posting.PostedAct(ActKind.SIGN, uuid4().hex, read, CALLER, proofs=proofs)
    return posting.post_act(world.database, world.vault, visiting, posted, now())


def test_the_code_of_the_draft_becomes_the_participants(world: World) -> None:
    journey = journey_with_code(world)
    assert world.participant(journey.envelope_id, "a").access_code_hash == "an argon2 hash"


def test_an_act_needs_the_opening_and_its_own_proof(world: World) -> None:
    journey = journey_with_code(world)
    visiting = visit_of(journey)
    with pytest.raises(Refusal, match="factor_missing"):
        post(journey, visiting, proven())
    factors.open_with(world.database, visiting, proven())
    with pytest.raises(Refusal, match="factor_missing"):
        post(journey, visiting)
    act_id = post(journey, visiting, proven(3))
    assert journey.decide(act_id).accepted
    with world.reading() as session:
        rows = session.get_one(Act, act_id).evidence["factors"]
    assert [(row["moment"], row["tries"]) for row in rows] == [("opening", 1), ("signing", 3)]


def test_a_proof_for_one_act_proves_no_other(world: World) -> None:
    journey = journey_with_code(world)
    visiting = visit_of(journey)
    factors.open_with(world.database, visiting, proven())
    forged = world.forge_act(post(journey, visiting, proven()))
    facts = world.acts.facts(journey.envelope_id, forged, 0)
    assert facts.refusal is RefusalCode.EVIDENCE_INCOMPLETE


def test_evidence_that_says_more_than_the_rows_is_refused(world: World) -> None:
    journey = journey_with_code(world)
    visiting = visit_of(journey)
    factors.open_with(world.database, visiting, proven())
    act_id = post(journey, visiting, proven())
    world.disarm()
    with world.database.transaction() as session:
        act = session.get_one(Act, act_id)
        act.evidence = act.evidence | {"factors": []}
    facts = world.acts.facts(journey.envelope_id, act_id, 0)
    assert facts.refusal is RefusalCode.EVIDENCE_INCOMPLETE


@pytest.mark.parametrize(
    ("factor", "fewest_digits"),
    [
        (Factor.ACCESS_CODE, MIN_CODE_CHARACTERS),
        (Factor.MAIL_CODE, MAIL_CODE_DIGITS),
        (Factor.SMS_CODE, MAIL_CODE_DIGITS),
    ],
)
def test_a_day_of_guessing_succeeds_with_less_than_one_in_ten_thousand(
    world: World, factor: Factor, fewest_digits: int
) -> None:
    """A person is one envelope's, and his tries count together in however many browsers. The app's
    codes have their own test, tests/storage/test_app_codes.py."""
    someone, start = uuid4(), now()
    tried = [
        factors.count_try(world.database, someone, factor, start + timedelta(minutes=minute))
        for minute in range(0, 24 * 60, 3)
    ]
    judged = [one for one in tried if one.wait is None]
    assert len(judged) == TRIES_A_DAY
    assert len(judged) / 10**fewest_digits <= 1e-4


def test_proofs_are_neither_changed_nor_deleted(world: World) -> None:
    journey = journey_with_code(world)
    factors.open_with(world.database, visit_of(journey), proven())
    for statement in ("UPDATE factor_proofs SET tries = 1", "DELETE FROM factor_proofs"):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            world.database.transaction() as session,
        ):
            session.execute(text(statement))


def test_whoever_is_named_instead_is_asked_for_the_same_code(world: World) -> None:
    journey = Journey.begin(
        world,
        person("a", access_code="an argon2 hash", handover=HandoverPolicy.ALLOWED),
        person("b"),
    )
    visiting = visit_of(journey)
    factors.open_with(world.database, visiting, proven())
    with world.reading() as session:
        envelope = session.get_one(Envelope, journey.envelope_id)
        read = shown.shown_sha256(shown.shown_documents(session, envelope))
    named = Successor("次郎", "jiro@example.jp", Language.JA)
    posted = posting.PostedAct(
        ActKind.HAND_OVER, uuid4().hex, read, CALLER, reason="担当が違います", successor=named
    )
    act_id = posting.post_act(world.database, world.vault, visiting, posted, now())
    assert journey.decide(act_id).accepted
    with world.reading() as session:
        after = session.query(Participant).filter_by(name="次郎").one()
    assert after.access_code_hash == "an argon2 hash"
