"""The mailbox for reports of undelivered mail: LMTP on loopback, behind the real mail server.

It takes what was sent to a return path of ours and nothing else. A report is taken over only
once its rows are written; until then the mail server keeps it.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from domain.ports.bounces import DeliveryReport
from notices.reports import MAX_REPORT_BYTES, read_report
from notices.returns import ReturnPaths

TIMEOUT_SECONDS = 60.0
MAX_CONNECTIONS = 20

TAKEN = "250 2.0.0 taken over"
LATER = "451 4.3.0 not now, try again"

Receive = Callable[[str, DeliveryReport | None], bool]
"""Given the return path and what was reported to it; None when it was no report."""


class _Protocol(LMTP):
    line_length_limit = 64 * 1024
    """Reports quote lines of all lengths; a refused one would be lost."""


class Mailbox:
    """aiosmtpd's handler. `receive` is called in a thread and may block; it may raise, too."""

    def __init__(self, paths: ReturnPaths, receive: Receive) -> None:
        self._paths = paths
        self._receive = receive

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Only our own return paths, and one a time: LMTP answers DATA once per recipient."""
        if envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        if self._paths.notice_of(address) is None and not self._paths.is_plain(address):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Read and recorded, or asked to come again."""
        content = envelope.original_content or b""
        try:
            await asyncio.to_thread(self._take, envelope.rcpt_tos[0], content)
        except Exception:  # noqa: BLE001 - whatever keeps rows from being written, the report stays
            return LATER
        return TAKEN

    def _take(self, address: str, content: bytes) -> None:
        self._receive(address, read_report(content))


class Reception:
    """What a report means for the notices: the return path names one, else its Message-ID."""

    def __init__(
        self,
        paths: ReturnPaths,
        find: Callable[[str], UUID | None],
        record: Callable[[UUID, DeliveryReport], bool],
    ) -> None:
        self._paths = paths
        self._find = find
        self._record = record

    def __call__(self, address: str, report: DeliveryReport | None) -> bool:
        """True if a notice changed."""
        if report is None:
            return False
        notice_id = self._paths.notice_of(address)
        if notice_id is None and report.message_id is not None:
            notice_id = self._find(report.message_id)
        return notice_id is not None and self._record(notice_id, report)


async def serve(host: str, port: int, paths: ReturnPaths, receive: Receive) -> asyncio.Server:
    """Listen. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()
    mailbox = Mailbox(paths, receive)

    def protocol() -> LMTP:
        return _Protocol(
            mailbox,
            data_size_limit=MAX_REPORT_BYTES,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="LMTP",
            timeout=TIMEOUT_SECONDS,
            loop=loop,
        )

    return await loop.create_server(protocol, host, port, backlog=MAX_CONNECTIONS)
