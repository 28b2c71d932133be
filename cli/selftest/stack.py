"""What is tested: a running stack, or one of our own on free ports in a temporary folder."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.home import Home
from cli.selftest.patience import SelftestFailed

WITH_US = ("setpriv", "--pdeathsig", "TERM", "--")
"""The kernel stops the stack for us when we die, even by kill -9: no stack runs on for nobody. What
counts is the thread that starts the stack, which must be one that stays."""
START_SECONDS = 180.0
STOP_SECONDS = 60.0

LIMITS = """
# Written by `musubi selftest --start`: one machine plays many people.
[settings.web]
login_tries = 100000
link_tries_per_minute = 100000
uploads_per_minute = 100000
"""


@dataclass(frozen=True)
class Target:
    """Where to find it, and who logs in."""

    base_url: str
    catcher_url: str
    mail: str
    password: str


def clerk_login(home: Home) -> tuple[str, str]:
    """Address and password of the demo's clerk. Raises SelftestFailed without a seeded home."""
    try:
        logins: list[dict[str, Any]] = json.loads(home.demo_logins.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        words = f"no demo logins in {home.demo_logins}: name --login and --password-file"
        raise SelftestFailed(words) from problem
    clerks = [login for login in logins if "clerk" in str(login.get("role", ""))]
    if not clerks:
        raise SelftestFailed(f"no clerk in {home.demo_logins}")
    return str(clerks[0]["mail"]), str(clerks[0]["password"])


@dataclass
class Stack:
    """A stack of our own: `musubi demo` as a child process."""

    home: Home
    process: subprocess.Popen[bytes]

    @property
    def board(self) -> dict[str, Any]:
        """The supervisor's `processes`, by name; empty before it has written any."""
        try:
            content = json.loads((self.home.run / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        found: dict[str, Any] = content["processes"]
        return found

    @property
    def all_up(self) -> bool:
        """Every process works."""
        states = [entry["state"] for entry in self.board.values()]
        return bool(states) and all(state == "up" for state in states)

    def target(self) -> Target:
        """Its addresses and its clerk."""
        mail, password = clerk_login(self.home)
        return Target(self.home.base_url, self.home.catcher_url, mail, password)

    def wait_until_up(self, seconds: float = START_SECONDS) -> None:
        """Raises SelftestFailed with the reason of what does not start."""
        end = time.monotonic() + seconds
        while not self.all_up:
            if self.process.poll() is not None:
                raise SelftestFailed(
                    f"the stack did not start; see {self.log}\n{self._last_words()}"
                )
            if time.monotonic() > end:
                failing = {
                    name: entry["reason"] or entry["state"]
                    for name, entry in self.board.items()
                    if entry["state"] != "up"
                }
                raise SelftestFailed(f"not up after {seconds:.0f} s: {failing}")
            time.sleep(0.2)

    def stop(self) -> int:
        """Ask as Ctrl-C does, and wait. The supervisor's exit status; -9 if it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    @property
    def log(self) -> Path:
        """What the supervisor said."""
        return self.home.root / "selftest-demo.log"

    def _last_words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]


@contextmanager
def own_stack(folder: Path, **how: Any) -> Iterator[Stack]:  # noqa: ANN401 - as `start` says
    """Start one in `folder`, and stop it at the end whatever happens."""
    stack = start(folder, **how)
    try:
        stack.wait_until_up()
        yield stack
    finally:
        stack.stop()


def start(
    folder: Path,
    *,
    command: Sequence[str] = ("cli.main", "demo"),
    settings: str = "",
    database_url: str | None = None,
) -> Stack:
    """Start on the folder's ports; an empty folder gets free ones, generous limits, an empty
    database if it shall not be a file of its own, and what else `settings` writes into its
    `musubi.toml`."""
    home = Home(folder)
    if not home.config_file.exists():
        home = home.with_free_ports()
        with home.config_file.open("a", encoding="utf-8") as config:
            config.write(LIMITS + settings)
            if database_url:
                # A string of JSON is one of TOML.
                config.write(f"\n[settings.all]\ndatabase_url = {json.dumps(database_url)}\n")
        home = Home(folder)
    stale = home.run / "state.json"
    stale.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (home.root / "selftest-demo.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*WITH_US, sys.executable, "-m", *command, "--home", str(home.root)],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
        )  # fmt: skip
    return Stack(home, process)
