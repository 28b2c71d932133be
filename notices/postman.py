"""Hands a mail to the next SMTP server, and tells a passing failure from a final one."""

import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path

from domain.ports.notices import MailDelayed, MailRefused

TIMEOUT_SECONDS = 20.0
"""Per step of the dialogue. Less than an activity's time-out, so that this process decides."""

FIRST_FINAL_CODE = 500
"""RFC 5321, 4.2.1: 5yz is a permanent, 4yz a transient negative answer."""


class SmtpPostman:
    """One connection per mail: mails are few, and a kept connection is one more thing to lose."""

    def __init__(  # noqa: PLR0913 - one argument per setting
        self,
        *,
        host: str,
        port: int,
        starttls: bool = False,
        user: str = "",
        password_file: Path | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._host = host
        self._port = port
        self._starttls = starttls
        self._user = user
        self._password_file = password_file
        self._timeout = timeout

    def deliver(self, message: EmailMessage) -> None:
        """Returns once the server has taken the mail over.

        Raises MailDelayed when another try may help and MailRefused when this recipient was
        refused for good. A connection that breaks after DATA counts as delayed although the mail
        may have arrived: the repeat has the same Message-ID.
        """
        try:
            self._send(message)
        except smtplib.SMTPRecipientsRefused as problem:
            raise _judged(max(code for code, _ in problem.recipients.values())) from problem
        except smtplib.SMTPNotSupportedError as problem:
            raise _unsupported(problem) from problem
        except smtplib.SMTPDataError as problem:
            raise _judged(problem.smtp_code) from problem
        except smtplib.SMTPResponseException as problem:
            # Greeting, HELO, STARTTLS, login or sender failed: the fault is not this recipient's,
            # and an operator can heal it while the mail waits.
            raise MailDelayed(_code(problem.smtp_code)) from problem
        except (smtplib.SMTPException, OSError) as problem:
            raise MailDelayed(type(problem).__name__) from problem

    def _send(self, message: EmailMessage) -> None:
        connection = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._starttls:
                connection.starttls(context=ssl.create_default_context())
            if self._user:
                connection.login(self._user, self._password())
            connection.send_message(message)
        finally:
            _hang_up(connection)

    def _password(self) -> str:
        if self._password_file is None:
            return ""
        return self._password_file.read_text(encoding="utf-8").strip()


def _hang_up(connection: smtplib.SMTP) -> None:
    # The mail was taken over, or the try has failed already: a lost goodbye changes neither.
    try:
        connection.quit()
    except (smtplib.SMTPException, OSError):
        connection.close()


def _judged(code: int) -> Exception:
    return MailRefused(_code(code)) if code >= FIRST_FINAL_CODE else MailDelayed(_code(code))


def _unsupported(problem: smtplib.SMTPNotSupportedError) -> Exception:
    # Raised for a missing STARTTLS or AUTH (heals when the server is mended) and for an address
    # that needs SMTPUTF8 (does not).
    return MailRefused("smtputf8") if "SMTPUTF8" in str(problem) else MailDelayed("unsupported")


def _code(code: int) -> str:
    """The number only: servers repeat the recipient's address in their text."""
    return f"smtp {code}"
