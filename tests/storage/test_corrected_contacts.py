"""A corrected address reaches the address book, which keeps the one before in its history."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.contacts import Contact
from domain.facts import CONTACT_ID
from domain.kinds import ActKind
from storage.tables import Contact as ContactRow
from storage.tables import Participant
from tests.storage.test_contacts import add, change, found, lines, row, switch
from tests.storage.test_steering import post
from tests.storage.world import Journey, World, person

WRONG, RIGHT = "b@example.jp", "right@vendor.example"
KNOWN = Contact(name="b", mail=WRONG, company="青山建設", phone="+819012345678")


def corrected(world: World, journey: Journey, mail: str = RIGHT, **more: Any) -> None:
    """Of somebody whose turn has not come."""
    words = {
        "target_slot_id": world.slot(journey.envelope_id, "b").id,
        "corrected_mail": mail,
        "corrects_contact": True,
    }
    act_id = post(world, journey.envelope_id, ActKind.READDRESS, **(words | more))
    assert journey.decide(act_id).accepted


def begun(world: World, **changes: Any) -> Journey:
    return Journey.begin(world, person("a"), person("b", **changes))


def test_the_book_offers_the_corrected_address_and_keeps_the_one_before(world: World) -> None:
    """Whoever corrected it stands in the history; a repeated step makes no second line."""
    key = add(world, KNOWN)
    corrected(world, begun(world))
    assert row(world, key).mail == RIGHT
    assert found(world, "right@vendor.example") == ["b"]
    assert not found(world, "b@example.jp")
    [newest, _] = lines(world, key)
    assert (newest.kind, newest.member_id) == ("changed", world.member_id)
    assert (newest.before["mail"], newest.after["mail"]) == (WRONG, RIGHT)


def test_the_contact_that_he_was_chosen_from_is_meant_whatever_he_is_called(world: World) -> None:
    other = add(world, replace(KNOWN, name="別の人"))
    journey = begun(world)
    assert row(world, other).mail == WRONG
    with world.database.transaction() as session:
        known = session.get_one(Participant, world.participant(journey.envelope_id, "b").id)
        known.known = {CONTACT_ID: str(other)}
    corrected(world, journey)
    assert row(world, other).mail == RIGHT


def test_a_corrected_number_reaches_the_book_where_it_had_the_wrong_one(world: World) -> None:
    key = add(world, KNOWN)
    journey = begun(world, phone="+819012345678")
    corrected(world, journey, WRONG, corrected_phone="+818011112222")
    assert (row(world, key).mail, row(world, key).phone) == (WRONG, "+818011112222")


def test_who_stands_there_with_the_right_address_already_is_offered_alone(world: World) -> None:
    wrong = add(world, KNOWN)
    right = add(world, replace(KNOWN, mail=RIGHT), knowingly=True)
    corrected(world, begun(world))
    assert (row(world, wrong).active, row(world, wrong).merged_into) == (False, right)
    assert (row(world, right).active, row(world, right).mail) == (True, RIGHT)


def untouched_by_wish(_: World, __: UUID) -> dict[str, Any]:
    return {"corrects_contact": False}


def mended_meanwhile(world: World, key: UUID) -> dict[str, Any]:
    change(world, key, replace(KNOWN, mail="other@example.jp"))
    return {}


def retired(world: World, key: UUID) -> dict[str, Any]:
    switch(world, key, 1, active=False)
    return {}


@pytest.mark.parametrize("before", [untouched_by_wish, mended_meanwhile, retired])
def test_a_contact_that_is_not_meant_stays_as_it_is(world: World, before: Any) -> None:
    """By the sender's wish, or because it is corrected or out of use since."""
    key = add(world, KNOWN)
    journey = begun(world)
    more = before(world, key)
    seen = row(world, key).revision
    corrected(world, journey, **more)
    assert row(world, key).revision == seen


def test_a_contact_that_changes_before_the_answer_is_left_alone(world: World) -> None:
    """Somebody has corrected it, to whatever he knew."""
    key = add(world, KNOWN)
    journey = begun(world)
    words = {"target_slot_id": world.slot(journey.envelope_id, "b").id, "corrected_mail": RIGHT}
    act_id = post(world, journey.envelope_id, ActKind.READDRESS, corrects_contact=True, **words)
    change(world, key, replace(KNOWN, mail="other@example.jp"))
    assert journey.decide(act_id).accepted
    assert row(world, key).mail == "other@example.jp"
    assert row(world, key).revision == 2


def test_who_is_not_in_the_book_is_not_put_there(world: World) -> None:
    add(world, replace(KNOWN, name="別の人"))
    add(world, replace(KNOWN, mail="elsewhere@example.jp"), knowingly=True)
    corrected(world, begun(world))
    with world.reading() as session:
        assert not session.query(ContactRow).filter_by(mail=RIGHT).count()
