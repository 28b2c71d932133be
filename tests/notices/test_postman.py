"""Which failures of a mail server mean "try again" and which mean "no"."""

import socket
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from domain.kinds import NoticeKind
from domain.ports.notices import MailDelayed, MailRefused
from notices.postman import SmtpPostman
from tests.notices.builders import NOTICE, PATHS, TOKEN, composer, notice
from tests.notices.mail_server import Script, serving

pytestmark = pytest.mark.local_sockets


def deliver(script: Script, **settings: object) -> None:
    """Send one request mail to a server that follows the script."""
    with serving(script) as port:
        postman = SmtpPostman(
            host="127.0.0.1",
            port=port,
            returns=PATHS,
            timeout=0.5,
            **settings,  # type: ignore[arg-type]  # varied by tests
        )
        postman.deliver(composer().compose(notice(NoticeKind.REQUEST), TOKEN), NOTICE)


def test_a_delivered_mail_arrives_whole() -> None:
    script = Script()
    deliver(script)
    (wire,) = script.accepted
    mail = message_from_bytes(wire, policy=default)
    assert mail["Message-ID"] == "<0000-7@musubi.test>"
    body = mail.get_body(("plain",))
    assert body is not None
    assert TOKEN in body.get_content()


@pytest.mark.parametrize(
    "script",
    [
        Script(greeting="421 not now"),
        Script(greeting="554 no service for you"),
        Script(mail="451 later"),
        Script(mail="550 sender not allowed"),
        Script(recipient="450 mailbox busy"),
        Script(recipient="452 full"),
        Script(data="451 greylisted"),
    ],
    ids=lambda script: f"{script.greeting}/{script.mail}/{script.recipient}/{script.data}",
)
def test_passing_failures_are_delays(script: Script) -> None:
    with pytest.raises(MailDelayed):
        deliver(script)


@pytest.mark.parametrize("script", [Script(recipient="550 no such user"), Script(data="554 spam")])
def test_a_recipient_refused_for_good_is_refused_without_naming_him(script: Script) -> None:
    with pytest.raises(MailRefused) as caught:
        deliver(script)
    assert str(caught.value) in {"smtp 550", "smtp 554"}


def test_silence_after_the_data_is_a_delay_and_the_repeat_can_be_recognised() -> None:
    silent, answering = Script(data=None), Script()
    with pytest.raises(MailDelayed):
        deliver(silent)
    deliver(answering)
    first, second = (
        message_from_bytes(wire, policy=default)["Message-ID"]
        for wire in silent.accepted + answering.accepted
    )
    assert first == second


def test_a_server_that_is_down_is_a_delay() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(MailDelayed):
        SmtpPostman(host="127.0.0.1", port=port, returns=PATHS, timeout=0.5).deliver(
            composer().compose(notice(NoticeKind.REQUEST), TOKEN), NOTICE
        )


def test_a_mail_never_goes_out_in_clear_when_starttls_is_asked_for() -> None:
    script = Script()
    with pytest.raises(MailDelayed):
        deliver(script, starttls=True)
    assert script.accepted == []


def test_a_missing_password_file_delays_the_mail_instead_of_losing_it(tmp_path: Path) -> None:
    script = Script()
    with pytest.raises(MailDelayed):
        deliver(script, user="musubi", password_file=tmp_path / "missing")
    assert script.accepted == []
