"""Bounces in prose: which mails count as a loss, which as a delay, and which as nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ports.bounces import DeliveryReport, ReportAction
from notices.reports import MAX_REPORT_BYTES, read_report
from tests.cost import cost
from tests.notices.prose import DAEMON, LATE, LOST, NO_REPORT, mail

WORDS = [
    "This is a permanent error", "550 5.1.1", "could not be delivered", "will be retried",
    "配信できません", "\n", "<", ">", "<style>", "--- Below this line is a copy", "5.5.5.5",
    "\x1b$B",
]  # fmt: skip


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_loss_told_in_prose_is_a_loss(name: str, newline: bytes) -> None:
    wire, status, message_id = LOST[name]
    found = read_report(wire.replace(b"\n", newline))
    assert found == DeliveryReport(ReportAction.FAILED, status, message_id)


@pytest.mark.parametrize("name", LATE)
def test_a_delay_told_in_prose_is_no_loss(name: str) -> None:
    found = read_report(LATE[name])
    assert found is not None
    assert found.action is ReportAction.DELAYED


@pytest.mark.parametrize("name", NO_REPORT)
def test_what_people_and_their_machines_answer_is_no_report(name: str) -> None:
    assert read_report(NO_REPORT[name]) is None


@pytest.mark.parametrize("name", LOST)
def test_the_same_words_from_a_person_are_no_report(name: str) -> None:
    wire, _, _ = LOST[name]
    _, _, rest = wire.partition(b"\n")
    rest = rest.replace(b"X-Failed-Recipients", b"X-Other").replace(b"multipart/report", b"text/x")
    assert read_report(b"From: Sato <sato@vendor.example>\n" + rest) is None


def test_an_address_or_a_version_is_no_status() -> None:
    for text in (
        "Host 5.1.1.9 refused: 550 no",
        "by Service (5.5.1960.3): 550 no",
        "a5.1.1.example",
    ):
        found = read_report(mail(DAEMON, "Undeliverable", text))
        assert found is not None
        assert found.status == ""


@pytest.mark.parametrize(
    "text",
    ["<style>" * 15_000, "<" * 90_000, "--- " * 20_000, "> " * 40_000 + "x", "配" * 30_000,
     "5.1." * 20_000, "deliver " * 12_000, "\n" * 90_000, "was " * 20_000, "will be " * 10_000],
    ids=range(10),
)  # fmt: skip
@pytest.mark.parametrize("kind", [b"text/plain", b"text/html"])
def test_hostile_prose_costs_little(text: str, kind: bytes) -> None:
    wire = mail(DAEMON, "failure notice", text).replace(b"text/plain", kind)
    assert cost(lambda: read_report(wire[:MAX_REPORT_BYTES])) < 10


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS) | st.text(max_size=20), max_size=30),
    st.sampled_from(["utf-8", "iso-2022-jp", "x-none", "cp932", "\udcff", "utf-16", "base64"]),
    st.sampled_from(["7bit", "base64", "quoted-printable", "x-uuencode"]),
)
def test_any_prose_in_any_encoding_raises_nothing(
    words: list[str], charset: str, encoding: str
) -> None:
    head = f"From: {DAEMON}\nContent-Type: text/plain; charset={charset}\n"
    text = f"{head}Content-Transfer-Encoding: {encoding}\n\n" + "".join(words)
    found = read_report(text.encode("utf-8", "replace"))
    assert found is None or found.action in ReportAction
