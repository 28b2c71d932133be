"""Codes for あなたの文書: the same rows for whatever address, few tries, one use."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import inspect, select, text

from activities.mailbox import MailboxActivities
from domain.mailbox import (
    ABSOLUTE,
    CODE_DIGITS,
    CODE_LIFE,
    CODES_AN_HOUR,
    CODES_OF_A_NETWORK,
    IDLE,
    TRIES_A_DAY,
    TRIES_OF_A_CODE,
)
from domain.messages import CodeRef
from domain.ports.notices import MailDelayed
from identity.codes import MailboxMinter, verify_mailbox_digits
from storage import mailbox_codes, mailbox_visits
from storage.desks.mailbox import StoredMailboxDesk
from storage.mailbox_visits import Opening
from storage.tables import Attempt, LedgerEvent, MailboxCode, MailboxVisit, Notice, OutboxItem
from tests.notices.builders import composer, text_of
from tests.storage.mailboxes import CALLER, asking, opened, ordered
from tests.storage.test_one_time_codes import Post
from tests.storage.world import Journey, World, now, person

MINTER = MailboxMinter(b"k" * 32)
KNOWN, NOBODY = "a@example.jp", "nobody@example.jp"
AWAY = "smtp 451"


@pytest.fixture(autouse=True)
def _no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.boundary.activity.heartbeat", lambda: None)


def send(world: World, post: Any, code_id: UUID) -> int:
    desk = StoredMailboxDesk(world.database, "https://sign.example.jp", trial=True)
    activities = MailboxActivities(desk, MINTER, composer(), post)
    return activities.send_mailbox_code(CodeRef(code_id=code_id)).sent


def rows(world: World) -> dict[str, int]:
    """How many rows each table has."""
    with world.reading() as session:
        names = inspect(world.database.engine).get_table_names()
        return {
            name: session.scalar(text(f"SELECT count(*) FROM {name}")) or 0  # noqa: S608
            for name in names
        }


# -- asking ------------------------------------------------------------------------------------


def test_asking_writes_the_same_rows_for_an_address_that_is_nobodys(world: World) -> None:
    Journey.begin(world, person("a"))
    grown = []
    for number, mail in enumerate((KNOWN, NOBODY)):
        before = rows(world)
        ordered(world.database, mail, now(), f"{number}" * 64)
        grown.append({name: count - before[name] for name, count in rows(world).items()})
    assert grown[0] == grown[1]
    assert grown[0]["mailbox_codes"] == grown[0]["outbox"] == 1


def test_a_button_pressed_twice_orders_one_and_a_later_press_replaces_it(world: World) -> None:
    first = ordered(world.database, KNOWN, now())
    assert ordered(world.database, KNOWN, now() + timedelta(seconds=5)).id == first.id
    later = ordered(world.database, KNOWN, now() + timedelta(seconds=30))
    assert later.id != first.id
    with world.reading() as session:
        assert session.get_one(MailboxCode, first.id).ended_why == "replaced"
        assert session.query(OutboxItem).filter_by(kind="mailbox").count() == 2


def test_another_address_in_the_same_browser_ends_the_first_ones_code(world: World) -> None:
    first = ordered(world.database, KNOWN, now())
    second = ordered(world.database, NOBODY, now())
    assert (second.mail, first.mail) == (NOBODY, KNOWN)
    with world.reading() as session:
        assert session.get_one(MailboxCode, first.id).ended_at is not None


def ask_often(world: World, networks: int) -> int:
    """Requests that were taken, of twenty in a row from so many networks."""
    return sum(
        mailbox_codes.ask(
            world.database, asking(KNOWN, uuid4().hex * 2, f"{number % networks}"), now()
        )
        is None
        for number in range(20)
    )


def test_one_network_asks_for_a_few_codes_an_hour(world: World) -> None:
    assert ask_often(world, 1) == CODES_OF_A_NETWORK


def test_an_address_gets_a_few_mails_an_hour_whoever_asks(world: World) -> None:
    assert ask_often(world, 20) == CODES_AN_HOUR
    with world.database.transaction() as session:
        for row in session.query(Attempt):
            row.at -= timedelta(hours=1)
    assert ask_often(world, 20) == CODES_AN_HOUR


def test_no_bucket_holds_the_address(world: World) -> None:
    code = ordered(world.database, KNOWN, now())
    mailbox_codes.count_try(world.database, code, now())
    with world.reading() as session:
        assert all(KNOWN not in row.bucket for row in session.query(Attempt))


# -- mailing -----------------------------------------------------------------------------------


def test_the_mail_brings_six_digits_and_the_row_only_their_hash(world: World) -> None:
    Journey.begin(world, person("a"))
    code, post = ordered(world.database, KNOWN, now()), Post()
    assert send(world, post, code.id) == 1
    digits = MINTER.issue(code.id).code
    [mail] = post.mails
    assert len(digits) == CODE_DIGITS
    assert f"{digits[:3]} {digits[3:]}" in text_of(mail)
    assert str(mail["To"]) == KNOWN
    with world.reading() as session:
        row = session.get_one(MailboxCode, code.id)
        assert verify_mailbox_digits(row.code_hash, digits)
        assert not verify_mailbox_digits(row.code_hash, "000000")
        for table in inspect(world.database.engine).get_table_names():
            for values in session.execute(text(f"SELECT * FROM {table}")):  # noqa: S608
                assert digits not in [str(value) for value in values], table


def test_the_mail_goes_where_it_was_asked_for_in_the_page_s_language_and_once(
    world: World,
) -> None:
    Journey.begin(world, person("a", mail="A.Yamada@Example.jp"))
    code, post = ordered(world.database, "a.yamada@example.jp", now()), Post()
    assert [send(world, post, code.id) for _ in range(2)] == [1, 0]
    assert len(post.mails) == 1
    assert post.mails[0]["Content-Language"] == "ja"


@pytest.mark.parametrize("case", ["nobody", "waiting", "handed over", "too old", "replaced"])
def test_no_mail_goes_to_whoever_would_see_nothing(world: World, case: str) -> None:
    journey = Journey.begin(world, person("a"), person("b"))
    mail = {"nobody": NOBODY, "waiting": "b@example.jp"}.get(case, KNOWN)
    code, post = ordered(world.database, mail, now()), Post()
    if case == "handed over":
        leaver = world.participant(journey.envelope_id, "a")
        world.set(type(leaver), leaver.id, left_at=now())
    if case == "too old":
        world.set(MailboxCode, code.id, requested_at=now() - CODE_LIFE - timedelta(seconds=1))
    if case == "replaced":
        world.set(MailboxCode, code.id, ended_at=now(), ended_why="replaced")
    assert send(world, post, code.id) == 0
    assert not post.mails
    with world.reading() as session:
        assert session.get_one(MailboxCode, code.id).code_hash is None


class Away:
    """A mail server that is away at first."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    def deliver(self, message: EmailMessage, notice_id: UUID) -> None:
        self.mails.append(message)
        if len(self.mails) == 1:
            raise MailDelayed(AWAY)


