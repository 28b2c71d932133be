"""A consent has its time-stamp before anything is signed that stands on it."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.boundary import TIMESTAMP_UNAVAILABLE
from domain.consents import DEFAULT
from storage.tables import Consent
from tests.security.conftest import SigningRoom, StampReached
from tests.storage.consent import ask_for, give, rows
from tests.storage.world import column


def test_a_signature_waits_for_the_token_over_the_consent_that_it_stands_on(
    room: SigningRoom,
) -> None:
    ask_for(room.world)
    journey = room.journey("a")
    consent_id = give(journey, "a")
    act_id = journey.act("a")
    with pytest.raises(ApplicationError) as waiting:
        room.sign(journey.envelope_id, act_id)
    assert waiting.value.type == TIMESTAMP_UNAVAILABLE
    assert (room.token.calls, room.intents()) == (0, 0)
    room.authority.answers = True
    with pytest.raises(StampReached):
        room.sign(journey.envelope_id, act_id)
    assert column(room.world, Consent, consent_id, "token") is not None
    assert room.token.calls == 1


def test_what_was_agreed_to_in_an_earlier_envelope_has_its_token_too(room: SigningRoom) -> None:
    ask_for(room.world, DEFAULT)
    give(room.journey("a"), "a")
    later = room.journey("a")
    room.authority.answers = True
    with pytest.raises(StampReached):
        room.sign(later.envelope_id, later.act("a"))
    [consent] = rows(room.world)
    assert consent.token is not None
