"""A supervisor over small stand-ins: `python -m tests.cli.dummies HOME NAME...`.

A program named `stubborn` ignores SIGTERM, `broken` ends at once with words on its last line,
`parent` has a child of its own, `behind` comes after others on a busy machine.
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from cli.home import Home
from cli.supervisor.program import Program
from cli.supervisor.supervise import CannotStart, sole_supervisor, supervise

SLEEP = "import time\nwhile True: time.sleep(60)"
SCRIPTS = {
    "stubborn": f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{SLEEP}",
    "broken": "import sys; print('first line'); sys.exit('the PIN was refused')",
    "parent": f"import subprocess as s, sys\ns.Popen([sys.executable, '-c', {SLEEP!r}])\n{SLEEP}",
}


@dataclass(frozen=True)
class Exists:
    """Up as soon as the process exists."""

    async def __call__(self, pid: int) -> str | None:
        await asyncio.sleep(0)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return "is gone"
        return None


def dummy(name: str, home: Home, level: int, after: tuple[str, ...]) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-c", SCRIPTS.get(name, SLEEP)),
        environment={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"},
        folder=home.root,
        probe=Exists(),
        after=after,
        level=level,
        niceness=3 if name == "behind" else 0,
        grace_seconds=0.5,
    )


def main() -> None:
    home = Home(Path(sys.argv[1]))
    home.create()
    names = sys.argv[2:]
    programs = [
        dummy(name, home, level, tuple(names[:level]) if level else ())
        for level, name in enumerate(names)
    ]
    try:
        with sole_supervisor(home):
            asyncio.run(
                supervise(
                    programs,
                    home,
                    lambda words: print(words, flush=True),  # noqa: T201 - read by the tests
                    lambda: print("everything up", flush=True),  # noqa: T201
                )
            )
    except CannotStart as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
