"""Reads mails from the SMTP catcher's API: the only way to links."""

import re
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx

from cli.selftest.patience import Patience

FRESH_SECONDS = 0.25
"""People of many envelopes look at the same moment; one look serves them all."""

WHOLE_SECONDS = 10.0
"""Between two reads of all mails; the looks in between ask for new ones only."""

_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    auto_submitted: str

    def link(self, kind: str) -> str | None:
        """The link whose path begins with `/l/` (act) or `/d/` (download)."""
        for url in _URL.findall(self.text):
            if httpx.URL(url).path.startswith(kind):
                return str(url)
        return None


class Mailbox:
    """All mails that the catcher holds, for everybody."""

    def __init__(self, catcher_url: str) -> None:
        self._client = httpx.Client(base_url=catcher_url, timeout=30.0)
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._whole_at = 0.0
        self._mails: list[Mail] = []

    def close(self) -> None:
        """No more looks."""
        self._client.close()

    def all_for(self, address: str) -> list[Mail]:
        """Mails to one address, as they are now."""
        return [mail for mail in self._now() if mail.to == address.lower()]

    def wait_for(self, address: str, kind: str, patience: Patience) -> tuple[Mail, str]:
        """The first mail to this address with a link of this kind, and the link."""

        def look() -> tuple[Mail, str] | None:
            linked = ((mail, mail.link(kind)) for mail in self.all_for(address))
            return next(((mail, url) for mail, url in linked if url), None)

        words = "the completion mail" if kind == "/d/" else "the request mail"
        return patience.until(f"{words} to {address.split('@', maxsplit=1)[0]}", look)

    def _now(self) -> list[Mail]:
        with self._lock:
            if time.monotonic() - self._read_at > FRESH_SECONDS:
                try:
                    self._read()
                except httpx.HTTPError:
                    self._whole_at = 0.0  # it restarts: what was read before is still true
                self._read_at = time.monotonic()
            return self._mails

    def _read(self) -> None:
        """What is new; now and then everything, since a restarted catcher may count anew."""
        whole = time.monotonic() - self._whole_at > WHOLE_SECONDS
        known = 0 if whole else len(self._mails)
        answer = self._client.get("/api/email", params={"skip": known}).raise_for_status().json()
        self._mails = self._mails[:known] + [_mail(entry) for entry in answer]
        if whole:
            self._whole_at = time.monotonic()


def _mail(entry: dict[str, Any]) -> Mail:
    headers = entry.get("headers", {})
    return Mail(
        message_id=str(headers.get("message-id", "")),
        to=str(entry["to"][0]["address"]).lower() if entry.get("to") else "",
        subject=str(entry.get("subject", "")),
        text=str(entry.get("text", "")),
        html=str(entry.get("html", "")),
        auto_submitted=str(headers.get("auto-submitted", "")),
    )
