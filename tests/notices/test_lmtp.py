"""The mailbox for reports, spoken to as a mail server does."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from domain.ports.bounces import DeliveryReport, ReportAction
from notices.lmtp import Reception, serve
from notices.returns import ReturnPaths
from tests.notices.builders import NOTICE
from tests.notices.prose import LOST

pytestmark = pytest.mark.local_sockets

FOLDER = Path(__file__).parent / "reports"
PATHS = ReturnPaths("bounces@musubi.test", b"k" * 32)
PATH = PATHS.of_notice(NOTICE)
ANSWERS = {path.stem: path.read_bytes() for path in FOLDER.glob("not-*.eml")}
POSTFIX = (FOLDER / "postfix-unknown-user.eml").read_bytes()
BY_ID = UUID(int=9)


@dataclass
class Rows:
    """What the desk would be told."""

    known: dict[str, UUID] = field(default_factory=lambda: {"<0000-7@musubi.test>": BY_ID})
    recorded: list[tuple[UUID, DeliveryReport]] = field(default_factory=list)
    broken: bool = False

    def find(self, message_id: str) -> UUID | None:
        return self.known.get(message_id)

    def record(self, notice_id: UUID, report: DeliveryReport) -> bool:
        if self.broken:
            raise OSError
        self.recorded.append((notice_id, report))
        return True


@dataclass
class Box:
    port: int
    rows: Rows

    async def send(self, data: bytes, *to: str, sender: str = "") -> dict[str, tuple[int, bytes]]:
        """As LMTP clients do; answers of refused recipients."""

        def talk() -> dict[str, tuple[int, bytes]]:
            with smtplib.LMTP("127.0.0.1", self.port) as client:
                return client.sendmail(sender, to, data)

        return await asyncio.to_thread(talk)


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    rows = Rows()
    server = await serve("127.0.0.1", 0, PATHS, Reception(PATHS, rows.find, rows.record))
    yield Box(server.sockets[0].getsockname()[1], rows)
    server.close()
    await server.wait_closed()


async def test_a_report_to_a_return_path_reaches_the_rows_of_its_notice(box: Box) -> None:
    await box.send(POSTFIX, PATH)
    [(notice_id, report)] = box.rows.recorded
    assert notice_id == NOTICE
    assert (report.action, report.status) == (ReportAction.FAILED, "5.1.1")


async def test_a_bounce_in_prose_reaches_the_rows_by_its_path_or_by_the_returned_message_id(
    box: Box,
) -> None:
    await box.send(LOST["exchange in Japanese without fields"][0], PATH)
    await box.send(LOST["qmail"][0], "bounces@musubi.test")
    assert [notice_id for notice_id, _ in box.rows.recorded] == [NOTICE, BY_ID]
    await box.send(LOST["au"][0], "bounces@musubi.test")  # names nothing that we sent
    assert len(box.rows.recorded) == 2


async def test_a_report_to_the_bare_address_is_found_by_its_message_id(box: Box) -> None:
    await box.send(POSTFIX, "bounces@musubi.test")
    assert [notice_id for notice_id, _ in box.rows.recorded] == [BY_ID]
    await box.send(POSTFIX.replace(b"<0000-7@", b"<unknown@"), "bounces@musubi.test")
    assert len(box.rows.recorded) == 1


async def test_a_return_path_wins_over_the_message_id_that_a_report_claims(box: Box) -> None:
    box.rows.known = {"<other@musubi.test>": UUID(int=1)}
    await box.send(POSTFIX.replace(b"<0000-7@musubi.test>", b"<other@musubi.test>"), PATH)
    assert [notice_id for notice_id, _ in box.rows.recorded] == [NOTICE]


@pytest.mark.parametrize(
    "address",
    [
        ReturnPaths("bounces@musubi.test", b"x" * 32).of_notice(NOTICE),
        "bounces+anything@musubi.test",
        "postmaster@musubi.test",
        "bounces@elsewhere.test",
    ],
)
async def test_mail_to_an_address_that_we_did_not_make_is_refused(box: Box, address: str) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await box.send(POSTFIX, address)
    assert refused.value.recipients[address][0] == 550
    assert box.rows.recorded == []


@pytest.mark.parametrize("name", sorted(ANSWERS))
async def test_answers_of_people_and_their_machines_are_taken_and_forgotten(
    box: Box, name: str
) -> None:
    assert await box.send(ANSWERS[name], PATH) == {}
    assert box.rows.recorded == []


async def test_a_report_stays_with_the_mail_server_until_rows_are_written(box: Box) -> None:
    box.rows.broken = True
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await box.send(POSTFIX, PATH)
    assert refused.value.smtp_code == 451
    box.rows.broken = False
    await box.send(POSTFIX, PATH)
    assert len(box.rows.recorded) == 1


async def test_a_second_recipient_is_asked_to_come_alone(box: Box) -> None:
    refused = await box.send(POSTFIX, PATH, "bounces@musubi.test")
    assert refused["bounces@musubi.test"][0] == 452
    assert len(box.rows.recorded) == 1


async def test_a_mail_beyond_the_limit_is_refused_and_the_next_one_taken(box: Box) -> None:
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)):
        await box.send(POSTFIX + b"x" * 70 + b"\r\n" * 800_000, PATH)
    await box.send(POSTFIX + b"y" * 30_000, PATH)
    assert len(box.rows.recorded) == 1


@pytest.mark.parametrize(
    "noise",
    [b"\x00\xff" * 100 + b"\r\n", b"A" * 200_000, b"DATA\r\n", b"RCPT TO:<x>\r\n", b"EHLO x\r\n",
     b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<" + b"a" * 9000 + b">\r\n", b"LHLO \xe3\x81\x82\r\n"],
    ids=range(7),
)  # fmt: skip
async def test_noise_on_the_line_leaves_the_mailbox_working(box: Box, noise: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", box.port)
    writer.write(noise)
    writer.write_eof()
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await box.send(POSTFIX, PATH)
    assert len(box.rows.recorded) == 1
