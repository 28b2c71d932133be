"""The bounce loops against real rows: a report comes in, the sender's mail goes out."""

import asyncio
import smtplib
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from domain.kinds import NoticeKind, NoticeState
from domain.messages import NoticeOrder
from domain.ports.bounces import DeliveryReport, ReportAction
from domain.ports.notices import PendingNotice
from notices.returns import ReturnPaths
from storage.bounces import StoredBounceDesk
from storage.tables import Notice
from tests.storage.world import Journey, World, build_world, column, now, person
from workers import bounces
from workers.bounces import BounceListener, Teller

PATHS = ReturnPaths("bounces@musubi.test", b"k" * 32)
REPORTS = Path(__file__).parents[1] / "notices" / "reports"
REPORT = (REPORTS / "postfix-unknown-user.eml").read_bytes()
SENT, LATER = True, None
FAILED = DeliveryReport(ReportAction.FAILED, "5.1.1")


@pytest.fixture
def world(ready_url: str, tmp_path: Path) -> Iterator[World]:
    world = build_world(ready_url, tmp_path)
    yield world
    world.database.close()


@pytest.fixture
def desk(world: World) -> StoredBounceDesk:
    return StoredBounceDesk(world.database, "https://sign.example.jp", trial=True)


def asked(world: World) -> PendingNotice:
    journey = Journey.begin(world, person("a"))
    order = NoticeOrder(
        envelope_id=journey.envelope_id,
        kind=NoticeKind.REQUEST,
        occasion="x",
        participant_ids=(world.participant(journey.envelope_id, "a").id,),
    )
    [notice] = world.notices.enqueue(order)
    return notice


class Post:
    """Sends as the mailing activity does; says what it is told to say."""

    def __init__(self, world: World, *answers: bool | None) -> None:
        self.world = world
        self.answers = list(answers)
        self.sent: list[PendingNotice] = []

    def send(self, notice: PendingNotice) -> bool | None:
        answer = self.answers.pop(0)
        if answer:
            self.sent.append(notice)
            self.world.notices.sent(notice.notice_id)
        return answer


def test_the_sender_is_told_once_however_often_the_loop_turns(
    world: World, desk: StoredBounceDesk
) -> None:
    notice = asked(world)
    world.notices.sent(notice.notice_id)
    desk.report(notice.notice_id, FAILED)
    post = Post(world, SENT)
    teller = Teller(desk, world.notices, post.send)
    for _ in range(5):
        teller.tell()
    assert [told.to_mail for told in post.sent] == ["clerk@aoba.example.jp"]


def test_a_mail_that_cannot_go_out_now_is_tried_after_a_pause(
    world: World, desk: StoredBounceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = asked(world)
    world.notices.sent(notice.notice_id)
    desk.report(notice.notice_id, FAILED)
    post = Post(world, LATER, LATER, SENT)
    teller = Teller(desk, world.notices, post.send)
    clock = iter(range(0, 1000, 4))
    monkeypatch.setattr("workers.bounces.time.monotonic", lambda: float(next(clock)))
    rounds = 0
    while not post.sent:
        teller.tell()
        rounds += 1
    # Pauses of 10 and 20 seconds, and a clock that jumps by four at each look.
    assert 6 < rounds < 12


@pytest.mark.parametrize("forgets", [False, True])
def test_mails_that_are_delayed_keep_no_other_back(
    world: World, desk: StoredBounceDesk, monkeypatch: pytest.MonkeyPatch, *, forgets: bool
) -> None:
    """As many as a round takes wait for a full mailbox; then one comes for somebody else. A worker
    that was started anew knows of no pause."""
    monkeypatch.setattr("storage.bounces._BATCH", 2)
    lost = [asked(world) for _ in range(3)]
    for notice in lost[:2]:
        world.notices.sent(notice.notice_id)
        desk.report(notice.notice_id, FAILED)

    class Full(Post):
        def send(self, notice: PendingNotice) -> bool | None:
            if notice.envelope_id == lost[2].envelope_id:
                self.sent.append(notice)
                return SENT
            self.world.notices.delayed(notice.notice_id, "452 4.2.2 full")
            return LATER

    post = Full(world)
    teller = Teller(desk, world.notices, post.send)
    teller.tell()
    world.notices.sent(lost[2].notice_id)
    desk.report(lost[2].notice_id, FAILED)
    (Teller(desk, world.notices, post.send) if forgets else teller).tell()
    assert [told.envelope_id for told in post.sent] == [lost[2].envelope_id]


def test_what_waits_for_two_days_is_given_up_and_told(world: World, desk: StoredBounceDesk) -> None:
    notice = asked(world)
    with world.database.transaction() as session:
        row = session.get_one(Notice, notice.notice_id)
        row.queued_at = now() - timedelta(hours=50)
    post = Post(world, SENT)
    Teller(desk, world.notices, post.send).tell()
    assert column(world, Notice, notice.notice_id, "state") == NoticeState.FAILED
    assert [told.kind for told in post.sent] == [NoticeKind.BOUNCED]


@pytest.mark.local_sockets
async def test_a_report_over_lmtp_marks_the_mail_as_lost(
    world: World, desk: StoredBounceDesk, unused_port: int
) -> None:
    notice = asked(world)
    world.notices.sent(notice.notice_id)
    task = asyncio.create_task(BounceListener(unused_port, PATHS, desk).run())
    await asyncio.to_thread(hand_over, unused_port, PATHS.of_notice(notice.notice_id))
    assert column(world, Notice, notice.notice_id, "state") == NoticeState.BOUNCED
    assert column(world, Notice, notice.notice_id, "report_status") == "5.1.1"
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.local_sockets
async def test_a_taken_port_is_waited_for(
    desk: StoredBounceDesk, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounces, "LISTEN_AGAIN_SECONDS", 0.05)
    other = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", unused_port)
    task = asyncio.create_task(BounceListener(unused_port, PATHS, desk).run())
    await asyncio.sleep(0.15)
    assert not task.done()
    other.close()
    await other.wait_closed()
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await asyncio.to_thread(hand_over, unused_port, "stranger@musubi.test")
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_without_a_port_nobody_listens(desk: StoredBounceDesk) -> None:
    await asyncio.wait_for(BounceListener(0, PATHS, desk).run(), 1)


def hand_over(port: int, address: str) -> None:
    """As a mail server does, which tries again while nobody answers."""
    for _ in range(100):
        try:
            with smtplib.LMTP("127.0.0.1", port) as client:
                client.sendmail("", address, REPORT)
        except (ConnectionError, smtplib.SMTPServerDisconnected):
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
