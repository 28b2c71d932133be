"""What an SMS with a one-time code says, and the provider that only pretends to send one."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from domain.ports.notices import MailDelayed, MailRefused, PendingNotice, Postman
from domain.ports.sms import SmsDelayed, SmsMessage, SmsRefused
from notices.headers import POLICY, write_text
from notices.safety import one_line
from runtime.i18n import translator

MAX_ORGANISATION_CHARACTERS = 30
"""Three parts of 67 characters (3GPP TS 23.040) hold the longest text with it."""
TEST_DOMAIN = "sms.musubi.test"
""".test is nobody's (RFC 6761): such a mail can go nowhere but to the catcher."""
_OPENABLE = re.compile(r"(?<=\w)[.:@/](?=\w)|[:/]{2,}")
"""Phones make links of `example.jp`, `a@b.jp` and `tel:` in any text."""
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200d\u2060-\u2064\ufeff]")


def _(message: str) -> str:
    return message


_TEXT = _(
    "【%(organisation)s】封筒%(number)sの確認コード：%(code)s（10分間有効）。誰にも教えないでください。"
)


class TextComposer:
    """Implements domain.ports.sms.SmsComposer."""

    def compose(self, notice: PendingNotice, code: str) -> str:
        """One line, with nothing in it that a phone could open."""
        text = translator(notice.language).gettext(_TEXT) % {
            "organisation": _plain_name(notice.organisation),
            "number": notice.envelope_number,
            "code": f"{code[:4]} {code[4:]}",
        }
        return one_line(text)


def _plain_name(name: str) -> str:
    """The organisation's name; what a phone would make a link of is taken apart."""
    line = one_line(_INVISIBLE.sub("", name))
    line = _OPENABLE.sub("・", line)
    if len(line) <= MAX_ORGANISATION_CHARACTERS:
        return line
    return line[: MAX_ORGANISATION_CHARACTERS - 1].rstrip() + "…"


class CatcherSms:
    """The test provider: what would be an SMS is a mail to the mail catcher. Nobody's phone rings.

    Implements domain.ports.sms.SmsSender.
    """

    def __init__(self, postman: Postman, mail_from: str) -> None:
        self._postman = postman
        self._from = mail_from

    def send(self, message: SmsMessage) -> None:
        """To `819012345678@sms.musubi.test`."""
        mail = EmailMessage(policy=POLICY)
        mail["From"] = self._from
        mail["To"] = f"{message.number.removeprefix('+')}@{TEST_DOMAIN}"
        write_text(mail, "Subject", "【試験用】SMS")
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = f"<{message.message_id}@{TEST_DOMAIN}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text + "\n", cte="base64")
        try:
            self._postman.deliver(mail, UUID(message.message_id))
        except MailRefused as refused:
            raise SmsRefused(str(refused)) from refused
        except MailDelayed as delayed:
            raise SmsDelayed(str(delayed)) from delayed


class NoSms:
    """Where none is set up: what was ordered waits, and the operator may still set one up."""

    def send(self, message: SmsMessage) -> None:
        """Raises SmsDelayed."""
        raise SmsDelayed("no SMS provider is set up")
