"""Who reaches Temporal's port without the codec key, and what he would have to achieve."""

import json
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from cli.selftest.browser import Browser
from cli.selftest.judge import VerifyCommand
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import Patience
from cli.selftest.receiver import HandOver, collect
from cli.selftest.samples import write_samples
from cli.selftest.sender import Clerk, log_in
from cli.selftest.signer import Person, Signer
from cli.selftest.stack import Stack

SECONDS = 240.0
CLI = Path(sys.executable).with_name("temporal")
OUR_ENCODING = "encoding=binary/musubi-aes256gcm"


@dataclass(frozen=True)
class Outsider:
    """Temporal's own command line, pointed at the port of a stack."""

    address: str

    @classmethod
    def at(cls, stack: Stack) -> "Outsider":
        return cls(f"127.0.0.1:{stack.home.ports.temporal}")

    def run(self, *words: str, seconds: float = 20) -> tuple[bool, str]:
        """Whether the command succeeded, and everything it said."""
        try:
            done = subprocess.run(
                [str(CLI), *words, "--address", self.address],
                capture_output=True, text=True, check=False, timeout=seconds, input="y\n",
                env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False, "no answer"
        return done.returncode == 0, done.stdout + done.stderr

    def update(self, workflow_id: str, *payload: str, seconds: float = 20) -> tuple[bool, str]:
        """`submit_act` with whatever input."""
        return self.run(
            "workflow", "update", "execute", "--workflow-id", workflow_id,
            "--name", "submit_act", *payload, seconds=seconds,
        )  # fmt: skip

    def start(self, workflow_id: str, *words: str, kind: str = "EnvelopeWorkflow") -> bool:
        return self.run(
            "workflow", "start", "--workflow-id", workflow_id, "--type", kind,
            *(("--task-queue", "envelopes") if "--task-queue" not in words else ()), *words,
        )[0]  # fmt: skip

    def describe(self, workflow_id: str) -> dict[str, Any]:
        ok, said = self.run("workflow", "describe", "--workflow-id", workflow_id, "-o", "json")
        assert ok, said
        found: dict[str, Any] = json.loads(said)
        return found

    def status(self, workflow_id: str) -> str:
        """`RUNNING`, `FAILED` ..., of the newest run."""
        info = self.describe(workflow_id)["workflowExecutionInfo"]
        return str(info["status"]).removeprefix("WORKFLOW_EXECUTION_STATUS_")

    def pending(self, workflow_id: str) -> dict[str, str]:
        """Activity id by type, of steps that wait or run; none before the relay's start."""
        ok, said = self.run("workflow", "describe", "--workflow-id", workflow_id, "-o", "json")
        steps = json.loads(said).get("pendingActivities", []) if ok else []
        return {str(step["activityType"]["name"]): str(step["activityId"]) for step in steps}


@dataclass(frozen=True)
class Rows:
    """The application's database, read behind everybody's back."""

    path: Path

    @classmethod
    def of(cls, stack: Stack) -> "Rows":
        return cls(stack.home.root / "musubi.db")

    def ask(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return connection.execute(statement, values).fetchall()

    def key_uses(self) -> tuple[int, int, int]:
        """Intents, C_Sign calls, signed revisions: all that a signature leaves behind."""
        [(intents, calls)] = self.ask(
            "SELECT count(*), coalesce(sum(sign_calls), 0) FROM signature_intents"
        )
        [(revisions,)] = self.ask("SELECT count(*) FROM revisions WHERE kind = 'signature'")
        return intents, calls, revisions

    def ledger(self, envelope_id: str) -> list[str]:
        rows = self.ask(
            "SELECT tag FROM ledger_events WHERE envelope_id = ? ORDER BY sequence",
            plain(envelope_id),
        )
        return [str(tag) for (tag,) in rows]

    def state(self, envelope_id: str) -> str:
        [(state,)] = self.ask("SELECT state FROM envelopes WHERE id = ?", plain(envelope_id))
        return str(state)

    def hindrances(self, envelope_id: str) -> list[str]:
        rows = self.ask(
            "SELECT reason FROM hindrances WHERE envelope_id = ? AND ended_at IS NULL",
            plain(envelope_id),
        )
        return [str(reason) for (reason,) in rows]

    def acts(self, envelope_id: str) -> list[str]:
        rows = self.ask("SELECT id FROM acts WHERE envelope_id = ?", plain(envelope_id))
        return [str(uuid.UUID(str(act_id))) for (act_id,) in rows]


def cookie_jar(browser: Browser) -> CookieJar:
    """A window's cookies."""
    jar: CookieJar = browser._client._transport._cookies.jar  # type: ignore[attr-defined]
    return jar


def plain(key: str) -> str:
    """An id as SQLite holds it."""
    return uuid.UUID(key).hex


class Contract:
    """One envelope in the hands of its real people."""

    def __init__(self, stack: Stack, folder: Path, windows: ExitStack, signers: int) -> None:
        self._stack, self._folder, self._windows = stack, folder, windows
        self.patience = Patience(SECONDS)
        target = stack.target()
        self.mailbox = Mailbox(target.catcher_url)
        windows.callback(self.mailbox.close)
        window = self.browser()
        log_in(window, target.mail, target.password)
        self.clerk = Clerk(window)
        mark = uuid.uuid4().hex[:10]
        self.people = [
            Person(f"署名 {index}", f"signer{index}.{mark}@selftest.example", "株式会社試験")
            for index in range(signers)
        ]
        self.title = "偽造されない契約"
        self.reason = "条件が合いません。"
        self.engage()

    def engage(self) -> None:
        """Give everybody of `people` a browser of his own."""
        self.signers = [Signer(who, self.browser(), self.mailbox) for who in self.people]

    @property
    def id(self) -> str:
        return self.clerk.url.rstrip("/").rsplit("/", 1)[1]

    @property
    def workflow(self) -> str:
        return f"envelope-{self.id}"

    def browser(self) -> Browser:
        browser = Browser(self._stack.home.base_url, self.patience)
        self._windows.callback(browser.close)
        return browser

    def draft(self, *files: Path) -> None:
        """With checked documents, not sent."""
        self.clerk.create()
        chosen = files or write_samples(self._folder / "in", 1)
        assert self.clerk.upload(chosen, [])

    def submit(self, order: str = "parallel") -> None:
        """Sent, and whatever follows is still to come."""
        self.clerk.send(self.title, self.people, order)

    def send(self, order: str = "parallel") -> None:
        """Sent, prepared, everybody asked and before the last button."""
        self.submit(order)
        assert self.clerk.wait_until_running() is None
        if order == "parallel":
            for signer in self.signers:
                signer.ready()

    def decline(self) -> None:
        """The first signer does not sign."""
        browser = self.signers[0].browser
        page = self.signers[0]._confirm
        assert page is not None
        visit = page.url.rsplit("/", 1)[0]
        form = browser.open(f"{visit}/decline").form_to("/decline")
        form.set("reason", self.reason)
        browser.submit(browser.submit(form).form_to("/act"))

    def mailbox_of_end(self) -> None:
        """Wait until everybody was told that it is over."""

        def told() -> bool | None:
            mails = [len(self.mailbox.all_for(who.mail)) for who in self.people]
            return all(count >= 2 for count in mails) or None

        self.patience.until("the mails of the end", told)

    def cookies(self) -> list[str]:
        """Everything that the browsers were given to keep to themselves."""
        windows = [self.clerk.browser, *(signer.browser for signer in self.signers)]
        jars = [cookie_jar(window) for window in windows]
        return [
            str(cookie.value)
            for jar in jars
            for cookie in jar
            if "language" not in cookie.name and cookie.value
        ]

    def complete(self) -> HandOver:
        """Everybody who has not yet acts; the finished files."""
        for signer in self.signers:
            signer.act()
        return self.hand_over()

    def hand_over(self) -> HandOver:
        _, link = self.mailbox.wait_for(self.people[0].mail, "/d/", self.patience)
        assert self.clerk.wait_until_done() == "done"
        return collect(self.browser(), link)

    def judge(self, copy: HandOver) -> None:
        """Valid, with exactly one signature of everybody."""
        finished = self._folder / "finished.pdf"
        finished.write_bytes(copy.files[0])
        roots = self._stack.home.trust / "roots.pem"
        (report,) = VerifyCommand(("--trust", str(roots))).run([finished])
        assert report["verdict"] == "valid"
        signatures = [row for row in report["signatures"] if row["kind"] == "signature"]
        assert len(signatures) == len(self.people)


@contextmanager
def contract(stack: Stack, folder: Path, *, signers: int = 1) -> Iterator[Contract]:
    """A new envelope's people, their windows closed at the end."""
    with ExitStack() as windows:
        yield Contract(stack, folder, windows, signers)