def test_a_repeat_after_an_outage_brings_the_same_digits(world: World) -> None:
    Journey.begin(world, person("a"))
    code, post = ordered(world.database, KNOWN, now()), Away()
    with pytest.raises(Exception, match="delayed"):
        send(world, post, code.id)
    assert send(world, post, code.id) == 1
    assert text_of(post.mails[0]) == text_of(post.mails[1])
    with world.reading() as session:
        assert session.query(Notice).filter_by(kind="mailbox").count() == 0


# -- entering ----------------------------------------------------------------------------------


def tries_until_closed(world: World, mail: str, codes: int) -> int:
    """Wrong tries that were judged, over several codes from everywhere."""
    judged = 0
    for number in range(codes):
        with world.database.transaction() as session:
            code = MailboxCode(
                mail=mail, browser_sha256=f"{number:064}", language="ja", requested_at=now()
            )
            session.add(code)
        for _ in range(TRIES_OF_A_CODE + 2):
            tried = mailbox_codes.count_try(world.database, code, now())
            judged += tried.wait is None and not tried.spent
    return judged


def test_one_code_takes_five_tries(world: World) -> None:
    assert tries_until_closed(world, KNOWN, 1) == TRIES_OF_A_CODE
    code = ordered(world.database, NOBODY, now())
    left = [mailbox_codes.count_try(world.database, code, now()).left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]


