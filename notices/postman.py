"""Hands a mail to the next SMTP server, and tells a passing failure from a final one."""

import re
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

from domain.ports.notices import MailDelayed, MailRefused
from notices.returns import ReturnPaths

TIMEOUT_SECONDS = 20.0
"""Per step of the dialogue. Less than an activity's time-out, so that this process decides."""

FIRST_FINAL_CODE = 500
"""RFC 5321, 4.2.1: 5yz is a permanent, 4yz a transient negative answer."""

_ENHANCED = re.compile(rb"^[245]\.\d{1,3}\.\d{1,3}(?= |$)")
"""RFC 2034: the first word of an answer may be an enhanced status code."""


class ClearTextLogin(OSError):
    """A password was to cross a network without TLS: a wrong setting, healed by the operator."""


class SmtpPostman:
    """One connection per mail: mails are few, and a kept connection is one more thing to lose."""

    def __init__(  # noqa: PLR0913 - one argument per setting
        self,
        *,
        host: str,
        port: int,
        returns: ReturnPaths,
        starttls: bool = False,
        implicit_tls: bool = False,
        ca_file: Path | None = None,
        user: str = "",
        password_file: Path | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._host = host
        self._port = port
        self._returns = returns
        self._starttls = starttls
        self._implicit_tls = implicit_tls
        self._ca_file = ca_file
        self._user = user
        self._password_file = password_file
        self._timeout = timeout

    def deliver(self, message: EmailMessage, notice_id: UUID) -> None:
        """Returns once the server has taken the mail over.

        Raises MailDelayed when another try may help and MailRefused when this recipient was
        refused for good. A connection that breaks after DATA counts as delayed although the mail
        may have arrived: the repeat has the same Message-ID.
        """
        try:
            self._send(message, self._returns.of_notice(notice_id))
        except smtplib.SMTPRecipientsRefused as problem:
            raise _judged(*max(problem.recipients.values())) from problem
        except smtplib.SMTPNotSupportedError as problem:
            raise _unsupported(problem) from problem
        except smtplib.SMTPDataError as problem:
            raise _judged(problem.smtp_code, problem.smtp_error) from problem
        except smtplib.SMTPResponseException as problem:
            # Greeting, HELO, STARTTLS, login or sender failed: the fault is not this recipient's,
            # and an operator can heal it while the mail waits.
            raise MailDelayed(_code(problem.smtp_code, problem.smtp_error)) from problem
        except (smtplib.SMTPException, OSError) as problem:
            raise MailDelayed(type(problem).__name__) from problem

    def _send(self, message: EmailMessage, sender: str) -> None:
        connection = self._connect()
        try:
            if self._starttls and not self._implicit_tls:
                connection.starttls(context=self._tls)
            if self._user:
                self._check_login()
                connection.login(self._user, self._password())
            mail_options, recipient_options = _report_options(connection)
            connection.send_message(
                message,
                sender,
                _recipient(message),
                mail_options=mail_options,
                rcpt_options=recipient_options,
            )
        finally:
            _hang_up(connection)

    def _connect(self) -> smtplib.SMTP:
        if self._implicit_tls:
            return smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout, context=self._tls
            )
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Names and chains are always verified; a file of one's own authority is the way out."""
        context = ssl.create_default_context(cafile=self._ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _check_login(self) -> None:
        if not (self._starttls or self._implicit_tls or _is_this_machine(self._host)):
            raise ClearTextLogin

    def _password(self) -> str:
        if self._password_file is None:
            return ""
        return self._password_file.read_text(encoding="utf-8").strip()


def _report_options(connection: smtplib.SMTP) -> tuple[Sequence[str], Sequence[str]]:
    """Ask for reports of failure, with the headers only: a returned body carries the link about."""
    connection.ehlo_or_helo_if_needed()
    if not connection.has_extn("dsn"):  # RFC 3461
        return (), ()
    return ("RET=HDRS",), ("NOTIFY=FAILURE,DELAY",)


def _recipient(message: EmailMessage) -> str:
    """Exactly one, whatever a name in the header looks like."""
    addresses = message["To"].addresses
    if len(addresses) != 1:
        raise MailRefused("address")
    return str(addresses[0].addr_spec)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hang_up(connection: smtplib.SMTP) -> None:
    # The mail was taken over, or the try has failed already: a lost goodbye changes neither.
    try:
        connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()


def _judged(code: int, answer: bytes | str) -> Exception:
    said = _code(code, answer)
    return MailRefused(said) if code >= FIRST_FINAL_CODE else MailDelayed(said)


def _unsupported(problem: smtplib.SMTPNotSupportedError) -> Exception:
    # Raised for a missing STARTTLS or AUTH (heals when the server is mended) and for an address
    # that needs SMTPUTF8 (does not).
    return MailRefused("smtputf8") if "SMTPUTF8" in str(problem) else MailDelayed("unsupported")


def _code(code: int, answer: bytes | str) -> str:
    """The numbers only: servers repeat the recipient's address in their text."""
    status = _ENHANCED.match(answer if isinstance(answer, bytes) else answer.encode())
    return f"smtp {code} {status[0].decode()}" if status else f"smtp {code}"
