"""A stack of our own ends with whoever started it."""

import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).parents[3]
PATIENCE = 60.0
"""The machine may be busy; what is looked for takes a second."""

STARTS = """
import sys, time
from pathlib import Path
from cli.selftest.stack import start
stack = start(Path(sys.argv[1]), command=("tests.cli.waits",))
print(stack.process.pid, flush=True)
time.sleep(600)
"""


def runs(pid: int) -> bool:
    """Whether the process exists and is more than an entry that nobody has read."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def test_a_stack_ends_with_whoever_started_it_and_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS, str(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert runs(pid)
        starter.kill()
    until = time.monotonic() + PATIENCE
    while runs(pid):
        assert time.monotonic() < until, "the stack runs on for nobody"
        time.sleep(0.05)