def test_a_day_of_guessing_at_one_address_succeeds_with_less_than_one_in_ten_thousand(
    world: World,
) -> None:
    judged = tries_until_closed(world, KNOWN, 2 * TRIES_A_DAY // TRIES_OF_A_CODE)
    assert judged == TRIES_A_DAY
    assert judged * 10**-CODE_DIGITS <= 10**-4
    assert tries_until_closed(world, NOBODY, 1) == TRIES_OF_A_CODE


def test_a_right_code_forgives_none_of_a_guessers_tries(world: World) -> None:
    tries_until_closed(world, KNOWN, TRIES_A_DAY // TRIES_OF_A_CODE - 1)
    code = ordered(world.database, KNOWN, now(), "d" * 64)
    tried = mailbox_codes.count_try(world.database, code, now())
    opening = Opening(code.id, "d" * 64, "c" * 64, tried)
    assert mailbox_visits.open_with(world.database, opening, CALLER, now())
    assert tries_until_closed(world, KNOWN, 4) == TRIES_OF_A_CODE


def test_a_code_opens_one_visit_in_its_own_browser_and_the_ledger_knows(world: World) -> None:
    code = ordered(world.database, KNOWN, now())
    tried = mailbox_codes.count_try(world.database, code, now())
    foreign = Opening(code.id, "f" * 64, "c" * 64, tried)
    assert mailbox_visits.open_with(world.database, foreign, CALLER, now()) is None
    own = Opening(code.id, code.browser_sha256, "c" * 64, tried)
    visit_id = mailbox_visits.open_with(world.database, own, CALLER, now())
    assert visit_id is not None
    again = Opening(code.id, code.browser_sha256, "e" * 64, tried)
    assert mailbox_visits.open_with(world.database, again, CALLER, now()) is None
    with world.reading() as session:
        visit = session.get_one(MailboxVisit, visit_id)
        event = session.scalars(
            select(LedgerEvent).where(LedgerEvent.tag == "mailbox:opened")
        ).one()
    assert (visit.mail, visit.cookie_sha256, visit.address) == (KNOWN, "c" * 64, "192.0.2.7")
    assert event.data == {"visit": str(visit_id), "code": str(code.id)}
    assert (event.actor, event.envelope_id, event.organisation_id) == ("visitor", None, None)


@pytest.mark.parametrize("late", [False, True])
def test_a_code_is_entered_within_ten_minutes(world: World, *, late: bool) -> None:
    code = ordered(world.database, KNOWN, now())
    at = code.requested_at + CODE_LIFE + timedelta(seconds=late)
    opening = Opening(code.id, code.browser_sha256, "c" * 64, mailbox_codes.CodeTry())
    found = mailbox_visits.open_with(world.database, opening, CALLER, at)
    assert (found is None) == late


# -- the visit ---------------------------------------------------------------------------------


def test_a_visit_ends_when_nobody_uses_it_and_after_half_a_day(world: World) -> None:
    begun = now()
    visit = opened(world.database, KNOWN, begun)
    with world.database.transaction() as session:
        assert mailbox_visits.find(session, "c" * 64, begun + IDLE)
        assert mailbox_visits.find(session, "c" * 64, begun + IDLE + timedelta(seconds=1)) is None
        assert mailbox_visits.find(session, "x" * 64, begun) is None
        mailbox_visits.touch(session, visit.id, begun + ABSOLUTE)
    with world.reading() as session:
        assert mailbox_visits.find(session, "c" * 64, begun + ABSOLUTE)
        late = begun + ABSOLUTE + timedelta(seconds=1)
        assert mailbox_visits.find(session, "c" * 64, late) is None


def test_a_button_ends_it_once(world: World) -> None:
    visit = opened(world.database, KNOWN, now())
    for _ in range(2):
        with world.database.transaction() as session:
            mailbox_visits.end(session, visit.id, now())
    with world.reading() as session:
        assert mailbox_visits.find(session, "c" * 64, now()) is None
        assert session.query(LedgerEvent).filter_by(tag="mailbox:closed").count() == 1


def test_a_right_code_in_the_browser_of_an_open_visit_ends_that_one(world: World) -> None:
    first = opened(world.database, KNOWN, now())
    code = ordered(world.database, NOBODY, now(), first.cookie_sha256)
    opening = Opening(code.id, first.cookie_sha256, "d" * 64, mailbox_codes.CodeTry())
    assert mailbox_visits.open_with(world.database, opening, CALLER, now())
    with world.reading() as session:
        assert mailbox_visits.find(session, first.cookie_sha256, now()) is None
