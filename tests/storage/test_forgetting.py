"""Old rows go after a day, and those that prove something stay."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from domain.turns import Turn
from storage import sso_arrivals
from storage.forgetting import forget_old
from storage.tables import (
    Attempt,
    FormTurn,
    MailboxCode,
    MailboxVisit,
    Pad,
    PasskeyChallenge,
    Stamp,
)
from storage.tries import MEMORY
from storage.turns import is_late
from tests.storage.mailboxes import opened, ordered
from tests.storage.passkeys import Signer, keyed
from tests.storage.world import Journey, World, now, person

NOW = datetime(2026, 11, 28, tzinfo=UTC)
DAY = timedelta(days=1)


def forget(world: World, at: datetime) -> Mapping[str, int]:
    with world.database.transaction() as session:
        return forget_old(session, at)


def test_tries_that_no_limit_remembers_go_however_many(world: World) -> None:
    many = 1203
    with world.database.transaction() as session:
        session.add_all(Attempt(bucket=f"old:{n}", at=NOW - MEMORY) for n in range(many))
        session.add(Attempt(bucket="new", at=NOW - MEMORY + timedelta(seconds=1)))
    assert forget(world, NOW) == {"attempts": many}
    assert forget(world, NOW) == {}
    with world.reading() as session:
        assert session.query(Attempt).one().bucket == "new"


def test_typed_addresses_go_and_visits_of_mailboxes_stay(world: World) -> None:
    opened(world.database, "a@example.jp", now() - 2 * DAY)
    kept = ordered(world.database, "a@example.jp", now())
    assert forget(world, now())["mailbox_codes"] == 1
    with world.reading() as session:
        assert [row.id for row in session.query(MailboxCode)] == [kept.id]
        assert session.query(MailboxVisit).count() == 1


def test_challenges_go_but_for_those_that_acts_answered(world: World) -> None:
    signer = Signer(Journey.begin(world, keyed())).registered()
    signer.sign()
    with world.reading() as session:
        asked = [row.moment for row in session.query(PasskeyChallenge)]
    assert sorted(asked) == ["registering", "signing"]
    assert forget(world, now()) == {}
    assert forget(world, now() + DAY + timedelta(minutes=1))["passkey_challenges"] == 1
    with world.reading() as session:
        [kept] = session.query(PasskeyChallenge)
    assert kept.moment == "signing"
    assert kept.used_at is not None


def test_turns_of_pages_that_nobody_writes_in_go(world: World) -> None:
    about, old, new = uuid4(), Turn("a" * 32, 1), Turn("b" * 32, 1)
    with world.database.transaction() as session:
        is_late(session, about, old, NOW - DAY)
        is_late(session, about, new, NOW)
    assert forget(world, NOW) == {"form_turns": 1}
    with world.reading() as session:
        assert [row.pen for row in session.query(FormTurn)] == [new.pen]


def test_what_providers_said_of_people_who_did_not_go_on_goes(world: World) -> None:
    with world.database.transaction() as session:
        for name, until in (("a", NOW), ("b", NOW + timedelta(seconds=1))):
            sso_arrivals.keep(session, name * 64, {}, until, NOW - DAY)
    assert forget(world, NOW) == {"sso_arrivals": 1}


def test_pads_go_but_for_those_that_drawings_came_from(world: World) -> None:
    journey = Journey.begin(world, person("a"))
    visit_id = world.visit(journey.envelope_id, "a")
    signer = world.participant(journey.envelope_id, "a").id
    stamp_id = uuid4()
    with world.database.transaction() as session:
        session.add(Stamp(id=stamp_id, participant_id=signer, size=1, created_at=NOW - DAY))
        session.flush()
        pads = {
            "drawn": _pad(visit_id, NOW - 2 * DAY, stamp_id),
            "old": _pad(visit_id, NOW - DAY),
            "new": _pad(visit_id, NOW - DAY + timedelta(seconds=1)),
        }
        session.add_all(pads.values())
        session.flush()
        kept = {pads["drawn"].id, pads["new"].id}
    assert forget(world, NOW)["pads"] == 1
    with world.reading() as session:
        assert {row.id for row in session.query(Pad)} == kept


def _pad(visit_id: UUID, at: datetime, stamp_id: UUID | None = None) -> Pad:
    token = uuid4().hex * 2
    return Pad(visit_id=visit_id, token_sha256=token, created_at=at, stamp_id=stamp_id)
