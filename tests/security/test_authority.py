"""Only a person's act uses the key: rows are judged again by the worker that holds it.

Whatever message arrives, and whatever somebody wrote into the tables after the act was accepted,
the token is not asked. The token and the documents are real.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError

from domain.kinds import ActKind
from storage.tables import Act
from tests.security.conftest import SigningRoom, StampReached
from tests.storage.world import Journey, column, now


def refused(room: SigningRoom, envelope_id: Any, act_id: Any) -> str:
    """The refusal's code; fails if the key was used or anything was intended."""
    before = room.token.calls, room.intents()
    with pytest.raises(ApplicationError) as caught:
        room.sign(envelope_id, act_id)
    assert caught.value.type == "refused"
    assert caught.value.non_retryable
    assert (room.token.calls, room.intents()) == before
    return str(caught.value.details[0])


def signed(room: SigningRoom, journey: Journey, act_id: Any) -> None:
    """As far as the time-stamp, which needs a network."""
    with pytest.raises(StampReached):
        room.sign(journey.envelope_id, act_id)


# -- acts --------------------------------------------------------------------------------------


def test_an_accepted_act_uses_the_key_once_for_each_document(room: SigningRoom) -> None:
    journey = room.journey("a", documents=2)
    act_id = journey.act("a")
    signed(room, journey, act_id)
    assert (room.token.calls, room.intents()) == (1, 2)
    signed(room, journey, act_id)
    assert (room.token.calls, room.intents()) == (1, 2)
    assert column(room.world, Act, act_id, "consumed_at") is not None


def test_an_act_that_nobody_answered_or_that_was_refused_uses_no_key(room: SigningRoom) -> None:
    journey = room.journey("a")
    posted = room.world.post(journey.envelope_id, "a")
    assert refused(room, journey.envelope_id, posted) == "not_allowed"
    refused_act = room.world.forge_act(posted, version_sha256="0" * 64)
    journey.decide(refused_act)
    assert refused(room, journey.envelope_id, refused_act) == "not_allowed"


def test_declining_and_withdrawing_use_no_key(room: SigningRoom) -> None:
    journey = room.journey("a")
    declined = journey.act("a", ActKind.DECLINE)
    assert refused(room, journey.envelope_id, declined) == "not_allowed"
    other = room.journey("b")
    withdrawn = room.world.withdraw(other.envelope_id)
    other.decide(withdrawn)
    assert refused(room, other.envelope_id, withdrawn) == "not_allowed"


def test_an_unknown_act_or_one_of_another_envelope_uses_no_key(room: SigningRoom) -> None:
    mine, other = room.journey("a"), room.journey("b")
    mine.act("a")
    foreign = other.act("b")
    assert refused(room, mine.envelope_id, foreign) == "unknown_act"
    assert refused(room, mine.envelope_id, uuid4()) == "unknown_act"
    assert refused(room, uuid4(), foreign) == "unknown_act"


def test_a_copy_of_an_act_that_was_consumed_uses_no_key(room: SigningRoom) -> None:
    journey = room.journey("a")
    act_id = journey.act("a")
    signed(room, journey, act_id)
    for changes in ({"consumed_at": None}, {}):
        copy = room.world.forge_act(act_id, **changes)
        before = room.token.calls
        with pytest.raises((ApplicationError, StampReached)) as caught:
            room.sign(journey.envelope_id, copy)
        assert isinstance(caught.value, ApplicationError)
        assert room.token.calls == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"evidence": {}}, "evidence_incomplete"),
        ({"evidence": {"method": "link", "visit_id": str(uuid4())}}, "evidence_incomplete"),
        ({"values_sha256": ""}, "evidence_incomplete"),
        ({"version": 2}, "version_replaced"),
        ({"version_sha256": "0" * 64}, "version_replaced"),
        ({"participant_id": None}, "not_your_slot"),
        ({"slot_id": None}, "not_your_slot"),
        ({"kind": "approve"}, "not_allowed"),
        ({"posted_at": now() + timedelta(days=99)}, "evidence_incomplete"),
    ],
)
def test_an_act_that_was_written_into_the_table_uses_no_key(
    room: SigningRoom, changes: dict[str, Any], code: str
) -> None:
    journey = room.journey("a")
    posted = room.world.post(journey.envelope_id, "a")
    answer = {"answered_at": now(), "accepted": True, "answer_order": 1}
    forged = room.world.forge_act(posted, **(answer | changes))
    slot = room.world.slot(journey.envelope_id, "a")
    if "participant_id" not in changes:
        room.tamper("UPDATE slots SET state = 'acted' WHERE id = :id", id=slot.id)
    assert refused(room, journey.envelope_id, forged) == code


