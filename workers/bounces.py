"""Mail that did not arrive: reports come in by LMTP, and senders are told.

Two loops beside the envelopes worker. Neither touches a workflow: what was lost is a state of
rows, and a mail to the sender is a row before it is sent.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.ports.bounces import BounceDesk, DeliveryReport
from domain.ports.desks import NoticeDesk
from domain.ports.notices import PendingNotice
from notices.lmtp import Reception, serve
from notices.returns import ReturnPaths
from runtime.telemetry import logger

LOOPBACK = "127.0.0.1"
LISTEN_AGAIN_SECONDS = 5.0
ROUND_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 900.0
"""Seconds between tries of one mail, doubled each time: as for every other mail."""
PATIENCE = timedelta(hours=49)
"""An hour longer than a workflow tries, so that nobody is sending what is given up here."""
GAVE_UP = "gave up"

log = logger(__name__)


class BounceListener:
    """Listens for reports until it is cancelled."""

    def __init__(self, port: int, paths: ReturnPaths, desk: BounceDesk) -> None:
        self._port = port
        self._paths = paths
        self._reception = Reception(paths, desk.notice_of, desk.report)

    async def run(self) -> None:
        """Loop for ever; a taken port is waited for. Port 0: nothing to do."""
        while self._port:
            try:
                server = await serve(LOOPBACK, self._port, self._paths, self._receive)
            except OSError as error:
                log.warning("lmtp_unavailable", error=type(error).__name__)
                await asyncio.sleep(LISTEN_AGAIN_SECONDS)
                continue
            async with server:
                await server.serve_forever()

    def _receive(self, address: str, report: DeliveryReport | None) -> bool:
        try:
            changed = self._reception(address, report)
        except Exception as error:
            log.warning("report_delayed", error=type(error).__name__)
            raise
        said = {"action": report.action.value, "status": report.status} if report else {}
        log.info("report_received", readable=report is not None, changed=changed, **said)
        return changed


class Teller:
    """Sends the mails about lost mails, until it is cancelled."""

    def __init__(
        self,
        desk: BounceDesk,
        notices: NoticeDesk,
        send: Callable[[PendingNotice], bool | None],
    ) -> None:
        self._desk = desk
        self._notices = notices
        self._send = send
        self._pauses: dict[UUID, tuple[float, float]] = {}
        """Not before this moment, and how long the pause was."""

    async def run(self) -> None:
        """Loop for ever; an outage is logged once per round and outlived."""
        while True:
            try:
                await asyncio.to_thread(self.tell)
            except Exception:
                # The loop must outlive a database that is away; the log has the traceback.
                log.exception("telling_failed")
            await asyncio.sleep(ROUND_SECONDS)

    def tell(self) -> None:
        """One round."""
        for notice_id in self._desk.overdue(datetime.now(UTC) - PATIENCE):
            self._notices.failed(notice_id, GAVE_UP)
        self._desk.settle()
        for notice in self._desk.untold(self._paused()):
            self._tell_of(notice)

    def _paused(self) -> list[UUID]:
        """Those whose time has not come, and no others are remembered for long."""
        moment = time.monotonic()
        self._pauses = {
            notice_id: (until, pause)
            for notice_id, (until, pause) in self._pauses.items()
            if moment < until + LONGEST_PAUSE
        }
        return [notice_id for notice_id, (until, _) in self._pauses.items() if moment < until]

    def _tell_of(self, notice: PendingNotice) -> None:
        if self._send(notice) is not None:
            self._pauses.pop(notice.notice_id, None)
            return
        _, pause = self._pauses.get(notice.notice_id, (0.0, FIRST_PAUSE / 2))
        longer = min(pause * 2, LONGEST_PAUSE)
        self._pauses[notice.notice_id] = (time.monotonic() + longer, longer)
