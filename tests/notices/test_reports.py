"""Which mails are reports of loss, what they say, and that no mail whatever breaks the reader."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ports.bounces import DeliveryReport, ReportAction
from notices.reports import MAX_REPORT_BYTES, read_report
from tests.cost import cost

FOLDER = Path(__file__).parent / "reports"
OURS = "<0000-7@musubi.test>"
SAMPLE = (FOLDER / "postfix-unknown-user.eml").read_bytes()


def report(fields: str, kind: str = "message/delivery-status", extra: str = "") -> bytes:
    return (
        "Content-Type: multipart/report; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: {kind}\r\n{extra}\r\n"
        f"Reporting-MTA: dns; mx\r\n\r\n{fields}\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("name", "action", "status", "message_id"),
    [
        ("postfix-unknown-user", ReportAction.FAILED, "5.1.1", OURS),
        ("exchange-full-mailbox", ReportAction.FAILED, "5.2.2", OURS),
        ("gave-up-after-days", ReportAction.FAILED, "4.4.7", OURS),
        ("international", ReportAction.FAILED, "5.1.1", OURS),
        ("delayed", ReportAction.DELAYED, "4.4.1", OURS),
        ("delivered", ReportAction.DELIVERED, "2.1.9", None),
    ],
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_real_servers_reports_are_read(
    name: str, action: ReportAction, status: str, message_id: str | None, newline: bytes
) -> None:
    wire = (FOLDER / f"{name}.eml").read_bytes().replace(b"\n", newline)
    assert read_report(wire) == DeliveryReport(action, status, message_id)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("not-*.eml")), ids=lambda path: path.stem)
def test_what_only_looks_like_a_report_is_none(path: Path) -> None:
    assert read_report(path.read_bytes()) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("Action: FAILED\r\nStatus: 5.7.1", (ReportAction.FAILED, "5.7.1")),
        ("Status: 5.1.10", (ReportAction.FAILED, "5.1.10")),
        ("Status: 4.2.0", (ReportAction.DELAYED, "4.2.0")),
        ("Action: failed", (ReportAction.FAILED, "")),
        ("Action: failed\r\nStatus: five", (ReportAction.FAILED, "")),
        ("Action: expanded\r\nStatus: 2.1.5", (ReportAction.DELIVERED, "2.1.5")),
        ("Action: delivered\r\nStatus: 2.1.5\r\n\r\nAction: failed\r\nStatus: 5.1.1",
         (ReportAction.FAILED, "5.1.1")),
    ],
)  # fmt: skip
def test_action_decides_and_the_worst_recipient_counts(
    fields: str, expected: tuple[ReportAction, str]
) -> None:
    found = read_report(report(fields))
    assert found is not None
    assert (found.action, found.status) == expected


@pytest.mark.parametrize("fields", ["Status: 2.0.0", "Action: destroyed\r\nStatus: 5.1.1", "", "x"])
def test_a_report_that_says_nothing_of_a_loss_is_none(fields: str) -> None:
    assert read_report(report(fields)) is None


def test_a_status_is_cut_to_three_short_numbers_and_an_id_to_one_word() -> None:
    found = read_report(report("Action: failed\r\nStatus: 5.1.1' OR 1=1 <script>"))
    assert found is not None
    assert found.status == "5.1.1"
    hostile = SAMPLE.replace(OURS.encode(), b"<a b@c> <" + b"x" * 5000 + b"@y>")
    found = read_report(hostile)
    assert found is not None
    assert found.message_id is None


def hostile_mails() -> list[bytes]:
    nest = b"".join(
        b"Content-Type: multipart/report; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(20_000)
    )
    enclosed = b"Content-Type: message/rfc822\r\n\r\n" * 20_000
    head = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    status = head + b"Content-Type: message/delivery-status\r\n\r\n"
    return [
        b"",
        b"\x00" * 1000,
        b"\xff\xfe" * 1000,
        nest,
        head + enclosed,
        head + b"--b\r\n" * 100_000,
        status + b"\r\n" * 400_000,
        status + b"Action: failed\r\n\r\n" * 40_000,
        status + b"A" * 900_000,
        status + b"Status:" + b" 5." * 200_000,
        b"Content-Type: multipart/report; boundary=" + b"b" * 900_000 + b"\r\n\r\n",
        b"Content-Type: multipart/report; boundary*0*=" + b"%00" * 1000 + b"\r\n\r\n",
        b'Content-Type: multipart/report; charset=\xff; boundary="\xc0\x80"\r\n\r\n--\xc0\x80',
        b"Content-Type: " + b"multipart/report;" * 50_000 + b"\r\n\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n" + b"X: y\r\n" * 100_000 + b"\r\n--b--",
        report("Action: failed", extra="Content-Transfer-Encoding: base64\r\n"),
        report("Action: failed\r\nStatus: =?utf-8?b?/////w==?="),
        report("Action: =?x?x?x?=\r\nStatus: 5.1.1", kind="message/global-delivery-status"),
    ]  # fmt: skip


@pytest.mark.parametrize("wire", hostile_mails(), ids=range(len(hostile_mails())))
def test_hostile_mails_raise_nothing_and_cost_little(wire: bytes) -> None:
    assert cost(lambda: read_report(wire[:MAX_REPORT_BYTES])) < 30


def test_a_long_returned_mail_does_not_hide_the_report_before_it() -> None:
    end = b"--5F1C240C2D.1606089362/mx.vendor.example--"
    long = SAMPLE.replace(end, b"x" * 990 + b"\n" + b"y\n" * 300_000 + end)
    assert read_report(long) == read_report(SAMPLE)


def test_cut_and_damaged_reports_raise_nothing() -> None:
    dice = random.Random(3464)  # noqa: S311 - the same damage each time
    for size in range(0, len(SAMPLE), 7):
        read_report(SAMPLE[:size])
    for _ in range(300):
        damaged = bytearray(SAMPLE)
        for _ in range(dice.randrange(1, 30)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        read_report(bytes(damaged))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=60))
def test_any_bytes_in_any_place_raise_nothing(noise: bytes, text: str) -> None:
    read_report(noise)
    read_report(SAMPLE.replace(b"Action: failed", noise))
    read_report(report(f"Action: failed\r\nStatus: {text}"))