# -- tables, after the act was accepted ---------------------------------------------------------

Tamper = Callable[[SigningRoom, Journey], None]


def _new_version(room: SigningRoom, journey: Journey) -> None:
    room.tamper("UPDATE envelopes SET version = 2 WHERE id = :id", id=journey.envelope_id)


def _other_state(room: SigningRoom, journey: Journey) -> None:
    room.tamper("UPDATE envelopes SET state = 'done' WHERE id = :id", id=journey.envelope_id)


def _no_candidate(room: SigningRoom, _: Journey) -> None:
    room.tamper("DELETE FROM slot_candidates")


def _other_slot_kind(room: SigningRoom, _: Journey) -> None:
    room.tamper("UPDATE slots SET kind = 'approve'")


def _other_persons_visit(room: SigningRoom, journey: Journey) -> None:
    other = room.world.participant(journey.envelope_id, "b")
    room.tamper("UPDATE visits SET participant_id = :id", id=other.id)


def _ended_visit(room: SigningRoom, _: Journey) -> None:
    room.tamper("UPDATE visits SET ended_at = '2020-01-01 00:00:00.000000'")


def _newer_link(room: SigningRoom, _: Journey) -> None:
    room.tamper("UPDATE visits SET generation = generation + 1")


def _other_hash(room: SigningRoom, _: Journey) -> None:
    room.tamper("UPDATE revisions SET sha256 = :sha256 WHERE number = 0 AND version = 1",
                sha256="0" * 64)  # fmt: skip


def _other_bytes(room: SigningRoom, _: Journey) -> None:
    """The version's row points at the bytes of the upload, which has no signature field."""
    room.tamper(
        "UPDATE revisions SET blob_id = (SELECT blob_id FROM revisions WHERE version = 0) "
        "WHERE version = 1 AND number = 0"
    )


def _missing_field(room: SigningRoom, _: Journey) -> None:
    room.tamper("DELETE FROM fields")


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (_new_version, "version_replaced"),
        (_other_state, "envelope_ended"),
        (_no_candidate, "not_your_slot"),
        (_other_slot_kind, "not_your_slot"),
        (_other_persons_visit, "evidence_incomplete"),
        (_ended_visit, "evidence_incomplete"),
        (_newer_link, "evidence_incomplete"),
        (_other_hash, "version_replaced"),
        (_other_bytes, "version_replaced"),
        (_missing_field, "evidence_incomplete"),
    ],
)
def test_rows_that_were_changed_after_the_act_use_no_key(
    room: SigningRoom, tamper: Tamper, code: str
) -> None:
    journey = room.journey("a", "b")
    act_id = journey.act("a")
    tamper(room, journey)
    assert refused(room, journey.envelope_id, act_id) == code


def test_bytes_that_were_changed_under_a_blob_are_not_signed(room: SigningRoom) -> None:
    journey = room.journey("a")
    act_id = journey.act("a")
    of_version = "(SELECT blob_id FROM revisions WHERE version = {})"
    room.tamper(f"UPDATE blobs SET sha256 = 'moved' WHERE id = {of_version.format(1)}")  # noqa: S608
    room.tamper(
        "UPDATE blobs SET sha256 = (SELECT sha256 FROM revisions WHERE version = 1) "  # noqa: S608
        f"WHERE id = {of_version.format(0)}"
    )
    _other_bytes(room, journey)
    before = room.token.calls, room.intents()
    with pytest.raises(Exception, match="another hash"):
        room.sign(journey.envelope_id, act_id)
    assert (room.token.calls, room.intents()) == before
