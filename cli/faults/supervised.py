"""The demo's stack with named points: what `musubi faults` starts as a process of its own.

With `--clocks` each of our own processes also gets a clock that the harness can set while it runs
(inside/clock.c, between the program and the C library). Temporal, the database and the authorities
keep the right time, as other machines do.
"""

import os
import shutil
import struct
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from cli.demo import run_seeded
from cli.home import Home
from cli.options import home_option
from cli.supervisor.program import Program
from cli.supervisor.stack import PROJECT, stack

INSIDE = Path(__file__).with_name("inside")
INSTRUMENTED = frozenset({"web", "envelopes", "documents", "signing"})
NANOSECONDS = 1_000_000_000


def points_folder(home: Home) -> Path:
    """Where the harness and this home's processes meet."""
    return home.root / "faults"


def clock_file(home: Home, process: str) -> Path:
    """How far this process's clock is ahead, in the words of libfaketime."""
    return points_folder(home) / f"clock-{process}"


def set_clock(file: Path, seconds: float) -> None:
    """In place: processes have the file in their memory."""
    with file.open("r+b" if file.exists() else "wb", buffering=0) as clock:
        clock.write(struct.pack("=q", round(seconds * NANOSECONDS)))


def compiler() -> str | None:
    """What makes the clock out of its source."""
    return shutil.which("cc")


def programs(home: Home, *, clocks: bool = False) -> tuple[Program, ...]:
    """As in production, but our own processes have points."""
    return tuple(
        _with_points(program, home, clocks) if program.name in INSTRUMENTED else program
        for program in stack(home)
    )


def _with_points(program: Program, home: Home, clocks: bool) -> Program:
    added = {
        "PYTHONPATH": os.pathsep.join([str(INSIDE), str(PROJECT)]),
        "FAULTS_FOLDER": str(points_folder(home)),
    }
    if clocks:
        added |= _clock(home, program.name)
    return replace(program, environment=program.environment | added)


def _clock(home: Home, process: str) -> dict[str, str]:
    library, file = points_folder(home) / "clock.so", clock_file(home, process)
    if not library.exists():
        words = [compiler() or "cc", "-shared", "-fPIC", "-O2"]
        files = ["-o", str(library), str(INSIDE / "clock.c"), "-ldl"]
        subprocess.run([*words, *files], check=True)  # noqa: S603 - fixed words
    if not file.exists():
        set_clock(file, 0)
    return {"LD_PRELOAD": str(library), "FAULTS_CLOCK": str(file)}


@click.command()
@home_option
@click.option("--clocks", is_flag=True)
def main(home: Home, clocks: bool) -> None:
    """Start, seed, and run until a signal."""
    run_seeded(home, partial(programs, clocks=clocks))


if __name__ == "__main__":
    main()
