"""The supervisor over stand-in processes: it starts, restarts, shows and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
PATIENCE = 20.0

Start = Callable[..., "Supervised"]


class Supervised:
    """A supervisor in a process of its own."""

    def __init__(self, home: Path, *names: str) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.dummies", str(home), *names],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def board(self) -> dict[str, Any]:
        try:
            board: dict[str, Any] = json.loads((self.home / "run" / "state.json").read_text())
        except FileNotFoundError:
            return {}
        # Of this supervisor, not what an earlier one left.
        return dict(board["processes"]) if board["supervisor"]["pid"] == self.process.pid else {}

    def states(self) -> dict[str, str]:
        return {name: entry["state"] for name, entry in self.board().items()}

    def pid(self, name: str) -> int:
        return int(self.board()[name]["pid"])

    def niceness(self, name: str) -> int:
        return os.getpriority(os.PRIO_PROCESS, self.pid(name))

    def wait_until(self, seen: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not seen():
            assert time.monotonic() < deadline, self.board()
            time.sleep(0.05)

    def wait_until_up(self) -> None:
        self.wait_until(lambda: set(self.states().values()) == {"up"})

    def words(self) -> str:
        """Everything that it said, once it has ended."""
        words, _ = self.process.communicate(timeout=PATIENCE)
        return words


def lives(pid: int) -> bool:
    """A zombie that its new parent has not yet collected is dead.

    One that is collected between the opening of its file and the reading is a lookup error.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Supervised] = []

    def begin(*names: str) -> Supervised:
        started.append(Supervised(tmp_path / "home", *names))
        return started[-1]

    yield begin
    for one in started:
        with suppress(ProcessLookupError):
            one.process.kill()
        one.process.communicate(timeout=PATIENCE)


def test_a_killed_process_is_started_again_and_counted(start: Start) -> None:
    supervised = start("first")
    supervised.wait_until_up()
    pid = supervised.pid("first")
    os.kill(pid, signal.SIGKILL)
    supervised.wait_until(lambda: supervised.board()["first"]["restarts"] == 1)
    supervised.wait_until_up()
    assert supervised.pid("first") != pid
    assert supervised.board()["first"]["reason"] == "ended by SIGKILL"


def test_who_works_behind_the_pages_comes_after_them(start: Start) -> None:
    supervised = start("first", "behind")
    supervised.wait_until_up()
    usual = supervised.niceness("first")
    supervised.wait_until(lambda: supervised.niceness("behind") == min(19, usual + 3))


def test_a_process_that_cannot_start_is_shown_with_its_last_words(start: Start) -> None:
    supervised = start("broken")
    supervised.wait_until(lambda: supervised.states().get("broken") == "failing")
    assert supervised.board()["broken"]["reason"] == "the PIN was refused (ended with code 1)"


def test_pages_can_show_each_process_with_state_since_and_pid(start: Start) -> None:
    supervised = start("first", "second")
    supervised.wait_until_up()
    content = json.loads((supervised.home / "run" / "state.json").read_text())
    assert content["supervisor"]["pid"] == supervised.process.pid
    entry = content["processes"]["second"]
    assert entry["since"].endswith("+00:00")
    assert lives(entry["pid"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_in_reverse_order(start: Start, number: signal.Signals) -> None:
    supervised = start("first", "second")
    supervised.wait_until_up()
    pids = [supervised.pid("first"), supervised.pid("second")]
    supervised.process.send_signal(number)
    words = supervised.words()
    assert supervised.process.returncode == 0
    assert not any(lives(pid) for pid in pids)
    assert words.index("second     stopped") < words.index("first      stopped")
    assert set(supervised.states().values()) == {"stopped"}


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(start: Start) -> None:
    supervised = start("stubborn")
    supervised.wait_until_up()
    pid = supervised.pid("stubborn")
    supervised.process.terminate()
    supervised.words()
    assert not lives(pid)


def test_no_process_outlives_a_supervisor_that_was_killed(start: Start) -> None:
    supervised = start("first", "stubborn")
    supervised.wait_until_up()
    pids = [supervised.pid("first"), supervised.pid("stubborn")]
    supervised.process.kill()
    supervised.wait_until(lambda: not any(lives(pid) for pid in pids))


def test_children_of_a_process_end_with_it(start: Start) -> None:
    supervised = start("parent")
    supervised.wait_until_up()
    children = Path(f"/proc/{supervised.pid('parent')}/task/{supervised.pid('parent')}/children")
    supervised.wait_until(lambda: children.read_text() != "")
    grandchild = int(children.read_text())
    supervised.process.terminate()
    supervised.words()
    assert not lives(grandchild)


def test_a_second_supervisor_of_the_same_home_refuses(start: Start) -> None:
    first = start("first")
    first.wait_until_up()
    second = start("first")
    assert f"(process {first.process.pid})" in second.words()
    assert second.process.returncode == 1
    assert first.states() == {"first": "up"}


def test_a_home_can_be_started_again_after_a_kill(start: Start) -> None:
    first = start("first")
    first.wait_until_up()
    first.process.kill()
    first.process.wait()
    second = start("first")
    second.wait_until(lambda: second.states() == {"first": "up"})
    assert lives(second.pid("first"))


def test_everything_up_is_announced_once(start: Start) -> None:
    supervised = start("first", "second")
    supervised.wait_until_up()
    os.kill(supervised.pid("second"), signal.SIGKILL)
    supervised.wait_until(lambda: supervised.board()["second"]["restarts"] == 1)
    supervised.wait_until_up()
    supervised.process.terminate()
    assert supervised.words().count("everything up") == 1


def test_a_board_that_cannot_be_written_ends_no_keeping_and_follows_later(start: Start) -> None:
    """As on a full disk."""
    supervised = start("first")
    supervised.wait_until_up()
    pid = supervised.pid("first")
    in_the_way = supervised.home / "run" / "state.new"
    in_the_way.mkdir()
    os.kill(pid, signal.SIGKILL)
    time.sleep(1.0)  # it is started anew meanwhile, which nobody can read
    assert supervised.pid("first") == pid
    in_the_way.rmdir()
    supervised.wait_until(lambda: supervised.pid("first") != pid)
    supervised.wait_until_up()
    assert lives(supervised.pid("first"))
    supervised.process.terminate()
    assert "cannot be written" in supervised.words()
