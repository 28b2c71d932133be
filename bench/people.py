"""A stack and the people who use it: what every bench with pages shares.

The people's side costs too: browsing, uploading and reading mail happen in this process and take
their share of the machine, as 50 people's phones would not.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from bench.processes import OWN
from cli.selftest.browser import Browser
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.result import EnvelopeResult
from cli.selftest.sender import Clerk, log_in
from cli.selftest.signer import Person, Signer
from cli.selftest.stack import Stack, own_stack
from cli.selftest.story import Plan, Story

PATIENCE = 300.0
PAUSE = 2.0
"""Seconds; a sender's pages that wait for something ask again as often."""


@dataclass
class Town:
    """A running stack, its clerk's window, and everybody's mail."""

    stack: Stack
    folder: Path
    window: Browser
    mailbox: Mailbox
    _windows: ExitStack = field(default_factory=ExitStack)

    def tell(self, plan: Plan) -> EnvelopeResult:
        """One envelope's whole story; nothing is verified, because that is not the stack's.
        Raises RuntimeError when it fails."""
        base = self.stack.target().base_url
        result = Story(base, self.window, self.mailbox, None, self.folder / "out").tell(plan)
        if result.error:
            raise RuntimeError(result.error)
        return result

    def asked(self, plan: Plan) -> list[Signer]:
        """Send the envelope; everybody in a window of his own, not yet at the mail."""
        patience = Patience(plan.seconds, plan.pause)
        clerk = Clerk(self.window.tab(patience))
        clerk.create()
        refused = clerk.upload(plan.files, [])
        if len(refused) != len(plan.files):
            raise RuntimeError(f"{plan.files} were not accepted")
        clerk.send(plan.title, plan.people, plan.order)
        clerk.wait_until_running()
        return [Signer(person, self.browser(patience), self.mailbox) for person in plan.people]

    def browser(self, patience: Patience) -> Browser:
        """A window that is closed with the town."""
        found = Browser(self.stack.target().base_url, patience)
        self._windows.callback(found.close)
        return found

    def ready(self, plans: Sequence[Plan], at_once: int) -> list[Signer]:
        """Everybody of these envelopes before his last button."""
        with ThreadPoolExecutor(at_once) as pool:
            asked = [signer for people in pool.map(self.asked, plans) for signer in people]
            list(pool.map(Signer.ready, asked))
        return asked

    def pids(self) -> dict[str, int]:
        """Processes by name; `OWN` is this one, where the people are."""
        board = self.stack.board.items()
        return {name: int(entry["pid"]) for name, entry in board if entry["pid"]} | {
            OWN: os.getpid()
        }

    def close(self) -> None:
        """Close all windows."""
        self._windows.close()
        self.window.close()
        self.mailbox.close()


@contextmanager
def town(settings: str = "") -> Iterator[Town]:
    """Start a stack of its own in a temporary folder; gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with own_stack(folder / "home", settings=settings) as stack:
            target = stack.target()
            window = Browser(target.base_url, Patience(PATIENCE))
            found = Town(stack, folder, window, Mailbox(target.catcher_url))
            try:
                log_in(window, target.mail, target.password)
                yield found
            finally:
                found.close()


def plan(file: Path, signers: int = 2) -> Plan:
    """One document, people who exist for this envelope only, all at once."""
    mark = token_hex(4)
    people = tuple(
        Person(f"試験 {number}", f"p{number}.{mark}@bench.example", f"株式会社試験{number}")
        for number in range(1, signers + 1)
    )
    return Plan(f"bench-{mark}", "契約書", (file,), people, "parallel", PATIENCE, PAUSE)


def written(folder: Path, name: str, data: bytes) -> Path:
    """A file to upload."""
    path = folder / name
    path.write_bytes(data)
    return path
