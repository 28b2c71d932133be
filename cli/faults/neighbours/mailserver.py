"""A mail server that misbehaves: it stands before the catcher."""

import asyncio
import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from cli.ports import LOOPBACK

SILENT_SECONDS = 25.0
"""More than notices.postman.TIMEOUT_SECONDS."""


class Manner(StrEnum):
    """How it answers."""

    WELL = "well"
    REFUSED = "refused"
    """Nobody listens."""
    BUSY = "busy"
    """421 to every recipient."""
    GREYLISTED = "greylisted"
    """450 to every recipient."""
    UNKNOWN = "unknown"
    """550 to the recipients in `unknown`, for good."""
    UNHEARD = "unheard"
    """It takes the mail over, and its answer never comes."""


@dataclass
class MailServer:
    """`manner` may be changed at any time through `behave`."""

    port: int
    catcher_port: int = 0
    manner: Manner = Manner.WELL
    unknown: set[str] = field(default_factory=set)
    _controller: Controller | None = None

    def behave(self, manner: Manner) -> None:
        """From the next mail on."""
        self.manner = manner
        if manner is Manner.REFUSED:
            self.stop()
        elif self._controller is None:
            self.start()

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname=LOOPBACK, port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802 - the library's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        if self.manner is Manner.BUSY:
            return "421 4.3.2 come again"
        if self.manner is Manner.GREYLISTED:
            return "450 4.2.0 greylisted"
        if self.manner is Manner.UNKNOWN and address in self.unknown:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(  # noqa: N802 - the library's own name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Hand it on, and say so, or not."""
        await asyncio.to_thread(self._forward, envelope)
        if self.manner is Manner.UNHEARD:
            await asyncio.sleep(SILENT_SECONDS)
        return "250 2.0.0 taken over"

    def _forward(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        with smtplib.SMTP(LOOPBACK, self.catcher_port, timeout=10) as catcher:
            catcher.sendmail(envelope.mail_from or "", envelope.rcpt_tos, envelope.content)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """On a free port; its `catcher_port` is set as soon as there is one."""
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        port: int = holder.getsockname()[1]
    server = MailServer(port)
    server.start()
    try:
        yield server
    finally:
        server.stop()
