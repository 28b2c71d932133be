"""Passkeys as rows: whose they are, how they are registered, and what they open."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.factors import Factor, Moment
from domain.kinds import NoticeKind
from domain.passkeys import MAX_PASSKEYS
from domain.refusals import Refusal
from runtime.passkeys import Owner, PasskeyRefused, creation_options
from storage import factors, passkey_registering, passkeys, people
from storage.bounces import StoredBounceDesk
from storage.tables import Passkey, PasskeyChallenge
from tests.authenticator import Authenticator
from tests.storage.passkeys import PARTY, Signer, keyed
from tests.storage.world import Journey, World, now, person


@pytest.fixture
def signer(world: World) -> Signer:
    return Signer(Journey.begin(world, keyed()))


def missing(signer: Signer) -> Factor | None:
    with signer.world.reading() as session:
        return factors.missing(session, signer.visiting)


def keys(world: World, mail: str = "a@example.jp") -> tuple[Passkey, ...]:
    with world.reading() as session:
        return passkeys.of_address(session, world.organisation_id, mail, PARTY.id)


def test_the_first_passkey_needs_a_code_by_mail_and_opens_the_visit(signer: Signer) -> None:
    assert missing(signer) is Factor.PASSKEY
    with pytest.raises(Refusal, match="factor_missing"):
        signer.register()
    signer.registered()
    assert missing(signer) is None
    [row] = keys(signer.world)
    assert row.mail == "a@example.jp"
    tags = signer.world.tags(signer.journey.envelope_id)
    assert tags[-3:] == ["factor:passed", "passkey:registered", "factor:passed"]


def test_the_mailbox_learns_that_a_passkey_was_registered(signer: Signer) -> None:
    signer.registered()
    desk = StoredBounceDesk(signer.world.database, f"https://{PARTY.id}", trial=True)
    [mail] = desk.untold()
    assert (mail.kind, mail.to_mail) == (NoticeKind.PASSKEY_REGISTERED, "a@example.jp")
    assert mail.message_id.endswith(f"@{PARTY.id}>")


def test_a_later_visit_is_opened_by_the_passkey(signer: Signer) -> None:
    signer.registered()
    signer.visiting = signer.visit()
    assert missing(signer) is Factor.PASSKEY
    signer.open()
    assert missing(signer) is None
    [row] = keys(signer.world)
    assert row.sign_count == 1
    assert row.last_used_at is not None


def test_who_has_a_passkey_registers_another_only_with_it(signer: Signer) -> None:
    signer.registered()
    signer.visiting = signer.visit()
    signer.pass_mail_code()  # the mailbox alone is not enough any more
    with pytest.raises(Refusal, match="factor_missing"):
        signer.register(Authenticator())
    signer.open()
    for _ in range(MAX_PASSKEYS - 1):
        signer.register(Authenticator())
    assert len({row.user_handle for row in keys(signer.world)}) == 1
    with pytest.raises(Refusal, match="factor_missing"):
        signer.register(Authenticator())


def test_the_same_passkey_is_not_registered_twice(signer: Signer) -> None:
    signer.registered()
    with pytest.raises(PasskeyRefused):
        signer.register()


def test_an_answer_to_no_challenge_of_this_visit_registers_nothing(signer: Signer) -> None:
    signer.pass_mail_code()
    other = Signer(signer.journey)
    other.pass_mail_code()
    stolen = other.visiting
    database = signer.world.database
    row, _, _ = passkey_registering.ask(database, stolen, PARTY.id, now())
    answer = signer.device.create(
        creation_options(PARTY, "Musubi", Owner(b"h" * 16, "a", "a"), row.challenge, ())
    )
    with pytest.raises(PasskeyRefused):
        passkey_registering.register(
            database, signer.world.vault, signer.visiting, PARTY, answer, "", now()
        )
    signer.world.set(PasskeyChallenge, row.id, asked_at=now() - timedelta(minutes=6))
    with pytest.raises(PasskeyRefused):
        passkey_registering.register(database, signer.world.vault, stolen, PARTY, answer, "", now())
    assert not keys(signer.world)


def test_another_organisation_and_another_host_know_nothing_of_it(signer: Signer) -> None:
    signer.registered()
    world = signer.world
    with world.database.transaction() as session:
        other = people.create_organisation(session, "ほか市", now())
        session.flush()
        assert not passkeys.of_address(session, other.id, "a@example.jp", PARTY.id)
    with world.reading() as session:
        assert not passkeys.of_address(session, world.organisation_id, "a@example.jp", "x.jp")
        assert not passkeys.of_address(session, world.organisation_id, "b@example.jp", PARTY.id)
    assert keys(world, " A@Example.JP ")


def test_the_same_address_uses_it_at_the_organisations_next_envelope(signer: Signer) -> None:
    signer.registered()
    again = Signer(Journey.begin(signer.world, keyed()), device=signer.device)
    assert missing(again) is Factor.PASSKEY
    again.open()
    assert missing(again) is None


def test_a_challenge_is_answered_once_and_soon(signer: Signer) -> None:
    signer.registered()
    signer.visiting = signer.visit()
    signer.open()
    with signer.world.reading() as session:
        [used] = session.query(PasskeyChallenge).filter_by(moment="opening").all()
    assert used.used_at is not None
    with (
        pytest.raises(Refusal, match="factor_missing"),
        signer.world.database.transaction() as session,
    ):
        passkeys.use_challenge(session, used.id, signer.visiting.visit, Moment.OPENING, now())
    row = passkeys.ask(signer.world.database, signer.visiting, Moment.OPENING, now())
    late = now() + timedelta(minutes=5, seconds=1)
    for visit, moment, at in (
        (signer.visiting.visit, Moment.SIGNING, now()),
        (signer.visit().visit, Moment.OPENING, now()),
        (signer.visiting.visit, Moment.OPENING, late),
    ):
        with (
            pytest.raises(Refusal, match="factor_missing"),
            signer.world.database.transaction() as session,
        ):
            passkeys.use_challenge(session, row.id, visit, moment, at)


def test_a_removed_passkey_opens_nothing_and_another_may_be_registered(signer: Signer) -> None:
    signer.registered()
    with signer.world.database.transaction() as session:
        row = session.get_one(Passkey, keys(signer.world)[0].id)
        passkeys.remove(session, row, signer.world.member_id, now())
    signer.visiting = signer.visit()
    with pytest.raises(Refusal, match="factor_missing"):
        signer.open()
    signer.device = Authenticator()
    signer.registered()
    assert missing(signer) is None


def test_a_copied_authenticator_is_refused(signer: Signer) -> None:
    signer.registered()
    signer.visiting = signer.visit()
    signer.device.count = 7
    signer.open()
    signer.device.count = 3
    with pytest.raises(Refusal, match="factor_missing"):
        signer.open()


def test_a_passkey_stands_in_for_a_code_by_mail_that_alone_is_demanded(world: World) -> None:
    signer = Signer(Journey.begin(world, person("a", mail_code=True)))
    signer.pass_mail_code(Moment.OPENING)
    signer.register()
    signer.visiting = signer.visit()
    assert missing(signer) is Factor.MAIL_CODE
    signer.open()
    assert missing(signer) is None


def test_where_both_are_demanded_the_passkey_stands_in_for_nothing(world: World) -> None:
    signer = Signer(Journey.begin(world, keyed(mail_code=True)))
    signer.registered()
    assert missing(signer) is Factor.MAIL_CODE


def test_what_was_registered_is_neither_changed_nor_deleted(signer: Signer) -> None:
    signer.registered()
    statements = (
        "UPDATE passkeys SET public_key = 'x'",
        "UPDATE passkeys SET mail = 'b@example.jp'",
        "DELETE FROM passkeys",
    )
    for statement in statements:
        with (
            pytest.raises(DBAPIError, match="append-only"),
            signer.world.database.transaction() as session,
        ):
            session.execute(text(statement))


def test_a_row_that_this_service_did_not_write_is_not_genuine(signer: Signer) -> None:
    signer.registered()
    world, [row] = signer.world, keys(signer.world)
    with world.reading() as session:
        assert passkeys.is_genuine(session, world.vault, session.get_one(Passkey, row.id))
    world.disarm()
    for name, value in (
        ("mail", "b@example.jp"),
        ("public_key", "AAAA"),
        ("credential_id", "AAAA"),
        ("registered_at", now()),
        ("sealed", b"x" * 40),
    ):
        before = getattr(row, name)
        world.set(Passkey, row.id, **{name: value})
        with world.reading() as session:
            assert not passkeys.is_genuine(session, world.vault, session.get_one(Passkey, row.id))
        world.set(Passkey, row.id, **{name: before})


def test_a_visit_that_asks_without_end_is_stopped(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "CHALLENGES_A_VISIT", 2)
    for _ in range(2):
        passkeys.ask(signer.world.database, signer.visiting, Moment.OPENING, now())
    with pytest.raises(Refusal, match="not_allowed"):
        passkeys.ask(signer.world.database, signer.visiting, Moment.OPENING, now())


def test_an_unknown_challenge_is_refused(signer: Signer) -> None:
    with (
        pytest.raises(Refusal, match="factor_missing"),
        signer.world.database.transaction() as session,
    ):
        passkeys.use_challenge(session, uuid4(), signer.visiting.visit, Moment.OPENING, now())
